"""From what training begins: the architecture, and the seed that draws its weights."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from sk_mnist_mlp.data.targets import Targets
from sk_mnist_mlp.network.initial_weights import draw_initial_weights
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import Weights
from sk_mnist_mlp.parameters.checked import Hyperparameters
from sk_mnist_mlp.streams import generator

FLOAT64_MULTIPLY_ADDS = 10_000_000


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


def network_spec(hyper: Hyperparameters, n_features: int, targets: Targets) -> NetworkSpec:
    """Architecture that the parameters ask for."""
    return NetworkSpec(
        n_features=n_features,
        widths=hyper.widths,
        n_outputs=targets.n_outputs,
        head=targets.head,
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
