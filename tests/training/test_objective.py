"""Rows that are moved against the network, beside gradients by Keras and by hand."""

import numpy as np
import pytest

from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import Weights
from sk_mnist_mlp.training.objective import Batch, half_adversarial, objective
from tests.tensors import tensor
from tests.training.oracle import initial_weights

pytestmark = pytest.mark.usefixtures("in_float64")
RNG = np.random.default_rng(0)


def on_device(weights):
    return Weights.of({name: tensor(array) for name, array in weights.tensors().items()})


def batch_of(n_rows, weights=None):
    return Batch(
        tensor(RNG.normal(size=(n_rows, 4))),
        tensor(RNG.integers(0, 3, n_rows), "int32"),
        tensor(np.ones(n_rows) if weights is None else weights),
    )


SOFTMAX = NetworkSpec(4, (), 3, "softmax")
NORMALISED = NetworkSpec(4, (6,), 3, "softmax", "tanh", "before")


def moved_batch(batch, network=SOFTMAX, step=0.25):
    values = {"adversarial": tensor(step), "moments_momentum": 0.9}
    return half_adversarial(network, on_device(initial_weights(network, "float64")), batch, values)


def test_every_other_row_moves_by_the_sign_of_its_gradient():
    batch = batch_of(8)
    kernel = initial_weights(SOFTMAX, "float64").kernels[0]
    X, y = np.asarray(batch.inputs), np.asarray(batch.targets)
    logits = X @ kernel
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    gradients = (probabilities - np.eye(3)[y]) @ kernel.T
    found = np.asarray(moved_batch(batch).inputs)
    np.testing.assert_allclose(found[:4], (X + 0.25 * np.sign(gradients))[::2], rtol=1e-12)
    np.testing.assert_array_equal(found[4:], X[1::2])


@pytest.mark.parametrize("n_rows", [1, 2, 5, 8])
def test_rows_keep_their_targets_and_weights(n_rows):
    batch = batch_of(n_rows, RNG.uniform(0.5, 1.0, n_rows))
    found = moved_batch(batch, step=0.0)
    order = [*range(0, n_rows, 2), *range(1, n_rows, 2)]
    for name, array in vars(found).items():
        np.testing.assert_array_equal(array, np.asarray(getattr(batch, name))[order])


@pytest.mark.parametrize("network", [SOFTMAX, NORMALISED], ids=["plain", "batch norm"])
def test_the_loss_grows_where_rows_are_moved(network):
    weights = on_device(initial_weights(network, "float64"))
    batch, values = batch_of(64), {"moments_momentum": 0.9}
    losses = [
        float(objective(network, weights, rows, values)[0])
        for rows in (batch, moved_batch(batch, network, 0.01), moved_batch(batch, network, 0.1))
    ]
    assert losses == sorted(losses)


def test_padding_does_not_move():
    batch = batch_of(6, np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0]))
    moved = np.asarray(moved_batch(batch).inputs)[:3] != np.asarray(batch.inputs)[::2]
    np.testing.assert_array_equal(moved.all(axis=1), [True, True, False])
    assert not moved[2].any()
