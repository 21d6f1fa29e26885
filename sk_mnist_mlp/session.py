"""One call of `fit` or `partial_fit`, between the checks and the attributes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from sk_mnist_mlp.examples import Examples, input_range
from sk_mnist_mlp.labels import Labels
from sk_mnist_mlp.monitor import Monitor
from sk_mnist_mlp.network import (
    NetworkSpec,
    OptimizerState,
    Weights,
    draw_initial_weights,
)
from sk_mnist_mlp.parameters import Hyperparameters
from sk_mnist_mlp.processes import refuse_to_train_after_fork, uninterrupted
from sk_mnist_mlp.streams import generator

if TYPE_CHECKING:
    from sk_mnist_mlp.training.loop import LossNotFinite, Snapshot

FLOAT64_MULTIPLY_ADDS = 10_000_000
LARGE_INPUT = 100.0


@dataclass(frozen=True)
class Start:
    """From what training began, enough to draw the initial weights again.

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

    def weights(self) -> Weights:
        """Draw the initial weights."""
        rng = generator(self.seed, "initial weights")
        return draw_initial_weights(self.network, self.init_stddev, rng, np.dtype(self.dtype))


@dataclass(frozen=True, eq=False)
class Position:
    """Where training stands.

    Parameters
    ----------
    weights : Weights
    optimizer_state : OptimizerState or None
    n_epochs : int
        Epochs that the weights ever had.
    """

    weights: Weights
    optimizer_state: OptimizerState | None
    n_epochs: int


@dataclass(frozen=True, eq=False)
class Outcome:
    """What training came to.

    Parameters
    ----------
    position : Position
        Of the end, or of the best epoch where that is restored.
    history : dict of str to list of float
    n_steps : int
        Batches trained on.
    """

    position: Position
    history: dict[str, list[float]]
    n_steps: int


def network_spec(hyper: Hyperparameters, n_features: int, labels: Labels) -> NetworkSpec:
    """Architecture that the parameters ask for."""
    return NetworkSpec(
        n_features=n_features,
        widths=hyper.widths,
        n_outputs=labels.n_outputs,
        output=labels.output,
        activation=hyper.activation,
        batch_norm=hyper.batch_norm,
    )


def network_dtype(asked: str, network: NetworkSpec, n_rows: int) -> str:
    """Dtype of a new network."""
    if asked != "auto":
        return asked
    small = n_rows * network.n_weights < FLOAT64_MULTIPLY_ADDS
    return "float64" if small else "float32"


def check_same_architecture(start: Start, network: NetworkSpec, dtype: str) -> None:
    """Refuse to go on with another network than the fitted one.

    Raises
    ------
    ValueError
        If a part of the architecture was changed; names it.
    """
    changes = [
        f"{field.name} from {getattr(start.network, field.name)!r} to "
        f"{getattr(network, field.name)!r}"
        for field in fields(NetworkSpec)
        if getattr(start.network, field.name) != getattr(network, field.name)
    ]
    if dtype not in ("auto", start.dtype):
        changes.append(f"dtype from {start.dtype!r} to {dtype!r}")
    if changes:
        raise ValueError(
            "warm_start and partial_fit go on with the fitted network, whose architecture was "
            f"changed: {', '.join(changes)}. Set it back, or fit anew with warm_start=False."
        )


def weigh_classes(
    class_weight: str | Mapping[Any, float] | None, labels: Labels, examples: Examples
) -> np.ndarray | None:
    """Weight of each class, in the order of the labels; None weighs them alike.

    Raises
    ------
    ValueError
        If the labels are an indicator matrix, or a dict has keys that are no
        classes while classes have no key.
    """
    if class_weight is None:
        return None
    if labels.indicator is not None:
        raise ValueError(
            "class_weight must be None where y is an indicator matrix: the classes of a row have "
            "one weight between them. Use sample_weight instead."
        )
    if isinstance(class_weight, str):  # "balanced"
        n_classes = len(labels.classes)
        counts = np.bincount(examples.targets.ravel(), examples.weights, n_classes)
        return counts.sum() / (n_classes * counts)
    return _given_class_weights(class_weight, labels.classes)


def _given_class_weights(class_weight: Mapping[Any, float], classes: np.ndarray) -> np.ndarray:
    """Weights of a dict, 1 for a class without a key."""
    # scikit-learn's compute_class_weight, whose rules these are, takes texts of digits for numbers.
    number_of = {label: number for number, label in enumerate(classes)}
    if classes.dtype.kind in "mM":  # before NumPy 2.2 equal dates of different units hash unlike
        number_of = {
            key: number
            for key in class_weight
            for label, number in number_of.items()
            if label == key
        }
    given = {number_of[key]: weight for key, weight in class_weight.items() if key in number_of}
    others = [key for key in class_weight if key not in number_of]
    if others and len(given) < len(classes):
        without = np.delete(classes, list(given)).tolist()
        raise ValueError(
            f"class_weight has the keys {others[:20]}, which are none of the classes, and none "
            f"for the classes {without[:20]}. Its keys must be labels as y has them, of the same "
            "type."
        )
    return np.array([given.get(number, 1.0) for number in range(len(classes))], np.float64)


def apply_class_weights(
    class_weights: np.ndarray | None, examples: Examples, name: str
) -> Examples:
    """Multiply the weight of each row by that of its class; rows too light to count are left out.

    Raises
    ------
    ValueError
        If nothing is left; says of which argument.
    """
    if class_weights is None:
        return examples
    factors = class_weights[examples.targets.ravel()]
    if not factors.any():
        raise ValueError(
            f"class_weight gives every row of {name} a weight of zero: at least one of their "
            "classes must have a positive one."
        )
    return examples.weighed(examples.weights * (factors / factors.max()))


def train(
    hyper: Hyperparameters,
    optimizer: Any,
    learning_rate: float | None,
    start: Start,
    position: Position,
    examples: Examples,
    monitor: Monitor,
) -> Outcome:
    """Train for `monitor.n_epochs` epochs, or until it stops.

    Raises
    ------
    ValueError
        If the optimizer cannot be used, or the loss becomes NaN or infinite.
    """
    refuse_to_train_after_fork()
    if "sk_mnist_mlp.training.fitting" not in sys.modules:
        uninterrupted(import_module, "sk_mnist_mlp.training.fitting")
    from sk_mnist_mlp.training.feed import Rows
    from sk_mnist_mlp.training.fitting import Plan, fit_network
    from sk_mnist_mlp.training.loop import LossNotFinite

    plan = Plan(
        network=start.network,
        optimizer=optimizer,
        learning_rate=learning_rate,
        dropout=hyper.dropout,
        batch_size=hyper.batch_size,
        dtype=start.dtype,
        seed=start.seed,
    )
    rows = Rows(
        examples.inputs, examples.targets, examples.weights, examples.index, examples.chunk_rows
    )
    monitor.begin()
    try:
        trained = fit_network(
            plan,
            position.weights,
            rows,
            range(position.n_epochs, position.n_epochs + monitor.n_epochs),
            monitor.observe if monitor.watches else None,
            position.optimizer_state,
        )
    except LossNotFinite as error:
        raise ValueError(_divergence_message(error, examples, position.n_epochs)) from None
    stopping = monitor.stopping
    best: Snapshot | None = stopping.best if stopping else None
    snapshot = best or trained.snapshot
    n_epochs = position.n_epochs + len(trained.epochs)
    return Outcome(
        Position(snapshot.weights(), snapshot.optimizer_state(), n_epochs),
        {
            "loss": [epoch.loss for epoch in trained.epochs],
            "accuracy": [epoch.accuracy for epoch in trained.epochs],
            **monitor.history,
        },
        trained.n_steps,
    )


def _divergence_message(error: LossNotFinite, examples: Examples, n_before: int) -> str:
    smallest, largest = input_range(examples.inputs)
    where, remedy = "", "Lower learning_rate"
    if max(-smallest, largest) > LARGE_INPUT:
        where = f" The inputs are large: they range from {smallest:g} to {largest:g}."
        remedy = "Scale the inputs, for instance with StandardScaler, or lower learning_rate"
    rate = error.learning_rate
    given = "the optimizer's schedule" if rate is None else f"learning rate {rate}"
    epoch = error.epoch - n_before + 1
    return (
        f"The {error.what} became NaN or infinite in epoch {epoch}, with {given}.{where} {remedy}."
    )
