"""Labels, probabilities and options, as skl2onnx' own classifiers have them."""

import numpy as np
import pytest

from sk_mnist_mlp import KerasMLPClassifier
from sk_mnist_mlp.data.labels import Labels
from tests.onnx.models import (
    LABELS,
    assert_same_predictions,
    converted,
    drawn,
    drawn_classifier,
    fitted_by_hand,
    outputs,
    rows,
    session,
    skl2onnx,
)

X = rows("float32")


def labelled(classes):
    """A classifier of these classes, which predicts each of them for some of X."""
    architecture = {"n_features": 5, "widths": (6,), "activation": "tanh"}
    estimator = fitted_by_hand(Labels(np.asarray(classes)), drawn, **architecture)
    assert len(set(estimator.predict(X))) == len(classes)
    return estimator


def described(model):
    return [(each.name, each.type, each.shape) for each in session(model).get_outputs()]


# Labels


@pytest.mark.parametrize(
    "classes",
    [
        [False, True],
        [-(2**40), 0, 2**40],
        np.array([0, 1, 255], dtype=np.uint8),
        [0.0, 1.0, 7.0],
    ],
    ids=["bool", "int64", "uint8", "whole float"],
)
def test_labels_that_are_numbers_are_int64(classes):
    estimator = labelled(classes)
    label, _ = outputs(converted(estimator, X), X)
    assert label.dtype == np.int64
    np.testing.assert_array_equal(label, estimator.predict(X))


@pytest.mark.parametrize("dtype", [str, object])
def test_labels_that_are_text_are_text(dtype):
    estimator = labelled(np.array(["no", "perhaps", "örtlich"], dtype=dtype))
    model = converted(estimator, X)
    assert described(model)[0] == ("label", "tensor(string)", [None])
    np.testing.assert_array_equal(outputs(model, X)[0], estimator.predict(X))


def test_several_labels_are_an_indicator_matrix():
    estimator = drawn_classifier("sigmoids")
    model = converted(estimator, X)
    assert described(model) == [
        ("label", "tensor(int64)", [None, 3]),
        ("probabilities", "tensor(float)", [None, 3]),
    ]
    np.testing.assert_array_equal(outputs(model, X)[0], estimator.predict(X))


def test_other_labels_are_refused_and_their_numbers_are_not():
    estimator = labelled(np.array([b"a", b"b", b"c"]))
    message = (
        r"^To be converted to ONNX, class labels must be integers, booleans or text. Got "
        r"\[b'a', b'b', b'c'\] instead: convert with options=\{'nocl': True\}, which gives the "
        r"number of each class in its place.$"
    )
    with pytest.raises(ValueError, match=message):
        converted(estimator, X)
    label, _ = outputs(converted(estimator, X, nocl=True), X)
    np.testing.assert_array_equal(estimator.classes_[label], estimator.predict(X))


@pytest.mark.parametrize("head", ["sigmoid", "softmax"])
def test_the_first_of_equally_probable_classes_is_predicted(head):
    def no_weights(spec):
        return {name: np.zeros(shape) for name, shape in spec.tensor_shapes.items()}

    estimator = fitted_by_hand(LABELS[head], no_weights, n_features=5, widths=())
    assert_same_predictions(estimator, X, 0.0)


# Probabilities


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("head", ["sigmoid", "sigmoids"])
def test_small_probabilities_are_as_exact_as_others(head, dtype):
    estimator = drawn_classifier(head, dtype=dtype)
    estimator.coefs_ = [20 * kernel for kernel in estimator.coefs_]
    inputs = rows(dtype)
    expected = estimator.predict_proba(inputs)
    assert expected.min() < 1e-12
    _, probabilities = outputs(converted(estimator, inputs), inputs)
    logits = np.abs(estimator.decision_function(inputs)).max()
    relative = 4 * np.finfo(dtype).eps * logits
    normal = expected > np.finfo(dtype).tiny
    np.testing.assert_allclose(probabilities[normal], expected[normal], rtol=relative)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_of_several_labels_are_inside_zero_and_one(dtype):
    estimator = drawn_classifier("sigmoids", dtype=dtype)
    estimator.coefs_[-1] = 1e6 * estimator.coefs_[-1]
    inputs = rows(dtype)
    _, probabilities = outputs(converted(estimator, inputs), inputs)
    assert probabilities.min() > 0.0
    assert probabilities.max() < 1.0
    np.testing.assert_array_equal(probabilities, estimator.predict_proba(inputs))


# Inputs


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int32", "int64", "float32", "float64"])
def test_inputs_may_be_any_numbers(dtype):
    inputs = (4 * np.abs(rows())).astype(dtype)
    assert_same_predictions(drawn_classifier("softmax"), inputs, 1e-5)


def test_images_are_taken_as_rows_of_pixels():
    images = np.random.default_rng(0).normal(size=(60, 3, 4)).astype(np.float32)
    assert_same_predictions(drawn_classifier("softmax", n_features=12), images, 1e-5)


def test_text_is_refused():
    from skl2onnx.common.data_types import StringTensorType

    with pytest.raises(RuntimeError, match=r"wrong type <class '.*StringTensorType'>"):
        skl2onnx.convert_sklearn(
            drawn_classifier("softmax"), initial_types=[("X", StringTensorType([None, 5]))]
        )


# Options


@pytest.mark.parametrize("head", LABELS)
def test_probabilities_are_a_dict_for_each_row_by_default(head):
    estimator = drawn_classifier(head)
    _, dicts = outputs(skl2onnx.to_onnx(estimator, X[:1]), X)
    assert list(dicts[0]) == estimator.classes_.tolist()
    probabilities = [list(row.values()) for row in dicts]
    np.testing.assert_allclose(probabilities, estimator.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("head", LABELS)
def test_probabilities_may_be_an_output_for_each_class(head):
    estimator = drawn_classifier(head)
    model = converted(estimator, X, zipmap="columns")
    prefix = "s" if head == "sigmoid" else "i"
    names = [name for name, _, _ in described(model)]
    assert names == ["output_label", *(f"{prefix}{label}" for label in estimator.classes_)]
    _, *columns = outputs(model, X)
    np.testing.assert_allclose(
        np.stack(columns, axis=1), estimator.predict_proba(X), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("head", LABELS)
def test_labels_may_be_left_out(head):
    estimator = drawn_classifier(head)
    model = converted(estimator, X, nocl=True)
    label, probabilities = outputs(model, X)
    predicted = label if head == "sigmoids" else estimator.classes_[label]
    np.testing.assert_array_equal(predicted, estimator.predict(X))
    np.testing.assert_allclose(probabilities, estimator.predict_proba(X), rtol=0, atol=1e-5)
    assert b"yes" not in model.SerializeToString()


def test_class_labels_may_be_an_output():
    estimator = drawn_classifier("softmax")
    model = converted(estimator, X, output_class_labels=True)
    *_, class_labels = outputs(model, X)
    np.testing.assert_array_equal(class_labels, estimator.classes_)


@pytest.mark.parametrize("head", LABELS)
def test_raw_scores_are_those_of_the_decision_function(head):
    estimator = drawn_classifier(head)
    label, scores = outputs(converted(estimator, X, raw_scores=True), X)
    expected = estimator.decision_function(X)
    if head == "sigmoid":  # a column for each class, as of skl2onnx' own
        expected = np.stack([-expected, expected], axis=1)
    np.testing.assert_allclose(scores, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(label, estimator.predict(X))


# Formats


@pytest.mark.parametrize("opset", [9, 11, 12, 13, 18])
@pytest.mark.parametrize("head", LABELS)
def test_older_operator_sets_will_do(head, opset):
    estimator, inputs = drawn_classifier(head, activation="gelu"), rows()
    model = skl2onnx.to_onnx(
        estimator, inputs[:1], options={"zipmap": False}, target_opset={"": opset, "ai.onnx.ml": 1}
    )
    _, probabilities = outputs(model, inputs)
    np.testing.assert_allclose(probabilities, estimator.predict_proba(inputs), rtol=0, atol=1e-9)


def test_a_model_is_as_large_as_its_weights():
    estimator = drawn_classifier("softmax", n_features=784, widths=(128, 64))
    model = converted(estimator, np.zeros((1, 784), np.float32))
    n_weights = sum(kernel.size for kernel in estimator.coefs_)
    assert len(model.SerializeToString()) < 4 * n_weights + 4096


def test_a_classifier_that_was_saved_and_loaded_converts(tmp_path):
    labels = np.array(["no", "yes"])[np.arange(60) % 2]
    estimator = KerasMLPClassifier((4,), epochs=1, batch_norm=True, random_state=0).fit(X, labels)
    estimator.save(tmp_path / "classifier.zip")
    loaded = KerasMLPClassifier.load(tmp_path / "classifier.zip")
    assert_same_predictions(loaded, X, 1e-5)
    np.testing.assert_array_equal(loaded.predict(X), estimator.predict(X))
