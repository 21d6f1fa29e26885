"""Fits at once in several threads give what each gives alone."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import numpy as np
import pytest
from sklearn.base import clone

from sk_mnist_mlp import training_cache_info
from tests.company.small import (
    X_BINARY,
    Y_BINARY,
    X,
    Y,
    assert_same_network,
    small_classifier,
    small_regressor,
)
from tests.programs import empty_training_cache
from tests.small_fits import ALL_OF_IT

INDICATOR = np.stack([Y == 0, X[:, 0] > 0], axis=1).astype(int)
DIFFERENT = [
    (small_classifier(epochs=30), X, Y),
    (small_classifier(widths=(5, 4), batch_norm=True, epochs=20), X_BINARY, Y_BINARY),
    (small_classifier(dropout=0.3, batch_size=2, epochs=10), X, Y),  # which XLA compiles
    (small_classifier(activation="tanh", dtype="float32", epochs=30), X[:, :3], INDICATOR),
    (small_classifier(**ALL_OF_IT, epochs=20), X, Y),
    (small_regressor(epochs=20), X, Y),
]
ALIKE = [(small_classifier(random_state=seed, epochs=20), X[seed:], Y[seed:]) for seed in range(4)]


def fit_at_once(tasks):
    """Fits that have come to their end, or failed."""
    together = threading.Barrier(len(tasks))

    def fit(classifier, rows, labels):
        together.wait()
        return clone(classifier).fit(rows, labels)

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [pool.submit(fit, *task) for task in tasks]


@pytest.mark.parametrize("compiled", [False, True], ids=["compiling", "compiled"])
@pytest.mark.parametrize("tasks", [DIFFERENT, ALIKE], ids=["different", "alike"])
def test_four_threads_fit_bitwise_what_each_fits_alone(tasks, compiled):
    alone = [clone(classifier).fit(rows, labels) for classifier, rows, labels in tasks]
    with nullcontext() if compiled else empty_training_cache():
        at_once = fit_at_once(tasks)
    for one, other in zip(at_once, alone, strict=True):
        assert_same_network(one.result(), other)


def test_threads_that_need_the_same_program_build_it_once():
    with empty_training_cache():
        fit_at_once(ALIKE)
        assert training_cache_info().compilations == 1


def test_threads_predict_with_one_network():
    fitted = small_classifier().fit(X, Y)
    expected = fitted.predict_proba(X)
    with ThreadPoolExecutor(4) as pool:
        for probabilities in pool.map(lambda _: fitted.predict_proba(X), range(20)):
            np.testing.assert_array_equal(probabilities, expected)


def test_a_fit_that_fails_in_one_thread_disturbs_no_other():
    failing = (small_classifier(optimizer="no such optimizer"), X, Y)
    failed, *others = fit_at_once([failing, *ALIKE])
    with pytest.raises(ValueError, match="no such optimizer"):
        failed.result()
    for other, (classifier, rows, labels) in zip(others, ALIKE, strict=True):
        assert_same_network(other.result(), clone(classifier).fit(rows, labels))
