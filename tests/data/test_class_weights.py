"""Weights of classes: of each row's label, or of the labels it has and lacks."""

import re
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from sk_mnist_mlp.data.class_weights import apply_class_weights, weigh_classes
from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.data.labels import Labels

DATES = np.array(["2026-01-01", "2026-02-01", "2026-03-01"], "M8[D]")
DATES_OF_PANDAS = DATES.astype("M8[ns]")


def given_weights(class_weight, classes):
    (weights,) = weigh_classes(class_weight, Labels(np.asarray(classes)), None)
    return weights.tolist()


# One label a row

KEYS = {
    "texts of digits": (["0", "1", "2"], ["0", "1", "2"]),
    "texts as objects": (np.array(["0", "1", "2"], object), ["0", "1", "2"]),
    "texts of NumPy": (["ant", "bee", "cat"], list(np.array(["ant", "bee", "cat"]))),
    "integers of NumPy": ([0, 1, 2], list(np.arange(3, dtype="uint8"))),
    "integers for integers of NumPy": (np.arange(3, dtype="uint8"), [0, 1, 2]),
    "floats for integers": ([0, 1, 2], [0.0, 1.0, 2.0]),
    "integers for floats": (np.arange(3, dtype="float32"), [0, 1, 2]),
    "booleans": ([False, True], [False, True]),
    "booleans of NumPy": ([False, True], [np.False_, np.True_]),
    "integers for booleans": ([False, True], [0, 1]),
    "large integers": (np.array([1, 2, 2**64 - 1], "uint64"), [1, 2, 2**64 - 1]),
    "dates": (DATES, list(DATES)),
    "dates of another unit": (DATES_OF_PANDAS, list(DATES)),
    "dates of the standard library": (DATES, DATES.tolist()),
    "dates of pandas": (DATES_OF_PANDAS, list(pd.DatetimeIndex(DATES))),
}


@pytest.mark.parametrize(("classes", "keys"), KEYS.values(), ids=KEYS)
def test_keys_are_labels(classes, keys):
    weights = [1.0, 2.0, 4.0][: len(classes)]
    assert given_weights(dict(zip(keys, weights, strict=True)), classes) == weights


def test_a_class_without_a_key_weighs_one():
    assert given_weights({}, ["ant", "bee", "cat"]) == [1, 1, 1]
    assert given_weights({"cat": 3}, ["ant", "bee", "cat"]) == [1, 1, 3]


def test_keys_may_be_classes_that_a_fold_lacks():
    assert given_weights({"ant": 1, "bee": 2, "cat": 3}, ["ant", "cat"]) == [1, 3]


def test_any_mapping_will_do():
    assert given_weights(MappingProxyType({"ant": 2}), ["ant", "bee"]) == [2, 1]


OTHER_KEYS = {
    "numbers for texts": (["0", "1", "2"], {0: 1, 1: 2, 2: 3}, [0, 1, 2], ["0", "1", "2"]),
    "texts for numbers": ([0, 1], {"0": 1, "1": 2}, ["0", "1"], [0, 1]),
    "texts for booleans": ([False, True], {"True": 2}, ["True"], [False, True]),
    "texts for dates": (DATES[:1], {"2026-01-01": 1}, ["2026-01-01"], DATES[:1].tolist()),
    "a misprint": (["ant", "bee"], {"ant": 1, "bea": 2}, ["bea"], ["bee"]),
}


@pytest.mark.parametrize(
    ("classes", "class_weight", "others", "without"), OTHER_KEYS.values(), ids=OTHER_KEYS
)
def test_keys_of_other_classes_instead_are_refused(classes, class_weight, others, without):
    message = (
        f"class_weight has the keys {others}, which are none of the classes, and none for the "
        f"classes {without}. Its keys must be labels as y has them, of the same type."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        given_weights(class_weight, classes)


def test_a_sequence_is_not_for_single_labels():
    message = (
        "class_weight must be None, 'balanced' or one dict where y has one label a row. Got "
        "[{0: 1}, {1: 2}] instead: a dict for each column is for an indicator matrix."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        given_weights([{0: 1}, {1: 2}], [0, 1])


# An indicator matrix

RNG = np.random.default_rng(0)
INDICATOR = (RNG.random((60, 3)) < [0.5, 0.1, 0.8]).astype(int)
OF_INDICATOR = Labels(np.arange(3), "int64")
OF_COLUMNS = {
    "balanced": "balanced",
    "a dict a column": [{0: 1.0, 1: 2.0}, {0: 0.5, 1: 20.0}, {0: 3, 1: 1}],
    "a column without a key": ({0: 1.0, 1: 2.0}, {}, {1: 4.0}),
    "a weight of zero": [{0: 1.0, 1: 2.0}, {0: 0.0, 1: 1.0}, {0: 0.0, 1: 1.0}],
}


def weights_of_rows(class_weight, indicator=INDICATOR, given=None):
    """What the rows weigh beside the heaviest; 0 for those left out."""
    weights = np.ones(len(indicator)) if given is None else given
    labels = Labels(np.arange(indicator.shape[1]), "int64")
    examples = Examples(np.arange(len(indicator)), labels.encode(indicator, "y"), weights)
    class_weights = weigh_classes(class_weight, labels, examples)
    weighed = apply_class_weights(class_weights, examples, "X")
    of_rows = np.zeros(len(indicator))
    of_rows[slice(None) if weighed.index is None else weighed.index] = weighed.weights
    return of_rows


@pytest.mark.parametrize("class_weight", OF_COLUMNS.values(), ids=OF_COLUMNS)
def test_a_row_weighs_the_product_over_columns_as_scikit_learn_has_it(class_weight):
    expected = compute_sample_weight(
        class_weight if isinstance(class_weight, str) else list(class_weight), INDICATOR
    )
    np.testing.assert_allclose(weights_of_rows(class_weight), expected / expected.max(), rtol=1e-12)


def test_balanced_columns_count_a_weighted_row_as_that_many():
    counts = RNG.integers(1, 4, 60)
    of_repeated = compute_sample_weight("balanced", np.repeat(INDICATOR, counts, axis=0))
    expected = counts * of_repeated[np.cumsum(counts) - 1]
    np.testing.assert_allclose(
        weights_of_rows("balanced", given=counts / counts.max()),
        expected / expected.max(),
        rtol=1e-12,
    )


@pytest.mark.parametrize("value", [0, 1])
def test_a_column_of_one_value_balances_nothing(value):
    constant = INDICATOR.copy()
    constant[:, 1] = value
    np.testing.assert_allclose(
        weights_of_rows("balanced", constant), weights_of_rows("balanced", constant[:, [0, 2]])
    )


def test_many_columns_leave_no_row_out_of_range():
    one_of_each = np.eye(500, dtype=int)
    np.testing.assert_allclose(weights_of_rows("balanced", one_of_each), np.ones(500))


NOT_OF_COLUMNS = {
    "too few": ([{0: 1, 1: 2}] * 2, "2 of them"),
    "none": ((), "0 of them"),
    "one for all": ({0: 1, 1: 2}, "the dict {0: 1, 1: 2}"),
}


@pytest.mark.parametrize(("given", "got"), NOT_OF_COLUMNS.values(), ids=NOT_OF_COLUMNS)
def test_there_is_one_dict_a_column(given, got):
    message = (
        "class_weight must be None, 'balanced' or a sequence of 3 dicts, one for each column, "
        f"where y is an indicator matrix of 3 columns. Got {got} instead: give each column its "
        "own, such as [{0: 1, 1: 2}] * 3."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        weigh_classes(given, OF_INDICATOR, None)


def test_the_keys_of_a_column_are_0_and_1():
    message = r"^class_weight\[1\] has the keys \['b'\], which are none of the classes, and none"
    with pytest.raises(ValueError, match=message):
        weigh_classes([{}, {"b": 2}, {}], OF_INDICATOR, None)
