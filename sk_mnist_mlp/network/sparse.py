"""Sparse matrices, told by what they can do."""

from __future__ import annotations

from typing import Any


def is_sparse(matrix: Any) -> bool:
    """Whether a matrix is sparse."""
    return hasattr(matrix, "toarray")


def as_dense(matrix: Any) -> Any:
    """Return a sparse matrix as an array; anything else as it is."""
    return matrix.toarray() if is_sparse(matrix) else matrix
