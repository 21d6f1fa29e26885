"""Finite inputs whose sums go beyond the range of the network's dtype."""

import numpy as np
import pytest

from sk_mnist_mlp.network.activations import ACTIVATIONS
from tests.extremes import METHODS, TARGETS, extreme_rows, fitted_with
from tests.small_fits import NO_STEP, X, small

DTYPES = ["float32", "float64"]


def overflowing(kind, dtype, outputs):
    """A network whose hidden units are infinite; its logits then are `outputs` times that."""
    clf = fitted_with("exponential", kind, dtype)
    hidden, output = (np.zeros_like(kernel) for kernel in clf.coefs_)
    hidden[:] = 1e6
    output[0] = outputs
    output[1:] = output[0]
    clf.coefs_ = [hidden, output]
    return clf


# kind -> signs of the infinite logits, probabilities and what is predicted.
INFINITE = {
    "the infinite ones share": ("softmax", [1, -1, 1], [0.5, 0, 0.5], 0),
    "one alone": ("softmax", [-1, 1, -1], [0, 1, 0], 1),
    "all alike": ("softmax", [-1, -1, -1], [1 / 3, 1 / 3, 1 / 3], 0),
    "two classes": ("one sigmoid", [1], [0, 1], 1),
    "two classes, the other": ("one sigmoid", [-1], [1, 0], 0),
    "several labels": ("several sigmoids", [1, -1, 1], [1, 0, 1], [1, 0, 1]),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("kind", "signs", "proba", "predicted"), INFINITE.values(), ids=INFINITE)
def test_infinite_logits_are_the_largest_numbers(kind, signs, proba, predicted, dtype):
    clf, rows = overflowing(kind, dtype, signs), np.ones((2, X.shape[1]))
    limits = np.finfo(dtype)
    np.testing.assert_array_equal(clf.predict(rows), [predicted] * 2)
    np.testing.assert_allclose(
        clf.predict_proba(rows), [proba] * 2, rtol=limits.eps, atol=limits.eps
    )
    largest = (np.array(signs) * limits.max).squeeze()
    np.testing.assert_array_equal(clf.decision_function(rows), [largest] * 2)
    log_proba = clf.predict_log_proba(rows)
    assert np.isfinite(log_proba).all()
    np.testing.assert_allclose(np.exp(log_proba), [proba] * 2, rtol=limits.eps, atol=limits.eps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", TARGETS)
def test_rows_without_a_number_are_refused(kind, method, dtype):
    clf = overflowing(kind, dtype, 0.0)  # infinity times 0
    rows = np.array([[-1.0], [1.0], [-1.0], [1.0]]) * np.ones(X.shape[1])
    with pytest.raises(ValueError) as caught:
        getattr(clf, method)(rows)
    assert str(caught.value) == (
        "The network gives no number for 2 of the 4 rows of X, the first of them row 1: numbers "
        f"inside it go beyond the range of {dtype}. Scale X, for instance with StandardScaler, or "
        "fit with an activation that grows less."
    )
    assert np.isfinite(clf.predict_proba(rows[::2])).all()


def asked(clf, row):
    """Answers of all methods for one row; None where it is refused."""
    answers = []
    for method in METHODS:
        try:
            answers.append(getattr(clf, method)([row])[0])
        except ValueError as error:
            assert "gives no number for 1 of the 1 rows" in str(error)
    assert len(answers) in (0, len(METHODS))
    return answers or None


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_all_methods_agree_on_extreme_rows(activation, kind, dtype):
    clf = fitted_with(activation, kind, dtype)
    for row in extreme_rows(dtype):
        if (answers := asked(clf, row)) is None:
            continue
        decision, predicted, proba, log_proba = answers
        assert np.isfinite(decision).all()
        assert ((proba >= 0) & (proba <= 1)).all()
        np.testing.assert_allclose(np.exp(log_proba, dtype="f8"), proba, rtol=1e-4, atol=1e-37)
        if kind == "several sigmoids":
            np.testing.assert_array_equal(predicted, decision > 0)
            assert ((proba >= 0.5) | (predicted == 0)).all()
            assert ((proba <= 0.5) | (predicted == 1)).all()
        else:
            assert proba.sum() == pytest.approx(1, rel=1e-6)
            assert proba[predicted] == proba.max()
            expected = decision > 0 if kind == "one sigmoid" else decision.argmax()
            assert predicted == expected


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", TARGETS)
def test_validation_rows_without_a_number_are_wrong(kind, dtype):
    rows, targets = np.full((3, X.shape[1]), np.finfo(dtype).max / 4), TARGETS[kind]
    parameters = NO_STEP | {"activation": "linear", "init_stddev": 100.0}
    clf = small(early_stopping=True, scoring=None, dtype=dtype, **parameters)
    validation = {
        "X_val": np.vstack([X, rows]),
        "y_val": np.concatenate([targets, targets[:3]]),
    }
    clf.fit(X, targets, **validation)
    with pytest.raises(ValueError, match="no number for 3 of the 3 rows"):
        clf.predict(rows)
    right = clf.score(X, targets) * len(X)
    assert clf.validation_scores_ == pytest.approx([right / (len(X) + 3)] * 3)
    assert np.isnan(clf.history_["val_loss"]).all()
    message = (
        "early_stopping by scoring='loss' failed after epoch 1: the loss on the validation data "
        "is nan, .*Scale the inputs, for instance with StandardScaler, or, for a classifier, "
        "choose scoring=None"
    )
    with pytest.raises(ValueError, match=message):
        clf.set_params(scoring="loss").fit(X, targets, **validation)
