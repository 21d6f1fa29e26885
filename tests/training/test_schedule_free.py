"""Schedule-free AdamW against its paper: it trains at one point and predicts with another."""

import keras
import numpy as np
import pytest

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.network.initial_weights import draw_initial_weights
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.training.optimizers import choose_optimizer, optimizer_names
from sk_mnist_mlp.training.pure_optimizer import PureOptimizer
from sk_mnist_mlp.training.steps import StepFactors
from sk_mnist_mlp.training.trainer import Plan, start_training
from tests.keeping import KEPT
from tests.networks import assert_same_network
from tests.small_fits import X, Y, model_of, small
from tests.tensors import tensor

pytestmark = pytest.mark.usefixtures("in_float64")
NAME = "schedulefreeadamw"
if NAME not in optimizer_names():
    pytest.skip("Keras before 3.13 has no ScheduleFreeAdamW", allow_module_level=True)

RATE, STEPS = 2.0**-7, 25


class Paper:
    """Algorithm 1 of Defazio et al. 2024 (arXiv:2405.15682), for one tensor."""

    def __init__(self, start, beta_1=0.9, beta_2=0.999, epsilon=1e-8, decay=0.0, warmup=0):
        self.x = self.z = start
        self.v = self.total = self.t = 0.0
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.decay, self.warmup = decay, warmup

    @property
    def y(self):
        return (1 - self.beta_1) * self.z + self.beta_1 * self.x

    def step(self, gradient, rate=RATE):
        y = self.y
        self.t += 1
        self.v = self.beta_2 * self.v + (1 - self.beta_2) * gradient**2
        corrected = self.v / (1 - self.beta_2**self.t)
        rate = rate * min(1, self.t / self.warmup) if self.warmup else rate
        self.total += rate**2
        step = gradient / (np.sqrt(corrected) + self.epsilon)
        self.z = self.z - rate * step - rate * self.decay * y
        c = rate**2 / self.total if self.total else 0.0
        self.x = (1 - c) * self.x + c * self.z


SETTINGS = {
    "Keras' own": ({}, {}),
    "other betas": ({"beta_1": 0.6, "beta_2": 0.95}, {"beta_1": 0.6, "beta_2": 0.95}),
    "without interpolation": ({"beta_1": 1.0}, {"beta_1": 1.0}),
    "another epsilon": ({"epsilon": 0.1}, {"epsilon": 0.1}),
    "warmup": ({"warmup_steps": 7}, {"warmup": 7}),
    "weight decay": ({"weight_decay": 2.0}, {"decay": 2.0}),
    "all": (
        {"beta_1": 0.6, "warmup_steps": 7, "weight_decay": 2.0},
        {"beta_1": 0.6, "warmup": 7, "decay": 2.0},
    ),
}
RATES = {
    "constant": np.full(STEPS, RATE),
    "from zero up and down": RATE * np.sin(np.linspace(0, 3, STEPS)),
}


def gradient(y):
    """Of a bowl that is steeper in some directions than in others."""
    return np.arange(1.0, 7.0).reshape(2, 3) * (y - 0.3)


def assert_points_of_the_paper(settings, paper, rates, decay=0.0):
    """Train `paper` and ours by the same gradients, and compare y and x."""
    choice = choose_optimizer(keras.optimizers.ScheduleFreeAdamW(**settings), None)
    optimizer = PureOptimizer(choice.spec, {"kernels/0": (2, 3)}, "float64")
    parameters = [paper.x]
    slots = optimizer.initial_slots(parameters)
    np.testing.assert_array_equal(optimizer.predicting(parameters, slots)[0], paper.x)
    for rate in rates:
        paper.step(gradient(paper.y), rate)
        gradients = [tensor(gradient(np.asarray(parameters[0])))]
        slots, parameters = list(map(tensor, slots)), list(map(tensor, parameters))
        if decay:
            decays = [tensor(decay)]
            parameters, slots = optimizer.decayed(slots, parameters, decays, tensor(rate))
        parameters, slots = optimizer.update(slots, gradients, parameters, tensor(rate))
    found = parameters[0], optimizer.predicting(parameters, slots)[0]
    np.testing.assert_allclose(found[0], paper.y, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found[1], paper.x, rtol=0, atol=1e-12)


START = np.random.default_rng(0).normal(size=(2, 3))


@pytest.mark.parametrize("rates", RATES.values(), ids=RATES)
@pytest.mark.parametrize(("settings", "of_paper"), SETTINGS.values(), ids=SETTINGS)
def test_training_and_predicting_point_are_those_of_the_paper(settings, of_paper, rates):
    assert_points_of_the_paper(settings, Paper(START, **of_paper), rates)


@pytest.mark.parametrize("warmup", [0, 7])
def test_weight_decay_of_the_estimators_is_that_of_the_paper(warmup):
    paper = Paper(START, decay=2.0, warmup=warmup)
    assert_points_of_the_paper({"warmup_steps": warmup}, paper, RATES["constant"], decay=2.0)


# Of softmax regression on one full batch, whose gradient is a line of NumPy.
REGRESSION = {
    "widths": (),
    "optimizer": NAME,
    "learning_rate": 0.1,
    "batch_size": len(X),
    "epochs": STEPS,
    "dtype": "float64",
}
ONES = np.hstack([X, np.ones((len(X), 1))])  # the last row of its kernel is the bias
ONE_HOT = np.eye(3)[Y]


def probabilities(kernel):
    powers = np.exp(ONES @ kernel)
    return powers / powers.sum(axis=1, keepdims=True)


def losses_of_the_paper(clf, n_steps=STEPS):
    """Where the paper's algorithm comes to, and the loss at each x on the way."""
    weights = clf.initial_weights()
    paper = Paper(np.vstack([weights.kernels[0], weights.biases[0]]))
    losses = []
    for _ in range(n_steps):
        paper.step(ONES.T @ (probabilities(paper.y) - ONE_HOT) / len(X), clf.learning_rate)
        losses.append(-np.log(probabilities(paper.x)[np.arange(len(X)), Y]).mean())
    return paper, losses


def test_a_fitted_network_is_the_average_of_the_paper():
    clf = small(**REGRESSION).fit(X, Y)
    paper, _ = losses_of_the_paper(clf)
    found = np.vstack([clf.coefs_[0], clf.intercepts_[0]])
    np.testing.assert_allclose(found, paper.x, rtol=0, atol=1e-8)
    assert np.abs(paper.x - paper.y).max() > 1e-3


def test_validation_and_early_stopping_see_the_average():
    clf = small(**REGRESSION, early_stopping=True, n_iter_no_change=2, tol=1e-3)
    clf.fit(X, Y, X_val=X, y_val=Y)
    assert 5 < clf.n_iter_ < STEPS
    _, losses = losses_of_the_paper(clf, clf.n_iter_)
    np.testing.assert_allclose(clf.history_["val_loss"], losses, rtol=1e-8)


GOING_ON = {
    "alone": {},
    "batch norm and dropout": {"batch_norm": True, "dropout": 0.3},
    "float32": {"dtype": "float32"},
    "averaging": {"averaging": 0.8},
    "weight decay": {"weight_decay": 0.5},
}


@pytest.mark.parametrize("changes", GOING_ON.values(), ids=GOING_ON)
def test_calls_of_partial_fit_are_one_fit_of_all_epochs(changes):
    whole = small(**changes, optimizer=NAME, epochs=4).fit(X, Y)
    parts = small(**changes, optimizer=NAME)
    for _ in range(4):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    assert model_of(parts) == model_of(whole)
    assert parts.history_ == whole.history_


@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT)
@pytest.mark.parametrize("averaging", [None, 0.8])
def test_what_was_kept_in_mid_training_goes_on_as_one_fit(keep, averaging, tmp_path):
    settings = {"optimizer": NAME, "averaging": averaging, "warm_start": True}
    whole = small(**settings, epochs=4).fit(X, Y)
    kept = keep(small(**settings, epochs=3).fit(X, Y), tmp_path)
    assert model_of(kept.set_params(epochs=1).fit(X, Y)) == model_of(whole)


NETWORK = NetworkSpec(5, (4,), 3, "softmax", "tanh", "before")
WEIGHTS = draw_initial_weights(NETWORK, (0.3, 0.3), np.random.default_rng(1), np.dtype("float64"))


def in_training(**knobs):
    plan = Plan(
        network=NETWORK,
        optimizer=NAME,
        learning_rate=0.01,
        scheduled=False,
        knobs={name: np.array(value) for name, value in knobs.items()},
        batch_size=128,
        dtype="float64",
        seed=5,
    )
    return start_training(plan, Examples(X, Y, np.ones(len(X))), WEIGHTS)


def epochs_of(trainer, n_epochs):
    for epoch in range(n_epochs):
        trainer, _ = trainer.trained(range(epoch, epoch + 1), [StepFactors()])
        yield trainer


def test_before_the_first_step_all_points_are_the_start():
    trainer = in_training()
    assert_same_network(trainer.weights(), WEIGHTS)
    assert_same_network(trainer.optimizer_state().trained, WEIGHTS)


def test_the_moments_of_batch_norm_are_those_of_where_it_trains():
    *_, trainer = epochs_of(in_training(), 3)
    predicts, trains = trainer.weights(), trainer.optimizer_state().trained
    assert (predicts.kernels[0] != trains.kernels[0]).any()
    norms = predicts.batch_norms[0], trains.batch_norms[0]
    np.testing.assert_array_equal(norms[0].mean, norms[1].mean)
    np.testing.assert_array_equal(norms[0].variance, norms[1].variance)


def test_averaging_averages_what_would_predict_without_it():
    alone = [trainer.weights().tensors() for trainer in epochs_of(in_training(), 6)]
    *_, averaged = epochs_of(in_training(averaging=0.8), 6)
    shares = 0.8 ** np.arange(6)[::-1]
    for name, average in averaged.weights().tensors().items():
        expected = np.average([tensors[name] for tensors in alone], axis=0, weights=shares)
        np.testing.assert_allclose(average, expected, rtol=1e-10, atol=1e-14)


class Derived(keras.optimizers.ScheduleFreeAdamW):
    pass


class WithItsOwnStep(keras.optimizers.ScheduleFreeAdamW):
    def update_step(self, gradient, variable, learning_rate):
        variable.assign(variable - gradient)


def test_a_class_derived_from_it_is_mended_unless_its_step_is_its_own():
    for cls, averages in ((Derived, True), (WithItsOwnStep, False)):
        spec = choose_optimizer(cls(RATE), None).spec
        assert PureOptimizer(spec, {"kernels/0": (2, 3)}, "float64").averages is averages


def test_an_average_without_a_part_in_training_is_refused():
    zero = keras.optimizers.ScheduleFreeAdamW(beta_1=0.0)
    with pytest.raises(ValueError, match=r"may not be a ScheduleFreeAdamW with beta_1=0, in which"):
        small(optimizer=zero).fit(X, Y)
