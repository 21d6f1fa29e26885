"""scikit-learn's own checks, on the default estimator and with each feature switched on."""

import os

import pytest
from sklearn.base import is_regressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from sk_mnist_mlp import KerasMLPClassifier, KerasMLPFeatures, KerasMLPRegressor
from tests.small_fits import ALL_OF_IT

ESTIMATORS = [
    KerasMLPClassifier(),
    KerasMLPClassifier(batch_norm=True, widths=(32,)),
    KerasMLPClassifier(batch_norm="before", widths=16, depth=2, activation="tanh"),
    KerasMLPClassifier(dropout=0.2, widths=32, learning_rate=0.01),
    # Of the checks' ten rows, a tenth could not hold every class.
    KerasMLPClassifier(
        early_stopping=True, validation_fraction=0.3, widths=32, learning_rate=0.01, batch_size=32
    ),
    KerasMLPClassifier(dtype="float32", widths=32),
    KerasMLPClassifier(**ALL_OF_IT | {"activation": "tanh"}, widths=32, learning_rate=0.01),
    KerasMLPRegressor(),
    KerasMLPRegressor(loss="huber", batch_norm=True, widths=(32,), learning_rate=0.01),
    KerasMLPRegressor(
        early_stopping=True, validation_fraction=0.3, widths=32, learning_rate=0.01, batch_size=32
    ),
    KerasMLPFeatures(KerasMLPClassifier(widths=(32, 8), random_state=0)),
    KerasMLPFeatures(KerasMLPRegressor(widths=32, dtype="float32", random_state=0), layer=0),
]

WEIGHT_CHECKS = (
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
)


def expected_failures(estimator):
    """Checks that cannot hold, and why."""
    reason = None
    if isinstance(estimator, KerasMLPFeatures):  # whose `fit` has no argument `sample_weight`
        return {}
    if estimator.dtype == "float32":
        reason = "asks for 1e-7, which is below the resolution of float32"
    elif estimator.dropout:
        reason = "a repeated row has two dropout masks, a weighted one has one"
    elif estimator.early_stopping and is_regressor(estimator):
        reason = "a repeated row may be both trained on and held out, a weighted one may not"
    elif estimator.early_stopping:
        reason = "has a class of one row, which cannot be both trained on and held out"
    return dict.fromkeys(WEIGHT_CHECKS, reason) if reason else {}


@parametrize_with_checks(ESTIMATORS, expected_failed_checks=expected_failures)
def test_scikit_learn_check(estimator, check, request):
    if "array_api_input" in request.node.name and os.environ.get("SCIPY_ARRAY_API") != "1":
        pytest.skip("needs the environment variable SCIPY_ARRAY_API=1")
    check(estimator)


@pytest.mark.parametrize("estimator", [KerasMLPClassifier(), KerasMLPRegressor()])
def test_nothing_is_expected_of_the_default_estimators_to_fail(estimator):
    assert expected_failures(estimator) == {}
