"""`KerasMLPClassifier`: scikit-learn's contract over the network and its training."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sk_mnist_mlp import inference
from sk_mnist_mlp.inputs import (
    Examples,
    cast_inputs,
    check_inputs,
    check_training_data,
    check_validation_data,
)
from sk_mnist_mlp.monitor import Monitor
from sk_mnist_mlp.network import (
    NetworkSpec,
    Weights,
    draw_initial_weights,
    initial_stddevs,
)
from sk_mnist_mlp.parameters import Hyperparameters, check_parameters
from sk_mnist_mlp.progress import epoch_progress
from sk_mnist_mlp.streams import generator

if TYPE_CHECKING:
    import keras

    from sk_mnist_mlp.training.loop import LossNotFinite

FLOAT64_MULTIPLY_ADDS = 10_000_000
LARGE_INPUT = 100.0


@dataclass(frozen=True)
class Start:
    """From what a fit began, enough to draw its initial weights again.

    Parameters
    ----------
    network : NetworkSpec
    init_stddev : tuple of float, str or None
        One a layer.
    dtype : {"float32", "float64"}
    seed : int
    """

    network: NetworkSpec
    init_stddev: tuple[float | str | None, ...]
    dtype: str
    seed: int


class KerasMLPClassifier(ClassifierMixin, BaseEstimator):
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
        validation data were given.
    loss_curve_ : list of float
        ``history_["loss"]``.
    loss_ : float
        Its last entry.

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
    >>> clf.score(X_test, y_test) > 0.95
    True
    """

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
        self.dtype = dtype
        self.random_state = random_state
        self.verbose = verbose

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
        y : array-like of shape (n_samples,)
            Class labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row; only their proportions count, and a weight of
            zero is the row left out. None weighs all rows alike.
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
        hyper = check_parameters(type(self).__name__, self.get_params(deep=False))
        fitted = self._unfitted_copy()
        examples, labels = check_training_data(fitted, X, y, sample_weight)
        validation = check_validation_data(fitted, labels, X_val, y_val, sample_weight_val)
        network = NetworkSpec(
            n_features=fitted.n_features_in_,
            widths=hyper.widths,
            n_outputs=labels.n_outputs,
            output=labels.output,
            activation=hyper.activation,
            batch_norm=hyper.batch_norm,
        )
        fitted.classes_ = labels.classes
        fitted._start = Start(
            network=network,
            init_stddev=hyper.init_stddev,
            dtype=_network_dtype(hyper.dtype, network, len(examples.weights)),
            seed=int(check_random_state(self.random_state).randint(2**31 - 1)),
        )
        fitted._train(hyper, examples, validation)
        self.__dict__ = fitted.__dict__  # all at once, or not at all
        return self

    def _unfitted_copy(self) -> KerasMLPClassifier:
        """Copy without what a fit assigned, to be filled by another fit."""
        unfitted = copy.copy(self)
        for name in [name for name in vars(self) if name.endswith("_") or name == "_start"]:
            delattr(unfitted, name)
        return unfitted

    def _train(
        self, hyper: Hyperparameters, examples: Examples, validation: Examples | None
    ) -> None:
        """Train from new initial weights and assign every fitted attribute but the labels'."""
        from sk_mnist_mlp.training.feed import Rows
        from sk_mnist_mlp.training.fitting import Plan, fit_network
        from sk_mnist_mlp.training.loop import LossNotFinite

        start = self._start
        rows = Rows(
            inputs=cast_inputs(examples.inputs, start.dtype, "X"),
            targets=examples.targets,
            weights=examples.weights,
        )
        plan = Plan(
            network=start.network,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            dropout=hyper.dropout,
            batch_size=hyper.batch_size,
            dtype=start.dtype,
            seed=start.seed,
        )
        with epoch_progress(hyper.epochs) if self.verbose else nullcontext() as report:
            monitor = Monitor(start.network, validation, report)
            try:
                trained = fit_network(
                    plan,
                    self.initial_weights(),
                    rows,
                    range(hyper.epochs),
                    monitor.observe if monitor.watches else None,
                )
            except LossNotFinite as error:
                raise ValueError(_divergence_message(error, rows.inputs)) from None
        self.history_ = {
            "loss": [epoch.loss for epoch in trained.epochs],
            "accuracy": [epoch.accuracy for epoch in trained.epochs],
            **monitor.history,
        }
        self._assign_weights(trained.snapshot.weights())
        self.n_iter_ = len(trained.epochs)
        self.n_steps_ = trained.n_steps
        self.loss_curve_ = self.history_["loss"]
        self.loss_ = self.loss_curve_[-1]

    def _assign_weights(self, weights: Weights) -> None:
        network = self._start.network
        self.coefs_ = list(weights.kernels)
        self.intercepts_ = list(weights.biases)
        self.batch_norms_ = list(weights.batch_norms)
        self.n_layers_ = len(weights.kernels) + 1
        self.n_outputs_ = network.n_outputs
        self.out_activation_ = network.output
        self.n_parameters_ = network.n_parameters
        self.n_trainable_parameters_ = network.n_trainable_parameters
        self.init_stddev_ = initial_stddevs(network, self._start.init_stddev)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "coefs_")

    def _logits(self, X: ArrayLike) -> np.ndarray:
        check_is_fitted(self)
        return inference.logits(self._start.network, self._weights, check_inputs(self, X))

    @property
    def _weights(self) -> Weights:
        return Weights(tuple(self.coefs_), tuple(self.intercepts_), tuple(self.batch_norms_))

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Raw logits of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            One-dimensional for two classes: positive where ``classes_[1]`` is
            the more probable.
        """
        logits = self._logits(X)
        return logits[:, 0] if self._start.network.output == "sigmoid" else logits

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Most probable class of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
            In the dtype of the labels.
        """
        decision = self.decision_function(X)
        binary = self._start.network.output == "sigmoid"
        return self.classes_[(decision > 0).astype(int) if binary else decision.argmax(axis=1)]

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`; rows sum to one.
        """
        logits = self._logits(X)
        return inference.probabilities(self._start.network, logits)

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Logarithm of the probability of each class, finite even where that is tiny.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        logits = self._logits(X)
        return inference.log_probabilities(self._start.network, logits)

    def initial_weights(self) -> Weights:
        """Weights that the last fit started from, drawn again from its seed.

        Returns
        -------
        Weights
            ``kernels``, ``biases`` and ``batch_norms``, first layer first.
        """
        check_is_fitted(self, "_start")
        start = self._start
        rng = generator(start.seed, "initial weights")
        return draw_initial_weights(start.network, start.init_stddev, rng, np.dtype(start.dtype))

    def to_keras(self) -> keras.Sequential:
        """Export the network as a Keras model, which gives the probabilities of its outputs.

        Returns
        -------
        keras.Sequential
            Not compiled; dropout layers, which only matter to training, have
            the rates that are set now.
        """
        from sk_mnist_mlp.training.export import keras_model

        check_is_fitted(self)
        hyper = check_parameters(type(self).__name__, self.get_params(deep=False))
        return keras_model(self._start.network, self._weights, hyper.dropout)


def _network_dtype(asked: str, network: NetworkSpec, n_rows: int) -> str:
    if asked != "auto":
        return asked
    small = n_rows * network.n_weights < FLOAT64_MULTIPLY_ADDS
    return "float64" if small else "float32"


def _divergence_message(error: LossNotFinite, inputs: np.ndarray) -> str:
    remedies = "Lower learning_rate"
    largest = float(np.abs(inputs).max())
    where = ""
    if largest > LARGE_INPUT:
        where = f" The inputs are large: they range from {inputs.min():g} to {inputs.max():g}."
        remedies = "Scale the inputs, for instance with StandardScaler, or lower learning_rate"
    return (
        f"The loss became NaN or infinite in epoch {error.epoch + 1}, with learning rate "
        f"{error.learning_rate}.{where} {remedies}."
    )
