"""An adaptive rate falls when that of `MLPClassifier` does."""

import pickle
import re
import warnings
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from sk_mnist_mlp.fitting.plateau import AdaptiveRate
from sk_mnist_mlp.fitting.record import Record
from sk_mnist_mlp.training.loop import Epoch
from tests.fitting.test_monitor import SOFTMAX, End, Given, examples, some_weights, watch
from tests.networks import assert_same_network
from tests.small_fits import X, Y, model_of, small

END = End(some_weights(SOFTMAX))


def rates_after(losses, **settings):
    """Factor of the rate after each epoch of training alone."""
    monitor = watch(schedule="adaptive", **settings)
    factors = []
    for number, loss in enumerate(losses):
        assert not monitor.observe([Epoch(number, loss, 0.5)], None)
        factors.append(monitor.rate_factor)
    return factors


def falls_of(factors):
    """Epochs, counted from 1, after which the rate fell."""
    return [epoch for epoch, fell in enumerate(np.diff([1.0, *factors]) < 0, 1) if fell]


def falls_of_mlpclassifier(capsys, **settings):
    """Epochs after which its rate fell, after which it stopped by itself, and itself."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(80, 4)), rng.integers(0, 2, 80)
    clf = MLPClassifier(
        (8,), solver="sgd", learning_rate="adaptive", max_iter=400, verbose=True, random_state=0,
        **settings,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        clf.fit(X, y)
    epoch, falls, end = 0, [], None
    for line in capsys.readouterr().out.splitlines():
        if match := re.match(r"Iteration (\d+), ", line):
            epoch = int(match[1])
        elif "Setting learning rate" in line:
            falls.append(epoch)
        elif "Learning rate too small. Stopping." in line:
            end = epoch
    return falls, end, clf


CASES = [
    {"learning_rate_init": 0.5, "tol": 1e-4, "n_iter_no_change": 10},
    {"learning_rate_init": 0.1, "tol": 1e-3, "n_iter_no_change": 3},
    {"learning_rate_init": 0.003125, "tol": 0.1, "n_iter_no_change": 1},
    {"learning_rate_init": 0.01, "tol": 0.0, "n_iter_no_change": 2},
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_by_the_training_loss_it_falls_when_that_of_mlpclassifier_does(case, capsys):
    falls, end, reference = falls_of_mlpclassifier(capsys, **case)
    factors = rates_after(
        reference.loss_curve_,
        rate=case["learning_rate_init"],
        tol=case["tol"],
        n_iter_no_change=case["n_iter_no_change"],
    )
    assert falls_of(factors) == falls
    assert (end is None) == (case["learning_rate_init"] * factors[-1] > 1e-6)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_with_early_stopping_it_falls_and_the_fit_stops_when_mlpclassifier_does(case, capsys):
    falls, end, reference = falls_of_mlpclassifier(capsys, early_stopping=True, **case)
    monitor = watch(
        examples(SOFTMAX),
        scorer=Given(reference.validation_scores_),
        rate=case["learning_rate_init"],
        tol=case["tol"],
        n_iter_no_change=case["n_iter_no_change"],
        schedule="adaptive",
        early_stopping=True,
    )
    stops, factors = [], []
    for number in range(reference.n_iter_):
        stops.append(monitor.observe([Epoch(number, 0.5, 0.5)], END))
        factors.append(monitor.rate_factor)
    assert falls_of(factors) == falls
    assert falls
    assert [epoch for epoch, stop in enumerate(stops, 1) if stop] == ([] if end is None else [end])


def test_a_fall_divides_the_rate_by_5():
    assert rates_after([0.5] * 5, tol=0.1, n_iter_no_change=1) == pytest.approx(
        [1, 1, 0.2, 0.2, 0.04]
    )


def test_without_early_stopping_a_rate_that_is_small_stays():
    adaptive = AdaptiveRate(2e-6)
    assert [adaptive.falls() for _ in range(3)] == [True, False, False]
    assert adaptive.rate == pytest.approx(4e-7)
    factors = rates_after([0.5] * 9, rate=2e-6, tol=0.1, n_iter_no_change=1)
    assert falls_of(factors) == [3]


def test_with_infinite_patience_it_never_falls():
    assert rates_after([0.5] * 9, tol=0.1, n_iter_no_change=float("inf")) == [1.0] * 9


def test_with_validation_data_their_loss_counts():
    monitor = watch(examples(SOFTMAX), schedule="adaptive", n_iter_no_change=1)
    factors = []
    for number in range(3):  # the training loss falls, that of the network stays
        assert not monitor.observe([Epoch(number, 0.5 / (number + 1), 0.5)], END)
        factors.append(monitor.rate_factor)
    assert falls_of(factors) == [3]


def test_epochs_of_the_calls_before_count_and_those_of_another_fit_do_not():
    losses = [0.5, 0.4, 0.4, 0.4, 0.3, 0.3, 0.3]
    settings = {"tol": 0.05, "n_iter_no_change": 1}
    whole = rates_after(losses, **settings)
    assert falls_of(whole) == [4, 7]
    for done in range(1, len(losses)):
        earlier = [{"loss": loss, "accuracy": 0.5} for loss in losses[:done]]
        record = Record().followed_by(earlier, None, 0)
        assert watch(schedule="adaptive", record=record, **settings).rate_factor == whole[done - 1]
        assert rates_after(losses[done:], record=record, **settings) == whole[done:]
        after_another_fit = Record().followed_by(earlier, None, 0).for_a_new_fit()
        assert rates_after(losses, record=after_another_fit, **settings) == whole


@pytest.mark.parametrize("n_iter_no_change", [1, 3])
def test_it_falls_when_that_of_keras_with_one_epoch_more_of_patience_does(n_iter_no_change):
    losses = np.random.default_rng(0).random(40)
    callback = keras.callbacks.ReduceLROnPlateau(
        "loss", factor=0.2, patience=n_iter_no_change + 1, mode="min", min_delta=0.0
    )
    optimizer = SimpleNamespace(learning_rate=1.0)
    callback.set_model(SimpleNamespace(optimizer=optimizer))
    callback.on_train_begin()
    expected = []
    for number, loss in enumerate(losses):
        callback.on_epoch_end(number, {"loss": loss})
        expected.append(optimizer.learning_rate)
    factors = rates_after(losses, rate=1.0, tol=0.0, n_iter_no_change=n_iter_no_change)
    first = [factor for factor in factors if factor > 1e-6]  # where the rate stays here
    np.testing.assert_allclose(first, expected[: len(first)])
    assert len(falls_of(first)) > 2


# Whole fits

ADAPTIVE = {"schedule": "adaptive", "n_iter_no_change": 1, "tol": 0.002, "learning_rate": 0.02}
OPTIMIZERS = ["sgd", "adam", "rmsprop"]


def by_hand(n_epochs, optimizer):
    """The same training, one epoch a call, the rate set by the losses so far."""
    clf, rate, best, count, falls = small(optimizer=optimizer), 0.02, np.inf, 0, 0
    for _ in range(n_epochs):
        clf.set_params(learning_rate=rate).partial_fit(X, Y, classes=[0, 1, 2])
        count = count + 1 if clf.loss_ > best - ADAPTIVE["tol"] else 0
        best = min(best, clf.loss_)
        if count > ADAPTIVE["n_iter_no_change"] and rate > 1e-6:
            rate, count, falls = rate / 5, 0, falls + 1
    return clf, falls


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_adaptive_rate_is_the_one_set_by_hand_after_each_epoch(optimizer):
    clf = small(optimizer=optimizer, epochs=60, **ADAPTIVE).fit(X, Y)
    reference, falls = by_hand(60, optimizer)
    assert falls > 1
    assert clf.n_iter_ == 60
    np.testing.assert_allclose(clf.loss_curve_, reference.loss_curve_, rtol=1e-9)
    assert_same_network(clf, reference, tolerance=1e-9)


@pytest.mark.parametrize("parts", [0, 1, 30])
def test_calls_of_partial_fit_are_one_fit_with_an_adaptive_rate(parts):
    whole = small(epochs=60, **ADAPTIVE).fit(X, Y)
    clf = small(epochs=parts, **ADAPTIVE).fit(X, Y) if parts else small(**ADAPTIVE)
    for epoch in range(parts, 60):
        clf.partial_fit(X, Y, classes=[0, 1, 2])
        if epoch == 40:
            clf = pickle.loads(pickle.dumps(clf))
    assert model_of(clf) == model_of(whole)
    assert clf.history_ == whole.history_


def test_a_warm_start_begins_with_the_whole_rate():
    clf = small(warm_start=True, epochs=2, **ADAPTIVE | {"tol": 1e9}).fit(X, Y)
    clf.fit(X, Y)  # the rate would fall after its second epoch alone
    constant = small(epochs=4, learning_rate=0.02).fit(X, Y)
    assert model_of(clf) == model_of(constant)


def test_with_early_stopping_the_rate_falls_and_the_fit_ends_when_it_is_small():
    no_epoch_is_that_much_better = {"tol": 1e9, "n_iter_no_change": 2}
    adaptive = {"schedule": "adaptive", "learning_rate": 3e-5, "early_stopping": True}
    clf = small(epochs=99, **adaptive, **no_epoch_is_that_much_better).fit(X, Y)
    # Falls after epochs 4, 7 and 10 to 6e-6, 1.2e-6 and 2.4e-7.
    assert clf.n_iter_ == 13
    assert clf.best_validation_score_ == max(clf.validation_scores_)


@pytest.mark.parametrize("stopping", [True, False], ids=["by its score", "by the validation loss"])
def test_a_rate_that_fell_by_validation_data_stays_where_it_was(stopping):
    validation = {"X_val": X, "y_val": np.roll(Y, 1)}  # of which nothing can be learnt
    clf = small(
        optimizer="sgd",
        learning_rate=0.5,
        schedule="adaptive",
        n_iter_no_change=1,
        epochs=12,
        early_stopping=stopping,
    ).fit(X, Y, **validation)
    before = clf.coefs_[0].copy()
    after = np.abs(clf.partial_fit(X, Y).coefs_[0] - before).max()
    whole_rate = small(optimizer="sgd", learning_rate=0.5, epochs=12).fit(X, Y)
    before = whole_rate.coefs_[0].copy()
    assert after < np.abs(whole_rate.partial_fit(X, Y).coefs_[0] - before).max() / 4
