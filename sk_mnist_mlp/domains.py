"""Legal values: predicates, domains in words, and the names nearest to a mistaken one."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Domain:
    """Legal values of one parameter.

    Parameters
    ----------
    allowed : str
        The legal values in words, as errors and the documentation say them.
    contains : callable
        Whether a value is legal by itself.
    names : iterable of str
        Names among the legal values, for hints.
    synonyms : mapping of str to str
        What other packages call some legal values, in lower case, and these values in words.
    """

    allowed: str
    contains: Callable[[Any], bool]
    names: Iterable[str] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)

    def hint(self, given: Any) -> str:
        """Return a sentence that asks for the legal value that was meant, or nothing."""
        if isinstance(given, str) and given.lower() in self.synonyms:
            return f" Did you mean {self.synonyms[given.lower()]}?"
        return near_names(given, self.names)


def near_names(given: Any, names: Iterable[str]) -> str:
    """Return a sentence that asks for the names nearest to a text, or nothing."""
    if not isinstance(given, str):
        return ""
    near = difflib.get_close_matches(given.lower(), list(names), n=3)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""


TASKS = ("classification", "regression")


def check_task(task: str) -> None:
    """Refuse what no estimator is for."""
    if task not in TASKS:
        raise ValueError(
            f"The 'task' must be {' or '.join(map(repr, TASKS))}. Got {task!r} instead."
            f"{near_names(task, TASKS)}"
        )


def is_int(value: Any, at_least: int) -> bool:
    """Whether a value is an integer, and no bool, of at least so much."""
    integral = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return integral and int(value) >= at_least


def is_real(value: Any) -> bool:
    """Whether a value is a finite number, and no bool."""
    real = isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
    try:
        return real and math.isfinite(value)
    except OverflowError:  # an int that no float can hold
        return False


def is_bool(value: Any) -> bool:
    """Whether a value is a bool of Python's or NumPy's."""
    return isinstance(value, bool | np.bool_)


def is_sequence(value: Any, contains: Callable[[Any], bool]) -> bool:
    """Whether a value is a sequence, and no text, all of whose entries are legal."""
    if isinstance(value, np.ndarray):
        return value.ndim == 1 and all(contains(entry) for entry in value)
    text = isinstance(value, str | bytes | bytearray)
    return isinstance(value, Sequence) and not text and all(map(contains, value))


def is_rate(value: Any) -> bool:
    """Whether a value is a number in [0, 1)."""
    return is_real(value) and 0 <= value < 1


def is_positive(value: Any) -> bool:
    """Whether a value is a number > 0."""
    return is_real(value) and value > 0


def is_weight(value: Any) -> bool:
    """Whether a value is a number >= 0."""
    return is_real(value) and value >= 0


def is_one_of(value: Any, names: Iterable[str]) -> bool:
    """Whether a value is one of some names."""
    return isinstance(value, str) and value in names
