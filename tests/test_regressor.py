"""`KerasMLPRegressor`: quantities, their scale, and what it has in common with the classifier."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, make_friedman1
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import mean_poisson_deviance, r2_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPClassifier, KerasMLPRegressor, training_cache_info
from sk_mnist_mlp.network.quantity_heads import QUANTITY_HEADS
from tests.keeping import saved_and_loaded
from tests.networks import arrays_of, assert_same_network
from tests.same_estimators import assert_same_estimators
from tests.small_fits import ALL_OF_IT, Y_REAL, X, Y, small, small_regressor, state_of

TWO = np.column_stack([Y_REAL, 1e6 - 10 * Y_REAL**2])
LOSSES = [
    {"loss": name} | ({"quantile": 0.9} if name == "quantile" else {}) for name in QUANTITY_HEADS
]
each_loss = pytest.mark.parametrize("loss", LOSSES, ids=QUANTITY_HEADS)
FRIEDMAN, FRIEDMAN_Y = make_friedman1(300, noise=1.0, random_state=0)


def friedman(**changes):
    settings = {"widths": (32,), "epochs": 60, "learning_rate": 0.01, "batch_size": 32}
    return KerasMLPRegressor(**(settings | {"random_state": 0} | changes))


# One step


def test_a_step_of_sgd_is_the_one_worked_out_by_hand():
    regressor = small_regressor(
        activation="tanh", optimizer="sgd", learning_rate=0.1, epochs=1, batch_size=60
    ).fit(X, Y_REAL)
    start = regressor.initial_weights()
    (kernel, output_kernel), (bias, output_bias) = start.kernels, start.biases
    targets = ((Y_REAL - Y_REAL.mean()) / Y_REAL.std())[:, None]
    hidden = np.tanh(X @ kernel + bias)
    output_delta = 2 * (hidden @ output_kernel + output_bias - targets) / 60
    delta = output_delta @ output_kernel.T * (1 - hidden**2)
    np.testing.assert_allclose(regressor.coefs_[0], kernel - 0.1 * X.T @ delta)
    np.testing.assert_allclose(regressor.coefs_[1], output_kernel - 0.1 * hidden.T @ output_delta)
    np.testing.assert_allclose(regressor.intercepts_[0], bias - 0.1 * delta.sum(axis=0))
    np.testing.assert_allclose(regressor.intercepts_[1], output_bias - 0.1 * output_delta.sum())


@each_loss
def test_the_gradient_is_the_numerical_one(loss):
    parameters = {"activation": "tanh", "optimizer": "sgd", "learning_rate": 1.0, "epochs": 1}
    regressor = small_regressor(**parameters, **loss, batch_size=60).fit(X, Y_REAL)
    start = regressor.initial_weights()
    before = [array.copy() for array in (*start.kernels, *start.biases)]
    gradients = [a - b for a, b in zip(before, arrays_of(regressor), strict=True)]
    regressor.coefs_, regressor.intercepts_ = before[:2], before[2:]
    head, targets = QUANTITY_HEADS[loss["loss"]], regressor._targets.encode(Y_REAL, "y")
    step = 1e-6
    for array, gradient in zip(before, gradients, strict=True):
        for place in np.ndindex(array.shape):
            value = array[place]
            losses = []
            for array[place] in (value - step, value + step):
                losses.append(head.losses(regressor._logits(X), targets, loss).mean())
            array[place] = value
            assert (losses[1] - losses[0]) / (2 * step) == pytest.approx(gradient[place], abs=1e-5)


# Predictions


@each_loss
def test_each_loss_learns_what_it_is_for(loss):
    fitted = friedman(**loss).fit(FRIEDMAN, FRIEDMAN_Y)
    predicted = fitted.predict(FRIEDMAN)
    if "quantile" in loss:
        assert np.mean(predicted >= FRIEDMAN_Y) == pytest.approx(0.9, abs=0.08)
    else:
        assert fitted.score(FRIEDMAN, FRIEDMAN_Y) > 0.8
    if loss["loss"] == "poisson":
        assert (predicted > 0).all()


def test_the_score_is_r2():
    fitted = small_regressor().fit(X, TWO)
    assert fitted.score(X, TWO) == r2_score(TWO, fitted.predict(X))


SCALES = {
    "times 1e4": (1e4, 0.0),
    "times 1e-4": (1e-4, 0.0),
    "shifted by 1e6": (1.0, 1e6),
    "negative": (-1.0, 0.0),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("factor", "shift"), SCALES.values(), ids=SCALES)
def test_the_scale_of_the_quantity_changes_nothing(factor, shift, dtype):
    there, here = (
        friedman(dtype=dtype).fit(FRIEDMAN[:200], y[:200]).score(FRIEDMAN[200:], y[200:])
        for y in (FRIEDMAN_Y, factor * FRIEDMAN_Y + shift)
    )
    assert here == pytest.approx(there, abs=0.01 if factor > 0 else 0.05)


def test_the_scale_inside_is_that_of_a_transformed_target():
    inside = small_regressor().fit(X, Y_REAL)
    outside = TransformedTargetRegressor(
        small_regressor(scale_target=False), transformer=StandardScaler()
    ).fit(X, Y_REAL)
    np.testing.assert_allclose(inside.predict(X), outside.predict(X))


def test_a_constant_quantity_is_predicted():
    fitted = small_regressor().fit(X, np.column_stack([Y_REAL, np.full(60, 0.1)]))
    np.testing.assert_array_equal(fitted.predict(X)[:, 1], np.full(60, 0.1))


@pytest.mark.usefixtures("in_float64")
@each_loss
def test_the_keras_model_predicts_in_the_units_of_y(loss):
    fitted = small_regressor(**loss).fit(X, TWO)
    np.testing.assert_allclose(np.asarray(fitted.to_keras()(X)), fitted.predict(X), rtol=1e-5)


def test_rows_may_be_sparse_images_and_frames():
    fitted = small_regressor().fit(X, Y_REAL)
    from_sparse = small_regressor().fit(sparse.csr_array(X), Y_REAL)
    np.testing.assert_array_equal(from_sparse.predict(sparse.csr_array(X)), fitted.predict(X))
    frame = pd.DataFrame(X, columns=list("abcde"))
    from_frame = small_regressor().fit(frame, pd.Series(Y_REAL))
    np.testing.assert_array_equal(from_frame.predict(frame), fitted.predict(X))
    images = np.random.default_rng(0).normal(size=(60, 2, 3))
    assert small_regressor().fit(images, Y_REAL).n_features_in_ == 6


# History and early stopping


@pytest.mark.parametrize("y", [Y_REAL, TWO], ids=["one", "two"])
def test_the_history_has_the_r2_of_validation_data(y):
    weights = np.linspace(0.1, 1, 20)
    fitted = small_regressor().fit(
        X[20:], y[20:], X_val=X[:20], y_val=y[:20], sample_weight_val=weights
    )
    assert list(fitted.history_) == ["loss", "r2", "val_loss", "val_r2"]
    targets, logits = fitted._targets.encode(y[:20], "y"), fitted._logits(X[:20])
    errors = np.average((targets - logits) ** 2, axis=0, weights=weights)
    variances = np.cov(targets.T, aweights=weights, ddof=0).reshape(len(errors), -1).diagonal()
    assert fitted.history_["val_loss"][-1] == pytest.approx(errors.mean())
    assert fitted.history_["val_r2"][-1] == pytest.approx(1 - errors.mean() / variances.mean())


def test_the_r2_of_training_is_that_of_a_network_that_stands_still():
    still = small_regressor(optimizer="sgd", learning_rate=1e-300, epochs=1).fit(X, Y_REAL)
    assert still.history_["r2"] == pytest.approx([still.score(X, Y_REAL)])


def test_early_stopping_by_none_is_by_r2():
    fitted = friedman(early_stopping=True, scoring=None, n_iter_no_change=2)
    fitted.fit(FRIEDMAN[60:], FRIEDMAN_Y[60:], X_val=FRIEDMAN[:60], y_val=FRIEDMAN_Y[:60])
    best = fitted.score(FRIEDMAN[:60], FRIEDMAN_Y[:60])
    assert fitted.best_validation_score_ == pytest.approx(best)


@pytest.mark.parametrize("held_out", [True, False], ids=["held out", "given"])
def test_a_scorer_is_given_the_quantities_as_they_were(held_out):
    counts = np.floor(np.abs(X[:, 0]) * 3)
    seen = []

    def scorer(estimator, rows, y):
        seen.append(y)
        return -mean_poisson_deviance(y, np.maximum(estimator.predict(rows), 1e-3))

    given = {} if held_out else {"X_val": X, "y_val": counts}
    small_regressor(early_stopping=True, scoring=scorer).fit(X, counts, **given)
    assert np.isin(seen[0], counts).all()


# Weights and further training


@pytest.mark.parametrize("loss", [LOSSES[0], LOSSES[3]], ids=["squared_error", "poisson"])
def test_integer_weights_are_repeated_rows(loss):
    counts = np.arange(60) % 3
    weighted = small_regressor(batch_size=200, **loss).fit(X, Y_REAL, sample_weight=counts)
    repeated = small_regressor(batch_size=200, **loss).fit(
        np.repeat(X, counts, axis=0), np.repeat(Y_REAL, counts)
    )
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X))


def test_a_warm_start_keeps_the_scale_and_goes_on():
    fitted = small_regressor(warm_start=True).fit(X, Y_REAL)
    before = fitted._targets
    fitted.fit(X, 2 * Y_REAL)
    np.testing.assert_array_equal(fitted._targets.mean, before.mean)
    assert len(fitted.history_["loss"]) == 6


def test_another_loss_cannot_be_gone_on_with():
    fitted = small_regressor(warm_start=True).fit(X, Y_REAL)
    with pytest.raises(ValueError, match="head from 'squared_error' to 'huber'"):
        fitted.set_params(loss="huber").fit(X, Y_REAL)


def test_another_number_of_quantities_cannot_be_gone_on_with():
    fitted = small_regressor(warm_start=True).fit(X, Y_REAL)
    with pytest.raises(ValueError, match="n_outputs from 1 to 2"):
        fitted.fit(X, TWO)


def test_a_search_over_quantiles_compiles_one_program():
    before = training_cache_info()
    grid = {"quantile": [0.1, 0.5, 0.9]}
    search = GridSearchCV(small_regressor(widths=(5,), loss="quantile", quantile=0.5), grid, cv=3)
    search.fit(X, Y_REAL)
    assert training_cache_info().compilations == before.compilations + 1


# Keeping


@each_loss
@pytest.mark.parametrize("y", [Y_REAL.astype("float32"), TWO], ids=["one", "two"])
def test_a_regressor_comes_back_from_a_file_and_a_pickle(tmp_path, loss, y):
    fitted = small_regressor(warm_start=True, **loss).fit(X, y)
    assert_same_estimators(saved_and_loaded(fitted, tmp_path), fitted)
    assert_same_estimators(pickle.loads(pickle.dumps(fitted)), fitted)


@pytest.mark.parametrize(
    ("written", "reader"), [(small_regressor, KerasMLPClassifier), (small, KerasMLPRegressor)]
)
def test_a_file_of_the_other_estimator_is_refused(tmp_path, written, reader):
    written().fit(X, Y).save(tmp_path / "model.zip")
    message = f"found a {type(written()).__name__}; expected a {reader.__name__}"
    with pytest.raises(ValueError, match=message):
        reader.load(tmp_path / "model.zip")


def test_a_fit_is_read_back_from_a_folder(tmp_path):
    fitted = small_regressor(memory=tmp_path, **ALL_BUT_LABELS).fit(X, TWO)
    again = small_regressor(memory=tmp_path, **ALL_BUT_LABELS).fit(X, TWO)
    assert_same_network(again, fitted)
    other = small_regressor(memory=tmp_path, **ALL_BUT_LABELS | {"scale_target": False})
    assert not np.array_equal(other.fit(X, TWO).predict(X), fitted.predict(X))


ALL_BUT_LABELS = {name: value for name, value in ALL_OF_IT.items() if name != "label_smoothing"}


@pytest.mark.parametrize("loss", LOSSES[-2:], ids=["poisson", "quantile"])
def test_every_ingredient_of_learning_works(loss):
    fitted = friedman(**loss | ALL_BUT_LABELS | {"learning_rate": 0.02})
    predicted = fitted.fit(FRIEDMAN, FRIEDMAN_Y).predict(FRIEDMAN)
    assert np.corrcoef(predicted, FRIEDMAN_Y)[0, 1] > 0.7


# As an estimator


def test_it_has_no_methods_of_classes():
    regressor = small_regressor()
    assert not hasattr(regressor, "predict_proba")
    assert not hasattr(regressor, "decision_function")


def test_fitted_attributes_are_those_of_quantities():
    fitted = small_regressor().fit(X, TWO)
    assert not hasattr(fitted, "classes_")
    assert (fitted.n_outputs_, fitted.out_activation_) == (2, "linear")
    assert small_regressor(loss="poisson").fit(X, Y_REAL).out_activation_ == "exponential"


def test_diabetes_is_predicted_behind_a_scaler_with_the_default_parameters():
    rows, y = load_diabetes(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), KerasMLPRegressor(random_state=0))
    assert cross_val_score(pipeline, rows, y, cv=5).mean() > 0.3


def test_a_fit_that_learns_nothing_is_warned_of():
    with pytest.warns(ConvergenceWarning, match="that of predicting one and the same number"):
        friedman(learning_rate=10.0, activation="tanh").fit(FRIEDMAN, FRIEDMAN_Y)


@each_loss
def test_noise_is_not_warned_of(loss):
    noise = np.random.default_rng(1).exponential(size=300)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        friedman(**loss, epochs=10).fit(FRIEDMAN, noise)


# Bad input

REFUSED = {
    "NaN": (np.where(np.arange(60) == 3, np.nan, Y_REAL), "Input y contains NaN"),
    "infinity": (np.where(np.arange(60) == 3, np.inf, Y_REAL), "Input y contains infinity"),
    "text": (np.array(["low", "top"])[Y % 2], "y must have numbers"),
    "another length": (Y_REAL[:-1], "inconsistent numbers of samples"),
    "three dimensions": (np.ones((60, 2, 2)), "dim 3"),
}


@pytest.mark.parametrize(("y", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_quantity_is_refused_and_leaves_the_estimator_as_it_was(y, message):
    fitted = small_regressor().fit(X, Y_REAL)
    before = state_of(fitted)
    with pytest.raises(ValueError, match=message):
        fitted.fit(X, y)
    assert state_of(fitted) == before


def test_negative_counts_are_refused():
    with pytest.raises(ValueError, match=r"^y must be >= 0 where loss='poisson'"):
        small_regressor(loss="poisson").fit(X, -Y_REAL)
    with pytest.raises(ValueError, match=r"^y_val must be >= 0 where loss='poisson'"):
        small_regressor(loss="poisson").fit(X, Y_REAL, X_val=X, y_val=-Y_REAL)


def test_a_quantity_that_float32_cannot_hold_is_refused_where_it_is_not_scaled():
    huge = small_regressor(dtype="float32", scale_target=False)
    with pytest.raises(ValueError, match="Input y contains infinity or a value too large"):
        huge.fit(X, 1e300 * Y_REAL)
    assert np.isfinite(small_regressor(dtype="float32").fit(X, 1e100 * Y_REAL).predict(X)).all()


@pytest.mark.parametrize("parameter", ["class_weight", "label_smoothing"])
def test_parameters_of_classes_are_none_of_its(parameter):
    with pytest.raises(ValueError, match=f"Invalid parameter {parameter!r}"):
        small_regressor().set_params(**{parameter: None})
