"""Weight decay of kernels, decoupled, with any optimizer: by hand and against itself."""

import json

import keras
import numpy as np
import pytest

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import Weights
from sk_mnist_mlp.training.layout import JOINED_KERNEL
from sk_mnist_mlp.training.optimizers import choose_optimizer, optimizer_names
from sk_mnist_mlp.training.steps import StepFactors
from sk_mnist_mlp.training.trainer import Plan, start_training
from tests.networks import assert_same_network
from tests.small_fits import X, Y, model_of, small
from tests.tensors import as_keras_casts
from tests.training.oracle import initial_weights, random_batches, train_program

DECAY, RATE, STEPS, ROWS = 0.5, 0.1, 12, 40
N_FEATURES = {"joined with others": 8, "for itself": JOINED_KERNEL // 3 + 1}
"""Of softmax regression, by how the optimizer gets its kernel."""


def regression_data(n_features):
    rng = np.random.default_rng(0)
    return rng.normal(size=(ROWS, n_features)), np.arange(ROWS) % 3


def regression_start(n_features):
    return Weights((np.random.default_rng(1).normal(size=(n_features, 3)),), (np.full(3, 0.5),))


class SGD:
    def step(self, gradient, rate):
        return rate * gradient


class Adam:
    """Kingma & Ba 2015, in the form of section 2, with settings rounded as Keras rounds them."""

    m = v = t = 0

    def step(self, gradient, rate):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * gradient
        self.v = 0.999 * self.v + 0.001 * gradient**2
        beta_1, beta_2 = map(as_keras_casts, (0.9, 0.999))
        rate = rate * np.sqrt(1 - beta_2**self.t) / (1 - beta_1**self.t)
        return rate * self.m / (np.sqrt(self.v) + 1e-7)


def regression_by_hand(n_features, make_rule, rates):
    """Kernel and bias of softmax regression on one full batch, with the kernel's decay."""
    inputs, targets = regression_data(n_features)
    start = regression_start(n_features)
    kernel, bias, rules = start.kernels[0], start.biases[0], (make_rule(), make_rule())
    for rate in rates:
        powers = np.exp(inputs @ kernel + bias)
        errors = (powers / powers.sum(axis=1, keepdims=True) - np.eye(3)[targets]) / ROWS
        kernel = kernel * (1 - rate * DECAY) - rules[0].step(inputs.T @ errors, rate)
        bias = bias - rules[1].step(errors.sum(axis=0), rate)
    return kernel, bias


def trained_regression(n_features, optimizer, learning_rate, factors):
    inputs, targets = regression_data(n_features)
    plan = Plan(
        network=NetworkSpec(n_features, (), 3, "softmax"),
        optimizer=optimizer,
        learning_rate=learning_rate,
        scheduled=False,
        knobs={"weight_decay": np.array(DECAY)},
        batch_size=ROWS,
        dtype="float64",
        seed=0,
    )
    examples = Examples(inputs, targets, np.ones(ROWS))
    trainer = start_training(plan, examples, regression_start(n_features))
    steps = [StepFactors(learning_rate=factor) for factor in factors]
    weights = trainer.trained(range(STEPS), steps)[0].weights()
    return weights.kernels[0], weights.biases[0]


def assert_close(found, expected, tolerance):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance)


FACTORS = np.linspace(0.2, 1.0, STEPS)[::-1]


@pytest.mark.parametrize("n_features", N_FEATURES.values(), ids=N_FEATURES)
@pytest.mark.parametrize(("name", "rule"), [("sgd", SGD), ("adam", Adam)])
def test_each_kernel_shrinks_by_the_rate_of_the_step_and_biases_do_not(name, rule, n_features):
    found = trained_regression(n_features, name, RATE, list(FACTORS[:, None]))
    assert_close(found, regression_by_hand(n_features, rule, RATE * FACTORS), 1e-8)


@pytest.mark.parametrize("n_features", N_FEATURES.values(), ids=N_FEATURES)
def test_the_rate_may_be_that_of_a_schedule_of_the_optimizers_own(n_features):
    schedule = keras.optimizers.schedules.ExponentialDecay(RATE, 5, 0.5)
    found = trained_regression(n_features, keras.optimizers.SGD(schedule), None, [1.0] * STEPS)
    rates = RATE * 0.5 ** (np.arange(STEPS) / 5)
    assert_close(found, regression_by_hand(n_features, SGD, rates), 1e-6)  # Keras' in float32


# One kernel for itself, and two joined with the vectors, where the optimizer allows it.
NETWORK = NetworkSpec(8, (JOINED_KERNEL // 8 + 1, 5), 3, "softmax", "tanh", "before")
RELATIVE = {"adafactor", "lamb"}
"""Names of optimizers whose steps are as large as the weights are."""


def one_step(name, **knobs):
    weights, batches = initial_weights(NETWORK, "float64"), random_batches(NETWORK, "float64")
    choice = choose_optimizer(name, 2.0**-7, decays=not knobs)
    trained, _ = train_program(NETWORK, choice, batches, weights, xla=False, n_steps=1, **knobs)
    return weights.tensors(), trained.tensors()


@pytest.mark.parametrize("name", optimizer_names())
def test_with_every_named_optimizer_kernels_alone_shrink(name):
    start, decayed = one_step(name, weight_decay=DECAY)
    _, kept = one_step(name, weight_decay=0.0)
    for tensor in start.keys() & set(NETWORK.trainable):
        loss = kept[tensor] - decayed[tensor]
        if not tensor.startswith("kernels/"):
            np.testing.assert_array_equal(loss, 0.0)
        elif name == "ftrl":  # which works weights out of its own sums
            assert 0 < np.abs(loss).max() < 2.0**-7 * DECAY * np.abs(start[tensor]).max()
        else:
            expected = 2.0**-7 * DECAY * (kept if name in RELATIVE else start)[tensor]
            # Keras' Adafactor, on JAX, scales by means of float32.
            rounds = name == "adafactor" and keras.config.backend() == "jax"
            rtol = 1e-3 if rounds else 1e-6
            np.testing.assert_allclose(loss, expected, rtol=rtol, atol=1e-15)


def test_it_takes_the_place_of_the_decay_that_a_named_optimizer_has():
    settings = {"weight_decay": 0.1, "batch_norm": True}
    adamw, adam = (small(**settings, optimizer=name).fit(X, Y) for name in ("adamw", "adam"))
    assert model_of(adamw) == model_of(adam)


@pytest.mark.parametrize("name", optimizer_names())
def test_no_decay_of_a_named_optimizers_own_is_left(name):
    settings = json.loads(choose_optimizer(name, None, decays=False).spec.config)
    decays = [value for setting, value in settings.items() if "weight_decay" in setting]
    assert decays
    assert not any(decays)


OWN_DECAY = {
    "weight_decay": lambda: keras.optimizers.AdamW(weight_decay=0.25),
    "adam_weight_decay": lambda: keras.optimizers.Muon(weight_decay=0.0, adam_weight_decay=0.25),
}
if not hasattr(keras.optimizers.Muon(), "adam_weight_decay"):  # Keras 3.10
    del OWN_DECAY["adam_weight_decay"]


@pytest.mark.parametrize("setting", OWN_DECAY)
def test_an_instance_with_a_decay_of_its_own_is_refused(setting):
    instance = OWN_DECAY[setting]()
    name = type(instance).__name__
    message = (
        "The 'weight_decay' parameter must be 0 where the optimizer has a weight decay of its "
        rf"own. Got one of {name} with {setting}=0.25: set that to 0.0, or leave weight decay to "
        "it."
    )
    with pytest.raises(ValueError, match=message):
        small(optimizer=instance, weight_decay=0.1).fit(X, Y)
    small(optimizer=OWN_DECAY[setting](), epochs=1).fit(X, Y)


def test_a_decay_of_zero_changes_no_bit():
    network = NetworkSpec(8, (6,), 3, "softmax", "tanh")
    weights, batches = initial_weights(network, "float64"), random_batches(network, "float64")
    adam = choose_optimizer("adam", RATE)
    none, _ = train_program(network, adam, batches, weights, xla=False)
    zero, _ = train_program(network, adam, batches, weights, xla=False, weight_decay=0.0)
    assert_same_network(zero, none)
