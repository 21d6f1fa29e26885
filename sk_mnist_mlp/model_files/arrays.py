"""Arrays of a file that anyone may have written."""

from __future__ import annotations

import numpy as np

from sk_mnist_mlp.domains import Domain
from sk_mnist_mlp.model_files.archive import refusal


def take(arrays: dict[str, np.ndarray], name: str, domain: Domain) -> np.ndarray:
    """Move an array out of those that remain.

    Raises
    ------
    ValueError
        If it is missing or of another kind.
    """
    if name not in arrays:
        raise refusal(name, "nothing", domain.allowed)
    array = arrays.pop(name)
    if not domain.contains(array):
        raise refusal(name, f"shape {array.shape} and dtype {array.dtype}", domain.allowed)
    return array


def exactly(shape: tuple[int, ...], dtype: str) -> Domain:
    """Arrays of a shape and dtype."""
    return Domain(
        f"shape {shape} and dtype {dtype}",
        lambda array: array.shape == shape and array.dtype == dtype,
    )
