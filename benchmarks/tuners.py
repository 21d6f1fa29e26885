"""Each library's estimator for a search, and its names for what is searched.

All train the same network in float32 with Adam, as users of the library would write it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from problems import CLASSIFICATION, Problem

ADAM_EPSILON = 1e-7


@dataclass(frozen=True)
class Space:
    """What a grid search trains.

    Parameters
    ----------
    widths : tuple of int
    batch_size, epochs : int
    activations : tuple of {"relu", "tanh", "sigmoid"}
    learning_rates : tuple of float
    init_stddev : tuple of float or None
        Of the normal that each hidden kernel is drawn from; None is Glorot's uniform.
    problem : Problem
    """

    widths: tuple[int, ...]
    batch_size: int
    epochs: int
    activations: tuple[str, ...]
    learning_rates: tuple[float, ...] = (1e-3,)
    init_stddev: tuple[float, ...] | None = None
    problem: Problem = CLASSIFICATION


@dataclass(frozen=True)
class Tuned:
    """An estimator, the grid over it, and what its `fit` is given."""

    estimator: Any
    grid: Mapping[str, Sequence[Any]]
    fit_arguments: Mapping[str, Any] = field(default_factory=dict)


def tune_sk_mnist_mlp(space: Space) -> Tuned:
    import sk_mnist_mlp

    estimator = getattr(sk_mnist_mlp, f"KerasMLP{space.problem.kind}")(
        space.widths,
        init_stddev=space.init_stddev,
        batch_size=space.batch_size,
        epochs=space.epochs,
        dtype="float32",
        random_state=0,
    )
    return Tuned(
        estimator, {"activation": space.activations, "learning_rate": space.learning_rates}
    )


def tune_sklearn(space: Space) -> Tuned:
    from sklearn import neural_network

    estimator = getattr(neural_network, f"MLP{space.problem.kind}")(
        hidden_layer_sizes=space.widths,
        alpha=0.0,
        batch_size=space.batch_size,
        epsilon=ADAM_EPSILON,
        max_iter=space.epochs,
        n_iter_no_change=space.epochs,  # so that it never stops early
        random_state=0,
    )
    names = {"sigmoid": "logistic"}
    activations = [names.get(activation, activation) for activation in space.activations]
    return Tuned(estimator, {"activation": activations, "learning_rate_init": space.learning_rates})


def tune_scikeras(space: Space) -> Tuned:
    from scikeras.wrappers import KerasClassifier

    def build(meta: dict[str, Any], activation: str = "relu") -> Any:
        return _keras_layers(space, activation, meta["n_features_in_"], meta["n_classes_"])

    estimator = KerasClassifier(
        build,
        loss="sparse_categorical_crossentropy",
        optimizer="adam",
        optimizer__learning_rate=1e-3,
        epochs=space.epochs,
        batch_size=space.batch_size,
        model__activation="relu",
        random_state=0,
        verbose=0,
    )
    grid = {
        "model__activation": space.activations,
        "optimizer__learning_rate": space.learning_rates,
    }
    return Tuned(estimator, grid)


def tune_keras_wrapper(space: Space) -> Tuned:
    import keras
    from keras.wrappers import SKLearnClassifier

    def build(X: Any, y: Any, activation: str, learning_rate: float) -> Any:
        model = _keras_layers(space, activation, X.shape[1], y.shape[1])
        model.compile(keras.optimizers.Adam(learning_rate), "categorical_crossentropy")
        return model

    # It takes its hyperparameters as one dictionary, and loses arguments of `fit` that it
    # is constructed with when it is cloned.
    candidates = [
        {"activation": activation, "learning_rate": learning_rate}
        for activation in space.activations
        for learning_rate in space.learning_rates
    ]
    return Tuned(
        SKLearnClassifier(build, model_kwargs=candidates[0]),
        {"model_kwargs": candidates},
        {"epochs": space.epochs, "batch_size": space.batch_size, "verbose": 0},
    )


def _keras_layers(space: Space, activation: str, n_features: int, n_classes: int) -> Any:
    import keras

    model = keras.Sequential([keras.Input((n_features,))])
    for layer, width in enumerate(space.widths):
        if space.init_stddev is None:
            kernel = keras.initializers.GlorotUniform()
        else:
            kernel = keras.initializers.RandomNormal(stddev=space.init_stddev[layer])
        model.add(keras.layers.Dense(width, activation, kernel_initializer=kernel))
    model.add(keras.layers.Dense(n_classes, "softmax"))
    return model


def tune_skorch(space: Space) -> Tuned:
    import skorch
    import torch
    from peers import torch_linear

    activations = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}

    class Network(torch.nn.Sequential):
        def __init__(self, n_inputs: int, n_classes: int, activation: str) -> None:
            stddevs = space.init_stddev or (None,) * len(space.widths)
            modules: list[Any] = []
            for width, stddev in zip(space.widths, stddevs, strict=True):
                modules += [torch_linear(n_inputs, width, stddev), activations[activation]()]
                n_inputs = width
            super().__init__(*modules, torch_linear(n_inputs, n_classes, None))

    class KnowsItsData(skorch.callbacks.Callback):
        def on_train_begin(self, net: Any, X: Any, y: Any, **kwargs: Any) -> None:
            net.set_params(module__n_inputs=X.shape[1], module__n_classes=int(y.max()) + 1)

    torch.manual_seed(0)
    estimator = skorch.NeuralNetClassifier(
        Network,
        module__n_inputs=1,
        module__n_classes=2,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        optimizer__eps=ADAM_EPSILON,
        optimizer__fused=True,  # the faster of its implementations
        max_epochs=space.epochs,
        batch_size=space.batch_size,
        iterator_train__shuffle=True,
        train_split=None,
        callbacks=[KnowsItsData()],
        verbose=0,
    )
    return Tuned(estimator, {"module__activation": space.activations, "lr": space.learning_rates})


TUNERS: dict[str, Callable[[Space], Tuned]] = {
    "sk_mnist_mlp": tune_sk_mnist_mlp,
    "sk_mnist_mlp_jax": tune_sk_mnist_mlp,
    "mlp": tune_sklearn,
    "scikeras": tune_scikeras,
    "keras_wrappers": tune_keras_wrapper,
    "skorch": tune_skorch,
}
"""By the keys of `peers.PEERS`."""
