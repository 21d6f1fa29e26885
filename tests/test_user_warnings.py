"""Warnings of a fit point at the line of the user's that called it."""

import inspect
import pickle
import warnings

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.small_fits import X, Y, small

ONE_HOT = np.eye(3, dtype=int)[np.tile(Y, 4)]
ROWS = np.tile(X, (4, 1))
RARE = np.repeat([0, 1], [58, 2])


def reloaded():
    return pickle.loads(pickle.dumps(small().fit(X, Y)))


CALLS = {
    "fit": (small, lambda clf: clf.fit(ROWS, ONE_HOT)),
    "partial_fit": (small, lambda clf: clf.partial_fit(ROWS, ONE_HOT, classes=[0, 1, 2])),
    "of what a pickle left out": (reloaded, lambda clf: clf.partial_fit(X, Y)),
    "of another optimizer": (
        lambda: small(warm_start=True).fit(X, Y).set_params(optimizer="sgd"),
        lambda clf: clf.fit(X, Y),
    ),
    "of what is held out": (lambda: small(early_stopping=True), lambda clf: clf.fit(X, RARE)),
    "in a pipeline": (
        lambda: make_pipeline(StandardScaler(), small()),
        lambda pipeline: pipeline.fit(ROWS, ONE_HOT),
    ),
    "in a search": (
        lambda: GridSearchCV(small(), {"learning_rate": [0.01]}, cv=2, refit=False),
        lambda search: search.fit(ROWS, ONE_HOT),
    ),
}


@pytest.mark.parametrize(("make", "call"), CALLS.values(), ids=CALLS)
def test_a_warning_points_at_the_call(make, call):
    estimator = make()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call(estimator)
    lines, first = inspect.getsourcelines(call)
    places = {(warning.filename, warning.lineno - first in range(len(lines))) for warning in caught}
    assert places == {(__file__, True)}
