"""Whatever is legal trains and predicts; whatever is not is refused before training."""

import pickle
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from sk_mnist_mlp import KerasMLPClassifier, KerasMLPRegressor
from sk_mnist_mlp.parameters.table import DOMAINS
from sk_mnist_mlp.training.optimizers import optimizer_names
from tests.small_fits import model_of

KINDS_OF_LABELS = {
    "ints": np.array([0, 1, 2, 3]),
    "scattered ints": np.array([-1000, 0, 7, 10**12]),
    "bytes of a kind": np.array([0, 1, 200, 255], np.uint8),
    "floats": np.array([-1.0, 0.0, 1.0, 2.0]),
    "words": np.array(["", "ant", "bee", "Ünïcode"]),
    "objects": np.array(["a", "b", "c", "d"], object),
    "bools": np.array([False, True]),
}

CONTAINERS = {
    "array": np.asarray,
    "list": lambda array: array.tolist(),
    "DataFrame": lambda array: pd.DataFrame(array).add_prefix("x"),
    "Fortran order": np.asfortranarray,
    "strided": lambda array: np.repeat(array, 2, axis=0)[::2],
}


@dataclass(frozen=True)
class Data:
    X: Any
    y: Any
    sample_weight: Any
    classes: np.ndarray


@st.composite
def data(draw):
    n_rows = draw(st.sampled_from([2, 7, 16, 33]))
    n_features = draw(st.sampled_from([1, 5]))
    rng = np.random.default_rng(draw(st.integers(0, 100)))
    dtype = draw(st.sampled_from(["float64", "float32", "float16", "int64", "uint8", "bool"]))
    X = rng.uniform(0, 3, (n_rows, n_features)).astype(dtype)
    labels = KINDS_OF_LABELS[draw(st.sampled_from(sorted(KINDS_OF_LABELS)))]
    n_classes = draw(st.integers(2, min(n_rows, len(labels))))
    numbers = np.arange(n_rows) % n_classes
    kind = draw(st.sampled_from(["none", "number", "positive", "some zero"]))
    weights = {
        "none": None,
        "number": float(rng.uniform(0.1, 9)),
        "positive": 10.0 ** rng.uniform(-9, 9, n_rows),
        # The first row of each class keeps its weight.
        "some zero": np.where(np.arange(n_rows) < n_classes, 1, rng.integers(0, 3, n_rows)),
    }[kind]
    contain = CONTAINERS[draw(st.sampled_from(sorted(CONTAINERS)))]
    return Data(contain(X), labels[numbers], weights, labels[:n_classes])


def one_or_each(values, n_layers):
    return st.one_of(values, st.lists(values, min_size=n_layers, max_size=n_layers))


STDDEVS = st.sampled_from([None, 0.1, "he", "lecun", "glorot"])


@st.composite
def parameters(draw):
    widths, depth = draw(st.sampled_from([((), None), ((4,), None), (4, 2), (np.int64(4), None)]))
    n_layers = len(widths) if isinstance(widths, tuple) else depth or 1
    return {
        "widths": widths,
        "depth": depth,
        "activation": draw(st.sampled_from(["relu", "tanh"])),
        "init_stddev": draw(one_or_each(STDDEVS, n_layers)),
        "batch_norm": draw(st.sampled_from([False, True, "before"])),
        "dropout": draw(one_or_each(st.floats(0, 0.9), n_layers)),
        "optimizer": draw(st.sampled_from(["adam", "SGD"])),
        "learning_rate": draw(st.one_of(st.none(), st.floats(1e-9, 0.1))),
        "epochs": draw(st.integers(1, 3)),
        "batch_size": draw(st.sampled_from([16, 10**9])),
        "dtype": draw(st.sampled_from(["auto", "float32", "float64"])),
        "random_state": draw(st.integers(0, 2**32 - 1)),
    }


@given(parameters=parameters(), data=data())
def test_a_legal_case_trains_predicts_and_pickles(parameters, data):
    clf = KerasMLPClassifier(**parameters).fit(data.X, data.y, data.sample_weight)
    np.testing.assert_array_equal(clf.classes_, data.classes)
    assert clf.classes_.dtype == data.classes.dtype

    proba, predictions = clf.predict_proba(data.X), clf.predict(data.X)
    assert proba.shape == (len(data.y), len(data.classes))
    assert ((proba >= 0) & (proba <= 1)).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-6)
    assert np.isin(predictions, data.classes).all()
    assert predictions.dtype == data.classes.dtype
    assert np.isfinite(clf.loss_curve_).all()

    again = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(again.predict_proba(data.X), proba)
    repeated = clone(clf).fit(data.X, data.y, data.sample_weight)
    assert model_of(repeated) == model_of(clf)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(max_size=8),
    st.binary(max_size=4),
    st.sampled_from([np.float32(0.5), np.int8(-3), np.bool_(True), np.str_("relu")]),
)
ANYTHING = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=4),
    st.lists(SCALARS, max_size=4).map(tuple),
    st.lists(st.floats(), max_size=4).map(np.array),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from([np.zeros((2, 2)), object(), {1, 2}, range(3), iter(()), Ellipsis]),
)


@st.composite
def illegal_parameter(draw):
    name = draw(st.sampled_from([name for name in DOMAINS if name != "optimizer"]))
    return name, draw(ANYTHING.filter(lambda value: not DOMAINS[name].contains(value)))


def refused(clf, X, y, **arguments):
    """The error with which `fit` refuses, before there is a training program."""
    with (
        patch("sk_mnist_mlp.training.trainer.program_for", side_effect=AssertionError),
        pytest.raises((ValueError, TypeError)) as caught,
    ):
        clf.fit(X, y, **arguments)
    return str(caught.value)


@settings(max_examples=150)
@given(illegal=illegal_parameter())
def test_an_illegal_parameter_is_refused_by_name(illegal):
    name, value = illegal
    has_it = hasattr(KerasMLPClassifier(), name)
    estimator = KerasMLPClassifier if has_it else KerasMLPRegressor
    message = refused(estimator(**{name: value}), [[1.0], [2.0]], [0, 1])
    assert message.startswith(f"The {name!r} parameter of {estimator.__name__} must be ")
    assert f"Got {value!r} instead." in message


@settings(max_examples=50)
@given(
    optimizer=st.one_of(SCALARS, st.text("adamsgd", max_size=8)).filter(
        lambda value: not isinstance(value, str) or value.lower() not in optimizer_names()
    )
)
def test_an_illegal_optimizer_is_refused_by_name(optimizer):
    message = refused(KerasMLPClassifier(optimizer=optimizer), [[1.0], [2.0]], [0, 1])
    assert message.startswith("The 'optimizer' parameter")


@given(parameters=parameters(), name=st.sampled_from(["init_stddev", "dropout"]), extra=st.data())
def test_a_sequence_of_another_length_than_the_layers_is_refused(parameters, name, extra):
    widths, depth = parameters["widths"], parameters["depth"]
    n_layers = len(widths) if isinstance(widths, tuple) else depth or 1
    allowed = {"init_stddev": {n_layers, n_layers + 1}, "dropout": {n_layers}}[name]
    length = extra.draw(st.integers(0, 6).filter(lambda length: length not in allowed))
    clf = KerasMLPClassifier(**{**parameters, name: [0.5] * length})
    message = refused(clf, [[1.0], [2.0]], [0, 1])
    assert message.startswith(f"The {name!r} parameter of KerasMLPClassifier must be of length")


def spoil(array, value, place):
    spoilt = np.array(array, np.result_type(array, type(value)))
    spoilt.flat[place % spoilt.size] = value
    return spoilt


SPOILT = {
    "NaN in X": lambda X, y, place: {"X": spoil(X, np.nan, place)},
    "infinity in X": lambda X, y, place: {"X": spoil(X, -np.inf, place)},
    "X of one dimension": lambda X, y, place: {"X": X[:, 0]},
    "X of four dimensions": lambda X, y, place: {"X": X[None, None]},
    "X shorter": lambda X, y, place: {"X": X[:-1]},
    "y longer": lambda X, y, place: {"y": np.append(y, y[:1])},
    "y of two columns": lambda X, y, place: {"y": np.column_stack([y, y]).astype(str)},
    "one class": lambda X, y, place: {"y": np.full(len(y), y[0])},
    "weights shorter": lambda X, y, place: {"sample_weight": np.ones(len(y) - 1)},
    "negative weight": lambda X, y, place: {"sample_weight": spoil(np.ones(len(y)), -1.0, place)},
    "NaN in weights": lambda X, y, place: {"sample_weight": spoil(np.ones(len(y)), np.nan, place)},
    "zero weights": lambda X, y, place: {"sample_weight": np.zeros(len(y))},
    "X_val alone": lambda X, y, place: {"X_val": X},
    "columns of X_val": lambda X, y, place: {"X_val": np.hstack([X, X]), "y_val": y},
    "unseen label": lambda X, y, place: {"X_val": X, "y_val": np.append(y[:-1], "unseen")},
}


@settings(max_examples=75)
@given(
    parameters=parameters(),
    data=data(),
    spoilt=st.sampled_from(sorted(SPOILT)),
    place=st.integers(0, 1000),
)
def test_bad_data_are_refused(parameters, data, spoilt, place):
    X = np.asarray(data.X)
    arguments = {"X": X, "y": data.y, **SPOILT[spoilt](X, data.y, place)}
    clf = KerasMLPClassifier(**parameters)
    refused(clf, **arguments)
    assert vars(clf) == vars(KerasMLPClassifier(**parameters))
