"""Where the values of a searched parameter lie on an axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE = 4.0
"""Ratio of the largest number to the least from which they may lie on a log scale."""

FEW = 6
"""So many distinct numbers each have a tick."""

CATEGORY = 0.15
"""Room for each value that is no number, below the numbers."""

GOLDEN = 0.618034
"""Multiples of the golden ratio, modulo one, fill an interval evenly from the first few on."""

LONGEST_LABEL = 18
NOT_SET = "not set"


@dataclass(frozen=True, eq=False)
class Dimension:
    """A parameter's values between 0 and 1, and the ticks there.

    Parameters
    ----------
    name : str
    positions : ndarray of shape (n_candidates,)
    ticks : tuple of float
    labels : tuple of str
    numeric : bool
        Whether all values are numbers, so that what lies between them has a meaning.
    """

    name: str
    positions: np.ndarray
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    numeric: bool

    def mark(self, ax: Axes, which: str) -> None:
        """Set the ticks of an axes' "x" or "y"."""
        places = {f"{which}ticks": self.ticks, f"{which}lim": (-0.06, 1.06)}
        ax.set(**places, **{f"{which}ticklabels": self.labels})

    def spread(self, width: float) -> np.ndarray:
        """Positions at which candidates with the same value lie side by side.

        Parameters
        ----------
        width : float
            From the first to the last of those with one value, which are the best and the
            worst, as candidates are sorted.
        """
        spread = self.positions.copy()
        for position in np.unique(self.positions):
            (ties,) = np.nonzero(self.positions == position)
            if len(ties) > 1:
                spread[ties] += np.linspace(width / 2, -width / 2, len(ties))
        return spread

    def jittered(self, width: float) -> np.ndarray:
        """Positions moved a little, so that no two with the same value lie on each other."""
        steps = np.arange(len(self.positions)) * GOLDEN % 1
        ties = np.unique(self.positions, return_inverse=True, return_counts=True)
        tied = ties[2][ties[1].ravel()] > 1
        return self.positions + np.where(tied, width * (steps - 0.5), 0.0)


def dimension(name: str, values: Sequence[Any]) -> Dimension:
    """Place a parameter's values: numbers on a scale, below them whatever else there is.

    Parameters
    ----------
    name : str
    values : sequence of object
        One a candidate; NaN where a candidate does not have the parameter.
    """
    numbers = np.array([float(value) if _is_number(value) else np.nan for value in values])
    is_number = ~np.isnan(numbers)
    others = _in_order([value for value in values if not _is_number(value)])
    room = CATEGORY * len(others)
    if is_number.any():
        places = dict(zip(others, np.arange(len(others)) * CATEGORY, strict=True))
        scale, low, high = _scale(numbers[is_number])
        span = (high - low) or 1.0
        positions = room + (1 - room) * (scale(numbers) - low) / span
        shown = _tick_numbers(numbers[is_number], scale is np.log10)
        ticks = {
            label_of(number): room + (1 - room) * (float(scale(number)) - low) / span
            for number in shown
        }
    else:
        at = np.linspace(0, 1, len(others)) if len(others) > 1 else [0.5]
        places, positions, ticks = dict(zip(others, at, strict=True)), numbers, {}
    for i, value in enumerate(values):
        if not is_number[i]:
            positions[i] = places[label_of(value)]
    marks = places | ticks
    return Dimension(name, positions, tuple(marks.values()), tuple(marks), not others)


def varies(values: Sequence[Any]) -> bool:
    """Whether there are two values."""
    return len({label_of(value) for value in values}) > 1


def label_of(value: Any) -> str:
    """A value in few letters."""
    if isinstance(value, float) and math.isnan(value):
        return NOT_SET
    if _is_number(value):
        return f"{value:.3g}" if abs(value) < 1e5 else f"{value:.2g}"
    text = getattr(value, "__name__", str(value))
    if " object at " in text:  # no repr of its own, such as a Keras optimizer's
        text = type(value).__name__
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 3]}..."


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, Real) and not isinstance(value, bool | np.bool_) and math.isfinite(value)
    )


def _in_order(values: Sequence[Any]) -> list[str]:
    """Labels of distinct values: None first, then sorted where that has a meaning."""
    distinct = {label_of(value): value for value in values}
    unset = [label for label, value in distinct.items() if value is None or label == NOT_SET]
    others = {label: value for label, value in distinct.items() if label not in unset}
    try:
        return sorted(unset) + sorted(others, key=lambda label: others[label])
    except (TypeError, ValueError):
        return sorted(unset) + sorted(others)


def _scale(numbers: np.ndarray) -> tuple[Any, float, float]:
    """The scale on which the numbers' median is nearer to the middle, and where it ends."""
    low, median, high = np.quantile(numbers, [0, 0.5, 1])
    if low > 0 and high / low >= WIDE:
        middle = (np.log10(median / low)) / np.log10(high / low)
        if abs(middle - 0.5) < abs((median - low) / (high - low) - 0.5):
            return np.log10, math.log10(low), math.log10(high)
    return np.asarray, float(low), float(high)


def _tick_numbers(numbers: np.ndarray, log: bool) -> list[float]:
    """Numbers of the ticks, all between the least and the largest."""
    from matplotlib.ticker import LogLocator, MaxNLocator

    distinct = np.unique(numbers)
    if len(distinct) <= FEW:
        return distinct.tolist()
    low, high = distinct[0], distinct[-1]
    locator = LogLocator(subs=(1, 3)) if log else MaxNLocator(FEW, steps=[1, 2, 5, 10])
    ticks = locator.tick_values(low, high)
    inside = [float(tick) for tick in ticks if low <= tick <= high]
    if len(inside) > FEW:
        inside = inside[:: math.ceil(len(inside) / FEW)]
    return inside or [float(low), float(high)]
