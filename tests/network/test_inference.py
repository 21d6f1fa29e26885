"""Logits, and what hidden layers give: those of Keras, in any container, a block at a time."""

import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import keras
import numpy as np
import pytest
import scipy.sparse

import sk_mnist_mlp
from sk_mnist_mlp.backends.choice import backend_name
from sk_mnist_mlp.network import inference
from sk_mnist_mlp.network.activations import ACTIVATIONS
from sk_mnist_mlp.network.inference import ROW_BY_ROW, hidden_activations, logits
from sk_mnist_mlp.network.spec import BATCH_NORM_EPSILON, NetworkSpec
from sk_mnist_mlp.network.weights import BatchNorm, Weights
from tests.networks import arrays_of

pytestmark = pytest.mark.usefixtures("in_float64")

DTYPES = ["float32", "float64"]
TOLERANCES = {"float32": 1e-5, "float64": 1e-10}
BATCH_NORMS = [None, "after", "before"]
MANY = 10 * ROW_BY_ROW + 7


def random_weights(spec, dtype):
    # Small enough that two exponentials in a row magnify no rounding.
    rng = np.random.default_rng(0)
    return Weights(
        kernels=tuple(
            (rng.normal(size=shape) / np.sqrt(shape[0])).astype(dtype)
            for shape in spec.kernel_shapes
        ),
        biases=tuple(rng.normal(0.0, 0.3, n).astype(dtype) for _, n in spec.kernel_shapes),
        batch_norms=tuple(
            BatchNorm(
                gamma=rng.uniform(0.5, 1.5, n).astype(dtype),
                beta=rng.normal(0.0, 0.3, n).astype(dtype),
                mean=rng.normal(0.0, 0.3, n).astype(dtype),
                variance=rng.uniform(0.5, 2.0, n).astype(dtype),
            )
            for n in (spec.widths if spec.batch_norm else ())
        ),
    )


def random_rows(spec, n_rows, dtype):
    return np.random.default_rng(1).uniform(-1.0, 1.0, (n_rows, spec.n_features)).astype(dtype)


def in_keras(spec, weights, X):
    dtype = weights.kernels[0].dtype.name
    layers = []

    def add(layer, *arrays):
        layers.append((layer, arrays))

    for i, width in enumerate(spec.widths):
        add(keras.layers.Dense(width, dtype=dtype), weights.kernels[i], weights.biases[i])
        activation = keras.layers.Activation(spec.activations[i], dtype=dtype)
        if spec.batch_norm != "before":
            add(activation)
        if spec.batch_norm:
            norm = weights.batch_norms[i]
            add(
                keras.layers.BatchNormalization(epsilon=BATCH_NORM_EPSILON, dtype=dtype),
                *(norm.gamma, norm.beta, norm.mean, norm.variance),
            )
        if spec.batch_norm == "before":
            add(activation)
    add(keras.layers.Dense(spec.n_outputs, dtype=dtype), weights.kernels[-1], weights.biases[-1])
    inputs = keras.Input((spec.n_features,), dtype=dtype)
    model = keras.Sequential([inputs, *(layer for layer, _ in layers)])
    for layer, arrays in layers:
        layer.set_weights(list(arrays))
    return keras.ops.convert_to_numpy(model(keras.ops.convert_to_tensor(X, dtype), training=False))


def tolerance_of(spec, dtype):
    """How far Keras may be, which computes in float32 on the way whatever the dtype."""
    rounded = spec.batch_norm or {"leaky_relu", "tanh"} & {*spec.activations}
    if backend_name() == "jax" and rounded:
        return 2e-6
    if "gelu" in spec.activations:  # TensorFlow, one of its constants
        return max(1e-7, TOLERANCES[dtype])
    return TOLERANCES[dtype]


def assert_agrees_with_keras(spec, dtype):
    tolerance = tolerance_of(spec, dtype)
    weights, X = random_weights(spec, dtype), random_rows(spec, 20, dtype)
    np.testing.assert_allclose(
        logits(spec, weights, X), in_keras(spec, weights, X), rtol=tolerance, atol=tolerance
    )


@pytest.mark.parametrize("batch_norm", BATCH_NORMS)
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_logits_are_those_of_keras_for_every_activation(activation, batch_norm):
    spec = NetworkSpec(6, (9, 5), 3, "softmax", activation, batch_norm)
    assert_agrees_with_keras(spec, "float64")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch_norm", BATCH_NORMS)
@pytest.mark.parametrize("n_outputs", [1, 4])
@pytest.mark.parametrize("widths", [(), (1,), (1, 1), (3, 1, 17), (64, 32, 16, 8)])
def test_logits_are_those_of_keras_for_every_shape(widths, n_outputs, batch_norm, dtype):
    spec = NetworkSpec(5, widths, n_outputs, "sigmoids", "tanh", batch_norm)
    assert_agrees_with_keras(spec, dtype)


@pytest.mark.parametrize("batch_norm", BATCH_NORMS)
def test_a_callable_activation_of_tensors_gives_the_logits_of_keras(batch_norm):
    spec = NetworkSpec(4, (6, 3), 2, "softmax", keras.ops.sin, batch_norm)
    assert_agrees_with_keras(spec, "float64")


def test_logits_have_the_dtype_of_the_weights():
    spec = NetworkSpec(3, (4,), 2, "softmax")
    for dtype in DTYPES:
        assert logits(spec, random_weights(spec, dtype), np.ones((5, 3))).dtype == dtype


@pytest.mark.parametrize("dtype", DTYPES)
def test_logits_beyond_the_range_of_the_dtype_are_its_largest_numbers(dtype, numpy_errors_ignored):
    spec, largest = NetworkSpec(1, (), 3, "softmax"), np.finfo(dtype).max
    weights = Weights((np.array([[-2, 0, 2]], dtype),), (np.zeros(3, dtype),))
    np.testing.assert_array_equal(
        logits(spec, weights, np.array([[largest]])), [[-largest, 0, largest]]
    )


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_X_and_weights_are_left_as_they_were(activation):
    spec = NetworkSpec(3, (4,), 2, "softmax", activation, "after")
    weights, X = random_weights(spec, "float64"), random_rows(spec, 5, "float64")
    arrays = [X, *arrays_of(weights)]
    before = [array.copy() for array in arrays]
    logits(spec, weights, X)
    for array, original in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, original)


CONTAINERS = {
    "float64": lambda X, path: X.astype(np.float64),
    "float32": lambda X, path: X.astype(np.float32),
    "int64": lambda X, path: X.astype(np.int64),
    "Fortran order": lambda X, path: np.asfortranarray(X),
    "every second column": lambda X, path: np.repeat(X, 2, axis=1)[:, ::2],
    "reversed rows": lambda X, path: X[::-1].copy()[::-1],
    "csr_matrix": lambda X, path: scipy.sparse.csr_matrix(X),
    "csr_array": lambda X, path: scipy.sparse.csr_array(X),
    "memmap": lambda X, path: mapped(X, path),
}


def mapped(X, path):
    np.memmap(path, X.dtype, "w+", shape=X.shape)[:] = X
    return np.memmap(path, X.dtype, "r", shape=X.shape)


@pytest.mark.parametrize("n_rows", [5, MANY])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("container", CONTAINERS)
def test_the_same_numbers_in_any_container_give_bitwise_the_same(
    container, dtype, n_rows, tmp_path
):
    spec = NetworkSpec(6, (9, 5), 3, "softmax")
    weights = random_weights(spec, dtype)
    X = np.random.default_rng(0).integers(0, 256, (n_rows, 6)).astype(np.uint8)
    expected = logits(spec, weights, X)
    given = CONTAINERS[container](X, tmp_path / "X")
    np.testing.assert_array_equal(logits(spec, weights, given), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("batch_norm", BATCH_NORMS)
@pytest.mark.parametrize("n_outputs", [1, 10])
def test_each_of_a_few_rows_gives_bitwise_what_it_gives_alone(n_outputs, batch_norm, dtype):
    spec = NetworkSpec(31, (130, 17), n_outputs, "sigmoids", "tanh", batch_norm)
    weights, X = random_weights(spec, dtype), random_rows(spec, ROW_BY_ROW, dtype)
    alone = [logits(spec, weights, row[None]) for row in X]
    np.testing.assert_array_equal(logits(spec, weights, X), np.vstack(alone))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_few_rows_permuted_give_bitwise_the_same(dtype):
    spec = NetworkSpec(3, (512, 128), 1, "sigmoid")
    weights, X = random_weights(spec, dtype), random_rows(spec, 20, dtype)
    permutation = np.random.default_rng(2).permutation(20)
    np.testing.assert_array_equal(
        logits(spec, weights, X[permutation]), logits(spec, weights, X)[permutation]
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_many_rows_permuted_give_the_same_to_rounding(dtype):
    spec = NetworkSpec(31, (130, 17), 10, "softmax")
    weights, X = random_weights(spec, dtype), random_rows(spec, MANY, dtype)
    permutation = np.random.default_rng(2).permutation(MANY)
    tolerance = 100 * np.finfo(dtype).eps
    np.testing.assert_allclose(
        logits(spec, weights, X[permutation]),
        logits(spec, weights, X)[permutation],
        rtol=tolerance,
        atol=tolerance,
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_rows", [33, 64, 1000])
def test_rows_multiplied_a_few_at_a_time_give_the_same_to_rounding(n_rows, dtype, monkeypatch):
    spec = NetworkSpec(64, (64, 128), 10, "softmax")
    weights, X = random_weights(spec, dtype), random_rows(spec, n_rows, dtype)
    grouped = logits(spec, weights, X)
    monkeypatch.setattr(inference, "SMALL_CALL", 0)
    tolerance = 1000 * np.finfo(dtype).eps
    np.testing.assert_allclose(grouped, logits(spec, weights, X), rtol=tolerance, atol=tolerance)


def test_a_small_call_leaves_no_core_busy():
    spec = NetworkSpec(64, (64, 128), 10, "softmax")
    weights, X = random_weights(spec, "float32"), random_rows(spec, 400, "float32")
    time.sleep(0.3)  # for what ran before
    before = time.process_time()
    logits(spec, weights, X)
    time.sleep(0.3)
    assert time.process_time() - before < 0.1  # OpenBLAS' threads would take 0.13 s


@pytest.mark.parametrize("rows_in_a_block", [1, 2, 7, 33, MANY - 1, MANY, MANY + 1])
@pytest.mark.parametrize("n_rows", [0, 1, 2, 31, MANY])
def test_the_size_of_a_block_does_not_matter(n_rows, rows_in_a_block, monkeypatch):
    spec = NetworkSpec(3, (8, 5), 2, "softmax", "sigmoid", "after")
    weights, X = random_weights(spec, "float64"), random_rows(spec, n_rows, "float64")
    whole, hidden = logits(spec, weights, X), hidden_activations(spec, weights, X, 1)
    monkeypatch.setattr(inference, "BLOCK_BYTES", rows_in_a_block * 8 * 8 + 63)
    np.testing.assert_allclose(logits(spec, weights, X), whole, rtol=1e-13, atol=1e-13)
    in_blocks = hidden_activations(spec, weights, X, 1)
    np.testing.assert_allclose(in_blocks, hidden, rtol=1e-13, atol=1e-13)


def test_blocks_stay_within_the_memory_budget(monkeypatch):
    sizes = []
    monkeypatch.setitem(ACTIVATIONS, "relu", lambda x: sizes.append(x.nbytes) or x)
    monkeypatch.setattr(inference, "BLOCK_BYTES", 1000)
    spec = NetworkSpec(3, (8,), 2, "softmax", "relu")
    logits(spec, random_weights(spec, "float64"), np.ones((MANY, 3)))
    assert max(sizes) <= 1000
    assert len(sizes) == -(-MANY // (1000 // 64))


def test_a_million_rows_need_no_copy_of_themselves():
    spec = NetworkSpec(12, (8,), 1, "sigmoid")
    weights = random_weights(spec, "float32")
    X = np.ones((1_000_000, 12))
    tracemalloc.start()
    try:
        result = logits(spec, weights, X)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - result.nbytes < 3 * inference.BLOCK_BYTES < X.nbytes / 3


def test_a_named_activation_loads_neither_keras_nor_tensorflow():
    code = """
import sys
import numpy as np
from sk_mnist_mlp.network.inference import logits
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.initial_weights import draw_initial_weights

for activation in ("relu", "gelu"):
    spec = NetworkSpec(3, (4,), 2, "softmax", activation)
    weights = draw_initial_weights(spec, (None, None), np.random.default_rng(0), np.float32)
    logits(spec, weights, np.ones((2, 3)))
print(sorted({"keras", "tensorflow", "jax"} & set(sys.modules)))
"""
    root = Path(sk_mnist_mlp.__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"
