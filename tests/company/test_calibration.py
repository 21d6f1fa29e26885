"""Calibrated probabilities, tuned thresholds, and a fitted network frozen in place."""

import numpy as np
import pytest
import sklearn
from scipy.special import expit, log_softmax, logit
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import balanced_accuracy_score, log_loss
from sklearn.model_selection import (
    FixedThresholdClassifier,
    StratifiedKFold,
    TunedThresholdClassifierCV,
)

from tests.company.small import (
    X_BINARY,
    Y_BINARY,
    X,
    Y,
    assert_same_network,
    small_classifier,
)

HAS_TEMPERATURE = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 8)
METHODS = ["sigmoid", "isotonic"] + ["temperature"] * HAS_TEMPERATURE
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)


def overconfident():
    return small_classifier(widths=(12,), epochs=300)


def frozen(method, rows, labels):
    fitted = small_classifier().fit(rows, labels)
    calibrated = CalibratedClassifierCV(FrozenEstimator(fitted), method=method)
    return fitted, calibrated.fit(rows, labels)


@pytest.mark.parametrize("method", METHODS)
def test_calibration_mends_an_overconfident_network(method):
    rows = {"train": slice(0, None, 2), "test": slice(1, None, 2)}
    calibrated = CalibratedClassifierCV(overconfident(), method=method, cv=FOLDS)
    calibrated.fit(X[rows["train"]], Y[rows["train"]])
    alone = overconfident().fit(X[rows["train"]], Y[rows["train"]])
    probabilities = calibrated.predict_proba(X[rows["test"]])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, rtol=1e-6)
    truth = Y[rows["test"]]
    assert log_loss(truth, probabilities) < log_loss(truth, alone.predict_proba(X[rows["test"]]))


@pytest.mark.parametrize("method", METHODS)
def test_each_fold_is_calibrated_on_a_network_of_the_others(method):
    calibrated = CalibratedClassifierCV(small_classifier(), method=method, cv=FOLDS).fit(X, Y)
    for pair, (train, _) in zip(calibrated.calibrated_classifiers_, FOLDS.split(X, Y), strict=True):
        assert_same_network(pair.estimator, small_classifier().fit(X[train], Y[train]))


@pytest.mark.parametrize("method", METHODS)
def test_without_an_ensemble_the_network_of_all_rows_is_calibrated(method):
    calibrated = CalibratedClassifierCV(
        small_classifier(), method=method, cv=FOLDS, ensemble=False
    ).fit(X, Y)
    (pair,) = calibrated.calibrated_classifiers_
    assert_same_network(pair.estimator, small_classifier().fit(X, Y))


def test_sigmoid_calibration_is_affine_in_the_logits():
    fitted, calibrated = frozen("sigmoid", X_BINARY, Y_BINARY)
    logits = fitted.decision_function(X_BINARY)
    calibrated_logits = logit(calibrated.predict_proba(X_BINARY)[:, 1])
    slope, shift = np.polyfit(logits, calibrated_logits, 1)
    assert slope > 0
    np.testing.assert_allclose(calibrated_logits, slope * logits + shift, atol=1e-8)


def test_isotonic_calibration_is_a_regression_on_the_logits():
    fitted, calibrated = frozen("isotonic", X_BINARY, Y_BINARY)
    logits = fitted.decision_function(X_BINARY)
    by_hand = IsotonicRegression(out_of_bounds="clip").fit(logits, Y_BINARY).predict(logits)
    np.testing.assert_allclose(calibrated.predict_proba(X_BINARY)[:, 1], by_hand, rtol=1e-12)


@pytest.mark.skipif(not HAS_TEMPERATURE, reason="scikit-learn has temperature scaling since 1.8")
def test_temperature_scaling_divides_the_logits_by_one_number():
    fitted, calibrated = frozen("temperature", X, Y)
    logits = fitted.decision_function(X)
    differences = logits - logits[:, :1]
    log_probabilities = np.log(calibrated.predict_proba(X))
    scaled = log_probabilities - log_probabilities[:, :1]
    inverse_temperature = (scaled * differences).sum() / (differences**2).sum()
    np.testing.assert_allclose(
        log_probabilities, log_softmax(inverse_temperature * logits, axis=1), atol=1e-9
    )
    better = log_loss(Y, calibrated.predict_proba(X))
    assert better <= log_loss(Y, fitted.predict_proba(X))


@pytest.mark.skipif(not HAS_TEMPERATURE, reason="scikit-learn has temperature scaling since 1.8")
def test_temperature_scaling_of_two_classes_keeps_the_predictions():
    fitted, calibrated = frozen("temperature", X_BINARY, Y_BINARY)
    logits = fitted.decision_function(X_BINARY)
    calibrated_logits = logit(calibrated.predict_proba(X_BINARY)[:, 1])
    slope = (calibrated_logits @ logits) / (logits @ logits)
    np.testing.assert_allclose(calibrated_logits, slope * logits, atol=1e-9)
    np.testing.assert_array_equal(calibrated.predict(X_BINARY), fitted.predict(X_BINARY))


def test_calibration_passes_sample_weights_on():
    weights = np.linspace(0.1, 2.0, len(Y))
    calibrated = CalibratedClassifierCV(small_classifier(), cv=FOLDS)
    calibrated.fit(X, Y, sample_weight=weights)
    train, _ = next(FOLDS.split(X, Y))
    by_hand = small_classifier().fit(X[train], Y[train], sample_weight=weights[train])
    assert_same_network(calibrated.calibrated_classifiers_[0].estimator, by_hand)


def test_a_frozen_network_is_not_trained_again():
    fitted = small_classifier().fit(X, Y)
    before = dict(vars(fitted))
    held = clone(FrozenEstimator(fitted)).fit(X[:30], (Y[:30] + 1) % 3)
    assert vars(fitted) == before
    np.testing.assert_array_equal(held.predict_proba(X), fitted.predict_proba(X))


def test_an_unfitted_network_cannot_be_frozen():
    with pytest.raises(sklearn.exceptions.NotFittedError):
        FrozenEstimator(small_classifier()).fit(X, Y)


def test_a_tuned_threshold_is_applied_to_the_probability():
    tuned = TunedThresholdClassifierCV(
        small_classifier(), scoring="balanced_accuracy", cv=FOLDS
    ).fit(X_BINARY, Y_BINARY)
    by_hand = small_classifier().fit(X_BINARY, Y_BINARY)
    assert_same_network(tuned.estimator_, by_hand)
    positive = by_hand.predict_proba(X_BINARY)[:, 1]
    expected = (positive >= tuned.best_threshold_).astype(int)
    np.testing.assert_array_equal(tuned.predict(X_BINARY), expected)


def test_a_threshold_tuned_on_a_frozen_network_beats_one_half():
    fitted = small_classifier().fit(X_BINARY, Y_BINARY)
    tuned = TunedThresholdClassifierCV(
        FrozenEstimator(fitted), scoring="balanced_accuracy", cv="prefit", refit=False
    ).fit(X_BINARY, Y_BINARY)
    assert balanced_accuracy_score(Y_BINARY, tuned.predict(X_BINARY)) > balanced_accuracy_score(
        Y_BINARY, fitted.predict(X_BINARY)
    )


def test_a_fixed_threshold_on_the_logit_is_one_on_the_probability():
    fitted = small_classifier().fit(X_BINARY, Y_BINARY)
    by_method = {
        method: FixedThresholdClassifier(
            FrozenEstimator(fitted), threshold=threshold, response_method=method
        )
        .fit(X_BINARY, Y_BINARY)
        .predict(X_BINARY)
        for method, threshold in {"decision_function": -1.0, "predict_proba": expit(-1.0)}.items()
    }
    np.testing.assert_array_equal(*by_method.values())
    assert by_method["predict_proba"].sum() > fitted.predict(X_BINARY).sum()
