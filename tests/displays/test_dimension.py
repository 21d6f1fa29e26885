from functools import partial

import keras
import numpy as np
import pytest

from sk_mnist_mlp.displays.dimension import CATEGORY, FEW, dimension, label_of, varies

NAN = float("nan")

PLACES = {
    "numbers on a linear scale": ([0.0, 0.5, 1.0, 0.25], [0, 0.5, 1, 0.25]),
    "numbers on a log scale": ([0.001, 0.01, 0.1], [0, 0.5, 1]),
    "powers of two": ([16, 32, 64, 128], [0, 1 / 3, 2 / 3, 1]),
    "one number": ([3, 3], [0, 0]),
    "names in order": (["tanh", "relu", "sigmoid"], [1, 0, 0.5]),
    "one name": (["relu", "relu"], [0.5, 0.5]),
    "bools": ([True, False], [1, 0]),
    "tuples in order": ([(64, 32), (8,)], [1, 0]),
    "None before names": ([None, "cosine", "linear"], [0, 0.5, 1]),
    "None below numbers": ([None, 1.0, 2.0], [0, CATEGORY, 1]),
    "a parameter that is not set": ([NAN, 1.0, 2.0], [0, CATEGORY, 1]),
    "names below numbers": (["he", None, 1.0, 2.0], [CATEGORY, 0, 2 * CATEGORY, 1]),
    "NumPy's numbers": ([np.float32(0.0), np.int64(4), np.True_], [CATEGORY, 1, 0]),
}


@pytest.mark.parametrize(("values", "positions"), PLACES.values(), ids=PLACES)
def test_values_have_places_between_0_and_1(values, positions):
    assert dimension("name", values).positions == pytest.approx(positions)


@pytest.mark.parametrize("values", [values for values, _ in PLACES.values()], ids=PLACES)
def test_the_tick_of_a_value_is_where_it_lies(values):
    one = dimension("name", values)
    for value, position in zip(values, one.positions, strict=True):
        assert one.ticks[one.labels.index(label_of(value))] == pytest.approx(position)


@pytest.mark.parametrize(
    "numbers", [np.linspace(-3, 17, 50), np.geomspace(3e-4, 1e-2, 50), np.arange(20)]
)
def test_many_numbers_have_few_round_ticks_in_order(numbers):
    one = dimension("name", numbers.tolist())
    assert 2 <= len(one.ticks) <= FEW
    assert all(0 <= tick <= 1 for tick in one.ticks)
    assert np.all(np.diff(one.ticks) > 0)
    assert np.all(np.diff([float(label) for label in one.labels]) > 0)


LABELS = {
    "None": None,
    "not set": NAN,
    "0.000123": 0.000123,
    "1e+06": 1_000_000,
    "64": np.int64(64),
    "True": True,
    "relu": "relu",
    "(64, 32)": (64, 32),
    "relu_of_keras": type("relu_of_keras", (), {}),
    "inf": float("inf"),
}


@pytest.mark.parametrize(("label", "value"), LABELS.items(), ids=LABELS)
def test_a_label_is_short_and_its_value_s_own(label, value):
    assert label_of(value) == label


def test_long_labels_are_cut():
    assert label_of("a_name_of_many_letters") == "a_name_of_many_..."
    assert len(label_of(partial(print, sep=", "))) <= 18


def test_an_optimizer_is_labelled_by_its_class():
    assert label_of(keras.optimizers.Adam()) == "Adam"


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, 1], False), ([1, 2], True), ([None, NAN], True), ([[1], [1]], False)],
)
def test_values_vary_or_not(values, expected):
    assert varies(values) is expected


def test_ties_are_spread_side_by_side_and_others_stay():
    one = dimension("name", ["a", "b", "a", "a"])
    assert one.spread(0.2).tolist() == pytest.approx([0.1, 1.0, 0.0, -0.1])


def test_jittered_ties_lie_on_each_other_nowhere():
    one = dimension("name", ["a", "b", "a", "a"])
    places = one.jittered(0.2)
    assert len(set(places)) == 4
    assert places[1] == 1.0
    assert np.abs(places - one.positions).max() <= 0.1
