"""Values of parameters become JSON and come back exactly; anything else is refused."""

import json
from collections import OrderedDict
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sk_mnist_mlp.model_files.values import KINDS, NUMBER_DTYPES, SAVED_VALUES, decode, encode
from tests.same_estimators import assert_same

VALUES = {
    "None": None,
    "bool": True,
    "int": -(2**70),
    "float": 0.1,
    "smallest float": 5e-324,
    "negative zero": -0.0,
    "infinity": float("-inf"),
    "text": 'ü\n\0"\ud800',
    "tuple": (512, 128),
    "empty tuple": (),
    "list": [1, [2.0, (None, "he")]],
    "range": range(512, 64, -64),
    "dict": {"a": 1.0, "b": 2},
    "keys of other kinds": {1: 1, (2, "b"): 2, None: 3, np.int64(4): 4, np.str_("c"): 5, 2.5: 6},
    "text scalar": np.str_("relu"),
    "array": np.array([512, 128]),
    "array of two dimensions": np.array([[0.1, np.inf], [-0.0, 2]], "f4"),
    "array of none": np.array([], "f2"),
    "array of text": np.array(["he", "glorot"]),
    "array of objects": np.array([0.1, "he", None, (1,)], object),
    "scalar array": np.array(3),
} | {name: np.dtype(name).type(1) for name in NUMBER_DTYPES}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_comes_back(value):
    there_and_back = decode(json.loads(json.dumps(encode(value), allow_nan=False)))
    assert_same(there_and_back, value)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
        lambda values: st.one_of(
            st.lists(values),
            st.lists(values).map(tuple),
            st.dictionaries(st.one_of(st.text(), st.integers()), values),
        ),
    )
)
def test_any_plain_value_comes_back(value):
    assert_same(decode(json.loads(json.dumps(encode(value), allow_nan=False))), value)


def test_a_mapping_comes_back_as_the_equal_dict():
    assert decode(encode(OrderedDict(a=1))) == {"a": 1}
    assert decode(encode(MappingProxyType({"a": 1}))) == {"a": 1}


def test_a_path_comes_back_as_one():
    back = decode(json.loads(json.dumps(encode(Path("some") / "fits"))))
    assert back == Path("some/fits")
    assert isinstance(back, Path)


@pytest.mark.parametrize("drawn", [0, 1, 623, 1000])
def test_a_random_state_comes_back_with_where_it_stands(drawn):
    random_state = np.random.RandomState(3)
    random_state.standard_normal(drawn + 1)  # an odd number keeps one for the next call
    back = decode(json.loads(json.dumps(encode(random_state))))
    assert_same(back.standard_normal(1000), random_state.standard_normal(1000))


def test_a_value_that_json_cannot_hold_is_told_by_its_keys():
    assert len({kind.keys for kind in KINDS}) == len(KINDS)
    assert all(list(kind.keys) == sorted(kind.keys) for kind in KINDS)


@pytest.mark.parametrize(
    "value",
    [{1}, b"relu", 1j, Fraction(1, 3), object(), np.longdouble(1), np.datetime64("2020-01-01")],
    ids=lambda value: type(value).__name__,
)
def test_other_values_are_refused(value):
    with pytest.raises(ValueError) as caught:
        encode([value])
    assert str(caught.value) == (
        f"{value!r} is of type {type(value).__name__}; expected {SAVED_VALUES}. Give one of "
        "these, or keep the model with pickle."
    )


STATE = encode(np.random.RandomState(0))["random_state"]
FORGED = {
    "unknown keys": {"code": "import os"},
    "keys of two kinds": {"tuple": [], "range": [0, 1, 1]},
    "no keys": {},
    "float": {"float": "0.5"},
    "float of no text": {"float": [1]},
    "tuple": {"tuple": "abc"},
    "range": {"range": [0, 1]},
    "range of floats": {"range": [0, 1.0, 1]},
    "range without a step": {"range": [0, 1, 0]},
    "dict": {"dict": {"a": 1}},
    "pair": {"dict": [["a"]]},
    "pair of text": {"dict": ["ab"]},
    "key": {"dict": [[[1], 1]]},
    "key twice": {"dict": [[1, 1], [1, 2]]},
    "scalar of objects": {"scalar": 1, "dtype": "object"},
    "unknown dtype": {"scalar": 1, "dtype": "float128"},
    "dtype of no text": {"scalar": 1, "dtype": ["int8"]},
    "other type": {"scalar": "1", "dtype": "int8"},
    "too large": {"scalar": 300, "dtype": "int8"},
    "negative": {"scalar": -1, "dtype": "uint8"},
    "inexact": {"scalar": 0.1, "dtype": "float32"},
    "overflow": {"scalar": 1e9, "dtype": "float16"},
    "shape": {"array": [1, 2], "dtype": "int64", "shape": [3]},
    "open shape": {"array": [1, 2], "dtype": "int64", "shape": [-1]},
    "shape of no list": {"array": [1, 2], "dtype": "int64", "shape": 2},
    "endless text": {"array": ["a" * 2000, *"ab" * 500], "dtype": "str", "shape": [1001]},
    "random state": {"random_state": STATE[:3]},
    "position behind the words": {"random_state": [STATE[0], 625, 0, 0.0]},
    "negative position": {"random_state": [STATE[0], -1, 0, 0.0]},
    "too few words": {"random_state": [STATE[0][1:], 0, 0, 0.0]},
    "word too large": {"random_state": [[*STATE[0][1:], 2**32], 0, 0, 0.0]},
    "gauss": {"random_state": [STATE[0], 0, 0, "0"]},
}


@pytest.mark.parametrize("value", FORGED.values(), ids=FORGED)
def test_what_encode_does_not_give_is_refused(value):
    with pytest.raises(ValueError):
        decode([value])
