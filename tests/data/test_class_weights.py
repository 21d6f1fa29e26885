"""Class weights of a dict are looked up by the labels themselves."""

import re
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from sk_mnist_mlp.data.class_weights import weigh_classes
from sk_mnist_mlp.data.labels import Labels

DATES = np.array(["2026-01-01", "2026-02-01", "2026-03-01"], "M8[D]")
DATES_OF_PANDAS = DATES.astype("M8[ns]")


def given_weights(class_weight, classes):
    return weigh_classes(class_weight, Labels(np.asarray(classes)), None).tolist()


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
