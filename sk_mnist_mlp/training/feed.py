"""Rows to blocks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from sk_mnist_mlp.training.program import Block, TrainingSpec

BLOCK_BYTES = 64 * 2**20
STEPS_PER_BLOCK_AT_MOST = 256


def steps_per_block(batch_size: int, n_features: int, itemsize: int) -> int:
    """Batches of a block: a power of two whose inputs fit `BLOCK_BYTES`.

    It does not depend on the number of rows, so that data of any length
    share a program.
    """
    fitting = max(1, BLOCK_BYTES // (batch_size * n_features * itemsize))
    return min(STEPS_PER_BLOCK_AT_MOST, 2 ** int(math.log2(fitting)))


@dataclass(frozen=True)
class Rows:
    """Training data: inputs, encoded targets and weights, one entry a row.

    Parameters
    ----------
    inputs : ndarray of shape (rows, features)
    targets : ndarray of shape (rows,) or (rows, outputs)
    weights : ndarray of shape (rows,)
        All positive.
    """

    inputs: Any
    targets: Any
    weights: Any


def on_device(rows: Rows) -> Rows:
    """Copy the rows to where programs run."""
    return Rows(*map(tf.constant, (rows.inputs, rows.targets, rows.weights)))


def blocks(
    spec: TrainingSpec, rows: Rows, order: np.ndarray, dropout_keys: np.ndarray
) -> Iterator[Block]:
    """Cut rows into the blocks of a program.

    Parameters
    ----------
    spec : TrainingSpec
    rows : Rows
        On the device.
    order : ndarray of int of shape (steps, batch_size)
        Rows of each batch; -1 is padding.
    dropout_keys : ndarray of uint32 of shape (steps, 2)

    Yields
    ------
    Block
    """
    size = spec.steps_per_block
    for start in range(0, len(order), size):
        taken = order[start : start + size]
        index = np.zeros((size, spec.batch_size), np.int32)
        index[: len(taken)] = np.maximum(taken, 0)
        real = np.zeros((size, spec.batch_size), spec.dtype)
        real[: len(taken)] = taken >= 0
        keys = np.zeros((size, 2), np.uint32)
        keys[: len(taken)] = dropout_keys[start : start + size]
        yield Block(
            tf.gather(rows.inputs, index),
            tf.gather(rows.targets, index),
            tf.gather(rows.weights, index) * real,
            keys,
            len(taken),
        )
