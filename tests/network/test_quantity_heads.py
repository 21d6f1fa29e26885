"""Losses of quantities are those of scikit-learn and Keras, and constants the best there are."""

import keras
import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import (
    mean_absolute_error,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_squared_error,
    r2_score,
)

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.fitting.evaluation import METRICS
from sk_mnist_mlp.network.quantity_heads import QUANTITY_HEADS

pytestmark = pytest.mark.usefixtures("numpy_errors_ignored", "in_float64")

RNG = np.random.default_rng(0)
LOGITS, TARGETS = RNG.normal(size=(200, 2)), RNG.exponential(size=(200, 2))
WEIGHTS = RNG.uniform(0.1, 1.0, 200)


def values(name):
    return {"quantile": 0.8} if name == "quantile" else {}


def loss(name, logits=LOGITS, targets=TARGETS, weights=WEIGHTS):
    losses = QUANTITY_HEADS[name].losses(logits, targets, values(name))
    return np.average(losses, weights=weights)


SCIKIT_LEARN = {
    "squared_error": mean_squared_error,
    "absolute_error": mean_absolute_error,
    "quantile": lambda y, p, sample_weight: mean_pinball_loss(
        y, p, sample_weight=sample_weight, alpha=0.8
    ),
}


@pytest.mark.parametrize("name", SCIKIT_LEARN)
def test_a_loss_is_that_of_scikit_learn(name):
    expected = SCIKIT_LEARN[name](TARGETS, LOGITS, sample_weight=WEIGHTS)
    assert loss(name) == pytest.approx(expected, rel=1e-12)


def test_poisson_differs_from_half_the_deviance_by_what_no_prediction_changes():
    halves = [
        mean_poisson_deviance(TARGETS.ravel(), np.exp(logits).ravel()) / 2
        - loss("poisson", logits, weights=None)
        for logits in (LOGITS, LOGITS + 1)
    ]
    assert halves[0] == pytest.approx(halves[1])


@pytest.mark.parametrize(
    "name", [name for name, head in QUANTITY_HEADS.items() if head.loss is not None]
)
def test_losses_are_those_of_keras(name):
    head = QUANTITY_HEADS[name]
    keras_loss = keras.losses.get(head.loss)
    expected = np.asarray(keras_loss(TARGETS, head.predict(LOGITS)))
    # Keras adds 1e-7 to what it takes the logarithm of, and computes some in float32.
    np.testing.assert_allclose(head.losses(LOGITS, TARGETS, {}), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", QUANTITY_HEADS)
def test_a_logit_that_is_not_a_number_has_a_loss_that_is_none(name):
    head = QUANTITY_HEADS[name]
    logits = np.array([[np.nan, 1.0], [1.0, 1.0]])
    assert np.isnan(head.losses(logits, TARGETS[:2], values(name))).tolist() == [True, False]
    assert np.isnan(head.measures(logits, TARGETS[:2])[:, 0]).tolist() == [True, False]


@pytest.mark.parametrize("name", QUANTITY_HEADS)
def test_the_loss_of_a_constant_is_the_least_that_there_is(name):
    head, targets = QUANTITY_HEADS[name], TARGETS[:, :1]

    def of(logit):
        return loss(name, np.full_like(targets, logit), targets)

    least = minimize_scalar(of, bounds=(-3, 6), method="bounded", options={"xatol": 1e-9}).fun
    found = head.loss_of_constant(targets, WEIGHTS, values(name))
    # Huber's is taken at the median, near its best.
    assert least - 1e-9 <= found <= least * (1.1 if name == "huber" else 1 + 1e-6)


def test_the_loss_of_a_constant_is_by_column():
    both = QUANTITY_HEADS["squared_error"].loss_of_constant(TARGETS, WEIGHTS, {})
    variances = np.cov(TARGETS.T, aweights=WEIGHTS, ddof=0).diagonal()
    assert both == pytest.approx(variances.mean())


def test_targets_that_are_all_zero_have_a_loss_of_a_constant():
    zeros = np.zeros((5, 1))
    found = QUANTITY_HEADS["poisson"].loss_of_constant(zeros, np.ones(5), {})
    assert found == pytest.approx(0, abs=1e-300)


@pytest.mark.parametrize("name", ["squared_error", "poisson"])
def test_the_measures_come_to_the_r2_of_scikit_learn(name):
    head, examples = QUANTITY_HEADS[name], Examples(None, TARGETS, WEIGHTS)
    predicted = np.exp(LOGITS) if name == "poisson" else LOGITS
    measure, *errors = WEIGHTS @ head.measures(LOGITS, TARGETS) / WEIGHTS.sum()
    r2 = METRICS["r2"]
    expected = r2_score(TARGETS, predicted, sample_weight=WEIGHTS)
    assert r2.score(np.array(errors), examples) == pytest.approx(expected)
    together = mean_squared_error(TARGETS, predicted, sample_weight=WEIGHTS)
    assert r2.reported(measure, examples) == pytest.approx(1 - together / examples.variances.mean())


@pytest.mark.parametrize("error", [0.0, 0.5])
def test_r2_of_targets_that_do_not_vary_is_that_of_scikit_learn(error):
    targets = np.full((4, 1), 3.0)
    examples = Examples(None, targets, np.ones(4))
    expected = r2_score(targets, targets + error)
    assert METRICS["r2"].score(np.array([error**2]), examples) == expected
