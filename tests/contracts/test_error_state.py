"""Whether NumPy ignores, warns of or raises floating-point errors changes nothing."""

import numpy as np
import pytest

from sk_mnist_mlp.network.activations import ACTIVATIONS
from sk_mnist_mlp.network.initial_weights import draw_initial_weights
from sk_mnist_mlp.network.spec import NetworkSpec
from tests.extremes import METHODS, TARGETS, extreme_rows, fitted_with
from tests.small_fits import Y_BINARY, X, Y, model_of, small, small_regressor

STATES = ["warn", "raise"]


def outcome(function, *args):
    """What a call returns, or what it says."""
    try:
        return function(*args)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_predictions_from_extreme_rows_are_the_same(activation, kind, dtype):
    clf = fitted_with(activation, kind, dtype)
    for row in extreme_rows(dtype):
        for method in METHODS:
            found = []
            for state in ("ignore", *STATES):
                with np.errstate(all=state):
                    found.append(outcome(getattr(clf, method), [row]))
            np.testing.assert_array_equal(found[0], found[1])
            np.testing.assert_array_equal(found[0], found[2])


@pytest.mark.parametrize("state", STATES)
def test_sums_of_inputs_may_overflow(state):
    clf = fitted_with("tanh", "softmax", "float64")
    rows = np.tile([1e308, -1e308], (40, 3))[:, : X.shape[1]]
    with np.errstate(all=state):
        outcome(clf.predict, rows)


FITS = {
    "tiny inputs": ({}, X * 1e-310, Y),
    "inputs of every size": ({}, X * 10.0 ** -np.arange(len(X))[:, None], Y),
    "a tiny stddev": ({"init_stddev": 1e-300}, X, Y),
    "probabilities of zero": ({"init_stddev": 1e4}, X, Y),
    "probabilities of zero for two classes": ({"init_stddev": 1e4}, X, Y_BINARY),
    "a tiny learning rate": ({"learning_rate": 1e-300}, X, Y),
    "a tiny rate of dropout": ({"dropout": 1e-300}, X, Y),
    "tiny class weights": ({"class_weight": {0: 1.0, 1: 1e-300, 2: 1e-300}}, X, Y),
    "early stopping": ({"early_stopping": True}, X * 1e-310, Y),
    "tiny quantities": ({"loss": "squared_error"}, X, Y * 1e-310),
    "huge quantities": ({"loss": "huber"}, X, Y * 1e150),
    "counts that are all zero": ({"loss": "poisson"}, X, 0.0 * Y),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("parameters", "rows", "labels"), FITS.values(), ids=FITS)
def test_fits_are_the_same(parameters, rows, labels, dtype):
    weights = 10.0 ** -np.arange(0, 300, 5)
    validation = {"X_val": rows, "y_val": labels, "sample_weight_val": weights}
    models, histories = [], []
    for state in ("ignore", *STATES):
        with np.errstate(all=state):
            make = small_regressor if "loss" in parameters else small
            clf = make(dtype=dtype, **parameters).fit(rows, labels, weights, **validation)
            clf.initial_weights()
            clf.partial_fit(rows, labels, sample_weight=weights)
            clf.predict(rows)
        models.append(model_of(clf))
        histories.append(clf.history_)
    assert models[0] == models[1] == models[2]
    assert histories[0] == histories[1] == histories[2]


@pytest.mark.parametrize("state", STATES)
def test_initial_weights_may_round_to_zero(state):
    spec = NetworkSpec(5, (4,), 3, "softmax")
    with np.errstate(all=state):
        weights = draw_initial_weights(
            spec, (1e-300, None), np.random.default_rng(0), np.dtype("float32")
        )
    assert not weights.kernels[0].any()
