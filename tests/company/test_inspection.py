"""What a fitted network depends on, and how it grows with rows and parameters."""

import numpy as np
import pytest
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.model_selection import (
    StratifiedKFold,
    learning_curve,
    permutation_test_score,
    validation_curve,
)

from tests.company.small import X_BINARY, Y_BINARY, X, Y, small_classifier

FOLDS = StratifiedKFold(3)


def test_permutation_ranks_the_informative_column_first():
    rows = np.random.default_rng(0).normal(size=(90, 4))
    labels = (rows[:, 2] > 0).astype(int)
    fitted = small_classifier(epochs=30).fit(rows, labels)
    importances = permutation_importance(fitted, rows, labels, n_repeats=5, random_state=0)
    assert importances.importances_mean.argmax() == 2
    assert importances.importances_mean[2] > 0.3
    assert np.abs(np.delete(importances.importances_mean, 2)).max() < 0.1


def test_permutation_finds_no_skill_in_random_labels():
    labels = np.random.default_rng(0).permutation(Y)
    score, _, p_value = permutation_test_score(
        small_classifier(), X, labels, cv=FOLDS, n_permutations=10, random_state=0
    )
    assert score < 0.5
    assert p_value > 0.1


def test_partial_dependence_averages_probabilities():
    fitted = small_classifier().fit(X, Y)
    dependence = partial_dependence(fitted, X, [1], grid_resolution=5)
    for value, average in zip(
        dependence["grid_values"][0], dependence["average"].transpose(1, 0), strict=True
    ):
        rows = X.copy()
        rows[:, 1] = value
        np.testing.assert_allclose(average, fitted.predict_proba(rows).mean(axis=0), rtol=1e-10)


@pytest.mark.parametrize("method", ["predict_proba", "decision_function"])
def test_partial_dependence_of_two_classes_is_of_the_second(method):
    fitted = small_classifier().fit(X_BINARY, Y_BINARY)
    dependence = partial_dependence(
        fitted, X_BINARY, [0], grid_resolution=3, response_method=method
    )
    rows = X_BINARY.copy()
    rows[:, 0] = dependence["grid_values"][0][1]
    response = getattr(fitted, method)(rows)
    positive = response[:, 1] if response.ndim == 2 else response
    assert dependence["average"][0, 1] == pytest.approx(positive.mean())


def test_a_learning_curve_trains_on_the_first_rows_of_each_fold():
    sizes, _, test_scores = learning_curve(
        small_classifier(), X, Y, cv=FOLDS, train_sizes=[30, 60], shuffle=True, random_state=0
    )
    assert sizes.tolist() == [30, 60]
    order = np.random.RandomState(0)
    for fold, (train, test) in enumerate(FOLDS.split(X, Y)):
        train = order.permutation(train)
        for column, size in enumerate(sizes):
            rows = train[:size]
            score = small_classifier().fit(X[rows], Y[rows]).score(X[test], Y[test])
            assert test_scores[column, fold] == score


def test_an_incremental_learning_curve_goes_on_with_the_rows_to_come():
    _, train_scores, test_scores = learning_curve(
        small_classifier(),
        X,
        Y,
        cv=FOLDS,
        train_sizes=[20, 40, 60],
        exploit_incremental_learning=True,
        shuffle=True,
        random_state=0,
    )
    order = np.random.RandomState(0)
    for fold, (train, test) in enumerate(FOLDS.split(X, Y)):
        train = order.permutation(train)
        growing = small_classifier()
        for column, (start, stop) in enumerate([(0, 20), (20, 40), (40, 60)]):
            new = train[start:stop]
            growing.partial_fit(X[new], Y[new], classes=[0, 1, 2])
            assert test_scores[column, fold] == growing.score(X[test], Y[test])
            assert train_scores[column, fold] == growing.score(X[train[:stop]], Y[train[:stop]])


def test_a_validation_curve_over_epochs():
    epochs = [1, 5, 20]
    _, test_scores = validation_curve(
        small_classifier(), X, Y, param_name="epochs", param_range=epochs, cv=FOLDS
    )
    for fold, (train, test) in enumerate(FOLDS.split(X, Y)):
        for row, n_epochs in enumerate(epochs):
            fitted = small_classifier(epochs=n_epochs).fit(X[train], Y[train])
            assert test_scores[row, fold] == fitted.score(X[test], Y[test])
