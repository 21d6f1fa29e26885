"""Checked rows with their targets and weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from sk_mnist_mlp.network.sparse import is_sparse

EVALUATED_TOGETHER = 16_384

LEAST_WEIGHT = 1e-30
"""Smallest weight that counts beside a largest of 1: its products stay in float32's range."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Rows with their targets and weights.

    Parameters
    ----------
    inputs : ndarray or CSR matrix of shape (n, features)
        As they were given.
    targets : ndarray of shape (rows,) or (rows, outputs)
    weights : ndarray of float64 of shape (rows,)
        All positive, beside a largest of 1.
    index : ndarray of int of shape (rows,), optional
        Which of the inputs the rows are; by default all of them.
    chunk_rows : int, optional
        Shuffle chunks of so many consecutive rows, and rows within them, for inputs
        that are slow to read in any order; by default all rows alike.
    y : ndarray of shape (rows,) or (rows, outputs), optional
        As it was given, for whoever scores.
    """

    inputs: Any
    targets: np.ndarray
    weights: np.ndarray
    index: np.ndarray | None = None
    chunk_rows: int | None = None
    y: Any = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.weights)

    @cached_property
    def variances(self) -> np.ndarray:
        """Weighted variance of each output's targets, of shape (outputs,)."""
        targets = self.targets.reshape(self.n_rows, -1)
        shares = self.weights / self.weights.sum()
        return shares @ (targets - shares @ targets) ** 2

    def take(self, rows: np.ndarray) -> Examples:
        """Some of the rows, by their numbers; inputs are not copied."""
        index = rows if self.index is None else self.index[rows]
        return replace(
            self,
            targets=self.targets[rows],
            weights=self.weights[rows],
            index=index,
            y=None if self.y is None else self.y[rows],
        )

    def weighed(self, weights: np.ndarray) -> Examples:
        """Rows that count by other weights."""
        weights = proportions(weights)
        weighed = replace(self, weights=weights)
        return weighed if weights.all() else weighed.take(np.flatnonzero(weights))

    def blocks(self) -> Iterator[tuple[Any, slice]]:
        """Inputs of consecutive rows, and which rows they are."""
        for start in range(0, self.n_rows, EVALUATED_TOGETHER):
            rows = slice(start, min(start + EVALUATED_TOGETHER, self.n_rows))
            yield self.inputs[rows if self.index is None else self.index[rows]], rows


def proportions(weights: np.ndarray) -> np.ndarray:
    """Weights beside the largest; zero where that makes them too small to count."""
    scaled = weights / weights.max()
    return np.where(scaled < LEAST_WEIGHT, 0.0, scaled)


def input_range(inputs: Any) -> tuple[float, float]:
    """Smallest and largest of the inputs."""
    values = inputs.data if is_sparse(inputs) else inputs
    if not values.size:
        return 0.0, 0.0
    smallest, largest = float(values.min()), float(values.max())
    if values.size < inputs.shape[0] * inputs.shape[1]:  # the others are zeros
        return min(smallest, 0.0), max(largest, 0.0)
    return smallest, largest
