"""Labels become targets, and logits become labels again."""

import re

import numpy as np
import pytest

from sk_mnist_mlp.data.labels import Labels

TWO = Labels(np.array(["ant", "bee"]))
THREE = Labels(np.array(["ant", "bee", "cat"]))
INDICATOR = Labels(np.arange(3), "uint8")


def test_two_classes_share_one_sigmoid():
    targets = TWO.encode(np.array(["bee", "ant", "bee"]), "y")
    assert (TWO.head, TWO.n_outputs) == ("sigmoid", 1)
    np.testing.assert_array_equal(targets, [[1], [0], [1]])


def test_more_classes_have_a_softmax_output_each():
    targets = THREE.encode(np.array(["cat", "ant"]), "y")
    assert (THREE.head, THREE.n_outputs) == ("softmax", 3)
    np.testing.assert_array_equal(targets, [2, 0])
    assert targets.dtype == np.int32


def test_the_columns_of_an_indicator_have_a_sigmoid_each():
    matrix = np.array([[1, 0, 1]])
    assert (INDICATOR.head, INDICATOR.n_outputs) == ("sigmoids", 3)
    np.testing.assert_array_equal(INDICATOR.encode(matrix, "y"), matrix)


@pytest.mark.parametrize(
    ("labels", "logits", "expected"),
    [
        (TWO, [[0.5], [-0.5], [0.0]], ["bee", "ant", "ant"]),
        (THREE, [[0.1, 0.3, 0.2], [5, 1, 2]], ["bee", "ant"]),
        (INDICATOR, [[1, -1, 2], [-1, -1, -1]], [[1, 0, 1], [0, 0, 0]]),
    ],
)
def test_logits_become_labels_in_their_own_dtype(labels, logits, expected):
    decoded = labels.decode(np.array(logits))
    assert decoded.tolist() == expected
    assert decoded.dtype == (labels.indicator or labels.classes.dtype)


def test_a_label_that_is_no_class_is_refused():
    with pytest.raises(ValueError, match=r"^y_val contains labels .* classes: \['dog'\]. The cla"):
        THREE.encode(np.array(["ant", "dog"]), "y_val")


@pytest.mark.parametrize("labels", [TWO, THREE])
def test_an_indicator_for_single_labels_is_refused(labels):
    with pytest.raises(
        ValueError,
        match=r"^y_val must have one label a row, of the classes \['ant', .*\]. Got an indicator "
        r"matrix with 2 columns instead: one-hot rows become labels by "
        r"classes_\[y_val.argmax\(axis=1\)\].$",
    ):
        labels.encode(np.eye(2), "y_val")


def test_an_indicator_of_other_columns_is_refused():
    with pytest.raises(ValueError, match=r"y must be an indicator matrix with 3 columns. Got .*2"):
        INDICATOR.encode(np.eye(2), "y")


@pytest.mark.parametrize(
    ("negative", "positive"), [(-1, 1), (1, 2), (0, 256), (0, 2.0), (2, 3), (5, 5)]
)
def test_an_indicator_of_other_values_is_refused(negative, positive):
    matrix = np.where(np.eye(3) == 1, positive, negative)
    message = (
        f"y must be an indicator matrix of 0 and 1. Got the values {np.unique(matrix).tolist()} "
        "instead: where p marks a label that a row has, pass (y == p).astype(int)."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        INDICATOR.encode(matrix, "y")


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint64", "float32", "float64"])
@pytest.mark.parametrize("value", [0, 1])
def test_an_indicator_may_have_one_value(dtype, value):
    matrix = np.full((4, 3), value, dtype)
    np.testing.assert_array_equal(INDICATOR.encode(matrix, "y"), matrix)
