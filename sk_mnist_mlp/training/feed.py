"""Examples to blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_mnist_mlp.backends.loaded import backend
from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.network.sparse import as_dense, is_sparse
from sk_mnist_mlp.training.losses import TRAINED_HEADS
from sk_mnist_mlp.training.program import Block, TrainingSpec


def steps_per_block(batch_size: int, n_features: int, itemsize: int) -> int:
    """Batches of a block: the largest power of two within one of the limits.

    It does not depend on the number of rows, so that data of any length
    share a program.
    """
    batch_bytes = batch_size * n_features * itemsize
    return max(
        min(steps, 2 ** int(math.log2(max(1, block_bytes // batch_bytes))))
        for block_bytes, steps in backend.room().block_limits
    )


@dataclass(frozen=True, eq=False)
class PlacedRows:
    """Training data where blocks are taken from.

    Parameters
    ----------
    take : callable
        Gives the inputs of some rows, by their numbers, in the network's dtype; until
        the next call, and each time of as many rows.
    targets, weights : ndarray
    n_rows : int
    chunk_rows : int or None
    """

    take: Callable[[np.ndarray], Any]
    targets: np.ndarray
    weights: np.ndarray
    n_rows: int
    chunk_rows: int | None


def place(examples: Examples, head: str, dtype: str) -> PlacedRows:
    """Copy examples to the device.

    Sparse inputs stay on the host, and those that are too large for the device.

    Parameters
    ----------
    examples : Examples
    head : str
        Kind of output, which says what targets are.
    dtype : {"float32", "float64"}
        Of the network.

    Returns
    -------
    PlacedRows
    """
    inputs, index = examples.inputs, examples.index
    placed = _placed_inputs(examples, dtype)

    taken = None

    def take_there(numbers: np.ndarray) -> Any:
        nonlocal taken
        taken = backend.gather(placed, numbers, taken)
        return taken

    def take_here(numbers: np.ndarray) -> Any:
        flat = numbers.ravel()
        taken = as_dense(inputs[flat if index is None else index[flat]])
        shaped = taken.astype(dtype, copy=False).reshape(*numbers.shape, -1)
        return backend.to_device(shaped)

    target_dtype = "int32" if TRAINED_HEADS[head].targets == "numbers" else dtype
    return PlacedRows(
        take=take_here if placed is None else take_there,
        targets=examples.targets.astype(target_dtype),
        weights=examples.weights.astype(dtype),
        n_rows=examples.n_rows,
        chunk_rows=examples.chunk_rows,
    )


def _placed_inputs(examples: Examples, dtype: str) -> Any | None:
    """Inputs on the device, or None where they stay on the host."""
    inputs, index = examples.inputs, examples.index
    dense_bytes = inputs.shape[0] * inputs.shape[1] * np.dtype(dtype).itemsize
    if is_sparse(inputs) or dense_bytes > backend.room().rows_bytes or examples.chunk_rows:
        return None
    try:
        return backend.to_device(np.asarray(inputs if index is None else inputs[index], dtype))
    except Exception as error:
        if backend.is_out_of_memory(error):
            return None
        raise


def blocks(
    spec: TrainingSpec, rows: PlacedRows, order: np.ndarray, values: Mapping[str, np.ndarray]
) -> Iterator[Block]:
    """Cut rows into the blocks of a program.

    Parameters
    ----------
    spec : TrainingSpec
    rows : PlacedRows
    order : ndarray of int of shape (steps, batch_size)
        Rows of each batch; -1 is padding.
    values : mapping of str to ndarray of shape (steps, ...)
        What goes with each step.

    Yields
    ------
    Block
    """
    for start in range(0, len(order), spec.steps_per_block):
        steps = slice(start, start + spec.steps_per_block)
        numbers = _padded(order[steps], spec.steps_per_block, -1)
        index = np.maximum(numbers, 0)
        real = (numbers >= 0).astype(spec.dtype)
        yield Block(
            rows.take(index),
            rows.targets[index],
            rows.weights[index] * real,
            {name: _padded(array[steps], spec.steps_per_block) for name, array in values.items()},
            len(order[steps]),
        )


def _padded(array: np.ndarray, length: int, value: int = 0) -> np.ndarray:
    padding = [(0, length - len(array))] + [(0, 0)] * (array.ndim - 1)
    return np.pad(array, padding, constant_values=value)
