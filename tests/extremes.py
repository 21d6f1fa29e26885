"""Inputs at the ends of a dtype, and fitted estimators of every activation to give them to."""

from dataclasses import replace
from functools import cache

import numpy as np

from tests.small_fits import Y_BINARY, X, Y, small

TARGETS = {"softmax": Y, "one sigmoid": Y_BINARY, "several sigmoids": np.eye(3, dtype=int)[Y]}
METHODS = ["decision_function", "predict", "predict_proba", "predict_log_proba"]


def extreme_rows(dtype):
    """Rows of zeros, subnormal numbers and on to the largest, dense and of one column."""
    limits = np.finfo(dtype)
    sizes = [0, limits.smallest_subnormal, limits.tiny, 1e-3, 1, 30, 1e3, 1e30, limits.max / 4]
    if dtype == "float64":
        sizes.append(1e300)
    signs = np.random.default_rng(0).choice([-1.0, 0.0, 1.0], (len(sizes), X.shape[1]))
    one_column = np.eye(X.shape[1])[:1]
    return np.vstack([np.multiply(signs.T, sizes).T, *(size * one_column for size in sizes)])


@cache
def _fitted(kind, dtype):
    return small(epochs=1, dtype=dtype).fit(X, TARGETS[kind])


def fitted_with(activation, kind, dtype):
    """An estimator fitted on `TARGETS`, whose activation was then exchanged."""
    fitted = _fitted(kind, dtype)
    start = fitted._start
    exchanged = small(**fitted.get_params())
    vars(exchanged).update(
        vars(fitted), _start=replace(start, network=replace(start.network, activation=activation))
    )
    return exchanged
