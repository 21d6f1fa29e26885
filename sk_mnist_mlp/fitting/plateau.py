"""A learning rate that falls where epochs have stopped improving."""

from __future__ import annotations

from dataclasses import dataclass, field

FALLS_BY = 5.0
LEAST_RATE = 1e-6
"""A rate at or below it falls no further. Both as in `MLPClassifier`."""


@dataclass(eq=False)
class AdaptiveRate:
    """A learning rate and how far it has fallen.

    Parameters
    ----------
    start : float
    rate : float
        Of the next epoch.

    Examples
    --------
    >>> adaptive = AdaptiveRate(1e-5)
    >>> [adaptive.falls() for _ in range(4)]
    [True, True, False, False]
    >>> round(adaptive.factor, 4)
    0.04
    """

    start: float
    rate: float = field(init=False)

    def __post_init__(self) -> None:
        self.rate = self.start

    def falls(self) -> bool:
        """Lower the rate; returns whether it was still high enough for that."""
        if self.rate <= LEAST_RATE:
            return False
        self.rate /= FALLS_BY
        return True

    @property
    def factor(self) -> float:
        """Of the rate that it began with."""
        return self.rate / self.start
