"""What scikit-learn's own tests hold of `MLPRegressor`, under this estimator's names.

`docs/scikit_learn_mlp_tests.md` says which test answers which.
"""

import joblib
import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris, make_regression
from sklearn.linear_model import PoissonRegressor
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPRegressor
from tests.networks import assert_same_network
from tests.small_fits import Y_REAL, X, small_regressor

ROWS, QUANTITY = make_regression(n_samples=200, n_features=10, bias=20.0, random_state=7)
DIGITS, NUMBERS = load_digits(return_X_y=True)
DIGITS, NUMBERS = DIGITS[:300] / 16, NUMBERS[:300]


def learner(**settings):
    defaults = {"widths": (50,), "learning_rate": 0.01, "epochs": 100, "random_state": 0}
    return KerasMLPRegressor(**(defaults | settings))


@pytest.mark.parametrize("activation", ["linear", "sigmoid", "tanh", "relu"])
def test_a_regression_is_learned(activation):
    assert learner(activation=activation).fit(ROWS, QUANTITY).score(ROWS, QUANTITY) > 0.98


def test_several_quantities_are_learned():
    rows, quantities = make_regression(n_samples=200, n_targets=5, random_state=11)
    assert learner().fit(rows, quantities).score(rows, quantities) > 0.9


@pytest.mark.parametrize("quantity", [Y_REAL, np.column_stack([Y_REAL, -(Y_REAL**2)])])
@pytest.mark.parametrize("settings", [{}, {"batch_norm": True, "dropout": 0.2}], ids=["", "norm"])
def test_epochs_of_partial_fit_are_those_of_fit_bitwise(quantity, settings):
    whole = small_regressor(**settings, epochs=4).fit(X, quantity)
    by_epoch = small_regressor(**settings)
    for _ in range(4):
        by_epoch.partial_fit(X, quantity)
    assert_same_network(whole, by_epoch)
    assert by_epoch.history_ == whole.history_
    np.testing.assert_array_equal(by_epoch.predict(X), whole.predict(X))


def test_partial_fit_learns():
    regressor = learner()
    for _ in range(100):
        regressor.partial_fit(ROWS, QUANTITY)
    assert regressor.score(ROWS, QUANTITY) > 0.98


def test_a_loaded_estimator_learns_another_quantity_of_a_single_row(tmp_path):
    fitted = learner().fit([[2.0]], [4.0])
    np.testing.assert_array_equal(fitted.predict([[2.0]]), [4.0])
    joblib.dump(fitted, tmp_path / "regressor.joblib")
    loaded = joblib.load(tmp_path / "regressor.joblib")
    loaded.warm_start = True
    with pytest.warns(UserWarning, match="optimizer's state is missing"):
        loaded.partial_fit([[2.0]], [1.0])
    for _ in range(200):
        loaded.partial_fit([[2.0]], [1.0])
    np.testing.assert_allclose(loaded.predict([[2.0]]), [1.0], atol=0.05)


def test_the_dtype_of_the_rows_changes_nothing():
    exact = DIGITS.astype(np.float32).astype(np.float64)
    one, other = (learner(epochs=5).fit(rows, NUMBERS) for rows in (exact, exact.astype("f4")))
    np.testing.assert_array_equal(one.predict(exact), other.predict(exact.astype("f4")))


def test_float32_and_float64_agree_within_the_precision_of_float32():
    one, other = (
        learner(epochs=5, dtype=dtype).fit(DIGITS, NUMBERS) for dtype in ("float32", "float64")
    )
    np.testing.assert_allclose(one.predict(DIGITS), other.predict(DIGITS), rtol=5e-4, atol=5e-4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_have_the_dtype_that_is_set_and_predictions_that_of_the_quantity(dtype):
    regressor = small_regressor(dtype=dtype).fit(X, Y_REAL.astype("float32"))
    assert {array.dtype.name for array in (*regressor.coefs_, *regressor.intercepts_)} == {dtype}
    assert regressor.predict(X).dtype == np.float32


def test_a_loss_that_diverges_is_an_error_with_early_stopping_too():
    rows, labels = load_iris(return_X_y=True)
    diverging = learner(
        activation="linear", optimizer="sgd", learning_rate=1e3, early_stopping=True
    )
    with pytest.raises(ValueError, match=r"became NaN or infinite|failed after epoch"):
        diverging.fit(rows, labels)
    assert not hasattr(diverging, "coefs_")


def test_rows_beyond_what_a_network_can_take_are_an_error():
    rng = np.random.default_rng(0)
    rows = np.finfo(np.float64).max * rng.uniform(size=(10, 2))
    with pytest.raises(ValueError, match=r"became NaN or infinite in epoch 1.*Scale the inputs"):
        learner().fit(rows, rng.normal(size=10))


def test_unit_weights_are_no_weights_with_early_stopping():
    with_weights, without = (
        learner(early_stopping=True, epochs=10).fit(ROWS, QUANTITY, sample_weight=weights)
        for weights in (np.ones(200), None)
    )
    assert_same_network(with_weights, without)


def test_early_stopping_stops():
    regressor = learner(early_stopping=True, n_iter_no_change=3, tol=0.2)
    regressor.fit(ROWS, QUANTITY)
    assert regressor.n_iter_ < 100
    scores = regressor.validation_scores_
    assert max(scores) == regressor.best_validation_score_
    assert scores == [-loss for loss in regressor.history_["val_loss"]]


def test_too_small_a_validation_set_is_refused():
    with pytest.raises(ValueError, match="The validation set is too small"):
        learner(early_stopping=True).fit(ROWS[:2], QUANTITY[:2])


def test_poisson_without_a_hidden_layer_is_the_generalised_linear_model():
    rng = np.random.default_rng(0)
    rows = np.linspace(0, 1, 100)[:, None]
    counts = rng.poisson(np.exp(rows[:, 0] + 1))
    linear_model = PoissonRegressor(alpha=0, tol=1e-9, solver="newton-cholesky").fit(rows, counts)
    scaled = StandardScaler().fit_transform(rows)
    settings = {"widths": (), "learning_rate": 0.05, "epochs": 400, "schedule": "cosine"}
    poisson = learner(loss="poisson", **settings).fit(scaled, counts)
    np.testing.assert_allclose(poisson.predict(scaled), linear_model.predict(rows), rtol=1e-4)
    squared = learner(**settings).fit(scaled, counts)
    assert not np.allclose(squared.predict(scaled), linear_model.predict(rows), rtol=1e-2)
