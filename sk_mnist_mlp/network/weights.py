"""The numbers of a network, and those of its optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_mnist_mlp.network.spec import MOVING_PARTS, TRAINABLE_PARTS


@dataclass(frozen=True, eq=False)
class BatchNorm:
    """One batch normalisation: scale, shift and moving moments, each of shape (units,)."""

    gamma: np.ndarray
    beta: np.ndarray
    mean: np.ndarray
    variance: np.ndarray

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BatchNorm) and _all_equal(vars(self), vars(other))


@dataclass(frozen=True, eq=False)
class Weights:
    """All numbers of a network, first layer first; two are equal where all numbers are.

    Parameters
    ----------
    kernels : tuple of ndarray of shape (inputs, outputs)
    biases : tuple of ndarray of shape (outputs,)
    batch_norms : tuple of BatchNorm
        One for each hidden layer, or empty.
    """

    kernels: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    batch_norms: tuple[BatchNorm, ...] = ()

    def tensors(self) -> dict[str, np.ndarray]:
        """Every tensor by its name, in the order of `NetworkSpec.tensor_shapes`."""
        tensors = {f"kernels/{i}": kernel for i, kernel in enumerate(self.kernels)}
        tensors |= {f"biases/{i}": bias for i, bias in enumerate(self.biases)}
        for part in (*TRAINABLE_PARTS, *MOVING_PARTS):
            for i, norm in enumerate(self.batch_norms):
                tensors[f"batch_norms/{i}/{part}"] = getattr(norm, part)
        return tensors

    @classmethod
    def of(cls, tensors: Mapping[str, Any]) -> Weights:
        """Weights of tensors by their names."""
        n_layers = sum(name.startswith("kernels/") for name in tensors)
        n_norms = sum(name.endswith("/gamma") for name in tensors)
        parts = (*TRAINABLE_PARTS, *MOVING_PARTS)
        return cls(
            tuple(tensors[f"kernels/{i}"] for i in range(n_layers)),
            tuple(tensors[f"biases/{i}"] for i in range(n_layers)),
            tuple(
                BatchNorm(*(tensors[f"batch_norms/{i}/{part}"] for part in parts))
                for i in range(n_norms)
            ),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Weights) and _all_equal(self.tensors(), other.tensors())


def _all_equal(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)


@dataclass(frozen=True, eq=False)
class OptimizerState:
    """An optimizer's variables, to go on training with.

    Parameters
    ----------
    optimizer : str
        Identifies the optimizer whose they are, its settings included.
    slots : dict of str to ndarray
        By their names: ``shared/0`` and so on are the optimizer's own, such as its
        number of steps; ``kernels/0/0`` and so on belong to the tensor of that name.
    trained : Weights or None
        Those that training moves, where others predict: an average, or what a schedule-free
        optimizer makes of them.
    """

    optimizer: str
    slots: dict[str, np.ndarray]
    trained: Weights | None = None
