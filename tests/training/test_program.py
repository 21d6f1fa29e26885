"""The training program, against Keras, against arithmetic by hand, and against itself."""

import dataclasses
import functools
import itertools

import keras
import numpy as np
import pytest

from sk_mnist_mlp.network.heads import HEADS
from sk_mnist_mlp.network.inference import logits
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.training.optimizers import choose_optimizer
from tests.networks import assert_same_network
from tests.training.oracle import (
    AS_KERAS,
    QUANTILE,
    QUANTITY_LOSSES,
    ROWS,
    STEPS,
    Batches,
    initial_weights,
    largest_difference,
    random_batches,
    train_keras,
    train_program,
)

RATE = 2.0**-3  # exact in float32, in which Keras keeps it

NETWORKS = {
    f"{output}-{n_outputs} {widths} {activation} norm {norm}": NetworkSpec(
        8, widths, n_outputs, output, activation, norm
    )
    for (output, n_outputs, widths, activation), norm in itertools.product(
        [
            ("softmax", 3, (6, 5), "relu"),
            ("sigmoid", 1, (6,), "tanh"),
            ("sigmoids", 4, (6,), "sigmoid"),
        ],
        [None, "after", "before"],
    )
} | {"softmax regression": NetworkSpec(8, (), 3, "softmax")}


def keras_sgd():
    # Adam would blow up the rounding errors of a bias before a norm, whose gradient is zero.
    return keras.optimizers.SGD(RATE, momentum=0.5)


@functools.cache
def trained_by_keras(spec):
    weights, batches = initial_weights(spec, "float64"), random_batches(spec, "float64")
    return train_keras(spec, keras_sgd, batches, weights)


def assert_twenty_steps_agree_with_keras(spec, dtype, xla):
    weights, batches = initial_weights(spec, dtype), random_batches(spec, dtype)
    ours, _ = train_program(spec, choose_optimizer(keras_sgd(), None), batches, weights, xla=xla)
    assert largest_difference(spec, ours, trained_by_keras(spec)) < AS_KERAS[dtype]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("spec", NETWORKS.values(), ids=NETWORKS)
def test_twenty_steps_agree_with_keras(spec, dtype):
    assert_twenty_steps_agree_with_keras(spec, dtype, xla=False)


# XLA compiles for a second or two: each output, place of a norm and dtype, but not all together.
@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("softmax-3 (6, 5) relu norm after", "float64"),
        ("sigmoid-1 (6,) tanh norm None", "float64"),
        ("sigmoids-4 (6,) sigmoid norm before", "float32"),
    ],
)
def test_twenty_steps_under_xla_agree_with_keras(name, dtype):
    assert_twenty_steps_agree_with_keras(NETWORKS[name], dtype, xla=True)


@pytest.mark.parametrize(
    "name", ["softmax-3 (6, 5) relu norm None", "sigmoids-4 (6,) sigmoid norm None"]
)
def test_weighted_steps_agree_with_keras(name):
    spec = NETWORKS[name]
    weights, batches = initial_weights(spec, "float64"), random_batches(spec, "float64", True)
    ours, _ = train_program(spec, choose_optimizer(keras_sgd(), None), batches, weights, xla=False)
    expected = train_keras(spec, keras_sgd, batches, weights)
    assert largest_difference(spec, ours, expected) < 1e-8


@pytest.mark.parametrize("xla", [True, False], ids=["xla", "graph"])
@pytest.mark.parametrize("head", ["softmax-3", "sigmoid-1", "sigmoids-4"])
def test_smoothed_labels_agree_with_keras(head, xla):
    spec = next(spec for name, spec in NETWORKS.items() if name.startswith(head))
    weights, batches = initial_weights(spec, "float64"), random_batches(spec, "float64", True)
    sgd = choose_optimizer(keras_sgd(), None)
    ours, _ = train_program(spec, sgd, batches, weights, xla=xla, label_smoothing=0.25)
    expected = train_keras(spec, keras_sgd, batches, weights, label_smoothing=0.25)
    assert largest_difference(spec, ours, expected) < 1e-8


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("loss", QUANTITY_LOSSES)
def test_twenty_steps_of_each_loss_of_quantities_agree_with_keras(loss, n_outputs):
    spec = NetworkSpec(8, (6,), n_outputs, loss, "tanh")
    weights, batches = initial_weights(spec, "float64"), random_batches(spec, "float64", True)
    knobs = {"quantile": QUANTILE} if loss == "quantile" else {}
    sgd = choose_optimizer(keras_sgd(), None)
    ours, _ = train_program(spec, sgd, batches, weights, xla=False, **knobs)
    expected = train_keras(spec, keras_sgd, batches, weights)
    assert largest_difference(spec, ours, expected) < AS_KERAS["float64"]


@pytest.mark.parametrize("loss", QUANTITY_LOSSES)
def test_totals_of_quantities_are_those_of_the_head_in_numpy(loss):
    spec = NetworkSpec(8, (6,), 2, loss, "tanh")
    weights, batches = initial_weights(spec, "float64"), random_batches(spec, "float64", True)
    still = choose_optimizer("sgd", 1e-300)
    knobs = {"quantile": QUANTILE} if loss == "quantile" else {}
    _, totals = train_program(spec, still, batches, weights, xla=False, **knobs)
    head = HEADS[loss]
    given = logits(spec, weights, batches.inputs.reshape(-1, 8))
    targets, row_weights = batches.targets.reshape(-1, 2), batches.weights.ravel()
    expected = [
        row_weights * head.losses(given, targets, knobs),
        row_weights * head.measures(given, targets)[:, 0],
        row_weights,
    ]
    np.testing.assert_allclose(totals[:STEPS].sum(axis=0), np.sum(expected, axis=1), rtol=1e-12)


def test_smoothing_labels_leaves_the_reported_loss_as_it_is():
    spec = NETWORKS["softmax regression"]
    weights, batches = initial_weights(spec, "float64"), random_batches(spec, "float64", True)
    still = choose_optimizer("sgd", 1e-300)
    _, smoothed = train_program(spec, still, batches, weights, xla=False, label_smoothing=0.25)
    _, plain = train_program(spec, still, batches, weights, xla=False)
    np.testing.assert_array_equal(smoothed, plain)


@pytest.mark.parametrize("norm", [None, "after", "before"])
def test_an_integer_weight_is_a_repeated_row(norm):
    spec = NetworkSpec(8, (6,), 3, "softmax", "tanh", norm)
    weights, batches = initial_weights(spec, "float64"), random_batches(spec, "float64")
    half = ROWS // 2
    repeated = Batches(
        *(np.concatenate([a[:, :half], a[:, :half]], axis=1) for a in vars(batches).values())
    )
    repeated.weights[:, half + 2 :] = 0
    counts = repeated.weights[:, :half] + repeated.weights[:, half:]
    weighted = dataclasses.replace(repeated, weights=np.pad(counts, ((0, 0), (0, half))))
    choice = choose_optimizer("sgd", RATE)
    a, totals_a = train_program(spec, choice, repeated, weights, xla=False)
    b, totals_b = train_program(spec, choice, weighted, weights, xla=False)
    assert_same_network(a, b, tolerance=1e-10)
    np.testing.assert_allclose(totals_a, totals_b, rtol=1e-10)


@pytest.mark.parametrize("xla", [True, False], ids=["xla", "graph"])
def test_padding_changes_nothing(xla):
    spec = NetworkSpec(8, (6,), 3, "softmax", "tanh", "after")
    weights, batches = initial_weights(spec, "float64"), random_batches(spec, "float64")
    batches.weights[:, 10:] = 0
    altered = dataclasses.replace(batches, inputs=batches.inputs.copy())
    altered.inputs[:, 10:] = 1e3
    choice = choose_optimizer("adam", 0.01)
    a, _ = train_program(spec, choice, batches, weights, xla=xla)
    b, _ = train_program(spec, choice, altered, weights, xla=xla)
    assert_same_network(a, b)


def test_steps_beyond_the_real_ones_do_not_run():
    spec = NETWORKS["softmax regression"]
    weights, batches = initial_weights(spec, "float64"), random_batches(spec, "float64")
    choice = choose_optimizer("sgd", RATE)
    none, totals = train_program(spec, choice, batches, weights, xla=True, n_steps=0)
    np.testing.assert_array_equal(none.kernels[0], weights.kernels[0])
    assert not totals.any()


def test_totals_are_the_weighted_sums_of_each_step():
    spec = NETWORKS["softmax regression"]
    weights, batches = initial_weights(spec, "float64"), random_batches(spec, "float64", True)
    choice = choose_optimizer("sgd", 1e-300)
    _, totals = train_program(spec, choice, batches, weights, xla=False)
    logits = batches.inputs @ weights.kernels[0]
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    losses = -np.take_along_axis(log_probabilities, batches.targets[..., None], axis=2)[..., 0]
    right = logits.argmax(axis=2) == batches.targets
    w = batches.weights
    expected = np.stack([(w * losses).sum(1), (w * right).sum(1), w.sum(1)], axis=1)
    np.testing.assert_allclose(totals[:STEPS], expected, rtol=1e-12)


@pytest.mark.parametrize("rates", [(0.5, 0.5), (0.0, 0.7)])
def test_dropout_drops_the_same_units_with_and_without_xla(rates):
    spec = NetworkSpec(8, (6, 5), 3, "softmax", "tanh", "after")
    weights, batches = initial_weights(spec, "float64"), random_batches(spec, "float64")
    choice = choose_optimizer("sgd", RATE)
    a, _ = train_program(spec, choice, batches, weights, xla=True, dropout=rates)
    b, _ = train_program(spec, choice, batches, weights, xla=False, dropout=rates)
    without, _ = train_program(spec, choice, batches, weights, xla=False)
    assert_same_network(a, b, tolerance=1e-10)
    assert np.abs(a.kernels[0] - without.kernels[0]).max() > 1e-4
