"""Rows reach the program whole, in the order asked for, padded at the end."""

import dataclasses

import numpy as np
import pytest
import scipy.sparse
from keras import ops

from sk_mnist_mlp.backends.room import ON_A_CPU, ON_A_GPU
from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.training import feed
from sk_mnist_mlp.training.feed import blocks, place, steps_per_block
from sk_mnist_mlp.training.optimizers import choose_optimizer
from sk_mnist_mlp.training.program import TrainingSpec
from sk_mnist_mlp.training.steps import EpochSteps, batches, n_batches, step_values

N_ROWS, BATCH = 45, 4
SPEC = TrainingSpec(
    NetworkSpec(3, (), 2, "softmax"), choose_optimizer("sgd", None).spec, (), BATCH, 8,
    "float64", False,
)  # fmt: skip
ROWS = Examples(np.arange(N_ROWS * 3.0).reshape(N_ROWS, 3), np.arange(N_ROWS), np.arange(1.0, 46))


@pytest.fixture(scope="module")
def order():
    return batches(N_ROWS, BATCH, seed=0, epoch=0)


@pytest.fixture(scope="module")
def fed(order):
    placed = place(ROWS, "softmax", "float64")
    values = step_values(EpochSteps(len(order)), "float64")
    return [
        dataclasses.replace(block, inputs=np.array(block.inputs))
        for block in blocks(SPEC, placed, order, values)
    ]


def test_all_blocks_have_the_shape_that_was_compiled(fed):
    for block in fed:
        assert block.inputs.shape == (8, BATCH, 3)
        assert block.targets.shape == block.weights.shape == (8, BATCH)
        assert block.steps["mask_key"].shape == (8, 2)
        assert block.steps["learning_rate"].shape == (8,)


def test_the_real_steps_of_all_blocks_are_the_epoch(fed, order):
    assert [block.n_steps for block in fed] == [8, 4]
    targets = np.concatenate([np.asarray(block.targets)[: block.n_steps] for block in fed])
    np.testing.assert_array_equal(targets[order >= 0], order[order >= 0])


def test_inputs_targets_and_weights_stay_together(fed):
    for block in fed:
        rows = np.asarray(block.targets)
        np.testing.assert_array_equal(block.inputs[..., 0], rows * 3)
        real = np.asarray(block.weights) > 0
        np.testing.assert_allclose(np.asarray(block.weights)[real], rows[real] + 1)


def test_padding_has_no_weight(fed, order):
    weights = np.concatenate([np.asarray(block.weights) for block in fed])
    real = np.zeros((16, BATCH), bool)
    real[: len(order)] = order >= 0
    np.testing.assert_array_equal(weights > 0, real)


def all_blocks(rows, order):
    values = step_values(EpochSteps(len(order)), "float64")
    return [
        np.concatenate([np.ravel(array) for array in (block.inputs, block.targets, block.weights)])
        for block in blocks(SPEC, place(rows, "softmax", "float64"), order, values)
    ]


IN_OTHER_CONTAINERS = {
    "CSR": scipy.sparse.csr_matrix(ROWS.inputs),
    "CSR array": scipy.sparse.csr_array(ROWS.inputs),
    "integers": ROWS.inputs.astype("uint8"),
    "float32": ROWS.inputs.astype("float32"),
    "Fortran order": np.asfortranarray(ROWS.inputs),
}


@pytest.mark.parametrize("inputs", IN_OTHER_CONTAINERS.values(), ids=IN_OTHER_CONTAINERS)
def test_another_container_gives_the_same_blocks(inputs, order):
    np.testing.assert_array_equal(
        all_blocks(dataclasses.replace(ROWS, inputs=inputs), order), all_blocks(ROWS, order)
    )


def test_data_kept_on_the_host_give_the_same_blocks(order, monkeypatch):
    expected = all_blocks(ROWS, order)
    monkeypatch.setattr(feed.backend, "room", lambda: dataclasses.replace(ON_A_CPU, rows_bytes=0))
    np.testing.assert_array_equal(all_blocks(ROWS, order), expected)


@pytest.mark.parametrize("rows_bytes", [0, 2**30], ids=["host", "device"])
def test_an_index_selects_rows_of_the_inputs(rows_bytes, order, monkeypatch):
    room = dataclasses.replace(ON_A_CPU, rows_bytes=rows_bytes)
    monkeypatch.setattr(feed.backend, "room", lambda: room)
    index = np.arange(N_ROWS)[::-1] * 2
    spread = np.full((2 * N_ROWS, 3), np.nan)
    spread[index] = ROWS.inputs
    selected = dataclasses.replace(ROWS, inputs=spread, index=index)
    np.testing.assert_array_equal(all_blocks(selected, order), all_blocks(ROWS, order))


def test_data_that_the_device_has_no_memory_for_stay_on_the_host(order, monkeypatch):
    expected = all_blocks(ROWS, order)
    to_device = feed.backend.to_device
    with pytest.raises(Exception, match=r"(?i)allocating") as raised:
        ops.zeros((2**22, 2**20))

    def little_room(array):
        if np.shape(array) == ROWS.inputs.shape:
            raise raised.value
        return to_device(array)

    monkeypatch.setattr(feed.backend, "to_device", little_room)
    np.testing.assert_array_equal(all_blocks(ROWS, order), expected)


def test_any_other_error_of_the_device_is_not_taken_for_one_of_memory(monkeypatch):
    def broken(array):
        raise ValueError("broken")

    monkeypatch.setattr(feed.backend, "to_device", broken)
    with pytest.raises(ValueError, match="broken"):
        place(ROWS, "softmax", "float32")


BLOCKS = [  # the device, rows, features, bytes of a number, steps
    (ON_A_CPU, 128, 784, 4, 128),
    (ON_A_CPU, 32, 784, 4, 256),
    (ON_A_CPU, 32, 64, 4, 1024),
    (ON_A_CPU, 100_000, 10_000, 8, 1),
    (ON_A_GPU, 128, 784, 4, 1024),
    (ON_A_GPU, 32, 784, 4, 4096),
    (ON_A_GPU, 100_000, 10_000, 8, 1),
]


@pytest.mark.parametrize(("device", "batch_size", "n_features", "itemsize", "steps"), BLOCKS)
def test_a_block_is_a_power_of_two_of_steps_that_fit_its_memory(
    device, batch_size, n_features, itemsize, steps, monkeypatch
):
    monkeypatch.setattr(feed.backend, "room", lambda: device)
    assert steps_per_block(batch_size, n_features, itemsize) == steps
    fits = [
        steps <= most_steps and steps * batch_size * n_features * itemsize <= block_bytes
        for block_bytes, most_steps in device.block_limits
    ]
    assert steps == 1 or any(fits)


def test_an_epoch_of_mnist_is_one_block_on_a_gpu(monkeypatch):
    monkeypatch.setattr(feed.backend, "has_gpu", lambda: True)
    assert steps_per_block(128, 784, 4) >= n_batches(60_000, 128)
