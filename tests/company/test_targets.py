"""Labels of any kind and number, and several labels a row."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import make_multilabel_classification
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict

from sk_mnist_mlp import KerasMLPClassifier
from tests.company.small import X_BINARY, Y_BINARY, X, Y, assert_same_network, small_classifier

ROWS, INDICATOR = make_multilabel_classification(
    90, 6, n_classes=3, allow_unlabeled=True, random_state=0
)


def many_classes(n_classes):
    """Three rows a class, all three alike."""
    centers = np.random.default_rng(0).normal(size=(n_classes, 32))
    return np.tile(centers, (3, 1)), np.tile(np.arange(n_classes), 3)


def test_a_thousand_classes():
    rows, labels = many_classes(1_000)
    classifier = KerasMLPClassifier(widths=(), epochs=30, learning_rate=0.1, random_state=0)
    fitted = classifier.fit(rows, labels)
    assert fitted.n_outputs_ == 1_000
    probabilities = fitted.predict_proba(rows)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-5)
    assert fitted.score(rows, labels) > 0.99
    np.testing.assert_array_equal(fitted.predict(rows), probabilities.argmax(axis=1))


LABELS = {
    "str": np.array(["low", "mid", "top"]),
    "object": np.array(["low", "mid", "top"], dtype=object),
    "int8": np.array([-5, 0, 100], dtype=np.int8),
    "uint64": np.array([0, 1, 2**63], dtype=np.uint64),
    "float": np.array([-1.0, 0.0, 2.0]),
}


@pytest.mark.parametrize("classes", LABELS.values(), ids=LABELS)
def test_labels_come_back_as_they_are(classes):
    fitted = small_classifier().fit(X, classes[Y])
    np.testing.assert_array_equal(fitted.classes_, classes)
    assert fitted.classes_.dtype == classes.dtype
    by_number = small_classifier().fit(X, Y)
    assert_same_network(fitted, by_number)
    predicted = fitted.predict(X)
    assert predicted.dtype == classes.dtype
    np.testing.assert_array_equal(predicted, classes[by_number.predict(X)])
    assert fitted.score(X, classes[Y]) == by_number.score(X, Y)


@pytest.mark.parametrize("classes", [[False, True], ["no", "yes"], [-1, 1], [1, 2]])
def test_two_classes_have_one_output(classes):
    labels = np.array(classes)[Y_BINARY]
    fitted = small_classifier().fit(X_BINARY, labels)
    assert fitted.n_outputs_ == 1
    assert fitted.classes_.tolist() == classes
    logits = fitted.decision_function(X_BINARY)
    assert logits.shape == (90,)
    np.testing.assert_array_equal(fitted.predict(X_BINARY) == classes[1], logits > 0)
    np.testing.assert_allclose(
        fitted.predict_proba(X_BINARY)[:, 1], 1 / (1 + np.exp(-logits)), rtol=1e-12
    )


@pytest.mark.parametrize("make", [list, tuple, lambda y: y.tolist()])
def test_labels_may_come_in_a_list(make):
    assert_same_network(small_classifier().fit(X, make(Y)), small_classifier().fit(X, Y))


def test_labels_of_different_kinds_are_refused():
    mixed = np.array(["a", 1, 2], dtype=object)[Y]
    with pytest.raises((TypeError, ValueError), match=r"(?i)mix|argument must be"):
        small_classifier().fit(X, mixed)


def multilabel(**changes):
    return small_classifier(epochs=60, **changes)


INDICATORS = {
    "int64": lambda: INDICATOR,
    "uint8": lambda: INDICATOR.astype(np.uint8),
    "bool": lambda: INDICATOR.astype(bool),
    "float": lambda: INDICATOR.astype(float),
    "Fortran order": lambda: np.asfortranarray(INDICATOR),
    "lists": lambda: INDICATOR.tolist(),
    "list of arrays": lambda: list(INDICATOR),
    "CSR array": lambda: sparse.csr_array(INDICATOR),
    "CSR matrix": lambda: sparse.csr_matrix(INDICATOR),
    "CSC array": lambda: sparse.csc_array(INDICATOR),
}


@pytest.mark.parametrize("make", INDICATORS.values(), ids=INDICATORS)
def test_several_labels_a_row(make):
    given = make()
    fitted = multilabel().fit(ROWS, given)
    by_hand = multilabel().fit(ROWS, INDICATOR)
    assert_same_network(fitted, by_hand)
    predicted = fitted.predict(ROWS)
    assert isinstance(predicted, np.ndarray)
    assert predicted.dtype == getattr(given, "dtype", np.dtype(int))
    np.testing.assert_array_equal(predicted, by_hand.predict(ROWS))
    assert fitted.score(ROWS, given) == accuracy_score(INDICATOR, predicted) > 0.5


def test_each_label_has_a_probability_of_its_own():
    fitted = multilabel().fit(ROWS, INDICATOR)
    probabilities = fitted.predict_proba(ROWS)
    assert probabilities.shape == (90, 3)
    assert ((probabilities > 0) & (probabilities < 1)).all()
    np.testing.assert_array_equal(fitted.predict(ROWS), probabilities > 0.5)
    np.testing.assert_allclose(np.exp(fitted.predict_log_proba(ROWS)), probabilities, rtol=1e-12)
    assert fitted.decision_function(ROWS).shape == (90, 3)


def test_the_loss_is_the_mean_over_labels():
    fitted = multilabel().fit(ROWS, INDICATOR, X_val=ROWS, y_val=INDICATOR)
    probabilities = fitted.predict_proba(ROWS)
    by_hand = np.mean([log_loss(INDICATOR[:, i], probabilities[:, i]) for i in range(3)])
    assert fitted.history_["val_loss"][-1] == pytest.approx(by_hand)


def test_two_labels_are_no_two_classes():
    fitted = multilabel().fit(ROWS, INDICATOR[:, :2])
    assert fitted.n_outputs_ == 2
    assert fitted.predict(ROWS).shape == (90, 2)


@pytest.mark.parametrize("given", [False, True], ids=["rows held out", "rows given"])
def test_several_labels_stop_early(given):
    validation = {"X_val": ROWS[:30], "y_val": sparse.csr_array(INDICATOR[:30])} if given else {}
    fitted = multilabel(early_stopping=True, scoring=None, n_iter_no_change=3)
    fitted.fit(ROWS, INDICATOR, **validation)
    assert fitted.n_iter_ < 60
    assert len(fitted.validation_scores_) == fitted.n_iter_
    assert fitted.best_validation_score_ == max(fitted.validation_scores_)
    if given:
        assert fitted.best_validation_score_ == fitted.score(ROWS[:30], INDICATOR[:30])


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_array, np.ndarray.tolist])
def test_several_labels_batch_by_batch(make):
    growing = small_classifier()
    for _ in range(3):
        growing.partial_fit(ROWS, make(INDICATOR), classes=[0, 1, 2])
    assert_same_network(growing, small_classifier(epochs=3).fit(ROWS, INDICATOR))


def test_another_number_of_labels_is_refused():
    growing = small_classifier().partial_fit(ROWS, INDICATOR, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="indicator matrix with 3 columns"):
        growing.partial_fit(ROWS, INDICATOR[:, :2])


OTHER_VALUES = {
    "-1 and 1": 2 * INDICATOR - 1,
    "1 and 2": INDICATOR + 1,
    "0 and 256": 256 * INDICATOR,
    "floats": 2.0 * INDICATOR,
    "sparse": sparse.csr_array(2 * INDICATOR),
}
FITS = {
    "y": lambda y: small_classifier().fit(ROWS, y),
    "y_val": lambda y: small_classifier().fit(ROWS, INDICATOR, X_val=ROWS, y_val=y),
    "y of partial_fit": lambda y: small_classifier().partial_fit(ROWS, y, classes=[0, 1, 2]),
    "y of a later call": lambda y: small_classifier().fit(ROWS, INDICATOR).partial_fit(ROWS, y),
}


@pytest.mark.parametrize("matrix", OTHER_VALUES.values(), ids=OTHER_VALUES)
@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_a_matrix_of_other_values_than_zeros_and_ones_is_refused(fit, matrix):
    with pytest.raises(ValueError, match=r"^y(_val)? must be an indicator matrix of 0 and 1. Got"):
        fit(matrix)


ONE_HOT = np.eye(3, dtype=int)[Y]
MATRICES = {
    "one-hot": ONE_HOT,
    "booleans": ONE_HOT.astype(bool),
    "sparse": sparse.csr_array(ONE_HOT),
    "lists": ONE_HOT.tolist(),
    "frame": pd.DataFrame(ONE_HOT),
    "two columns": ONE_HOT[:, :2],
    "two values": 2 * ONE_HOT - 1,
}


def fits_with_other_targets(rows, y):
    """Ways to give other targets than those that an estimator was fitted on, or is being."""
    classes = [0, 1, 2] if np.ndim(y) == 2 else np.unique(y)
    return {
        "y_val": lambda other: small_classifier().fit(rows, y, X_val=rows, y_val=other),
        "y": lambda other: (
            small_classifier().partial_fit(rows, y, classes=classes).partial_fit(rows, other)
        ),
    }


@pytest.mark.parametrize("matrix", MATRICES.values(), ids=MATRICES)
@pytest.mark.parametrize("name", ["y", "y_val"])
@pytest.mark.parametrize(("rows", "y"), [(X, Y), (X_BINARY, Y_BINARY)], ids=["three", "two"])
def test_a_matrix_for_single_labels_is_refused(rows, y, name, matrix):
    with pytest.raises(ValueError, match=f"^{name} must have one label a row, of the classes"):
        fits_with_other_targets(rows, y)[name](matrix)


@pytest.mark.parametrize("name", ["y", "y_val"])
def test_a_column_of_single_labels_is_taken_with_a_warning(name):
    fit = fits_with_other_targets(X, Y)[name]
    with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
        by_column = fit(Y[:, None])
    assert_same_network(by_column, fit(Y))


NO_MATRICES = {
    "labels": (Y, r"with 3 columns. Got shape \(90,\)"),
    "column": (Y[:, None], r"with 3 columns. Got shape \(90, 1\)"),
    "two columns": (INDICATOR[:, :2], r"with 3 columns. Got shape \(90, 2\)"),
    "three values": (INDICATOR + INDICATOR[::-1], r"of 0 and 1. Got the values \[0, 1, 2\]"),
    "texts": (INDICATOR.astype(str), r"of 0 and 1. Got the values \['0', '1'\]"),
}


@pytest.mark.parametrize(("given", "message"), NO_MATRICES.values(), ids=NO_MATRICES)
@pytest.mark.parametrize("name", ["y", "y_val"])
def test_other_targets_for_several_labels_are_refused(given, message, name):
    with pytest.raises(ValueError, match=f"^{name} must be an indicator matrix {message} instead"):
        fits_with_other_targets(ROWS, INDICATOR)[name](given)


def test_cross_validated_predictions_of_several_labels():
    folds = KFold(3)
    predicted = cross_val_predict(small_classifier(), ROWS, INDICATOR, cv=folds)
    for train, test in folds.split(ROWS):
        by_hand = small_classifier().fit(ROWS[train], INDICATOR[train])
        np.testing.assert_array_equal(predicted[test], by_hand.predict(ROWS[test]))


def test_a_search_scores_several_labels():
    search = GridSearchCV(
        multilabel(), {"learning_rate": [1e-4, 0.02]}, scoring="f1_micro", cv=3
    ).fit(ROWS, INDICATOR)
    assert search.best_params_ == {"learning_rate": 0.02}


REFUSED = {
    "numbers": (np.linspace(0, 1, 90), "Unknown label type: continuous"),
    "columns": (np.random.default_rng(0).normal(size=(90, 2)), "shape|Unknown label type"),
    "several classes a column": (np.stack([Y, Y], axis=1), "shape|Unknown label type"),
    "objects that are no text": (Y.astype(object), "Unknown label type"),
    "sequences": ([[1, 2], [3]] * 45, "legacy multi-label|inhomogeneous|Unknown label type"),
}


@pytest.mark.parametrize(("labels", "message"), REFUSED.values(), ids=REFUSED)
def test_labels_of_no_classification_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        small_classifier().fit(X, labels)
