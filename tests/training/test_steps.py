"""What goes with each step depends on seed, epoch and step alone."""

import numpy as np
import pytest

from sk_mnist_mlp.training.steps import EpochSteps, StepFactors, batches, in_dtype, step_values


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


def test_mask_keys_differ_by_step_epoch_and_seed():
    keys = np.concatenate(
        [
            step_values(EpochSteps(40, seed, epoch), "float32")["mask_key"]
            for seed in range(5)
            for epoch in range(5)
        ]
    )
    assert keys.dtype == np.uint32
    assert len(np.unique(keys, axis=0)) == len(keys)


def momenta(n_steps, n_updates):
    return step_values(EpochSteps(n_steps, n_updates=n_updates), "float64")["moments_momentum"]


def test_moving_moments_are_plain_means_of_the_first_hundred_batches():
    values = np.random.default_rng(0).normal(size=150)
    moving = 0.0
    for value, momentum in zip(values[:100], momenta(100, 0), strict=True):
        moving = moving * momentum + value * (1 - momentum)
    assert moving == pytest.approx(values[:100].mean(), rel=1e-12)


def test_the_momentum_is_that_of_keras_from_the_hundredth_batch_on():
    np.testing.assert_array_equal(momenta(50, 99), 0.99)


def test_the_momentum_goes_on_from_epoch_to_epoch():
    np.testing.assert_array_equal(momenta(8, 0), [*momenta(3, 0), *momenta(5, 3)])


@pytest.mark.parametrize("decay", [0.5, 0.99, 0.9999])
def test_the_average_is_an_exponential_one_of_the_steps_alone(decay):
    weights = np.random.default_rng(0).normal(size=200)
    decays = np.concatenate(
        [
            step_values(EpochSteps(n, n_updates=before, averaging=decay), "float64")[
                "averaging_decay"
            ]
            for n, before in ((120, 0), (80, 120))
        ]
    )
    average = 1e6  # what was there before the first step
    for value, step_decay in zip(weights, decays, strict=True):
        average = average * step_decay + value * (1 - step_decay)
    shares = decay ** np.arange(200)[::-1]
    assert average == pytest.approx((weights * shares).sum() / shares.sum(), rel=1e-9)


def test_the_learning_rate_moves_by_the_factors():
    steps = EpochSteps(3, learning_rate=0.5, factors=StepFactors(np.array([1.0, 0.5, 0.25])))
    rates = step_values(steps, "float64")["learning_rate"]
    np.testing.assert_array_equal(rates, [0.5, 0.25, 0.125])


def test_the_learning_rate_is_that_of_each_step():
    values = step_values(EpochSteps(3, learning_rate=0.25), "float32")["learning_rate"]
    assert values.dtype == np.float32
    np.testing.assert_array_equal(values, 0.25)


def test_integers_keep_their_dtype():
    values = {"words": np.array([2**32 - 1], np.uint32), "rate": np.array([0.1])}
    assert {k: v.dtype.name for k, v in in_dtype(values, "float32").items()} == {
        "words": "uint32",
        "rate": "float32",
    }
