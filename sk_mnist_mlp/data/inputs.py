"""X, y and weights: checked as scikit-learn does, and encoded for the network."""

from __future__ import annotations

import datetime
import math
import numbers
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn import config_context, get_config
from sklearn.base import BaseEstimator
from sklearn.utils import check_array, check_consistent_length
from sklearn.utils.validation import validate_data

from sk_mnist_mlp.data.examples import Examples, input_range, proportions
from sk_mnist_mlp.data.targets import Problem, Targets

_DATES = (np.datetime64, np.timedelta64, datetime.date, datetime.time, datetime.timedelta)
MAPPED_CHUNK_BYTES = 64 * 2**20

_INPUT_CHECKS = {"dtype": "numeric", "accept_sparse": "csr"}


def check_training_data(
    estimator: BaseEstimator,
    given: tuple[ArrayLike, ArrayLike, ArrayLike | None],
    problem: Problem,
    known: Targets | None = None,
) -> tuple[Examples, Targets]:
    """Check what a fit is given.

    Rows of weight zero, or too small to count, are left out.

    Parameters
    ----------
    estimator : KerasMLPEstimator
    given : tuple of array-like
        X, y and sample_weight.
    problem : Problem
    known : Targets, optional
        Of the network that is to be trained further, whose `n_features_in_` and
        `feature_names_in_` X is checked against; by default it sets them.

    Returns
    -------
    examples : Examples
    targets : Targets

    Raises
    ------
    ValueError, TypeError
        As scikit-learn's own checks, and those of the problem.
    """
    X, y, sample_weight = given
    with config_context(array_api_dispatch=False):
        inputs, y = validate_data(
            estimator, _as_rows(X), y, reset=known is None, multi_output=True, **_INPUT_CHECKS
        )
        y = problem.check(y, known)
    weights = _check_weights(sample_weight, inputs, "sample_weight")
    targets = problem.targets(y, weights, known)
    return _examples(inputs, y, weights, targets, "y"), targets


def _examples(
    inputs: Any, y: np.ndarray, weights: np.ndarray, targets: Targets, name: str
) -> Examples:
    """Rows whose weight is not zero."""
    chunk_rows = _chunk_rows(inputs)
    if weights.all():
        return Examples(inputs, targets.encode(y, name), weights, None, chunk_rows, y)
    counted = np.flatnonzero(weights)
    y = y[counted]
    return Examples(inputs, targets.encode(y, name), weights[counted], counted, chunk_rows, y)


def _chunk_rows(inputs: Any) -> int | None:
    """Rows of a chunk to read together, where the inputs are too large and on disk."""
    if not _is_mapped(inputs) or inputs.nbytes <= get_config()["working_memory"] * 2**20:
        return None
    return max(1, MAPPED_CHUNK_BYTES // inputs[:1].nbytes)


def _is_mapped(inputs: Any) -> bool:
    while isinstance(inputs, np.ndarray):
        if isinstance(inputs, np.memmap):
            return True
        inputs = inputs.base
    return False


def check_validation_data(
    estimator: BaseEstimator,
    given: tuple[ArrayLike | None, ArrayLike | None, ArrayLike | None],
    problem: Problem,
    targets: Targets,
) -> Examples | None:
    """Check the validation data against those of `fit`; None where there are none.

    Raises
    ------
    ValueError, TypeError
        As for `check_training_data`, and if a part is missing, columns differ
        or y_val has what the network does not stand for.
    """
    X_val, y_val, sample_weight_val = given
    if X_val is None and y_val is None:
        if sample_weight_val is not None:
            raise ValueError("sample_weight_val was given without X_val and y_val: pass all three.")
        return None
    if X_val is None or y_val is None:
        there, missing = ("y_val", "X_val") if X_val is None else ("X_val", "y_val")
        raise ValueError(f"{there} was given without {missing}: pass both, or neither.")
    with _naming("X_val"):
        X = check_inputs(estimator, X_val)
    with _naming("y_val"):
        y = check_array(y_val, accept_sparse="csr", ensure_2d=False, dtype=None, input_name="y_val")
        y = problem.check(y, targets)
    with _naming("X_val and y_val"):
        check_consistent_length(X, y)
    weights = _check_weights(sample_weight_val, X, "sample_weight_val")
    return _examples(X, y, weights, targets, "y_val")


def check_inputs(estimator: BaseEstimator, X: ArrayLike) -> Any:
    """Check rows against those that the estimator was fitted on."""
    if _passes_all_checks(estimator, X):
        return X
    with config_context(array_api_dispatch=False):
        return validate_data(estimator, _as_rows(X), reset=False, **_INPUT_CHECKS)


def _passes_all_checks(estimator: BaseEstimator, X: Any) -> bool:
    """Whether scikit-learn's checks would give X back as it is, without a word.

    They take several times as long as the network does for a row.
    """
    return (
        type(X) is np.ndarray
        and X.dtype in (np.float32, np.float64)
        and X.ndim == 2
        and len(X) > 0
        and X.shape[1] == estimator.n_features_in_
        and "feature_names_in_" not in vars(estimator)
        and math.isfinite(X.sum())  # it may overflow, and scikit-learn then looks closer
    )


def _as_rows(X: Any) -> Any:
    """X as scikit-learn's checks take it: one row an image, and no dates."""
    if isinstance(X, list | tuple):
        X = np.asarray(X)
    _refuse_dates(X)
    return X.reshape(len(X), -1) if isinstance(X, np.ndarray) and X.ndim == 3 else X


def _refuse_dates(X: Any) -> None:
    """Refuse dates and durations, which NumPy reads as numbers in whatever unit they have."""
    where = ""
    if hasattr(X, "columns") and hasattr(X, "dtypes"):
        dated = [
            name
            for name, dtype in zip(X.columns, X.dtypes, strict=True)
            # Columns of numbers, which are most, are told by their dtype; polars' have no kind.
            if getattr(dtype, "kind", "O") in "mMO" and _has_dates(np.asarray(X[name]))
        ]
        where = f" in the columns {dated[:20]}" if dated else ""
    elif isinstance(X, np.ndarray) and _has_dates(X):
        where = f" in an array of dtype {X.dtype}"
    if where:
        raise TypeError(
            f"X must have numbers. Got dates or durations{where} instead: turn them into numbers, "
            "for instance into days by (dates - np.datetime64('2000-01-01')) / "
            "np.timedelta64(1, 'D')."
        )


def _has_dates(values: np.ndarray) -> bool:
    if values.dtype.kind == "O":
        return any(issubclass(kind, _DATES) for kind in set(map(type, values.flat)))
    return values.dtype.kind in "mM"


def check_range(inputs: Any, dtype: DTypeLike, name: str) -> None:
    """Refuse inputs that a dtype cannot hold, in scikit-learn's words."""
    if inputs.dtype.kind == "f" and inputs.dtype.itemsize > np.dtype(dtype).itemsize:
        smallest, largest = input_range(inputs)
        if max(-smallest, largest) > float(np.finfo(dtype).max):
            raise ValueError(
                f"Input {name} contains infinity or a value too large for {np.dtype(dtype)!r}."
            )


@contextmanager
def _naming(argument: str) -> Iterator[None]:
    """Let errors of scikit-learn's checks name the argument they are about."""
    try:
        yield
    except (TypeError, ValueError) as error:
        if argument in str(error):
            raise
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{argument}: {error}") from error


def _check_weights(weights: ArrayLike | None, X: np.ndarray, name: str) -> np.ndarray:
    n_rows = X.shape[0]
    if weights is None:
        return np.ones(n_rows)
    if isinstance(weights, numbers.Real):
        weights = np.full(n_rows, weights)
    with _naming(name):
        checked = check_array(weights, dtype=np.float64, ensure_2d=False, input_name=name)
    if checked.shape != (n_rows,):
        raise ValueError(
            f"{name} must be None, a number or of shape ({n_rows},), one weight a row. "
            f"Got shape {checked.shape} instead."
        )
    if (checked < 0).any():
        raise ValueError(f"Negative values in data passed to `{name}`: weights must be >= 0.")
    if not checked.any():
        raise ValueError(f"{name} has only zero weights: at least one must be positive.")
    return proportions(checked)
