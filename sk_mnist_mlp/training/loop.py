"""Epochs: blocks through the program, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_mnist_mlp.backends.loaded import backend
from sk_mnist_mlp.training.feed import PlacedRows, blocks
from sk_mnist_mlp.training.program import Program, State
from sk_mnist_mlp.training.steps import EpochSteps, batches, step_values


class LossNotFinite(Exception):
    """The loss became NaN or infinite, or what it is worked out from.

    Parameters
    ----------
    what : str
        Became so, in words.
    epoch : int
        Counted from 0.
    learning_rate : float or None
        None where the optimizer has a schedule.
    """

    def __init__(self, what: str, epoch: int, learning_rate: float | None) -> None:
        super().__init__(what, epoch, learning_rate)
        self.what = what
        self.epoch = epoch
        self.learning_rate = learning_rate


@dataclass(frozen=True)
class Epoch:
    """What an epoch came to.

    Parameters
    ----------
    number : int
        Counted from 0.
    loss, measure : float
        Weighted means over the epoch, while the weights moved.
    """

    number: int
    loss: float
    measure: float


def train_epochs(
    program: Program,
    state: State,
    rows: PlacedRows,
    knobs: Mapping[str, Any],
    epochs: list[EpochSteps],
) -> tuple[State, list[Epoch]]:
    """Train for consecutive epochs, whose steps share calls of the program.

    Parameters
    ----------
    program : Program
    state : State
    rows : PlacedRows
    knobs : mapping of str to array
    epochs : list of EpochSteps
        All of as many steps.

    Returns
    -------
    state : State
    epochs : list of Epoch

    Raises
    ------
    LossNotFinite
    """
    spec = program.spec
    order = np.concatenate(
        [
            batches(rows.n_rows, spec.batch_size, epoch.seed, epoch.epoch, rows.chunk_rows)
            for epoch in epochs
        ]
    )
    each = [step_values(epoch, spec.dtype) for epoch in epochs]
    values = {name: np.concatenate([of_one[name] for of_one in each]) for name in each[0]}
    totals = []
    with backend.arithmetic_of(spec.dtype):
        for block in blocks(spec, rows, order, values):
            state, block_totals = program.run(state, block, knobs)
            totals.append(np.asarray(block_totals)[: block.n_steps].astype(np.float64))
    by_epoch = np.concatenate(totals).reshape(len(epochs), -1, 3)
    finite = np.isfinite(by_epoch).all(axis=(1, 2))
    if not finite.all():
        failed = epochs[int(finite.argmin())]
        raise LossNotFinite("loss", failed.epoch, failed.learning_rate)
    return state, [
        Epoch(epoch.epoch, float(loss / weight), float(measure / weight))
        for epoch, (loss, measure, weight) in zip(epochs, by_epoch.sum(axis=1), strict=True)
    ]
