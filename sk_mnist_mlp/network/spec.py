"""The shapes of a network."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Activation = str | Callable[[Any], Any]

BATCH_NORM_MOMENTUM = 0.99
BATCH_NORM_EPSILON = 1e-3

TRAINABLE_PARTS = ("gamma", "beta")
MOVING_PARTS = ("mean", "variance")
"""Of a batch normalisation: what the optimizer moves, and what follows the data."""


@dataclass(frozen=True)
class NetworkSpec:
    """What determines the shape of the computation, and nothing else.

    Parameters
    ----------
    n_features : int
        Columns of the input.
    widths : tuple of int
        Units of each hidden layer; empty for softmax regression.
    n_outputs : int
        Number of logits.
    head : str
        Kind of output, one of `HEADS`.
    activation : str, callable or tuple of these
        Of all hidden layers, or of each; kept as one for each.
    batch_norm : {None, "after", "before"}
        Whether hidden layers normalise, and on which side of the activation.
    """

    n_features: int
    widths: tuple[int, ...]
    n_outputs: int
    head: str
    activation: Activation | tuple[Activation, ...] = "relu"
    batch_norm: Literal["after", "before"] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.activation, tuple):
            object.__setattr__(self, "activation", (self.activation,) * len(self.widths))

    @property
    def activations(self) -> tuple[Activation, ...]:
        """Of each hidden layer."""
        assert isinstance(self.activation, tuple)
        return self.activation

    @property
    def kernel_shapes(self) -> tuple[tuple[int, int], ...]:
        """Shape (inputs, outputs) of each layer's kernel, output layer included."""
        sizes = (self.n_features, *self.widths, self.n_outputs)
        return tuple(itertools.pairwise(sizes))

    @property
    def normalised_widths(self) -> tuple[int, ...]:
        """Units of each layer that normalises."""
        return self.widths if self.batch_norm else ()

    @property
    def tensor_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each tensor by its name, as `Weights.tensors` names them."""
        shapes: dict[str, tuple[int, ...]] = {}
        for i, shape in enumerate(self.kernel_shapes):
            shapes[f"kernels/{i}"] = shape
        for i, (_, outputs) in enumerate(self.kernel_shapes):
            shapes[f"biases/{i}"] = (outputs,)
        for part in (*TRAINABLE_PARTS, *MOVING_PARTS):
            for i, width in enumerate(self.normalised_widths):
                shapes[f"batch_norms/{i}/{part}"] = (width,)
        return shapes

    @property
    def trainable(self) -> tuple[str, ...]:
        """Names of the tensors that the optimizer moves."""
        return tuple(name for name in self.tensor_shapes if not name.endswith(MOVING_PARTS))

    @property
    def moving(self) -> tuple[str, ...]:
        """Names of the moving moments of batch normalisation."""
        return tuple(name for name in self.tensor_shapes if name.endswith(MOVING_PARTS))

    @property
    def n_weights(self) -> int:
        """Entries of all kernels: the multiply-adds that one row costs."""
        return sum(math.prod(shape) for shape in self.kernel_shapes)

    @property
    def n_trainable_parameters(self) -> int:
        """Numbers that the optimizer moves."""
        n_biases = sum(self.widths) + self.n_outputs
        return self.n_weights + n_biases + 2 * sum(self.normalised_widths)

    @property
    def n_parameters(self) -> int:
        """Trainable parameters and the moving moments of batch normalisation."""
        return self.n_trainable_parameters + 2 * sum(self.normalised_widths)
