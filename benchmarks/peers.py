"""The networks of the benchmarks, and each library's way to train them.

All train in float32 with batches of 128 rows and Adam with Keras' defaults, without validation
data, regularisation or early stopping, from kernels of the same distribution.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from problems import CLASSIFICATION, REGRESSION, Problem

BATCH_SIZE = 128
LEARNING_RATE = 1e-3
ADAM_EPSILON = 1e-7

Predict = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Network:
    """What is trained.

    Parameters
    ----------
    activation : {"relu", "sigmoid"}
        Of the hidden layers.
    init_stddev : tuple of float or None
        Of the normal that each hidden kernel is drawn from; None is Glorot's uniform.
    batch_norm : bool
        After each activation.
    dropout : float
        After each batch norm.
    widths : tuple of int
    """

    activation: str
    init_stddev: tuple[float, ...] | None = None
    batch_norm: bool = False
    dropout: float = 0.0
    widths: tuple[int, ...] = (512, 128)

    def shape(self, n_features: int, n_outputs: int) -> str:
        """Name the network in a few words."""
        sizes = "-".join(map(str, (n_features, *self.widths, n_outputs)))
        extras = f", batch norm, dropout {self.dropout}" if self.batch_norm else ""
        return f"{sizes} {self.activation}{extras}"

    def flops(self, n_rows: int, n_features: int, n_outputs: int) -> int:
        """Arithmetic of the matrix products of an epoch.

        Each kernel is multiplied three times, for the output, its own gradient and that of its
        input, the first but twice: nobody needs the gradient of the data.
        """
        sizes = (n_features, *self.widths, n_outputs)
        kernels = [inputs * outputs for inputs, outputs in pairwise(sizes)]
        return 2 * n_rows * (3 * sum(kernels) - kernels[0])


NETWORKS = {
    "plain": Network("relu"),
    "norm": Network(
        "sigmoid",
        init_stddev=(0.039, 0.55),
        batch_norm=True,
        dropout=0.5,
    ),
}


@dataclass(frozen=True)
class Training:
    """One fit.

    Parameters
    ----------
    network : Network
    X : ndarray of shape (rows, features), float32
    y : ndarray of shape (rows,)
        Target of the problem; classes are ints from 0.
    epochs : int
    after_epoch : callable or None
        To be called after each epoch.
    problem : Problem
    """

    network: Network
    X: np.ndarray
    y: np.ndarray
    epochs: int
    after_epoch: Callable[[], None] | None = None
    problem: Problem = CLASSIFICATION

    @property
    def n_outputs(self) -> int:
        """Units of the output layer."""
        return self.problem.n_outputs(self.y)


def train_sk_mnist_mlp(training: Training) -> Predict:
    import sk_mnist_mlp

    estimator = getattr(sk_mnist_mlp, f"KerasMLP{training.problem.kind}")(
        widths=training.network.widths,
        activation=training.network.activation,
        init_stddev=training.network.init_stddev,
        batch_norm=training.network.batch_norm,
        dropout=training.network.dropout,
        epochs=training.epochs,
        batch_size=BATCH_SIZE,
        dtype="float32",
        random_state=0,
        verbose=int(training.after_epoch is not None),
    )
    with redirect_stdout(_Lines("epoch ", training.after_epoch)):
        estimator.fit(training.X, training.y)
    return estimator.predict


def train_sklearn(training: Training) -> Predict:
    from sklearn import neural_network
    from sklearn.exceptions import ConvergenceWarning

    estimator = getattr(neural_network, f"MLP{training.problem.kind}")(
        hidden_layer_sizes=training.network.widths,
        activation=training.network.activation,
        alpha=0.0,
        batch_size=BATCH_SIZE,
        learning_rate_init=LEARNING_RATE,
        epsilon=ADAM_EPSILON,
        max_iter=training.epochs,
        n_iter_no_change=training.epochs,  # so that it never stops early
        random_state=0,
        verbose=training.after_epoch is not None,
    )
    with warnings.catch_warnings(), redirect_stdout(_Lines("Iteration ", training.after_epoch)):
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator.fit(training.X, training.y)
    return estimator.predict


class _Lines(io.TextIOBase):
    """Standard output of an estimator that has no callbacks but prints a line an epoch."""

    def __init__(self, start: str, after_epoch: Callable[[], None] | None) -> None:
        self._start = start
        self._after_epoch = after_epoch

    def write(self, text: str) -> int:
        if self._after_epoch is not None and text.startswith(self._start):
            self._after_epoch()
        return len(text)


def train_keras(training: Training) -> Predict:
    model = _keras_model(training, training.problem.loss)
    model.fit(training.X, training.y, **_keras_fit_arguments(training))
    return lambda X: training.problem.decode(model.predict(X, verbose=0))


def train_scikeras(training: Training) -> Predict:
    from scikeras.wrappers import KerasClassifier

    def build() -> Any:
        return _keras_model(training, "sparse_categorical_crossentropy")

    classifier = KerasClassifier(build, **_keras_fit_arguments(training))
    return classifier.fit(training.X, training.y).predict


def train_keras_wrapper(training: Training) -> Predict:
    from keras.wrappers import SKLearnClassifier

    def build(X: np.ndarray, y: np.ndarray) -> Any:
        return _keras_model(training, "categorical_crossentropy")

    classifier = SKLearnClassifier(build)
    return classifier.fit(training.X, training.y, **_keras_fit_arguments(training)).predict


def _keras_fit_arguments(training: Training) -> dict[str, Any]:
    import keras

    halt = training.after_epoch
    callbacks = (
        [keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: halt())] if halt else []
    )
    return {
        "epochs": training.epochs,
        "batch_size": BATCH_SIZE,
        "verbose": 0,
        "callbacks": callbacks,
    }


def _keras_model(training: Training, loss: str) -> Any:
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    network = training.network
    model = keras.Sequential([keras.Input((training.X.shape[1],))])
    for layer, width in enumerate(network.widths):
        if network.init_stddev is None:
            kernel = keras.initializers.GlorotUniform()
        else:
            kernel = keras.initializers.RandomNormal(stddev=network.init_stddev[layer])
        model.add(layers.Dense(width, network.activation, kernel_initializer=kernel))
        if network.batch_norm:
            model.add(layers.BatchNormalization())
        if network.dropout:
            model.add(layers.Dropout(network.dropout))
    model.add(layers.Dense(training.n_outputs, training.problem.activation))
    model.compile(optimizer="adam", loss=loss, metrics=[training.problem.metric])
    return model


def train_skorch(training: Training) -> Predict:
    import skorch
    import torch

    class EpochEnd(skorch.callbacks.Callback):
        def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
            if training.after_epoch:
                training.after_epoch()

    torch.manual_seed(0)
    classifier = skorch.NeuralNetClassifier(
        _torch_module(training),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        optimizer__eps=ADAM_EPSILON,
        optimizer__fused=True,  # the faster of its implementations
        lr=LEARNING_RATE,
        max_epochs=training.epochs,
        batch_size=BATCH_SIZE,
        iterator_train__shuffle=True,
        train_split=None,
        callbacks=[EpochEnd()],
        verbose=0,
    )
    return classifier.fit(training.X, training.y).predict


def train_torch(training: Training) -> Predict:
    """Train as PyTorch's tutorials do, but for the data, which stay where it trains."""
    import torch

    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    module = _torch_module(training).to(device)
    X = torch.from_numpy(training.X).to(device)
    y = torch.from_numpy(training.y.astype(np.int64)).to(device)
    optimizer = torch.optim.Adam(
        module.parameters(), lr=LEARNING_RATE, eps=ADAM_EPSILON, fused=True
    )
    for _ in range(training.epochs):
        for rows in torch.randperm(len(X), device=device).split(BATCH_SIZE):
            optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(module(X[rows]), y[rows]).backward()
            optimizer.step()
        if device == "cuda":
            torch.cuda.synchronize()
        if training.after_epoch:
            training.after_epoch()
    module.eval()

    @torch.no_grad()
    def predict(X: np.ndarray) -> np.ndarray:
        batches = torch.from_numpy(X).split(100_000)
        return np.concatenate([module(batch.to(device)).argmax(1).cpu() for batch in batches])

    return predict


def _torch_module(training: Training) -> Any:
    from torch import nn

    network = training.network
    activation = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[network.activation]
    stddevs = network.init_stddev or (None,) * len(network.widths)
    modules: list[Any] = []
    n_inputs = training.X.shape[1]
    for width, stddev in zip(network.widths, stddevs, strict=True):
        modules += [torch_linear(n_inputs, width, stddev), activation()]
        if network.batch_norm:
            modules.append(nn.BatchNorm1d(width, eps=1e-3, momentum=0.01))
        if network.dropout:
            modules.append(nn.Dropout(network.dropout))
        n_inputs = width
    return nn.Sequential(*modules, torch_linear(n_inputs, training.n_outputs, None))


def torch_linear(n_inputs: int, n_outputs: int, stddev: float | None) -> Any:
    from torch import nn

    linear = nn.Linear(n_inputs, n_outputs)
    nn.init.zeros_(linear.bias)
    if stddev is None:
        nn.init.xavier_uniform_(linear.weight)
    else:
        nn.init.normal_(linear.weight, std=stddev)
    return linear


@dataclass(frozen=True)
class Peer:
    """A library that trains the networks.

    Parameters
    ----------
    title : str
    imports : tuple of str
        What its user imports, and what it imports late, as ``module`` or ``module:object``.
    train : callable
        Trains and returns the model's `predict`.
    only_plain : bool
        Whether it has no batch norm and dropout.
    backend : str
        What Keras runs on.
    """

    title: str
    imports: tuple[str, ...]
    train: Callable[[Training], Predict]
    only_plain: bool = False
    backend: str = "tensorflow"


OURS, OURS_ON_JAX = "sk_mnist_mlp", "sk_mnist_mlp_jax"


def peers_for(problem: Problem) -> dict[str, Peer]:
    """Return the libraries that learn a problem here, whichever it is."""
    kind = problem.kind
    ours = f"sk_mnist_mlp:KerasMLP{kind}"
    theirs = f"sklearn.neural_network:MLP{kind}"
    return {
        OURS: Peer("sk_mnist_mlp", (ours, "tensorflow", "keras"), train_sk_mnist_mlp),
        OURS_ON_JAX: Peer(
            "sk_mnist_mlp on JAX", (ours, "jax", "keras"), train_sk_mnist_mlp, backend="jax"
        ),
        "keras": Peer("Keras", ("keras", "tensorflow"), train_keras),
        "keras_jax": Peer("Keras on JAX", ("keras", "jax"), train_keras, backend="jax"),
        "mlp": Peer(f"MLP{kind}", (theirs,), train_sklearn, only_plain=True),
    }


OF_CLASSES_ALONE = {
    "scikeras": Peer("scikeras", ("scikeras.wrappers:KerasClassifier",), train_scikeras),
    "keras_wrappers": Peer(
        "keras.wrappers", ("keras.wrappers:SKLearnClassifier", "sklearn"), train_keras_wrapper
    ),
    "skorch": Peer("skorch on PyTorch", ("skorch:NeuralNetClassifier", "torch"), train_skorch),
    "torch": Peer("PyTorch, a loop", ("torch",), train_torch),
}
PEERS = {
    "classification": peers_for(CLASSIFICATION) | OF_CLASSES_ALONE,
    "regression": peers_for(REGRESSION),
}
