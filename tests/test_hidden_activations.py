"""What hidden layers give: what the next layer of the same network in Keras is given."""

import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.exceptions import NotFittedError

from sk_mnist_mlp.network.inference import ROW_BY_ROW
from tests.small_fits import ALL_OF_IT, X, Y, small

pytestmark = pytest.mark.usefixtures("in_float64")

WIDTHS = (7, 4, 3)
KINDS = {
    "plain": {},
    "batch norm after": {"batch_norm": "after"},
    "batch norm before": {"batch_norm": "before"},
    "dropout": {"dropout": 0.5, "input_dropout": 0.2},
    "softmax layers": {"activation": ("softmax", "tanh", "softmax")},
    "a callable": {"activation": keras.ops.sin},
    "all of it": ALL_OF_IT | {"activation": ("tanh", "relu", "gelu")},
}


def fitted(**parameters):
    return small(widths=WIDTHS, **parameters).fit(X, Y)


def inputs_of_dense_layers(model):
    """What each layer's kernel is multiplied with, the first one's left out."""
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    return keras.Model(model.inputs[0], [layer.input for layer in dense[1:]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("parameters", KINDS.values(), ids=KINDS)
def test_they_are_what_the_next_layer_of_keras_is_given(parameters, dtype):
    clf = fitted(dtype=dtype, **parameters)
    given = inputs_of_dense_layers(clf.to_keras())(X.astype(dtype), training=False)
    for layer, (width, expected) in enumerate(zip(WIDTHS, given, strict=True)):
        found = clf.hidden_activations(X, layer)
        assert found.shape == (len(X), width)
        assert found.dtype == dtype
        np.testing.assert_allclose(
            found, keras.ops.convert_to_numpy(expected), rtol=1e-5, atol=2e-6
        )


@pytest.mark.parametrize("batch_norm", [False, "after", "before"])
def test_the_output_layer_makes_the_logits_of_the_last_ones(batch_norm):
    clf = fitted(batch_norm=batch_norm)
    logits = clf.hidden_activations(X) @ clf.coefs_[-1] + clf.intercepts_[-1]
    np.testing.assert_allclose(logits, clf.decision_function(X), rtol=1e-12, atol=1e-12)


def test_layers_are_counted_as_python_counts():
    clf = fitted()
    for layer in range(3):
        np.testing.assert_array_equal(
            clf.hidden_activations(X, layer - 3), clf.hidden_activations(X, np.int64(layer))
        )
    np.testing.assert_array_equal(clf.hidden_activations(X), clf.hidden_activations(X, 2))


NO_SUCH_LAYER = (
    "layer must be an int from -3 to 2, as the network has 3 hidden layers: 0 is the first, -1 the "
    "last. Got {} instead."
)


@pytest.mark.parametrize("layer", [3, -4, 1.0, True, "last", None, [0]])
def test_a_layer_that_does_not_exist_is_refused(layer):
    with pytest.raises(ValueError) as caught:
        fitted().hidden_activations(X, layer)
    assert str(caught.value) == NO_SUCH_LAYER.format(repr(layer))


def test_of_one_layer_the_message_says_so():
    with pytest.raises(ValueError, match="from -1 to 0, as the network has 1 hidden layer: 0 is"):
        small().fit(X, Y).hidden_activations(X, 1)


def test_a_network_without_hidden_layers_has_none():
    message = "no hidden layer, .* fit with one, such as widths=\\(64,\\)"
    with pytest.raises(ValueError, match=message):
        small(widths=()).fit(X, Y).hidden_activations(X)


def test_an_estimator_that_is_not_fitted_is_refused():
    with pytest.raises(NotFittedError):
        small().hidden_activations(X)


ILLEGAL = {
    "other columns": (X[:, :2], "X has 2 features, but KerasMLPClassifier is expecting 5 features"),
    "one row as a vector": (X[0], "Expected 2D array, got 1D array instead"),
    "NaN": (np.full((1, 5), np.nan), "Input X contains NaN"),
    "beyond the range": (np.full((1, 5), 1e300), "too large for dtype\\('float32'\\)"),
}


@pytest.mark.parametrize(("rows", "message"), ILLEGAL.values(), ids=ILLEGAL)
def test_illegal_rows_are_refused_as_in_predict(rows, message):
    clf = fitted(dtype="float32")
    for method in (clf.predict, clf.hidden_activations):
        with pytest.raises(ValueError, match=message):
            method(rows)


def test_columns_in_another_order_are_refused():
    frame = pd.DataFrame(X, columns=list("abcde"))
    clf = small().fit(frame, Y)
    assert clf.hidden_activations(frame).shape == (60, 4)
    with pytest.raises(ValueError, match="feature names should match"):
        clf.hidden_activations(frame[list("edcba")])


def test_sparse_rows_give_the_same():
    clf = fitted()
    np.testing.assert_array_equal(
        clf.hidden_activations(scipy.sparse.csr_array(X), 1), clf.hidden_activations(X, 1)
    )


def test_a_few_rows_each_give_what_they_give_alone():
    clf, rows = fitted(), X[:ROW_BY_ROW]
    alone = [clf.hidden_activations(row[None]) for row in rows]
    np.testing.assert_array_equal(clf.hidden_activations(rows), np.vstack(alone))


def network_of(activation, kernel):
    """A fitted network whose first layer has one value in its kernel, and no bias."""
    clf = small(widths=(4, 2), activation=activation, dtype="float32").fit(X, Y)
    clf.coefs_[0][:] = kernel
    clf.intercepts_[0][:] = 0
    return clf


@pytest.mark.parametrize("state", ["ignore", "raise"])
def test_an_infinite_activation_is_the_largest_number(state):
    clf = network_of("exponential", 1e6)
    with np.errstate(all=state):
        found = clf.hidden_activations(np.ones((2, 5)), 0)
    np.testing.assert_array_equal(found, np.full((2, 4), np.finfo("float32").max))


def test_rows_without_a_number_are_refused():
    clf = network_of("silu", 3e38)  # minus infinity times a sigmoid of 0
    with pytest.raises(ValueError, match=r"no number for 1 of the 2 rows of X, .* them row 1:"):
        clf.hidden_activations(np.array([[1.0], [-1.0]]) * np.ones(5), 0)
