"""What follows from logits: probabilities and their logarithms, losses, and what is right."""

import keras
import numpy as np
import pytest
import scipy.special
from keras import ops

from sk_mnist_mlp.network.class_heads import CLASS_HEADS
from sk_mnist_mlp.network.spec import NetworkSpec

pytestmark = pytest.mark.usefixtures("numpy_errors_ignored", "in_float64")

DTYPES = ["float32", "float64"]

SOFTMAX = NetworkSpec(4, (), 3, "softmax")
BINARY = NetworkSpec(4, (), 1, "sigmoid")
MULTILABEL = NetworkSpec(4, (), 3, "sigmoids")


def probabilities(spec, logits):
    return CLASS_HEADS[spec.head].probabilities(logits)


def log_probabilities(spec, logits):
    return CLASS_HEADS[spec.head].log_probabilities(logits)


def losses(spec, logits, targets):
    return CLASS_HEADS[spec.head].losses(logits, targets, {})


def correct(spec, logits, targets):
    return CLASS_HEADS[spec.head].measures(logits, targets)[:, 0]


def random_logits(spec, dtype):
    return (np.random.default_rng(3).normal(size=(50, spec.n_outputs)) * 5).astype(dtype)


def extreme_logits(spec, dtype):
    largest = np.finfo(dtype).max
    extremes = np.array([-largest, -1e4, -100.0, -0.0, 0.0, 100.0, 1e4, largest], dtype)
    return np.random.default_rng(4).choice(extremes, (200, spec.n_outputs))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spec", [SOFTMAX, BINARY, MULTILABEL])
@pytest.mark.parametrize("function", [probabilities, log_probabilities])
def test_probabilities_have_the_dtype_of_the_logits_and_leave_these_alone(function, spec, dtype):
    given = random_logits(spec, dtype)
    before = given.copy()
    assert function(spec, given).dtype == dtype
    np.testing.assert_array_equal(given, before)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spec", [SOFTMAX, BINARY])
def test_probabilities_of_classes_sum_to_one(spec, dtype):
    for given in (random_logits(spec, dtype), extreme_logits(spec, dtype)):
        np.testing.assert_allclose(probabilities(spec, given).sum(axis=1), 1.0, rtol=1e-6)


def test_softmax_outputs_have_softmax_probabilities():
    given = random_logits(SOFTMAX, "float64")
    np.testing.assert_allclose(
        probabilities(SOFTMAX, given), scipy.special.softmax(given, axis=1), rtol=1e-13
    )


def test_one_output_gives_both_classes_to_full_precision():
    given = np.array([[-700.0], [-40.0], [-1e-3], [0.0], [1.0], [40.0], [700.0]])
    p, q = scipy.special.expit(given), scipy.special.expit(-given)
    np.testing.assert_allclose(probabilities(BINARY, given), np.hstack([q, p]), rtol=1e-14)


@pytest.mark.parametrize("dtype", DTYPES)
def test_one_output_has_a_probability_that_is_monotone_in_the_logit(dtype):
    bits = np.dtype(dtype).str.replace("f", "i")
    centres = np.array([1e-20, 1e-9, 1e-3, 0.5, 3.0, 16.0, 36.0, 87.0, 700.0], dtype)
    neighbours = (centres.view(bits)[:, None] + np.arange(1000)).view(dtype).ravel()
    given = np.sort(np.concatenate([-neighbours, neighbours]))
    steps = np.diff(probabilities(BINARY, given[:, None]), axis=0)
    assert (steps[:, 0] <= 0).all()
    assert (steps[:, 1] >= 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_probabilities_of_labels_lie_strictly_between_0_and_1(dtype):
    result = probabilities(MULTILABEL, extreme_logits(MULTILABEL, dtype))
    assert (result > 0).all()
    assert (result < 1).all()


def test_probabilities_of_labels_are_sigmoids():
    given = random_logits(MULTILABEL, "float64")
    np.testing.assert_allclose(
        probabilities(MULTILABEL, given), scipy.special.expit(given), rtol=1e-14
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spec", [SOFTMAX, BINARY, MULTILABEL])
def test_log_probabilities_are_the_logarithms_of_probabilities(spec, dtype):
    given = random_logits(spec, dtype)
    exact = np.log(probabilities(spec, given.astype(np.float64)))
    tolerance = 4 * np.finfo(dtype).eps
    np.testing.assert_allclose(
        log_probabilities(spec, given), exact, rtol=tolerance, atol=4 * np.finfo(np.float64).eps
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("spec", [SOFTMAX, BINARY, MULTILABEL])
def test_log_probabilities_are_finite_where_the_logits_are(spec, dtype):
    assert np.isfinite(log_probabilities(spec, extreme_logits(spec, dtype))).all()


def random_targets(spec):
    rng = np.random.default_rng(5)
    return rng.integers(0, 3, 50) if spec is SOFTMAX else rng.integers(0, 2, (50, spec.n_outputs))


@pytest.mark.parametrize("spec", [SOFTMAX, BINARY, MULTILABEL])
def test_losses_are_those_of_keras(spec):
    given, targets = random_logits(spec, "float64"), random_targets(spec)
    if spec.head == "softmax":
        expected = ops.sparse_categorical_crossentropy(targets, given, from_logits=True)
    else:  # of each output: on JAX, Keras' mean is one of float32
        expected = ops.binary_crossentropy(targets.astype(float), given, from_logits=True)
    expected = ops.convert_to_numpy(expected).reshape(len(given), -1).mean(axis=1)
    result = losses(spec, given, targets)
    np.testing.assert_allclose(result, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(losses(spec, given.astype(np.float32), targets), result, rtol=1e-5)


@pytest.mark.parametrize(
    ("spec", "given", "target", "loss"),
    [
        (SOFTMAX, [1e4, 0.0, -1e4], 2, 2e4),
        (SOFTMAX, [1e4, 0.0, -1e4], 0, 0.0),
        (BINARY, [1e4], [0], 1e4),
        (BINARY, [-1e4], [0], 0.0),
        (BINARY, [40.0], [1], np.exp(-40.0)),
        (MULTILABEL, [1e4, -1e4, 1e4], [0, 1, 1], 2e4 / 3),
    ],
)
def test_losses_of_extreme_logits_are_exact(spec, given, target, loss):
    result = losses(spec, np.array([given], np.float32), np.array([target]))
    np.testing.assert_allclose(result, [loss], rtol=1e-14)


@pytest.mark.parametrize("spec", [SOFTMAX, BINARY, MULTILABEL])
def test_correct_counts_as_the_accuracy_of_keras(spec):
    given, targets = random_logits(spec, "float64"), random_targets(spec)
    accuracy = (
        keras.metrics.sparse_categorical_accuracy
        if spec is SOFTMAX
        else keras.metrics.binary_accuracy
    )
    predicted = given if spec is SOFTMAX else scipy.special.expit(given)
    expected = ops.convert_to_numpy(accuracy(targets, predicted)).reshape(50, -1).mean(axis=1)
    result = correct(spec, given, targets)
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    assert result.dtype == np.float64


@pytest.mark.parametrize(
    ("spec", "targets", "right"),
    [
        (SOFTMAX, [0, 1, 2], [0, 0, 0]),
        (BINARY, [[0], [1], [0]], [0, 0, 0]),
        (MULTILABEL, [[0, 0, 1], [1, 0, 1], [0, 1, 0]], [2 / 3, 2 / 3, 0]),
    ],
)
def test_a_logit_that_is_not_a_number_is_never_right(spec, targets, right):
    given = np.array([[np.nan, -1.0, 1.0]] * 3)[:, : spec.n_outputs]
    np.testing.assert_allclose(correct(spec, given, np.array(targets)), right)
    assert np.isnan(losses(spec, given, np.array(targets))).all()
