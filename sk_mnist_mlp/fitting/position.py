"""Where training stands."""

from __future__ import annotations

from dataclasses import dataclass

from sk_mnist_mlp.network.weights import OptimizerState, Weights


@dataclass(frozen=True, eq=False)
class Position:
    """Where training stands.

    Parameters
    ----------
    weights : Weights
    optimizer_state : OptimizerState or None
    n_epochs, n_updates : int
        Epochs and steps that the weights ever had.
    """

    weights: Weights
    optimizer_state: OptimizerState | None = None
    n_epochs: int = 0
    n_updates: int = 0
