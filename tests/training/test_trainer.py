"""A network in training: epoch by epoch, on from any state, and no further than numbers go."""

import keras
import numpy as np
import pytest

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.network.initial_weights import draw_initial_weights
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import OptimizerState
from sk_mnist_mlp.training.loop import LossNotFinite
from sk_mnist_mlp.training.steps import StepFactors
from sk_mnist_mlp.training.trainer import (
    Plan,
    start_training,
)
from tests.networks import assert_same_network

NETWORK = NetworkSpec(5, (4,), 3, "softmax", "tanh", "after")
RNG = np.random.default_rng(0)
ROWS = Examples(RNG.normal(size=(70, 5)), RNG.integers(0, 3, 70), np.ones(70))
DROPOUT = {
    "dropout_threshold": np.array([0.3 * 2**32], np.uint32),
    "dropout_scale": np.array([1 / 0.7]),
}


def plan(**changes):
    settings = {
        "network": NETWORK,
        "optimizer": "adam",
        "scheduled": False,
        "learning_rate": 0.01,
        "knobs": DROPOUT,
        "batch_size": 16,
        "dtype": "float64",
        "seed": 5,
    }
    return Plan(**{**settings, **changes})


def start(network=NETWORK):
    rng = np.random.default_rng(1)
    stddevs = (0.3,) * len(network.kernel_shapes)
    return draw_initial_weights(network, stddevs, rng, np.dtype("float64"))


def trained(numbers, **changes):
    return start_training(plan(**changes), ROWS, start()).trained(
        numbers, [StepFactors()] * len(numbers)
    )


def fit(numbers, **changes):
    return trained(numbers, **changes)[0]


EPOCH_BY_EPOCH = {"adam": {}, "sgd": {"optimizer": "sgd"}, "no dropout": {"knobs": {}}}


@pytest.mark.parametrize("settings", EPOCH_BY_EPOCH.values(), ids=EPOCH_BY_EPOCH)
def test_epochs_taken_one_by_one_are_those_of_one_fit(settings):
    whole = fit(range(4), **settings)
    here = start_training(plan(**settings), ROWS, start())
    for epoch in range(4):
        here = start_training(
            plan(**settings), ROWS, here.weights(), here.optimizer_state(), here.n_updates
        )
        here, _ = here.trained(range(epoch, epoch + 1), [StepFactors()])
    assert_same_network(here.weights(), whole.weights())


@pytest.mark.parametrize("norm", [None, "before"])
def test_averages_are_of_what_each_step_left(norm):
    network = NetworkSpec(5, (4,), 3, "softmax", "tanh", norm)
    settings = {"network": network, "batch_size": 128, "knobs": {"averaging": np.array(0.8)}}
    here = start_training(plan(**settings), ROWS, start(network))
    steps = []
    for epoch in range(6):
        here, _ = here.trained(range(epoch, epoch + 1), [StepFactors()])
        steps.append(here.optimizer_state().trained.tensors())
    shares = 0.8 ** np.arange(6)[::-1]
    for name, average in here.weights().tensors().items():
        each = np.stack([tensors[name] for tensors in steps])
        np.testing.assert_allclose(average, np.average(each, axis=0, weights=shares), rtol=1e-12)
        assert (each[-1] != average).any()


def test_an_average_that_begins_later_begins_at_the_weights():
    before = fit(range(2), knobs={}, batch_size=128)
    settings = plan(knobs={"averaging": np.array(0.8)}, batch_size=128)
    state = before.optimizer_state()
    goes_on = start_training(settings, ROWS, before.weights(), state, before.n_updates)
    after = goes_on.trained(range(2, 3), [StepFactors()])[0]
    moved = after.optimizer_state().trained.kernels[0]
    old = 0.8 * (1 - 0.8**2) / (1 - 0.8**3)  # as of an average over the two steps before
    expected = old * before.weights().kernels[0] + (1 - old) * moved
    np.testing.assert_allclose(after.weights().kernels[0], expected, rtol=1e-12)


def test_a_schedule_beside_one_of_the_optimizers_own_is_refused():
    own = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 10))
    with pytest.raises(ValueError, match=r"'schedule' parameter must be None, and 'warmup' 0"):
        start_training(plan(optimizer=own, learning_rate=None, scheduled=True), ROWS, start())
    start_training(plan(optimizer=own, learning_rate=0.1, scheduled=True), ROWS, start())


def test_epochs_are_the_same_whether_they_share_a_call():
    together, epochs = trained(range(4))
    alone, one_by_one = start_training(plan(), ROWS, start()), []
    for number in range(4):
        alone, done = alone.trained(range(number, number + 1), [StepFactors()])
        one_by_one += done
    assert_same_network(alone.weights(), together.weights())
    assert one_by_one == epochs
    assert [epoch.number for epoch in epochs] == [0, 1, 2, 3]


def test_small_epochs_share_a_call_as_far_as_a_block_holds_them():
    assert fit(range(1)).epochs_together == 1024 // 5


def test_training_leaves_what_it_began_from():
    before = start_training(plan(), ROWS, start())
    before.trained(range(2), [StepFactors()] * 2)
    assert_same_network(before.weights(), start())


def test_the_state_of_another_optimizer_is_left_with_a_warning():
    sgd = fit(range(1), optimizer="sgd")
    with pytest.warns(UserWarning, match=r"its state begins afresh: it was SGD .*, and is Adam "):
        adam = start_training(plan(), ROWS, sgd.weights(), sgd.optimizer_state())
    fresh = start_training(plan(), ROWS, sgd.weights())
    one, other = (
        trainer.trained(range(1), [StepFactors()])[0].weights() for trainer in (adam, fresh)
    )
    assert_same_network(one, other)


def test_a_state_that_does_not_fit_the_network_is_refused():
    state = fit(range(1)).optimizer_state()
    for change in (lambda slots: slots.pop("kernels/0/1"), lambda slots: slots.update(x=1)):
        slots = dict(state.slots)
        change(slots)
        with pytest.raises(ValueError, match=r"state cannot be gone on with: (kernels/0/1|x) is"):
            start_training(plan(), ROWS, start(), OptimizerState(state.optimizer, slots))


def test_moments_that_overflow_are_refused_as_weights_are():
    rows = Examples(ROWS.inputs * 1e19, ROWS.targets, ROWS.weights)
    network = NetworkSpec(5, (16,), 3, "softmax", "relu", "before")
    weights = draw_initial_weights(network, (0.4, 0.3), RNG, np.dtype("float32"))
    trainer = start_training(plan(network=network, dtype="float32", knobs={}), rows, weights)
    trainer, _ = trainer.trained(range(1), [StepFactors()])
    with pytest.raises(LossNotFinite) as caught:
        trainer.check_finite(0)
    assert caught.value.what == "moments of batch normalisation"


def test_updates_are_counted():
    assert fit(range(3)).n_updates == 3 * 5


def test_a_batch_larger_than_the_data_is_one_full_batch():
    assert fit(range(3), batch_size=10_000).n_updates == 3
    exact, larger = (fit(range(3), batch_size=size).weights() for size in (70, 10_000))
    assert_same_network(exact, larger, tolerance=1e-10)


def test_a_loss_that_is_not_finite_names_epoch_and_rate():
    rows = Examples(ROWS.inputs * 1e200, ROWS.targets, ROWS.weights)
    network = NetworkSpec(5, (), 3, "softmax")
    trainer = start_training(
        plan(network=network, knobs={}, learning_rate=1e200), rows, start(network)
    )
    with pytest.raises(LossNotFinite) as caught:
        trainer.trained(range(3), [StepFactors()] * 3)
    assert caught.value.epoch == 0
    assert caught.value.learning_rate == 1e200
