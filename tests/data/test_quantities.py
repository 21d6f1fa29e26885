"""Quantities become targets of a common scale, and logits become quantities again."""

import re

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import DataConversionWarning

from sk_mnist_mlp.data.quantities import Quantities, Regression
from sk_mnist_mlp.network.quantity_heads import QUANTITY_HEADS

Y = np.random.default_rng(0).normal(size=50) * 3 + 100
ONES = np.ones(50)
SQUARED = Regression("squared_error", scales=True)
POISSON = Regression("poisson", scales=True)


def found(problem, y, weights=None, known=None):
    weights = np.ones(len(y)) if weights is None else weights
    return problem.targets(problem.check(np.asarray(y), known), weights, known)


def test_targets_have_a_mean_of_zero_and_a_variance_of_one_by_the_weights_of_the_rows():
    weights = np.repeat([0.0, 0.2, 1.0], [10, 20, 20])
    two = np.column_stack([Y, -1e6 * Y])
    targets = found(SQUARED, two, weights).encode(two, "y")
    np.testing.assert_allclose(np.average(targets, axis=0, weights=weights), 0, atol=1e-8)
    np.testing.assert_allclose(np.average(targets**2, axis=0, weights=weights), 1)


def test_quantities_that_are_not_to_be_scaled_are_left_as_they_are():
    quantities = found(Regression("squared_error", scales=False), Y)
    np.testing.assert_array_equal(quantities.encode(Y, "y")[:, 0], Y)
    np.testing.assert_array_equal(quantities.decode(Y[:, None]), Y)


def test_quantities_of_poisson_are_divided_by_their_mean():
    quantities = found(POISSON, Y)
    np.testing.assert_allclose(quantities.encode(Y, "y")[:, 0], Y / Y.mean())
    np.testing.assert_allclose(quantities.decode(np.log(Y / Y.mean())[:, None]), Y)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(50,), (25, 2)])
def test_predictions_have_the_shape_and_dtype_of_the_quantities(shape, dtype):
    y = Y.reshape(shape).astype(dtype)
    quantities = found(SQUARED, y)
    predicted = quantities.decode(quantities.encode(y, "y").astype("float32"))
    assert (predicted.shape, predicted.dtype) == (shape, dtype)
    np.testing.assert_allclose(predicted, y, rtol=1e-3 if dtype == "float16" else 1e-6)


OTHERS = {
    "integers": (Y.astype(int), Y.astype(int)),
    "bools": (Y > 100, Y > 100),
    "objects": (Y.astype(object), Y),
    "long doubles": (Y.astype(np.longdouble), Y),
    "a sparse matrix": (sparse.csr_array(Y.reshape(25, 2)), Y.reshape(25, 2)),
}


@pytest.mark.parametrize(("y", "expected"), OTHERS.values(), ids=OTHERS)
def test_other_numbers_are_taken_as_floats(y, expected):
    checked = SQUARED.check(y, None)
    assert checked.dtype == np.float64
    np.testing.assert_array_equal(checked, expected)


def test_a_column_is_taken_as_one_quantity_with_scikit_learns_warning():
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        checked = SQUARED.check(Y[:, None], None)
    assert checked.shape == (50,)


@pytest.mark.parametrize("constant", [0.0, 0.1, -3.25, 1e6 + 0.1])
def test_a_quantity_that_never_varies_is_predicted_exactly(constant):
    quantities = found(SQUARED, np.full(50, constant))
    np.testing.assert_array_equal(quantities.encode(np.full(3, constant), "y"), np.zeros((3, 1)))
    np.testing.assert_array_equal(quantities.decode(np.ones((3, 1))), np.full(3, constant))


def test_counts_that_are_all_zero_are_predicted_exactly():
    quantities = found(POISSON, np.zeros(50))
    np.testing.assert_array_equal(quantities.decode(np.ones((3, 1))), np.zeros(3))


def test_further_training_keeps_the_scale():
    before = found(SQUARED, Y)
    after = found(SQUARED, 1e3 * Y, known=before)
    assert (after.mean, after.scale) == (before.mean, before.scale)


@pytest.mark.parametrize("row_by_row", [False, True])
def test_a_quantity_that_varies_for_the_first_time_takes_its_scale_then(row_by_row):
    known = found(SQUARED, np.full(50, 7.0))
    later = np.array([9.0]) if row_by_row else np.array([9.0, 5.0])
    after = found(SQUARED, later, known=known)
    assert (after.mean, after.scale) == (7.0, 2.0)


def test_a_network_in_units_of_y_has_the_scale_in_its_last_layer():
    from sk_mnist_mlp.network.weights import Weights

    rng = np.random.default_rng(1)
    weights = Weights((np.ones((2, 3)), rng.normal(size=(3, 1))), (np.zeros(3), rng.normal(size=1)))
    hidden = rng.normal(size=(50, 3))
    for problem in (SQUARED, POISSON):
        quantities = found(problem, Y)
        last = quantities.in_units_of_y(weights)
        logits, in_units = (hidden @ w.kernels[-1] + w.biases[-1] for w in (weights, last))
        predicted = QUANTITY_HEADS[problem.loss].predict(in_units)[:, 0]
        np.testing.assert_allclose(predicted, quantities.decode(logits))


REFUSED = {
    "text": (np.array(["1.5", "low"]), ValueError, r"y must have numbers\. Got str_ in an array"),
    "labels": (np.array(["low", "top"], object), ValueError, r"Got str in .*KerasMLPClassifier"),
    "dates": (np.array(["2026-01-01"], "M8[D]"), ValueError, "Got datetime64 in an array of dtype"),
    "complex numbers": (np.array([1j]), ValueError, "Got complex128 in an array of dtype complex"),
    "None": (np.array([None, 1.0], object), ValueError, "NoneType|NaN"),
    "infinity among objects": (np.array([np.inf, 1.0], object), ValueError, "infinity"),
}


@pytest.mark.parametrize(("y", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_quantity_is_refused(y, error, message):
    with pytest.raises(error, match=message):
        SQUARED.check(y, None)


def test_negative_quantities_are_refused_where_the_loss_is_for_counts():
    quantities = found(POISSON, Y)
    message = (
        "y_val must be >= 0 where loss='poisson'. Got -2 instead: choose another loss, such as "
        "'squared_error'."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        quantities.encode(np.array([1.0, -2.0]), "y_val")


def test_another_number_of_quantities_is_refused():
    with pytest.raises(
        ValueError, match=r"y_val must have 1 quantities a row. Got shape \(25, 2\)"
    ):
        found(SQUARED, Y).encode(Y.reshape(25, 2), "y_val")


@pytest.mark.usefixtures("numpy_errors_ignored")
def test_quantities_whose_variance_is_no_number_are_refused():
    with pytest.raises(ValueError, match=r"y is too large to be scaled: it reaches 1e\+200"):
        found(SQUARED, np.array([1e200, -1e200, 0.0]))


def test_the_head_of_quantities_is_their_loss():
    quantities = Quantities("huber", "float64", True, np.zeros(1), np.ones(1))
    assert (quantities.head, quantities.n_outputs, quantities.attributes) == ("huber", 1, {})
