"""Rows to blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from sk_mnist_mlp.training.program import Block, TrainingSpec

BLOCK_LIMITS = ((64 * 2**20, 256), (8 * 2**20, 1024))
"""Largest inputs of a block in bytes, and most steps: few large ones, or many small ones."""

DEVICE_BYTES = 2**30


def steps_per_block(batch_size: int, n_features: int, itemsize: int) -> int:
    """Batches of a block: the largest power of two within one of `BLOCK_LIMITS`.

    It does not depend on the number of rows, so that data of any length
    share a program.
    """
    batch_bytes = batch_size * n_features * itemsize
    return max(
        min(steps, 2 ** int(math.log2(max(1, block_bytes // batch_bytes))))
        for block_bytes, steps in BLOCK_LIMITS
    )


@dataclass(frozen=True, eq=False)
class Rows:
    """Training data: inputs, encoded targets and weights.

    Parameters
    ----------
    inputs : ndarray or CSR matrix of shape (n, features)
        Of any real dtype, mapped into memory or not.
    targets : ndarray of shape (rows,) or (rows, outputs)
    weights : ndarray of shape (rows,)
        All positive, within float32's range.
    index : ndarray of int of shape (rows,), optional
        Which of the inputs the rows are; by default all of them.
    chunk_rows : int, optional
        Shuffle chunks of so many consecutive rows, and rows within them; by
        default all rows alike.
    """

    inputs: Any
    targets: np.ndarray
    weights: np.ndarray
    index: np.ndarray | None = None
    chunk_rows: int | None = None


@dataclass(frozen=True, eq=False)
class PlacedRows:
    """Training data where blocks are taken from.

    Parameters
    ----------
    take : callable
        Gives the inputs of some rows, by their numbers, in the network's dtype.
    targets, weights : tensor
    n_rows : int
    chunk_rows : int or None
    """

    take: Callable[[np.ndarray], Any]
    targets: Any
    weights: Any
    n_rows: int
    chunk_rows: int | None


def place(rows: Rows, softmax: bool, dtype: str) -> PlacedRows:
    """Copy the rows to the device; large or sparse inputs stay on the host.

    Parameters
    ----------
    rows : Rows
    softmax : bool
        Whether targets are class numbers.
    dtype : {"float32", "float64"}
        Of the network.

    Returns
    -------
    PlacedRows
    """
    inputs, index = rows.inputs, rows.index
    dense_bytes = inputs.shape[0] * inputs.shape[1] * np.dtype(dtype).itemsize
    if hasattr(inputs, "toarray") or dense_bytes > DEVICE_BYTES or rows.chunk_rows:

        def take(numbers: np.ndarray) -> Any:
            taken = inputs[numbers if index is None else index[numbers]]
            return tf.constant(taken.toarray() if hasattr(taken, "toarray") else taken, dtype)

    else:
        placed = tf.constant(inputs if index is None else inputs[index], dtype)

        def take(numbers: np.ndarray) -> Any:
            return tf.gather(placed, numbers)

    return PlacedRows(
        take=take,
        targets=tf.constant(rows.targets, "int32" if softmax else dtype),
        weights=tf.constant(rows.weights, dtype),
        n_rows=len(rows.weights),
        chunk_rows=rows.chunk_rows,
    )


def blocks(
    spec: TrainingSpec, rows: PlacedRows, order: np.ndarray, dropout_keys: np.ndarray
) -> Iterator[Block]:
    """Cut rows into the blocks of a program.

    Parameters
    ----------
    spec : TrainingSpec
    rows : PlacedRows
    order : ndarray of int of shape (steps, batch_size)
        Rows of each batch; -1 is padding.
    dropout_keys : ndarray of uint32 of shape (steps, 2)

    Yields
    ------
    Block
    """
    shape = (spec.steps_per_block, spec.batch_size)
    for start in range(0, len(order), spec.steps_per_block):
        numbers = order[start : start + spec.steps_per_block]
        padding = ((0, shape[0] - len(numbers)), (0, 0))
        index = np.pad(np.maximum(numbers, 0), padding)
        real = np.pad(numbers >= 0, padding)
        inputs = rows.take(index.ravel())
        yield Block(
            tf.reshape(inputs, (*shape, spec.network.n_features)),
            tf.gather(rows.targets, index),
            tf.where(real, tf.gather(rows.weights, index), tf.zeros((), spec.dtype)),
            np.pad(dropout_keys[start : start + spec.steps_per_block], padding),
            len(numbers),
        )
