import math

import keras
import numpy as np
import pytest
import scipy.stats

from sk_mnist_mlp.network.initial_weights import STDDEV_RULES, draw_initial_weights, initial_stddevs
from sk_mnist_mlp.network.spec import NetworkSpec
from tests.networks import arrays_of

NOTEBOOK_NETWORKS = {
    "softmax": (NetworkSpec(784, (), 10, "softmax"), 7_850, 7_850),
    "plain": (NetworkSpec(784, (512, 128), 10, "softmax", "sigmoid"), 468_874, 468_874),
    "batch norm": (
        NetworkSpec(784, (512, 128), 10, "softmax", "sigmoid", "after"),
        471_434,
        470_154,
    ),
}

KERAS_INITIALIZERS = {
    "he": keras.initializers.HeNormal,
    "lecun": keras.initializers.LecunNormal,
    "glorot": keras.initializers.GlorotNormal,
}


def draw(spec, init_stddev, seed=0, dtype=np.float64):
    return draw_initial_weights(spec, init_stddev, np.random.default_rng(seed), np.dtype(dtype))


@pytest.mark.parametrize("key", NOTEBOOK_NETWORKS)
def test_parameters_of_the_notebook_networks_are_counted_as_published(key):
    spec, n_parameters, n_trainable = NOTEBOOK_NETWORKS[key]
    assert (spec.n_parameters, spec.n_trainable_parameters) == (n_parameters, n_trainable)


@pytest.mark.parametrize("batch_norm", [None, "after", "before"])
@pytest.mark.parametrize("widths", [(), (1,), (7, 3)])
def test_counts_are_those_of_the_drawn_arrays(widths, batch_norm):
    spec = NetworkSpec(5, widths, 2, "softmax", batch_norm=batch_norm)
    weights = draw(spec, (None,) * (len(widths) + 1))
    moments = sum(norm.mean.size + norm.variance.size for norm in weights.batch_norms)
    assert spec.n_weights == sum(kernel.size for kernel in weights.kernels)
    assert spec.n_parameters == sum(array.size for array in arrays_of(weights))
    assert spec.n_trainable_parameters == spec.n_parameters - moments


@pytest.mark.parametrize(
    ("widths", "shapes"),
    [((), ((4, 3),)), ((5,), ((4, 5), (5, 3))), ((5, 1), ((4, 5), (5, 1), (1, 3)))],
)
def test_kernels_have_shape_inputs_by_outputs(widths, shapes):
    spec = NetworkSpec(4, widths, 3, "softmax")
    weights = draw(spec, (None,) * len(shapes))
    assert spec.kernel_shapes == shapes
    assert tuple(kernel.shape for kernel in weights.kernels) == shapes
    assert tuple(bias.shape for bias in weights.biases) == tuple((n,) for _, n in shapes)


def test_equal_specs_have_equal_hashes():
    specs = {NetworkSpec(4, (3,), 2, "softmax", "relu") for _ in range(2)}
    assert len(specs) == 1


@pytest.mark.parametrize("rule", STDDEV_RULES)
def test_stddev_rules_are_those_of_keras(rule):
    kernel = KERAS_INITIALIZERS[rule](seed=0)((1000, 500))
    np.testing.assert_allclose(
        STDDEV_RULES[rule](1000, 500), np.std(keras.ops.convert_to_numpy(kernel)), rtol=0.01
    )


def test_every_stddev_rule_has_an_oracle():
    assert set(STDDEV_RULES) == set(KERAS_INITIALIZERS)


def test_an_initial_stddev_is_a_number_a_rule_or_glorots():
    spec = NetworkSpec(8, (4, 2), 3, "softmax")
    assert initial_stddevs(spec, (0.062, "he", None)) == (
        0.062,
        math.sqrt(2 / 4),
        math.sqrt(2 / (2 + 3)),
    )


def test_every_layer_needs_its_initial_stddev():
    with pytest.raises(ValueError, match="zip"):
        initial_stddevs(NetworkSpec(8, (4, 2), 3, "softmax"), (0.1, None))


@pytest.mark.parametrize("stddev", [0.0, 0.062, "he", "lecun", "glorot"])
def test_a_kernel_with_a_stddev_is_normal(stddev):
    spec = NetworkSpec(300, (), 200, "softmax")
    (expected,) = initial_stddevs(spec, (stddev,))
    (kernel,) = draw(spec, (stddev,)).kernels
    if expected == 0.0:
        assert not kernel.any()
    else:
        assert scipy.stats.kstest(kernel.ravel() / expected, "norm").pvalue > 0.01


def test_a_kernel_without_a_stddev_is_glorots_uniform():
    spec = NetworkSpec(300, (), 200, "softmax")
    (kernel,) = draw(spec, (None,)).kernels
    limit = math.sqrt(6 / (300 + 200))
    assert np.abs(kernel).max() <= limit
    assert scipy.stats.kstest(kernel.ravel(), "uniform", (-limit, 2 * limit)).pvalue > 0.01


def test_layers_are_drawn_independently():
    spec = NetworkSpec(50, (50, 50), 50, "softmax")
    kernels = [kernel.ravel() for kernel in draw(spec, (1.0, 1.0, 1.0)).kernels]
    assert np.abs(np.corrcoef(kernels) - np.eye(3)).max() < 0.1


def test_all_but_the_kernels_starts_at_the_identity():
    weights = draw(NetworkSpec(4, (3, 2), 2, "softmax", batch_norm="after"), (None,) * 3)
    zeros = [*weights.biases, *(a for n in weights.batch_norms for a in (n.beta, n.mean))]
    ones = [a for n in weights.batch_norms for a in (n.gamma, n.variance)]
    assert not np.concatenate(zeros).any()
    assert (np.concatenate(ones) == 1).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_arrays_have_the_dtype_asked_for(dtype):
    weights = draw(NetworkSpec(4, (3,), 2, "softmax", batch_norm="after"), (0.1, None), dtype=dtype)
    assert {array.dtype.name for array in arrays_of(weights)} == {dtype}


@pytest.mark.parametrize("init_stddev", [(None, None), (0.1, "he")])
def test_the_same_generator_draws_bitwise_the_same(init_stddev):
    spec = NetworkSpec(4, (3,), 2, "softmax")
    first, again, other = (draw(spec, init_stddev, seed) for seed in (7, 7, 8))
    for a, b, c in zip(first.kernels, again.kernels, other.kernels, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c)


@pytest.mark.parametrize("init_stddev", [(None, None), (0.1, "he")])
def test_float32_weights_are_the_float64_ones_rounded(init_stddev):
    spec = NetworkSpec(4, (3,), 2, "softmax")
    single, double = (draw(spec, init_stddev, dtype=dtype) for dtype in (np.float32, np.float64))
    for a, b in zip(single.kernels, double.kernels, strict=True):
        np.testing.assert_array_equal(a, b.astype(np.float32))
