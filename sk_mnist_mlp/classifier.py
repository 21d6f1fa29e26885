"""`KerasMLPClassifier`: scikit-learn's contract over the network and its training."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags

from sk_mnist_mlp.class_prediction import ClassPredictionMixin
from sk_mnist_mlp.data.labels import Classification, Labels
from sk_mnist_mlp.estimator import KerasMLPEstimator
from sk_mnist_mlp.fitting.callbacks import with_callbacks
from sk_mnist_mlp.fitting.task import Request, check_classes
from sk_mnist_mlp.parameters.checked import Hyperparameters

if TYPE_CHECKING:
    import keras

    Activation = str | Callable[[Any], Any]


class KerasMLPClassifier(ClassifierMixin, ClassPredictionMixin, KerasMLPEstimator):
    """Multilayer perceptron trained by Keras' optimizers, on TensorFlow or JAX.

    Trains on a CPU, or on a CUDA GPU where TensorFlow sees one; predicts with
    NumPy alone.

    Parameters
    ----------
    widths : sequence of int or int, default=(512, 128)
        Units of each hidden layer; ``()`` is softmax regression. One int makes
        `depth` equal layers.
    depth : int, default=None
        Number of hidden layers where `widths` is an int; None means 1.
    activation : str, callable or sequence of these, default="relu"
        Of all hidden layers, or of each: the name of an elementwise activation of
        Keras, ``"softmax"``, or a callable of tensors.
    init_stddev : None, float, {"he", "lecun", "glorot"} or sequence, default=None
        How kernels are drawn: None is Glorot's uniform, Keras' default; a
        float is the stddev of a normal; a name is a normal with that rule's
        stddev, layer by layer. One of these counts for each hidden layer; a
        sequence has one for each hidden layer, or for each layer with the
        output, which is Glorot uniform unless it is named.
    batch_norm : bool or {"after", "before"}, default=False
        Batch normalisation in each hidden layer: ``"after"`` the activation,
        the same as True, or ``"before"``. The moments used to predict are
        means of the first hundred batches, and then follow with Keras'
        momentum of 0.99.
    dropout : float or sequence of float, default=0.0
        Share of units dropped at the end of each hidden layer while training.
    optimizer : str or keras.optimizers.Optimizer, default="adam"
        A name that Keras knows, or an instance that was not built yet.
    learning_rate : float, default=None
        None is the optimizer's own.
    epochs : int, default=None
        Passes over the data. None is 20, or as many more as make 120 steps.
    batch_size : int, default=128
        Rows of one step; more than there are rows makes one full batch.
    schedule : {None, "linear", "cosine", "adaptive"}, default=None
        How the learning rate moves over the fit: in a line or half a cosine to zero,
        or, as `MLPClassifier` has it, divided by 5 after more than `n_iter_no_change`
        epochs without improvement: of early stopping's score, else of the loss on
        ``X_val``, else of the training loss. Early stopping then stops where the rate
        is at most 1e-6 and would fall again.
    warmup : float, default=0.0
        Share of the steps over which the learning rate first rises.
    weight_decay : float, default=0.0
        By which, times the learning rate, each kernel shrinks in each step.
    label_smoothing : float, default=0.0
        Share of each target that is spread evenly over the outcomes while training.
    input_dropout : float, default=0.0
        Share of inputs dropped while training.
    dropout_schedule : {None, "linear", "cosine"}, default=None
        How `dropout` and `input_dropout` fall to zero over the fit.
    adversarial : float, default=0.0
        By how much the inputs of every other row move, while training, to where the
        row's loss grows fastest: in the units of the inputs.
    averaging : float, default=None
        Decay of an exponential moving average of the weights, which predicts in their
        place.
    class_weight : "balanced", dict or sequence of dict, default=None
        Weight of each class, which multiplies the weights of its rows, those of
        ``X_val`` too: metrics of validation data and early stopping are weighted.
        ``"balanced"`` is inversely proportional to how much of the data is of
        the class. The keys of a dict are labels as `y` has them; a class
        without a key weighs 1. For an indicator matrix ``"balanced"``, or a dict
        for each column, ``{0: w0, 1: w1}``; the columns' weights are multiplied.
    early_stopping : bool, default=False
        Whether to stop when the score on validation data stops improving, and to
        keep the weights of the best epoch. The data are ``X_val`` of `fit`, or a part
        that is held out, weighed by `class_weight` as the others are.
    scoring : "loss", None, str or callable, default="loss"
        What early stopping makes large: minus the loss; the accuracy, which is the
        share of rows all of whose outputs are right (None); or a scorer of
        scikit-learn's, by name or ``scorer(estimator, X, y)``. It is given
        `sample_weight` too where rows have different weights. Where a class is
        rare, the accuracy hardly tells one epoch from another.
    validation_fraction : float, default=0.1
        Of the rows, held out to validate early stopping, with every class in
        its proportion, where `fit` is given no ``X_val``. Each class keeps a
        row to train on; one without a row to validate on is warned of.
    n_iter_no_change : int, default=10
        Consecutive epochs without improvement that stop the fit early.
    tol : float, default=1e-4
        By how much the score has to exceed the best one to have improved.
    warm_start : bool, default=False
        Whether `fit` goes on from the fitted weights, for `epochs` more.
    dtype : {"auto", "float32", "float64"}, default="auto"
        Of weights and arithmetic. ``"auto"`` is float64 where an epoch is
        fewer than 10 million multiply-adds (rows times weights) and float32
        otherwise.
    memory : str, path-like or None, default=None
        Folder in which fits are kept: a finished one is read back by whoever
        asks for the same again, one that was cut off goes on. Needs a
        `random_state`; see docs/surviving.md.
    random_state : int, RandomState instance or None, default=None
        Determines initial weights, order of rows and dropout masks. An int
        gives the same model each time.
    verbose : int, default=0
        1 shows each epoch's loss and metric: a line an epoch in a pipe or file; in a
        terminal or a notebook a bar, which leaves one line a fit.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features,)
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
        weights moved, of the rows as dropout and `adversarial` left them; ``val_loss``
        and ``val_accuracy`` after each epoch where validation data were given, and
        None for the other epochs of a warm start. All
        are weighted as the rows are, by `class_weight` too. A row for which the
        network gives no number is wrong, and makes ``val_loss`` NaN.
    loss_curve_ : list of float
        ``history_["loss"]``.
    loss_ : float
        Its last entry.
    validation_scores_ : list of float or None
        With early stopping, the score on the validation data after each epoch, in the
        sign of `scoring`: minus ``val_loss`` by default. None for the epochs of a warm
        start without it.
    best_validation_score_ : float or None
        The best one of the last fit, which the weights are of.

    See Also
    --------
    KerasMLPRegressor : For quantities.
    sklearn.neural_network.MLPClassifier : scikit-learn's own.

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

    def __init__(
        self,
        widths: int | Sequence[int] = (512, 128),
        *,
        depth: int | None = None,
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
        label_smoothing: float = 0.0,
        input_dropout: float = 0.0,
        dropout_schedule: str | None = None,
        adversarial: float = 0.0,
        averaging: float | None = None,
        class_weight: str | Mapping[Any, float] | Sequence[Mapping[Any, float]] | None = None,
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
        self.label_smoothing = label_smoothing
        self.input_dropout = input_dropout
        self.dropout_schedule = dropout_schedule
        self.adversarial = adversarial
        self.averaging = averaging
        self.class_weight = class_weight
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
        gives; so does a `fit` of fewer epochs with calls for the rest, where nothing
        moves by a schedule or a warmup. The optimizer's state is kept between calls,
        and in pickles; the pickle or file of a plain `fit` leaves it out, and a call
        after that warns. `early_stopping` is left to the caller.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            As in `fit`.
        y : array-like of shape (n_samples,) or (n_samples, n_classes)
            As in `fit`.
        classes : array-like of shape (n_classes,), default=None
            All labels that any call will have; needed in the first call.
        sample_weight : array-like of shape (n_samples,), default=None
            As in `fit`.

        Returns
        -------
        self : KerasMLPClassifier
            Trained further.

        Raises
        ------
        ValueError, TypeError
            As for `fit`; also without `classes` in the first call, and for other
            `classes` or a changed architecture later.
        """
        check_classes(self, classes)
        return self._fit(Request(X, y, sample_weight, classes=classes, one_epoch=True))

    _targets_kind = Labels

    def _problem(self, hyper: Hyperparameters, request: Request) -> Classification:
        return Classification(type(self).__name__, request.classes, request.one_epoch)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.three_d_array = True
        tags.classifier_tags.multi_label = True
        return tags
