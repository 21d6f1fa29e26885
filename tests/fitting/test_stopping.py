"""Patience counts the epochs that are no better; the best of all is kept."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from sk_mnist_mlp.fitting.stopping import BestEpoch, Patience

CASES = [
    # scores, patience, tol, after which epoch it ends
    ([0.5, 0.6, 0.7, 0.8], 1, 0.0, None),
    ([0.5, 0.4, 0.4], 2, 0.0, 3),
    ([0.5, 0.4, 0.6, 0.5, 0.5], 2, 0.0, 5),
    ([0.5, 0.55, 0.58, 0.59], 2, 0.1, 3),
    ([0.5, 0.5, 0.5], 1, 0.0, None),
    ([-0.5, -0.6, -0.7], 2, 0.0, 3),
    ([-0.7, -0.6, -0.5], 1, 0.01, None),
    ([0.5, float("nan"), float("nan")], 2, 0.0, 3),
    ([0.5, 0.1, 0.1, 0.1], float("inf"), 0.0, None),
]


@pytest.mark.parametrize(("scores", "epochs", "tol", "end"), CASES)
def test_patience_ends_after_so_many_epochs_without_improvement(scores, epochs, tol, end):
    patience = Patience(epochs, tol)
    ends = [number for number, score in enumerate(scores, 1) if patience.ends_after(score)]
    assert ends == ([] if end is None else [end])


def test_it_begins_anew_when_it_ended_and_remembers_the_best_score():
    patience = Patience(2, tol=0.0)
    scores = [0.9, 0.5, 0.5, 0.8, 0.8, 0.9, 0.8, 0.8]
    assert [patience.ends_after(score) for score in scores] == [
        *(False, False, True),
        *(False, True),
        *(False, False, True),
    ]


@pytest.mark.parametrize(
    ("scores", "best"),
    [([0.5, 0.7, 0.6], 2), ([0.5, 0.5], 1), ([-0.5, -0.4, -0.45], 2), ([-0.3], 1)],
)
def test_the_first_epoch_with_the_best_score_is_kept(scores, best):
    kept = BestEpoch()
    for number, score in enumerate(scores, 1):
        kept.observe(score, number)
    assert kept.trainer == best
    assert kept.scores == scores


@pytest.mark.parametrize("epochs", [1, 3, 10])
def test_patience_is_that_of_keras(epochs):
    losses = np.random.default_rng(epochs).random(60)
    callback = keras.callbacks.EarlyStopping("val_loss", patience=epochs, mode="min")
    model = SimpleNamespace(stop_training=False)
    callback.set_model(model)
    callback.on_train_begin()
    patience = Patience(epochs, tol=0.0)
    for number, loss in enumerate(losses):
        callback.on_epoch_end(number, {"val_loss": loss})
        assert patience.ends_after(-loss) == model.stop_training
        if model.stop_training:
            break
    assert model.stop_training
