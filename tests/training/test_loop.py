"""Epochs: each row once, an order that depends on seed and epoch alone, and who may stop."""

import numpy as np
import pytest

from sk_mnist_mlp.network import NetworkSpec, OptimizerState, draw_initial_weights
from sk_mnist_mlp.training.feed import Rows
from sk_mnist_mlp.training.fitting import Plan, fit_network
from sk_mnist_mlp.training.loop import LossNotFinite, batches, dropout_keys
from tests.networks import assert_same_network

NETWORK = NetworkSpec(5, (4,), 3, "softmax", "tanh", "after")
RNG = np.random.default_rng(0)
ROWS = Rows(RNG.normal(size=(70, 5)), RNG.integers(0, 3, 70), np.ones(70))


def plan(**changes):
    settings = {
        "network": NETWORK,
        "optimizer": "adam",
        "learning_rate": 0.01,
        "dropout": (0.3,),
        "batch_size": 16,
        "dtype": "float64",
        "seed": 5,
    }
    return Plan(**{**settings, **changes})


def start(network=NETWORK):
    rng = np.random.default_rng(1)
    stddevs = (0.3,) * len(network.kernel_shapes)
    return draw_initial_weights(network, stddevs, rng, np.dtype("float64"))


def fit(epochs, observe=None, rows=ROWS, **changes):
    return fit_network(plan(**changes), start(), rows, epochs, observe)


def weights(trained):
    return trained.snapshot.weights()


@pytest.mark.parametrize(("n_rows", "steps"), [(1, 1), (16, 1), (17, 2), (160, 10)])
def test_an_epoch_visits_each_row_once(n_rows, steps):
    order = batches(n_rows, 16, seed=0, epoch=0)
    assert order.shape == (steps, 16)
    assert sorted(order[order >= 0]) == list(range(n_rows))


def test_only_the_last_batch_is_padded():
    order = batches(20, 16, seed=0, epoch=0)
    assert (order[0] >= 0).all()
    np.testing.assert_array_equal(order[1] >= 0, np.arange(16) < 4)


def test_the_order_depends_on_seed_and_epoch_alone():
    np.testing.assert_array_equal(batches(50, 16, 1, 2), batches(50, 16, 1, 2))
    assert (batches(50, 16, 1, 2) != batches(50, 16, 1, 3)).any()
    assert (batches(50, 16, 1, 2) != batches(50, 16, 2, 2)).any()


def test_chunks_are_shuffled_and_rows_within_them():
    order = batches(40, 8, seed=0, epoch=0, chunk_rows=16).ravel()
    assert sorted(order) == list(range(40))
    chunks = order // 16
    assert (np.diff(chunks) != 0).sum() == 2
    assert (order[chunks == 0] != np.arange(16)).any()


EPOCH_BY_EPOCH = {"adam": {}, "sgd": {"optimizer": "sgd"}, "no dropout": {"dropout": (0.0,)}}


@pytest.mark.parametrize("settings", EPOCH_BY_EPOCH.values(), ids=EPOCH_BY_EPOCH)
def test_epochs_taken_one_by_one_are_those_of_one_fit(settings):
    whole = fit(range(4), **settings)
    here, optimizer_state = start(), None
    for epoch in range(4):
        one = fit_network(
            plan(**settings), here, ROWS, range(epoch, epoch + 1), None, optimizer_state
        )
        here, optimizer_state = one.snapshot.weights(), one.snapshot.optimizer_state()
    assert_same_network(here, weights(whole))


def test_the_state_of_another_optimizer_is_left_with_a_warning():
    sgd = fit(range(1), optimizer="sgd").snapshot
    with pytest.warns(UserWarning, match=r"its state begins afresh: it was SGD .*, and is Adam "):
        adam = fit_network(plan(), sgd.weights(), ROWS, range(1), None, sgd.optimizer_state())
    fresh = fit_network(plan(), sgd.weights(), ROWS, range(1))
    assert_same_network(weights(adam), weights(fresh))


def test_a_state_that_does_not_fit_the_network_is_refused():
    trained = fit(range(1)).snapshot
    state = trained.optimizer_state()
    for change in (lambda slots: slots.pop("kernels/0/1"), lambda slots: slots.update(x=1)):
        slots = dict(state.slots)
        change(slots)
        with pytest.raises(ValueError, match=r"state cannot be gone on with: (kernels/0/1|x) is"):
            fit_network(
                plan(), start(), ROWS, range(1), None, OptimizerState(state.optimizer, slots)
            )


def test_moments_that_overflow_are_refused_as_weights_are():
    rows = Rows(ROWS.inputs * 1e19, ROWS.targets, ROWS.weights)
    network = NetworkSpec(5, (16,), 3, "softmax", "relu", "before")
    weights = draw_initial_weights(network, (0.4, 0.3), RNG, np.dtype("float32"))
    with pytest.raises(LossNotFinite) as caught:
        fit_network(plan(network=network, dtype="float32", dropout=(0.0,)), weights, rows, range(1))
    assert caught.value.what == "moments of batch normalisation"


def test_dropout_keys_differ_by_step_epoch_and_seed():
    keys = np.concatenate(
        [dropout_keys(40, seed, epoch) for seed in range(5) for epoch in range(5)]
    )
    assert keys.dtype == np.uint32
    assert len(np.unique(keys, axis=0)) == len(keys)


def test_watched_epochs_are_those_that_share_a_call():
    watched = fit(range(4), lambda epoch, snapshot: False)
    unwatched = fit(range(4))
    assert_same_network(weights(watched), weights(unwatched))
    assert watched.epochs == unwatched.epochs


def test_an_observer_sees_each_epoch_as_it_ends():
    seen = []

    def observe(epoch, snapshot):
        seen.append((epoch.number, snapshot.weights()))
        return False

    fit(range(3), observe)
    assert [number for number, _ in seen] == [0, 1, 2]
    assert_same_network(seen[1][1], weights(fit(range(2))))


def test_an_observer_stops_the_training():
    trained = fit(range(10), lambda epoch, snapshot: epoch.number == 2)
    assert len(trained.epochs) == 3
    assert_same_network(weights(trained), weights(fit(range(3))))


def test_steps_are_counted():
    assert fit(range(3)).n_steps == 3 * 5


def test_a_batch_larger_than_the_data_is_one_full_batch():
    assert fit(range(3), batch_size=10_000).n_steps == 3
    exact, larger = (weights(fit(range(3), batch_size=size)) for size in (70, 10_000))
    assert_same_network(exact, larger, tolerance=1e-10)


def test_a_loss_that_is_not_finite_names_epoch_and_rate():
    rows = Rows(ROWS.inputs * 1e200, ROWS.targets, ROWS.weights)
    with pytest.raises(LossNotFinite) as caught:
        fit_network(
            plan(network=NetworkSpec(5, (), 3, "softmax"), dropout=(), learning_rate=1e200),
            start(NetworkSpec(5, (), 3, "softmax")),
            rows,
            range(3),
        )
    assert caught.value.epoch == 0
    assert caught.value.learning_rate == 1e200
