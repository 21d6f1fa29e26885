"""The same seed gives bitwise the same model, wherever and whenever."""

import keras
import numpy as np
import pytest
from sklearn.base import clone

from tests.small_fits import ALL_OF_IT, X, Y, model_of, small, small_regressor

SYSTEMS = {
    "plain": {},
    "batch norm and dropout": {"batch_norm": True, "dropout": 0.5, "init_stddev": "he"},
    "float32": {"dtype": "float32", "dropout": 0.2},
    "compiled by XLA": {"batch_size": 2, "batch_norm": True, "dropout": 0.5},
    "all of it": ALL_OF_IT,
    "all of it by XLA": ALL_OF_IT | {"batch_size": 2},
    "regression": {"loss": "huber", "dropout": 0.2},
}


def fit(**changes):
    make = small_regressor if "loss" in changes else small
    return make(**changes).fit(X, Y)


@pytest.mark.parametrize("changes", SYSTEMS.values(), ids=SYSTEMS)
def test_a_fit_repeats_itself(changes):
    clf = fit(**changes)
    first = model_of(clf)
    assert model_of(clf.fit(X, Y)) == first
    assert model_of(clone(clf).fit(X, Y)) == first


@pytest.mark.parametrize("name", ["random_state", "learning_rate", "batch_size"])
def test_another_value_gives_another_model(name):
    assert model_of(fit(**{name: 5})) != model_of(fit())


def test_a_RandomState_is_drawn_from_at_each_fit():
    clf = small(random_state=np.random.RandomState(7))
    first, second = (model_of(clf.fit(X, Y)) for _ in range(2))
    again = small(random_state=np.random.RandomState(7))
    assert first != second
    assert [model_of(again.fit(X, Y)) for _ in range(2)] == [first, second]


def test_a_RandomState_gives_what_its_seed_gives():
    assert model_of(fit(random_state=np.random.RandomState(7))) == model_of(fit(random_state=7))


def test_without_random_state_numpys_global_seed_counts_as_in_scikit_learn():
    state = np.random.get_state()
    try:
        np.random.seed(7)
        first, second = (model_of(fit(random_state=None)) for _ in range(2))
    finally:
        np.random.set_state(state)
    assert first == model_of(fit(random_state=7))
    assert first != second


def test_initial_weights_do_not_depend_on_epochs_batches_or_optimizer():
    changed = fit(epochs=1, batch_size=64, optimizer=keras.optimizers.SGD(0.5))
    for a, b in zip(
        fit().initial_weights().kernels, changed.initial_weights().kernels, strict=True
    ):
        np.testing.assert_array_equal(a, b)
