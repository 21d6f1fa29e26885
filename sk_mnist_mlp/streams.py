"""Streams of random numbers, each derived from one seed and what it is for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np

Purpose = Literal["initial weights", "order of rows", "dropout", "validation split"]

_PURPOSES: dict[Purpose, int] = {
    "initial weights": 0,
    "order of rows": 1,
    "dropout": 2,
    "validation split": 3,
}


def seed_sequence(seed: int, purpose: Purpose, epoch: int = 0) -> np.random.SeedSequence:
    """Root of the stream of one purpose in one epoch.

    Parameters
    ----------
    seed : int
        Of the fit.
    purpose : str
    epoch : int, default=0
        Counted from the first epoch that the weights ever had.

    Returns
    -------
    numpy.random.SeedSequence
    """
    return np.random.SeedSequence(seed, spawn_key=(_PURPOSES[purpose], epoch))


def generator(seed: int, purpose: Purpose, epoch: int = 0) -> np.random.Generator:
    """Return a generator of the stream of one purpose in one epoch.

    Examples
    --------
    >>> order = generator(7, "order of rows", epoch=3).permutation(5)
    >>> again = generator(7, "order of rows", epoch=3).permutation(5)
    >>> bool((order == again).all())
    True
    """
    return np.random.Generator(np.random.PCG64(seed_sequence(seed, purpose, epoch)))


@contextmanager
def put_back_on_failure(random_state: Any) -> Iterator[None]:
    """Let an instance of RandomState stand where it stood if the block fails.

    Others are left alone, NumPy's global one among them.
    """
    if not isinstance(random_state, np.random.RandomState):
        yield
        return
    before = random_state.get_state(legacy=False)
    try:
        yield
    except BaseException:
        random_state.set_state(before)
        raise
