"""NumPy's error state, on which no result here depends."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numpy as np

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def regardless_of_error_state(
    function: Callable[Arguments, Result],
) -> Callable[Arguments, Result]:
    """Let numbers overflow and underflow in a function as IEEE 754 says, without a word.

    An exponential that underflows to 0 is the right one, whether the user has
    NumPy ignore it, warn or raise.
    """

    # `np.errstate` itself, as a decorator, is not safe in threads before NumPy 2.
    @functools.wraps(function)
    def wrapped(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with np.errstate(all="ignore"):
            return function(*args, **kwargs)

    return wrapped
