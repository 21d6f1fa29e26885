"""`KerasMLPRegressor`: scikit-learn's contract over the same network and training."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils import Tags

from sk_mnist_mlp.classifier import KerasMLPClassifier
from sk_mnist_mlp.data.quantities import Quantities, Regression
from sk_mnist_mlp.estimator import KerasMLPEstimator
from sk_mnist_mlp.fitting.callbacks import with_callbacks
from sk_mnist_mlp.fitting.task import Request
from sk_mnist_mlp.network.error_state import regardless_of_error_state
from sk_mnist_mlp.parameters.checked import Hyperparameters
from sk_mnist_mlp.shared_docs import with_entries_of

if TYPE_CHECKING:
    import keras

    from sk_mnist_mlp.classifier import Activation


@with_entries_of(KerasMLPClassifier, without=["classes_"])
class KerasMLPRegressor(RegressorMixin, KerasMLPEstimator):
    """Multilayer perceptron that predicts quantities, trained by Keras' optimizers.

    Runs on TensorFlow or JAX, on a CPU or a CUDA GPU; predicts with NumPy alone.

    Parameters
    ----------
    widths : sequence of int or int, default=(512, 128)
        Units of each hidden layer; ``()`` is a linear model. One int makes `depth`
        equal layers.
    loss : str, default="squared_error"
        What is made small, as a mean over rows and outputs: ``"squared_error"``;
        ``"absolute_error"``; ``"huber"``, half the squared error up to an error of 1 in
        the units of the scaled target and a line beyond (Huber 1964); ``"poisson"`` for
        y >= 0, of which the network learns the logarithm; or ``"quantile"``, the pinball
        loss (Koenker & Bassett 1978). Networks of several quantiles may cross.
    quantile : float, default=None
        Which one ``loss="quantile"`` predicts, in (0, 1); a run-time value, which
        compiles nothing anew.
    scale_target : bool, default=True
        Whether the network learns each output less its mean and divided by its
        standard deviation, by the weights of the rows, and predictions are put back;
        for ``"poisson"`` y is divided by its mean alone. Networks learn badly from
        targets of large scale. Losses are those of what the network learns, `tol` is
        in their units; further training keeps the scale.
    early_stopping : bool, default=False
        Whether to stop when the score on validation data stops improving, and to
        keep the weights of the best epoch. The data are ``X_val`` of `fit`, or a part
        that is held out.
    scoring : "loss", None, str or callable, default="loss"
        What early stopping makes large: minus the loss; R2, as `score` gives it (None);
        or a scorer of scikit-learn's, by name or ``scorer(estimator, X, y)``. It is
        given `sample_weight` too where rows have different weights.
    validation_fraction : float, default=0.1
        Of the rows, held out to validate early stopping, where `fit` is given no
        ``X_val``.

    Attributes
    ----------
    n_outputs_ : int
        Number of quantities a row.
    out_activation_ : {"linear", "exponential"}
        What turns logits into quantities in the scale that the network learns.
    history_ : dict of str to list of float
        ``loss`` and ``r2`` of each epoch, as running means while the weights moved, of
        the rows as dropout and `adversarial` left them; ``val_loss`` and ``val_r2`` after
        each epoch where validation data were given, and None for the other epochs of a
        warm start. All are weighted as the rows are, and of the target as it is scaled:
        R2 is that of all outputs together.

    See Also
    --------
    KerasMLPClassifier : For classes.
    sklearn.neural_network.MLPRegressor : scikit-learn's own.

    Examples
    --------
    >>> from sklearn.datasets import make_friedman1
    >>> from sklearn.model_selection import train_test_split
    >>> from sk_mnist_mlp import KerasMLPRegressor
    >>> X, y = make_friedman1(n_samples=500, random_state=0)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> reg = KerasMLPRegressor(widths=(64,), learning_rate=0.01, epochs=50, random_state=0)
    >>> reg.fit(X_train, y_train).score(X_test, y_test) > 0.8
    True
    """

    def __init__(
        self,
        widths: int | Sequence[int] = (512, 128),
        *,
        depth: int | None = None,
        loss: str = "squared_error",
        quantile: float | None = None,
        scale_target: bool = True,
        activation: Activation | Sequence[Activation] = "relu",
        init_stddev: float | str | Sequence[float | str | None] | None = None,
        batch_norm: bool | str = False,
        dropout: float | Sequence[float] = 0.0,
        optimizer: str | keras.optimizers.Optimizer = "adam",
        learning_rate: float | None = None,
        epochs: int | None = None,
        batch_size: int = 128,
        schedule: str | None = None,
        warmup: float = 0.0,
        weight_decay: float = 0.0,
        input_dropout: float = 0.0,
        dropout_schedule: str | None = None,
        adversarial: float = 0.0,
        averaging: float | None = None,
        early_stopping: bool = False,
        scoring: str | Callable[..., Any] | None = "loss",
        validation_fraction: float = 0.1,
        n_iter_no_change: float = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        dtype: str = "auto",
        memory: str | os.PathLike[str] | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.widths = widths
        self.depth = depth
        self.loss = loss
        self.quantile = quantile
        self.scale_target = scale_target
        self.activation = activation
        self.init_stddev = init_stddev
        self.batch_norm = batch_norm
        self.dropout = dropout
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.schedule = schedule
        self.warmup = warmup
        self.weight_decay = weight_decay
        self.input_dropout = input_dropout
        self.dropout_schedule = dropout_schedule
        self.adversarial = adversarial
        self.averaging = averaging
        self.early_stopping = early_stopping
        self.scoring = scoring
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.dtype = dtype
        self.memory = memory
        self.random_state = random_state
        self.verbose = verbose

    @regardless_of_error_state
    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict the quantities of each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows like those that `fit` was given.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            As y of `fit` was, in its units, and its dtype where that is one of floats.

        Raises
        ------
        ValueError
            If X is illegal, or so large that the network gives no number for a row.
        """
        logits = self._logits(X)
        return self._targets.decode(logits)

    @with_callbacks
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> KerasMLPRegressor:
        """Train for one epoch on X and y, from where the last call left off.

        As `KerasMLPClassifier.partial_fit` does. The first call sets the scale of the
        target, but for a quantity that does not vary in it, whose scale is set by the
        first call in which it does.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            As in `fit`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            As in `fit`.
        sample_weight : array-like of shape (n_samples,), default=None
            As in `fit`.

        Returns
        -------
        self : KerasMLPRegressor
            Trained further.

        Raises
        ------
        ValueError, TypeError
            As for `fit`; also for a changed architecture or loss.
        """
        return self._fit(Request(X, y, sample_weight, one_epoch=True))

    _targets_kind = Quantities

    def _problem(self, hyper: Hyperparameters, request: Request) -> Regression:
        assert hyper.loss is not None
        return Regression(hyper.loss, hyper.scale_target)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.target_tags.multi_output = True
        return tags
