"""Epochs: the order of rows, the totals, and who watches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sk_mnist_mlp.network import Weights
from sk_mnist_mlp.streams import generator, seed_sequence
from sk_mnist_mlp.training.feed import Rows, blocks
from sk_mnist_mlp.training.program import Knobs, Program, State


class LossNotFinite(Exception):
    """The loss became NaN or infinite.

    Parameters
    ----------
    epoch : int
        Counted from 0.
    learning_rate : float or None
        None where the optimizer has a schedule.
    """

    def __init__(self, epoch: int, learning_rate: float | None) -> None:
        super().__init__(epoch, learning_rate)
        self.epoch = epoch
        self.learning_rate = learning_rate


@dataclass(frozen=True)
class Epoch:
    """What an epoch came to.

    Parameters
    ----------
    number : int
        Counted from 0.
    loss, accuracy : float
        Weighted means over the epoch, while the weights moved.
    weights : callable without arguments
        Gives the network after the epoch.
    """

    number: int
    loss: float
    accuracy: float
    weights: Callable[[], Weights]


def train(
    program: Program,
    state: State,
    rows: Rows,
    knobs: Knobs,
    seed: int,
    epochs: range,
    observe: Callable[[Epoch], bool] | None = None,
) -> tuple[State, list[Epoch]]:
    """Train for some epochs.

    Parameters
    ----------
    program : Program
    state : State
    rows : Rows
        On the device.
    knobs : Knobs
    seed : int
        Of the fit; with the number of an epoch it determines order and masks.
    epochs : range
        Numbers of the epochs to train, from 0.
    observe : callable of an Epoch, optional
        Called after each epoch; what it returns says whether to stop.

    Returns
    -------
    state : State
    epochs : list of Epoch

    Raises
    ------
    LossNotFinite
    """
    batch_size = program.spec.batch_size
    n_rows = len(rows.weights)
    steps = -(-n_rows // batch_size)
    # Unobserved epochs of small data share calls: a call costs as much as many of their steps.
    together = 1 if observe else max(1, program.spec.steps_per_block // steps)
    done: list[Epoch] = []
    for start in range(0, len(epochs), together):
        numbers = epochs[start : start + together]
        order = np.concatenate([batches(n_rows, batch_size, seed, number) for number in numbers])
        keys = np.concatenate([dropout_keys(steps, seed, number) for number in numbers])
        totals = []
        for block in blocks(program.spec, rows, order, keys):
            state, block_totals = program.run(state, block, knobs)
            totals.append(block_totals.numpy()[: block.n_steps].astype(np.float64))
            if not np.isfinite(totals[-1]).all():
                epoch = numbers[_first_bad_step(totals) // steps]
                raise LossNotFinite(epoch, knobs.learning_rate)
        sums = np.concatenate(totals).reshape(len(numbers), steps, 3).sum(axis=1)
        for number, (loss, accuracy, weight) in zip(numbers, sums, strict=True):
            done.append(_epoch(number, loss / weight, accuracy / weight, program, state))
            if observe and observe(done[-1]):
                return state, done
    return state, done


def _epoch(number: int, loss: float, accuracy: float, program: Program, state: State) -> Epoch:
    return Epoch(number, float(loss), float(accuracy), lambda: program.weights(state))


def _first_bad_step(totals: Sequence[np.ndarray]) -> int:
    return int(np.argmin(np.isfinite(np.concatenate(totals)).all(axis=1)))


def batches(n_rows: int, batch_size: int, seed: int, epoch: int) -> np.ndarray:
    """Rows of each batch of an epoch, in an order of its own.

    Returns
    -------
    ndarray of int of shape (steps, batch_size)
        -1 pads the last batch.
    """
    steps = -(-n_rows // batch_size)
    order = np.full(steps * batch_size, -1)
    order[:n_rows] = generator(seed, "order of rows", epoch).permutation(n_rows)
    return order.reshape(steps, batch_size)


def dropout_keys(steps: int, seed: int, epoch: int) -> np.ndarray:
    """Keys of the dropout masks of an epoch, uint32 of shape (steps, 2)."""
    return seed_sequence(seed, "dropout", epoch).generate_state(2 * steps).reshape(steps, 2)
