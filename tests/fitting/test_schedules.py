"""The learning rate moves as its schedule says, whichever calls an epoch comes in."""

import numpy as np
import pytest

from sk_mnist_mlp.fitting.epochs import epochs_of
from sk_mnist_mlp.fitting.schedules import SHAPES, step_factors
from sk_mnist_mlp.parameters.checked import check_parameters
from sk_mnist_mlp.parameters.table import FALLING, SCHEDULES
from tests.small_fits import ALL_OF_IT, X, Y, model_of, small


def factors(n_epochs=5, n_steps=4, epochs=None, of="learning_rate", **parameters):
    hyper = check_parameters("small", small(**parameters).get_params(deep=False))
    numbers = range(n_epochs) if epochs is None else epochs
    each = [step_factors(hyper, epoch, n_epochs, n_steps) for epoch in numbers]
    return np.concatenate([getattr(of_epoch, of) for of_epoch in each])


def test_there_is_a_shape_for_each_schedule():
    assert list(SHAPES) == [None, *SCHEDULES]


@pytest.mark.parametrize("schedule", [None, "adaptive"])
def test_a_constant_rate_stays(schedule):
    np.testing.assert_array_equal(factors(schedule=schedule), 1.0)


def test_a_linear_rate_falls_to_zero_step_by_step():
    np.testing.assert_allclose(factors(schedule="linear"), 1 - np.arange(20) / 20, rtol=1e-15)


def test_a_cosine_rate_falls_as_half_a_cosine():
    expected = (1 + np.cos(np.pi * np.arange(20) / 20)) / 2
    np.testing.assert_allclose(factors(schedule="cosine"), expected, rtol=1e-15)


def test_a_warmup_rises_in_a_line_from_the_first_step_and_then_stays():
    expected = [0.2, 0.4, 0.6, 0.8, *[1.0] * 16]
    np.testing.assert_allclose(factors(warmup=0.25), expected)


def test_what_falls_begins_after_the_warmup():
    rising, falling = np.split(factors(warmup=0.2, schedule="linear"), [4])
    np.testing.assert_allclose(rising, [0.25, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(falling, 1 - np.arange(16) / 16)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_beyond_the_last_epoch_the_last_rate_holds(schedule):
    last = factors(schedule=schedule)[-1]
    assert last > 0
    np.testing.assert_array_equal(factors(schedule=schedule, epochs=[5, 6]), last)


@pytest.mark.parametrize("schedule", FALLING)
def test_dropout_falls_from_the_first_step_on_whatever_the_learning_rate_does(schedule):
    falling = factors(of="dropout", dropout_schedule=schedule, warmup=0.5, schedule="adaptive")
    np.testing.assert_array_equal(falling, factors(schedule=schedule))


def test_dropout_is_constant_without_a_schedule_of_its_own():
    np.testing.assert_array_equal(factors(of="dropout", schedule="linear", warmup=0.5), 1.0)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_calls_of_partial_fit_are_one_fit(schedule):
    changes = ALL_OF_IT | {"schedule": schedule, "epochs": 4}
    whole, in_parts = small(**changes).fit(X, Y), small(**changes)
    for _ in range(4):
        in_parts.partial_fit(X, Y, classes=np.unique(Y))
    assert model_of(in_parts) == model_of(whole)
    assert in_parts.history_ == whole.history_


def test_a_warm_start_begins_the_schedule_anew():
    changes = {"schedule": "linear", "optimizer": "sgd", "epochs": 1, "batch_size": 60}
    clf = small(**changes, warm_start=True).fit(X, Y)
    constant = small(**changes | {"schedule": None}, warm_start=True).fit(X, Y)
    assert model_of(clf.fit(X, Y)) == model_of(constant.fit(X, Y))  # of one step each


@pytest.mark.parametrize(
    ("n_rows", "batch_size", "expected"),
    [
        (60_000, 128, 20),
        (768, 128, 20),
        (600, 128, 24),
        (150, 128, 60),
        (128, 128, 120),
        (10, 128, 120),
        (10, 1, 20),
    ],
)
def test_little_data_has_more_epochs(n_rows, batch_size, expected):
    assert epochs_of(n_rows, batch_size) == expected


def test_epochs_of_none_are_those_of_the_rows_that_are_trained_on():
    clf = small(epochs=None, batch_size=2, early_stopping=True, n_iter_no_change=float("inf"))
    clf.fit(np.tile(X, (2, 1)), np.tile(Y, 2))
    assert clf.n_iter_ == epochs_of(108, 2)
