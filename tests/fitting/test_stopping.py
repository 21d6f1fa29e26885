"""Early stopping keeps the best epoch and counts those that are no better."""

import pytest

from sk_mnist_mlp.fitting.stopping import EarlyStopping


def epochs_until_stop(scores, patience, tol=0.0):
    stopping = EarlyStopping(patience, tol)
    for number, score in enumerate(scores, start=1):
        if stopping.stops_after(score, number):
            return number, stopping
    return None, stopping


CASES = [
    ([0.5, 0.6, 0.7, 0.8], 1, 0.0, None, 4),
    ([0.5, 0.4, 0.4], 2, 0.0, 3, 1),
    ([0.5, 0.4, 0.6, 0.5, 0.5], 2, 0.0, 5, 3),
    ([0.5, 0.55, 0.58, 0.59], 2, 0.1, 3, 3),
    ([0.5, 0.1, 0.1, 0.1], float("inf"), 0.0, None, 1),
]


@pytest.mark.parametrize(("scores", "patience", "tol", "stop", "best"), CASES)
def test_it_stops_after_so_many_epochs_without_improvement(scores, patience, tol, stop, best):
    stopped, stopping = epochs_until_stop(scores, patience, tol)
    assert stopped == stop
    assert stopping.best == best
    assert stopping.best_score == max(stopping.scores)
    assert stopping.scores == scores[: stop or len(scores)]
