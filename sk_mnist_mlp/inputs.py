"""X, y and weights: checked as scikit-learn does, and encoded for the network."""

from __future__ import annotations

import numbers
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.base import BaseEstimator
from sklearn.utils import assert_all_finite, check_array, check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

LEAST_WEIGHT = 1e-30
"""Smallest positive weight beside a largest of 1."""


@dataclass(frozen=True)
class Labels:
    """The classes, and how the network's outputs stand for them.

    Parameters
    ----------
    classes : ndarray of shape (classes,)
        Sorted, in the dtype of the labels.
    """

    classes: np.ndarray

    @property
    def output(self) -> Literal["softmax", "sigmoid"]:
        """What turns logits into probabilities."""
        return "sigmoid" if len(self.classes) == 2 else "softmax"

    @property
    def n_outputs(self) -> int:
        """Number of logits: one for two classes, else one a class."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    def encode(self, y: np.ndarray, name: str) -> np.ndarray:
        """Targets of labels.

        Parameters
        ----------
        y : ndarray of shape (rows,)
        name : str
            Of the argument, for messages.

        Returns
        -------
        ndarray
            Class numbers (int32) of shape (rows,) for softmax; 0 or 1 of shape
            (rows, 1) for sigmoid.

        Raises
        ------
        ValueError
            If a label is none of the classes.
        TypeError
            If labels of different kinds cannot be sorted.
        """
        unseen = np.setdiff1d(_unique(y, name), self.classes)
        if len(unseen):
            raise ValueError(
                f"{name} contains labels that y does not: {unseen[:5].tolist()}. "
                f"The classes are {self.classes.tolist()[:20]}."
            )
        numbers_ = np.searchsorted(self.classes, y).astype(np.int32)
        return numbers_[:, None] if self.output == "sigmoid" else numbers_


@dataclass(frozen=True)
class Examples:
    """Rows with their targets and weights.

    Parameters
    ----------
    inputs : ndarray of shape (rows, features)
        In the dtype in which they were given.
    targets : ndarray of shape (rows,) or (rows, outputs)
    weights : ndarray of float64 of shape (rows,)
        All positive, the largest 1.
    """

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray


def check_training_data(
    estimator: BaseEstimator, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[Examples, Labels]:
    """Check what `fit` is given, and set `n_features_in_` and `feature_names_in_`.

    Rows of weight zero are left out before the classes are counted.

    Raises
    ------
    ValueError, TypeError
        As scikit-learn's own checks; also if only one class is left.
    """
    inputs, given = validate_data(estimator, X, y, dtype="numeric")
    weights = _check_weights(sample_weight, inputs, "sample_weight")
    counted = weights > 0
    if not counted.all():
        inputs, given, weights = inputs[counted], given[counted], weights[counted]
    labels = Labels(_unique(given, "y"))
    check_classification_targets(given)
    if len(labels.classes) < 2:
        raise ValueError(
            f"{type(estimator).__name__} needs samples of at least 2 classes in y, but there is "
            f"only one class: {labels.classes.tolist()[0]!r}."
        )
    return Examples(inputs, labels.encode(given, "y"), weights), labels


def check_validation_data(
    estimator: BaseEstimator,
    labels: Labels,
    X_val: ArrayLike | None,
    y_val: ArrayLike | None,
    sample_weight_val: ArrayLike | None,
) -> Examples | None:
    """Check the validation data against those of `fit`; None where there are none.

    Raises
    ------
    ValueError, TypeError
        As for `check_training_data`, and if a part is missing, columns differ
        or a label is unseen.
    """
    if X_val is None and y_val is None:
        if sample_weight_val is not None:
            raise ValueError("sample_weight_val was given without X_val and y_val: pass all three.")
        return None
    if X_val is None or y_val is None:
        given, missing = ("y_val", "X_val") if X_val is None else ("X_val", "y_val")
        raise ValueError(f"{given} was given without {missing}: pass both, or neither.")
    with _naming("X_val"):
        X = check_inputs(estimator, X_val)
    with _naming("y_val"):
        y = column_or_1d(y_val, warn=True)
    with _naming("X_val and y_val"):
        check_consistent_length(X, y)
    weights = _check_weights(sample_weight_val, X, "sample_weight_val")
    counted = weights > 0
    return Examples(X[counted], labels.encode(y[counted], "y_val"), weights[counted])


def check_inputs(estimator: BaseEstimator, X: ArrayLike) -> np.ndarray:
    """Check rows against those that the estimator was fitted on."""
    return validate_data(estimator, X, reset=False, dtype="numeric")


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


def _unique(y: np.ndarray, name: str) -> np.ndarray:
    try:
        return np.unique(y)
    except TypeError:
        kinds = ", ".join(sorted({type(label).__name__ for label in y}))
        raise TypeError(
            f"{name} must have labels of one kind, which can be sorted. Got a mix of {kinds}."
        ) from None


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
    # Only proportions count; in this range neither sums nor single batches leave float32's.
    return np.where(checked > 0, np.maximum(checked / checked.max(), LEAST_WEIGHT), 0.0)


def cast_inputs(inputs: np.ndarray, dtype: DTypeLike, name: str) -> np.ndarray:
    """Inputs in the dtype of the network.

    Raises
    ------
    ValueError
        If a value is too large for the dtype.
    """
    if inputs.dtype == dtype:
        return inputs
    with np.errstate(over="ignore", invalid="ignore"):
        cast = inputs.astype(dtype)
        if inputs.dtype.kind == "f":
            assert_all_finite(cast, input_name=name)
    return cast
