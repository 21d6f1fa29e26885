"""What goes with each step, worked out in NumPy from seed, epoch and step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from sk_mnist_mlp.network.spec import BATCH_NORM_MOMENTUM
from sk_mnist_mlp.streams import generator, seed_sequence


@dataclass(frozen=True, eq=False)
class StepFactors:
    """By what the steps of an epoch multiply what moves over a fit.

    Parameters
    ----------
    learning_rate, dropout : ndarray of shape (steps,) or float, default=1.0
    """

    learning_rate: np.ndarray | float = 1.0
    dropout: np.ndarray | float = 1.0


@dataclass(frozen=True, eq=False)
class EpochSteps:
    """The steps of one epoch, and what they depend on.

    Parameters
    ----------
    n_steps : int
    seed : int, default=0
        Of the fit.
    epoch : int, default=0
        Counted from the first epoch that the weights ever had.
    n_updates : int, default=0
        Steps that the weights ever had before.
    learning_rate : float or None, default=None
        None where the optimizer has a schedule.
    factors : StepFactors, optional
    averaging : float, default=0.0
        Decay of the average of the weights.
    """

    n_steps: int
    seed: int = 0
    epoch: int = 0
    n_updates: int = 0
    learning_rate: float | None = None
    factors: StepFactors = StepFactors()
    averaging: float = 0.0

    @property
    def updates(self) -> np.ndarray:
        """Number of each step, counted from the first that the weights ever had."""
        return np.arange(self.n_updates, self.n_updates + self.n_steps)


def _mask_keys(steps: EpochSteps) -> np.ndarray:
    """Two words for each step, by which it draws its masks."""
    words = seed_sequence(steps.seed, "dropout", steps.epoch).generate_state(2 * steps.n_steps)
    return words.reshape(steps.n_steps, 2)


def _learning_rates(steps: EpochSteps) -> np.ndarray:
    return np.full(steps.n_steps, steps.learning_rate or 0.0) * steps.factors.learning_rate


def _dropout_factors(steps: EpochSteps) -> np.ndarray:
    return np.ones(steps.n_steps) * steps.factors.dropout


def _moments_momenta(steps: EpochSteps) -> np.ndarray:
    """Momentum of batch normalisation's moving moments: a plain mean at first, then Keras'."""
    return np.minimum(BATCH_NORM_MOMENTUM, steps.updates / (steps.updates + 1))


def _averaging_decays(steps: EpochSteps) -> np.ndarray:
    """Decay with which the average has no part in the weights before the first step.

    An exponential average from 0, divided by what the weights of its terms come to as
    in Adam (Kingma & Ba 2015), is one whose decay rises to its own.
    """
    decay = steps.averaging
    return decay * (1 - decay**steps.updates) / (1 - decay ** (steps.updates + 1.0))


STEP_VALUES: Mapping[str, Callable[[EpochSteps], np.ndarray]] = {
    "mask_key": _mask_keys,
    "learning_rate": _learning_rates,
    "dropout_factor": _dropout_factors,
    "moments_momentum": _moments_momenta,
    "averaging_decay": _averaging_decays,
}
"""What a program is given for each step of an epoch, of shape (steps, ...)."""


def step_values(steps: EpochSteps, dtype: str) -> dict[str, np.ndarray]:
    """All `STEP_VALUES` of an epoch, for a network of some dtype."""
    return in_dtype({name: value(steps) for name, value in STEP_VALUES.items()}, dtype)


def in_dtype(values: Mapping[str, np.ndarray], dtype: str) -> dict[str, np.ndarray]:
    """Run-time values in the dtype of a network, but for integers, which stay as they are."""
    return {
        name: value.astype(dtype) if value.dtype.kind == "f" else value
        for name, value in values.items()
    }


def n_batches(n_rows: int, batch_size: int) -> int:
    """Steps of an epoch, the short last one included."""
    return -(-n_rows // batch_size)


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
    steps = n_batches(n_rows, batch_size)
    order = np.full(steps * batch_size, -1)
    if chunk_rows is None:
        order[:n_rows] = rng.permutation(n_rows)
    else:
        starts = rng.permutation(np.arange(0, n_rows, chunk_rows))
        chunks = [np.arange(start, min(start + chunk_rows, n_rows)) for start in starts]
        order[:n_rows] = np.concatenate([rng.permutation(chunk) for chunk in chunks])
    return order.reshape(steps, batch_size)
