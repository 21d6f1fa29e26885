"""The network in ONNX gives what it gives in NumPy."""

import numpy as np
import pytest

from sk_mnist_mlp.data.labels import Labels
from sk_mnist_mlp.network.activations import ACTIVATIONS
from tests.onnx.models import (
    LABELS,
    TOLERANCES,
    assert_same_predictions,
    converted,
    drawn_classifier,
    fitted_by_hand,
    outputs,
    rows,
)

DTYPES = list(TOLERANCES)
BATCH_NORMS = [None, "after", "before"]

# Sizes of numbers whose difference a small result is, which is then exact only to the
# rounding of these; "x" is the size of the input.
CANCELLATION = {"gelu": "x", "squareplus": "x", "tanh_shrink": "x"}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("head", LABELS)
@pytest.mark.parametrize("batch_norm", BATCH_NORMS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_predictions_are_those_of_the_classifier(activation, batch_norm, head, dtype):
    estimator = drawn_classifier(
        head, activation=activation, batch_norm=batch_norm, dtype=dtype, widths=(6,)
    )
    assert_same_predictions(estimator, rows(dtype), TOLERANCES[dtype])


@pytest.mark.parametrize("network", DTYPES)
@pytest.mark.parametrize("inputs", DTYPES)
def test_arithmetic_and_probabilities_have_the_dtype_of_the_input(inputs, network):
    estimator, X = drawn_classifier("softmax", dtype=network), rows(inputs)
    _, probabilities = outputs(converted(estimator, X), X)
    assert probabilities.dtype == inputs
    both_exact = inputs == network == "float64"
    assert_same_predictions(estimator, X, TOLERANCES["float64" if both_exact else "float32"])


@pytest.mark.parametrize("batch_norm", BATCH_NORMS)
@pytest.mark.parametrize("widths", [(), (7,), (7, 3, 4)])
def test_each_layer_has_its_activation_and_its_batch_normalisation(widths, batch_norm):
    activations = ("tanh", "softmax", "selu")[: len(widths)]
    estimator = drawn_classifier(
        "softmax", widths=widths, activation=activations, batch_norm=batch_norm
    )
    assert_same_predictions(estimator, rows(), TOLERANCES["float64"])


@pytest.mark.parametrize("batch_norm", ["after", "before"])
def test_batch_normalisation_is_folded_into_kernels(batch_norm):
    X = rows()
    plain = converted(drawn_classifier("softmax", widths=(6, 4)), X)
    normalising = drawn_classifier("softmax", widths=(6, 4), batch_norm=batch_norm)
    kinds = [node.op_type for node in converted(normalising, X).graph.node]
    assert kinds == [node.op_type for node in plain.graph.node]


def of_one_number(activation, dtype, size=1.0):
    """A network whose only logit is the activation of its only input."""

    def tensors(spec):
        return {
            name: np.full(shape, size if name.startswith("kernels") else 0.0)
            for name, shape in spec.tensor_shapes.items()
        }

    labels = Labels(np.arange(1), indicator="int64")
    return fitted_by_hand(labels, tensors, dtype, n_features=1, widths=(1,), activation=activation)


def numbers(dtype):
    """Of every size, of both signs."""
    small = [0.0, np.finfo(dtype).tiny, 1e-30, 1e-12, 1e-6, 1e-3]
    large = [0.5, 1.0, 3.0, 6.0, 10.0, 17.0, 30.0, 40.0, 100.0, 1e3, 1e4, 1e20, 1e30]
    positive = np.concatenate([small, np.linspace(0.01, 8.0, 800), large])
    return np.concatenate([positive, -positive]).astype(dtype)[:, None]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", sorted(set(ACTIVATIONS) - {"softmax"}))
def test_an_activation_is_exact_for_numbers_of_every_size(activation, dtype):
    estimator, x = of_one_number(activation, dtype), numbers(dtype)
    _, logits = outputs(converted(estimator, x, raw_scores=True), x)
    size = np.abs(x) if CANCELLATION.get(activation) == "x" else 0.0
    error = np.abs(logits.astype(float) - estimator.decision_function(x)[:, None].astype(float))
    relative = 16 * np.finfo(dtype).eps
    assert (error <= relative * np.maximum(1.0, np.maximum(size, np.abs(logits)))).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_infinity_is_the_largest_number(dtype):
    estimator = of_one_number("exponential", dtype, size=1e3)
    x = np.array([[1.0]], dtype)
    _, logits = outputs(converted(estimator, x, raw_scores=True), x)
    assert logits.item() == estimator.decision_function(x).item() == np.finfo(dtype).max


def test_a_callable_activation_is_refused():
    def doubled(x):
        return 2 * x

    estimator = drawn_classifier("softmax", widths=(6, 4), activation=("tanh", doubled))
    message = (
        r"^To be converted to ONNX, activation must be one of \['celu', .*'tanh_shrink'\], or a "
        r"sequence of these. Got <function .*doubled at 0x\w+> instead: fit with the one of these "
        r"that is nearest to it, or export the network alone by to_keras\(\).export\(path, "
        r"format='onnx'\).$"
    )
    with pytest.raises(ValueError, match=message):
        converted(estimator, rows())
