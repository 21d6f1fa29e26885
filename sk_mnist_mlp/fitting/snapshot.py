"""Where an unfinished fit stands, enough to go on from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sk_mnist_mlp.fitting.position import Position
from sk_mnist_mlp.fitting.record import Record


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A fit after some of its epochs.

    Parameters
    ----------
    position : Position
    record : Record
    best : Position or None
        After the best of its epochs, where early stopping compares them.
    """

    position: Position
    record: Record
    best: Position | None = None


class Keeper(Protocol):
    """Keeps snapshots of a fit; each is given as a function, since it takes time to work out."""

    def after_epoch(self, snapshot: Callable[[], Snapshot]) -> None:
        """Keep a snapshot if it is time for one."""

    def on_interrupt(self, snapshot: Callable[[], Snapshot]) -> None:
        """Keep a snapshot, the last before the fit ends unfinished."""
