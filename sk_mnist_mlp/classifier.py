"""`KerasMLPClassifier`: scikit-learn's contract over the network and its training."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags, check_random_state

from sk_mnist_mlp.callbacks import CallbackSupportMixin, begin_fit, with_callbacks
from sk_mnist_mlp.error_state import regardless_of_error_state
from sk_mnist_mlp.examples import hold_out
from sk_mnist_mlp.inputs import (
    check_range,
    check_training_data,
    check_validation_data,
)
from sk_mnist_mlp.labels import Labels
from sk_mnist_mlp.monitor import Monitor
from sk_mnist_mlp.network import Weights, initial_stddevs
from sk_mnist_mlp.parameters import Hyperparameters, check_parameters
from sk_mnist_mlp.prediction import PredictionMixin
from sk_mnist_mlp.progress import epoch_progress
from sk_mnist_mlp.session import (
    Outcome,
    Position,
    Start,
    apply_class_weights,
    check_same_architecture,
    network_dtype,
    network_spec,
    train,
    weigh_classes,
)
from sk_mnist_mlp.stopping import EarlyStopping
from sk_mnist_mlp.streams import generator, put_back_on_failure

if TYPE_CHECKING:
    import keras

_FITTED_PRIVATE = (
    "_start",
    "_labels",
    "_dropout",
    "_optimizer_state",
    "_keeps_optimizer_state",
    "_n_epochs",
)


STATE_LEFT_OUT = (
    "The optimizer's state is missing, since the pickle or file of a plain fit leaves it out: "
    "training goes on with a fresh one, not bit by bit as the estimator itself would have. To keep "
    "the state too, fit with warm_start=True or by partial_fit."
)


class KerasMLPClassifier(CallbackSupportMixin, PredictionMixin, ClassifierMixin, BaseEstimator):
    """Multilayer perceptron trained by Keras' optimizers on TensorFlow.

    Trains on a CPU, or on a CUDA GPU where TensorFlow sees one; predicts with
    NumPy alone.

    Parameters
    ----------
    widths : sequence of int or int, default=(512, 128)
        Units of each hidden layer; ``()`` is softmax regression. One int makes
        `depth` equal layers.
    depth : int, default=None
        Number of hidden layers where `widths` is an int; None means 1.
    activation : str or callable, default="relu"
        Of the hidden layers: the name of an elementwise activation of Keras,
        ``"softmax"``, or a callable of tensors.
    init_stddev : None, float, {"he", "lecun", "glorot"} or sequence, default=None
        How kernels are drawn: None is Glorot's uniform, Keras' default; a
        float is the stddev of a normal; a name is a normal with that rule's
        stddev, layer by layer. One of these counts for each hidden layer; a
        sequence has one for each hidden layer, or for each layer with the
        output, which is Glorot uniform unless it is named.
    batch_norm : bool or {"after", "before"}, default=False
        Batch normalisation in each hidden layer: ``"after"`` the activation,
        the same as True, or ``"before"``. As in Keras, the moments used to
        predict follow with a momentum of 0.99 and take some 500 steps to
        settle: on few rows, train for more epochs or in smaller batches.
    dropout : float or sequence of float, default=0.0
        Share of units dropped at the end of each hidden layer while training.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        A name that Keras knows, or an instance that was not built yet.
    learning_rate : float, default=None
        None is the optimizer's own.
    epochs : int, default=20
        Passes over the data.
    batch_size : int, default=128
        Rows of one step; more than there are rows makes one full batch.
    class_weight : "balanced" or dict, default=None
        Weight of each class, which multiplies the weights of its rows.
        ``"balanced"`` is inversely proportional to how much of the data is of
        the class. The keys of a dict are labels as `y` has them; a class
        without a key weighs 1.
    early_stopping : bool, default=False
        Whether to stop when the accuracy on validation data stops to improve,
        and to keep the weights of the best epoch.
    validation_fraction : float, default=0.1
        Of the rows, held out to validate early stopping, with every class in
        its proportion, where `fit` is given no ``X_val``. Each class keeps a
        row to train on; one without a row to validate on is warned of.
    n_iter_no_change : int, default=10
        Consecutive epochs without improvement after which early stopping
        stops.
    tol : float, default=1e-4
        By how much the accuracy has to exceed the best one to have improved.
    warm_start : bool, default=False
        Whether `fit` goes on from the fitted weights, for `epochs` more.
    dtype : {"auto", "float32", "float64"}, default="auto"
        Of weights and arithmetic. ``"auto"`` is float64 where an epoch is
        fewer than 10 million multiply-adds (rows times weights) and float32
        otherwise.
    random_state : int, RandomState instance or None, default=None
        Determines initial weights, order of rows and dropout masks. An int
        gives the same model each time.
    verbose : int, default=0
        1 shows each epoch's loss and accuracy.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where `X` had names that are strings.
    coefs_ : list of ndarray of shape (inputs, outputs)
        Kernel of each layer.
    intercepts_ : list of ndarray of shape (outputs,)
        Bias of each layer.
    batch_norms_ : list of BatchNorm
        ``gamma``, ``beta``, ``mean`` and ``variance`` of each hidden layer;
        empty without batch normalisation.
    n_layers_ : int
        Number of layers, input and output included.
    n_outputs_ : int
        Number of logits: one for two classes, else one a class.
    out_activation_ : {"softmax", "sigmoid"}
        What turns logits into probabilities.
    n_parameters_, n_trainable_parameters_ : int
        Numbers in the network; batch normalisation's moving moments are not
        trainable.
    init_stddev_ : tuple of float
        Stddev that each kernel was drawn with.
    n_iter_ : int
        Epochs of the last fit.
    n_steps_ : int
        Batches of the last fit.
    history_ : dict of str to list of float
        ``loss`` and ``accuracy`` of each epoch, as running means while the
        weights moved; ``val_loss`` and ``val_accuracy`` after each epoch where
        validation data were given, and None for the other epochs of a warm start. A
        row for which the network gives no number is wrong, and makes ``val_loss`` NaN.
    loss_curve_ : list of float
        ``history_["loss"]``.
    loss_ : float
        Its last entry.
    validation_scores_ : list of float or None
        With early stopping, the accuracy on the validation data after each
        epoch; None for the epochs of a warm start without it.
    best_validation_score_ : float or None
        The best one of the last fit, which the weights are of.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : scikit-learn's own, without batch
        normalisation, dropout, initial stddevs or GPU.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> from sk_mnist_mlp import KerasMLPClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
    >>> clf = KerasMLPClassifier(widths=(64,), random_state=0).fit(X_train, y_train)
    >>> clf.score(X_test, y_test) > 0.9
    True
    """

    history_: dict[str, list[Any]]
    validation_scores_: list[float | None] | None
    n_iter_: int
    n_steps_: int

    def __init__(
        self,
        widths: int | Sequence[int] = (512, 128),
        *,
        depth: int | None = None,
        activation: str | Callable[[Any], Any] = "relu",
        init_stddev: float | str | Sequence[float | str | None] | None = None,
        batch_norm: bool | str = False,
        dropout: float | Sequence[float] = 0.0,
        optimizer: str | keras.optimizers.Optimizer = "adam",
        learning_rate: float | None = None,
        epochs: int = 20,
        batch_size: int = 128,
        class_weight: str | Mapping[Any, float] | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: float = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        dtype: str = "auto",
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.widths = widths
        self.depth = depth
        self.activation = activation
        self.init_stddev = init_stddev
        self.batch_norm = batch_norm
        self.dropout = dropout
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.class_weight = class_weight
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.dtype = dtype
        self.random_state = random_state
        self.verbose = verbose

    # scikit-learn's HTML display links to these pages.
    _doc_link_module = "sk_mnist_mlp"
    _doc_link_template = (
        "https://sk-mnist-mlp.readthedocs.io/en/stable/api.html#sk_mnist_mlp.{estimator_name}"
    )

    # Meant for no one else in a pipeline, so that routing needs no request for them.
    __metadata_request__fit: ClassVar = dict.fromkeys(("X_val", "y_val", "sample_weight_val"), True)

    @with_callbacks
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> KerasMLPClassifier:
        """Train on X and y from new initial weights.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training rows. Networks learn best from columns of similar, small
            range: scale them, for instance with `StandardScaler`.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            Class labels, or an indicator matrix of 0 and 1.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row; only their proportions count, and a weight of
            zero, or below 1e-30 of the largest, is the row left out. None
            weighs all rows alike.
        X_val : array-like of shape (n_val, n_features), default=None
            Rows to measure loss and accuracy on after each epoch.
        y_val : array-like of shape (n_val,), default=None
            Their labels.
        sample_weight_val : array-like of shape (n_val,), default=None
            Their weights.

        Returns
        -------
        self : KerasMLPClassifier

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data are not legal, before any training; or
            if the loss becomes NaN or infinite. The estimator then stays as it
            was.
        """
        validation = (X_val, y_val, sample_weight_val)
        with put_back_on_failure(self.random_state):
            return self._fit(X, y, sample_weight, validation, one_epoch=False)

    @with_callbacks
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> KerasMLPClassifier:
        """Train for one epoch on X and y, from where the last call left off.

        As many calls on the same data as `epochs` give bitwise what one `fit`
        gives, and so does a `fit` of fewer epochs with calls for the rest. The
        optimizer's state is kept between calls, and in pickles; the pickle or file of
        a plain `fit` leaves it out, and a call after that warns. `early_stopping` is
        left to the caller.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
        classes : array-like of shape (n_classes,), default=None
            All labels that any call will have; needed in the first call.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : KerasMLPClassifier

        Raises
        ------
        ValueError, TypeError
            As for `fit`; also without `classes` in the first call, and for other
            `classes` or a changed architecture later.
        """
        goes_on = self.__sklearn_is_fitted__()
        if classes is None and not goes_on:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if (
            classes is not None
            and goes_on
            and not np.array_equal(self.classes_, np.unique(classes))
        ):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, was: "
                f"{self.classes_!r}"
            )
        with put_back_on_failure(self.random_state):
            return self._fit(
                X, y, sample_weight, (None, None, None), one_epoch=True, classes=classes
            )

    @regardless_of_error_state
    def _fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        validation_data: tuple[ArrayLike | None, ArrayLike | None, ArrayLike | None],
        *,
        one_epoch: bool,
        classes: ArrayLike | None = None,
    ) -> KerasMLPClassifier:
        hyper = check_parameters(type(self).__name__, self.get_params(deep=False))
        if one_epoch:
            hyper = _for_one_epoch(hyper)
        goes_on = self.__sklearn_is_fitted__() and (one_epoch or hyper.warm_start)
        n_epochs = 1 if one_epoch else hyper.epochs
        tasks = begin_fit(self, X, y, sample_weight, n_epochs)
        fitted = copy.copy(self) if goes_on else self._unfitted_copy()

        known = self._labels if goes_on and one_epoch else None
        examples, labels = check_training_data(
            fitted, X, y, sample_weight, reset=not goes_on, labels=known, classes=classes
        )
        validation = check_validation_data(fitted, labels, *validation_data)
        network = network_spec(hyper, fitted.n_features_in_, labels)
        if goes_on:
            self._check_same_classes(labels)
            check_same_architecture(self._start, network, hyper.dtype)
            if self._optimizer_state is None:
                warnings.warn(STATE_LEFT_OUT, stacklevel=4)
            start, position = self._start, self._position
        else:
            start = Start(
                network=network,
                init_stddev=hyper.init_stddev,
                dtype=network_dtype(hyper.dtype, network, examples.n_rows),
                seed=int(check_random_state(self.random_state).randint(2**31 - 1)),
            )
            position = Position(start.weights(), None, 0)
        check_range(examples.inputs, start.dtype, "X")
        if validation is not None:
            check_range(validation.inputs, start.dtype, "X_val")
        class_weights = weigh_classes(hyper.class_weight, labels, examples)
        examples = apply_class_weights(class_weights, examples, "X")
        if validation is not None:
            validation = apply_class_weights(class_weights, validation, "X_val")
        elif hyper.early_stopping:
            rng = generator(start.seed, "validation split")
            given = None if labels.indicator else labels.classes[examples.targets.ravel()]
            examples, validation = hold_out(examples, hyper.validation_fraction, given, rng)

        fitted._assign_architecture(start, labels, hyper.dropout)
        stopping = (
            EarlyStopping(hyper.n_iter_no_change, hyper.tol) if hyper.early_stopping else None
        )
        with epoch_progress(n_epochs) if self.verbose else nullcontext() as report:
            monitor = Monitor(
                network=start.network,
                n_epochs=n_epochs,
                validation=validation,
                stopping=stopping,
                report=report,
                tasks=tasks,
                fitted_attributes=fitted._attributes_with,
            )
            outcome = train(
                hyper, self.optimizer, self.learning_rate, start, position, examples, monitor
            )
        fitted._assign_outcome(outcome, stopping, goes_on=goes_on, one_epoch=one_epoch)
        self.__dict__ = fitted.__dict__  # all at once, or not at all
        if tasks is not None:
            tasks.end()
        return self

    def _unfitted_copy(self) -> KerasMLPClassifier:
        """Copy without what a fit assigned, to be filled by another fit."""
        unfitted = copy.copy(self)
        for name in vars(self):
            if name.endswith("_") or name in _FITTED_PRIVATE:
                delattr(unfitted, name)
        return unfitted

    def _check_same_classes(self, labels: Labels) -> None:
        if not np.array_equal(labels.classes, self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {labels.classes}"
            )

    @property
    def _position(self) -> Position:
        return Position(self._weights, self._optimizer_state, self._n_epochs)

    def _assign_architecture(
        self, start: Start, labels: Labels, dropout: tuple[float, ...]
    ) -> None:
        network = start.network
        self._start, self._labels, self._dropout = start, labels, dropout
        self.classes_ = labels.classes
        self.n_layers_ = len(network.kernel_shapes) + 1
        self.n_outputs_ = network.n_outputs
        self.out_activation_ = network.output
        self.n_parameters_ = network.n_parameters
        self.n_trainable_parameters_ = network.n_trainable_parameters
        self.init_stddev_ = initial_stddevs(network, start.init_stddev)

    def _assign_outcome(
        self, outcome: Outcome, stopping: EarlyStopping | None, *, goes_on: bool, one_epoch: bool
    ) -> None:
        """Assign the weights, and what led to them."""
        self._optimizer_state = outcome.position.optimizer_state
        self._keeps_optimizer_state = one_epoch or self.warm_start
        self._n_epochs = outcome.position.n_epochs
        self.__dict__ |= _weight_attributes(outcome.position.weights)
        before: dict[str, list[Any]] = self.history_ if goes_on else {}
        n_before, n_new = len(before.get("loss", ())), len(outcome.history["loss"])
        self.history_ = {
            name: before.get(name, [None] * n_before) + outcome.history.get(name, [None] * n_new)
            for name in before | outcome.history
        }
        self.loss_curve_ = self.history_["loss"]
        self.loss_ = self.loss_curve_[-1]
        adds_up = goes_on and one_epoch
        self.n_iter_ = n_new + (self.n_iter_ if adds_up else 0)
        self.n_steps_ = outcome.n_steps + (self.n_steps_ if adds_up else 0)
        earlier: list[Any] | None = self.validation_scores_ if goes_on else None
        scores: list[Any] | None = stopping.scores if stopping else None
        if earlier or scores:
            scores = (earlier or [None] * n_before) + (scores or [None] * n_new)
        self.validation_scores_ = scores
        self.best_validation_score_ = stopping.best_score if stopping else None

    def _attributes_with(self, weights: Weights) -> dict[str, Any]:
        """Fitted attributes of a copy that has other weights."""
        fitted = {
            name: value
            for name, value in vars(self).items()
            if name.endswith("_") or name in _FITTED_PRIVATE
        }
        return fitted | _weight_attributes(weights)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.classifier_tags.multi_label = True
        return tags


def _weight_attributes(weights: Weights) -> dict[str, Any]:
    return {
        "coefs_": list(weights.kernels),
        "intercepts_": list(weights.biases),
        "batch_norms_": list(weights.batch_norms),
    }


def _for_one_epoch(hyper: Hyperparameters) -> Hyperparameters:
    """Parameters of `partial_fit`, which leaves stopping to the caller."""
    if hyper.class_weight == "balanced":
        raise ValueError(
            "class_weight 'balanced' is not supported for partial_fit, which does not see all "
            "rows: pass a dict, for instance of sklearn.utils.class_weight.compute_class_weight."
        )
    return replace(hyper, early_stopping=False)
