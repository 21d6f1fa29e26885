"""Checked rows with their targets and weights, and ways to part them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.model_selection import train_test_split

EVALUATED_TOGETHER = 16_384
MAPPED_CHUNK_BYTES = 64 * 2**20

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
    """

    inputs: Any
    targets: np.ndarray
    weights: np.ndarray
    index: np.ndarray | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.weights)

    @property
    def chunk_rows(self) -> int | None:
        """Rows of a chunk to read together, where the inputs are too large and on disk."""
        if not _is_mapped(self.inputs):
            return None
        if self.inputs.nbytes <= get_config()["working_memory"] * 2**20:
            return None
        return max(1, MAPPED_CHUNK_BYTES // self.inputs[:1].nbytes)

    def take(self, rows: np.ndarray) -> Examples:
        """Some of the rows, by their numbers; inputs are not copied."""
        index = rows if self.index is None else self.index[rows]
        return replace(self, targets=self.targets[rows], weights=self.weights[rows], index=index)

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
    """Smallest and largest of the inputs that are stored."""
    values = inputs.data if _is_sparse(inputs) else inputs
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def _is_sparse(inputs: Any) -> bool:
    return hasattr(inputs, "toarray")


def _is_mapped(inputs: Any) -> bool:
    while isinstance(inputs, np.ndarray):
        if isinstance(inputs, np.memmap):
            return True
        inputs = inputs.base
    return False


def hold_out(
    examples: Examples, fraction: float, labels: np.ndarray | None, rng: np.random.Generator
) -> tuple[Examples, Examples]:
    """Part examples into those to train on and those to validate on.

    A class that would be held out whole keeps a row to train on.

    Parameters
    ----------
    examples : Examples
    fraction : float
        Of the rows, to validate on.
    labels : ndarray of shape (rows,) or None
        Of which each part is to have every class in its proportion.
    rng : numpy.random.Generator

    Returns
    -------
    tuple of Examples

    Raises
    ------
    ValueError
        If the rows are too few for it.

    Warns
    -----
    UserWarning
        If a class has no row to validate on; names it.
    """
    try:
        training, validation = train_test_split(
            np.arange(examples.n_rows),
            test_size=fraction,
            stratify=labels,
            random_state=int(rng.integers(2**31)),
        )
    except ValueError as error:
        how = "" if labels is None else ", with every class in its proportion"
        raise ValueError(
            f"early_stopping cannot hold out validation_fraction={fraction} of "
            f"{examples.n_rows} rows{how}: {str(error).rstrip('.')}. Give X_val and y_val, or "
            "change validation_fraction."
        ) from error
    training, validation = _with_every_class(examples.targets, training, validation)
    if len(validation) < 2:
        raise ValueError(
            f"The validation set is too small: validation_fraction={fraction} of "
            f"{examples.n_rows} rows. Increase validation_fraction, or give X_val and y_val."
        )
    targets = examples.targets
    unseen = (
        np.flatnonzero(targets.any(axis=0) & ~targets[validation].any(axis=0))
        if labels is None
        else np.setdiff1d(labels, labels[validation])
    )
    if len(unseen):
        warnings.warn(
            f"early_stopping holds out no row of the classes {unseen.tolist()[:20]}, so that its "
            f"score tells nothing of them: validation_fraction={fraction} of {examples.n_rows} "
            "rows is too few. Increase validation_fraction, or give X_val and y_val.",
            stacklevel=2,
        )
    # In the order of the data, which is fast to read where they are on disk.
    training, validation = np.sort(training), np.sort(validation)
    return (
        examples.take(training).weighed(examples.weights[training]),
        examples.take(validation).weighed(examples.weights[validation]),
    )


def _with_every_class(
    targets: np.ndarray, training: np.ndarray, validation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Move a row of each class that is validated on alone to those to train on."""
    for column in targets.reshape(len(targets), -1).T:
        for value in np.setdiff1d(column[validation], column[training]):
            moved = np.argmax(column[validation] == value)
            training = np.append(training, validation[moved])
            validation = np.delete(validation, moved)
    return training, validation
