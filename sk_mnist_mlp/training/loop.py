"""Epochs: the order of rows, the totals, and who watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sk_mnist_mlp.network import OptimizerState, Weights
from sk_mnist_mlp.streams import generator, seed_sequence
from sk_mnist_mlp.training.feed import PlacedRows, blocks
from sk_mnist_mlp.training.program import Knobs, Program, State


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
    loss, accuracy : float
        Weighted means over the epoch, while the weights moved.
    """

    number: int
    loss: float
    accuracy: float


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The network at the end of an epoch, turned into arrays when asked for."""

    program: Program
    state: State

    def weights(self) -> Weights:
        """The network."""
        return self.program.weights(self.state)

    def optimizer_state(self) -> OptimizerState:
        """The optimizer's variables."""
        return self.program.optimizer_state(self.state)


Observer = Callable[[Epoch, Snapshot], bool]
"""Called after each epoch; what it returns says whether to stop."""


def train(
    program: Program,
    state: State,
    rows: PlacedRows,
    knobs: Knobs,
    seed: int,
    epochs: range,
    observe: Observer | None = None,
) -> tuple[Snapshot, list[Epoch]]:
    """Train for some epochs.

    Parameters
    ----------
    program : Program
    state : State
    rows : PlacedRows
    knobs : Knobs
    seed : int
        Of the fit; with the number of an epoch it determines order and masks.
    epochs : range
        Numbers of the epochs to train, from 0.
    observe : Observer, optional

    Returns
    -------
    snapshot : Snapshot
        Of the end.
    epochs : list of Epoch

    Raises
    ------
    LossNotFinite
    """
    steps = -(-rows.n_rows // program.spec.batch_size)
    # Unobserved epochs of small data share calls: a call costs as much as many of their steps.
    together = 1 if observe else max(1, program.spec.steps_per_block // steps)
    done: list[Epoch] = []
    for start in range(0, len(epochs), together):
        numbers = epochs[start : start + together]
        state, totals = _train_epochs(program, state, rows, knobs, seed, numbers)
        finite = np.isfinite(totals).all(axis=(1, 2))
        if not finite.all():
            raise LossNotFinite("loss", numbers[int(finite.argmin())], knobs.learning_rate)
        for number, (loss, accuracy, weight) in zip(numbers, totals.sum(axis=1), strict=True):
            done.append(Epoch(number, float(loss / weight), float(accuracy / weight)))
        if observe and observe(done[-1], Snapshot(program, state)):
            break
    kept = {"weights": state.parameters, "moments of batch normalisation": state.moments}
    for what, arrays in kept.items():  # the very last step may have spoilt them
        if not all(np.isfinite(array).all() for array in arrays):
            raise LossNotFinite(what, epochs[len(done) - 1], knobs.learning_rate)
    return Snapshot(program, state), done


def _train_epochs(
    program: Program, state: State, rows: PlacedRows, knobs: Knobs, seed: int, numbers: range
) -> tuple[State, np.ndarray]:
    """Train for consecutive epochs; returns also their totals, of shape (epochs, steps, 3)."""
    batch_size = program.spec.batch_size
    order = np.concatenate(
        [batches(rows.n_rows, batch_size, seed, number, rows.chunk_rows) for number in numbers]
    )
    steps = len(order) // len(numbers)
    keys = np.concatenate([dropout_keys(steps, seed, number) for number in numbers])
    totals = []
    for block in blocks(program.spec, rows, order, keys):
        state, block_totals = program.run(state, block, knobs)
        totals.append(block_totals.numpy()[: block.n_steps].astype(np.float64))
    return state, np.concatenate(totals).reshape(len(numbers), steps, 3)


def batches(
    n_rows: int, batch_size: int, seed: int, epoch: int, chunk_rows: int | None = None
) -> np.ndarray:
    """Rows of each batch of an epoch, in an order of its own.

    Parameters
    ----------
    n_rows, batch_size, seed, epoch : int
    chunk_rows : int, optional
        Shuffle chunks of so many consecutive rows, and rows within them, for
        data that are slow to read in any order; by default all rows alike.

    Returns
    -------
    ndarray of int of shape (steps, batch_size)
        -1 pads the last batch.
    """
    rng = generator(seed, "order of rows", epoch)
    steps = -(-n_rows // batch_size)
    order = np.full(steps * batch_size, -1)
    if chunk_rows is None:
        order[:n_rows] = rng.permutation(n_rows)
    else:
        starts = rng.permutation(np.arange(0, n_rows, chunk_rows))
        chunks = [np.arange(start, min(start + chunk_rows, n_rows)) for start in starts]
        order[:n_rows] = np.concatenate([rng.permutation(chunk) for chunk in chunks])
    return order.reshape(steps, batch_size)


def dropout_keys(steps: int, seed: int, epoch: int) -> np.ndarray:
    """Keys of the dropout masks of an epoch, uint32 of shape (steps, 2)."""
    return seed_sequence(seed, "dropout", epoch).generate_state(2 * steps).reshape(steps, 2)
