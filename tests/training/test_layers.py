"""Random words pass statistical tests, as do the masks made of them; moments are NumPy's."""

import functools

import numpy as np
import pytest
from scipy import stats

from sk_mnist_mlp.backends.loaded import backend
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import Weights
from sk_mnist_mlp.training.layers import forward, random_words, weighted_moments
from tests.tensors import tensor

KEYS = [(0, 0), (0, 1), (1, 0), (2**32 - 1, 2**31), (0x9E3779B9, 0x85EBCA6B)]
SIGNIFICANCE = 1e-4


@functools.cache
def words(key, first=0, shape=(256, 512), xla=False):
    key = tensor(key, "uint32")
    run = backend.compiled(lambda key: random_words(key, first, shape), (key,), xla=xla)
    return np.asarray(run(key))


def bits(array):
    return np.unpackbits(array.view(np.uint8).reshape(*array.shape, 4), axis=-1)


@pytest.mark.parametrize("key", KEYS)
def test_words_are_the_same_with_and_without_xla(key):
    np.testing.assert_array_equal(words(key), words(key, xla=True))


@pytest.mark.parametrize("key", KEYS)
def test_words_are_uniform(key):
    counts = np.bincount(words(key).ravel() >> 22, minlength=1024)
    assert stats.chisquare(counts).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("key", KEYS)
def test_every_bit_is_fair(key):
    ones = bits(words(key)).reshape(-1, 32).sum(axis=0)
    n = words(key).size
    assert all(stats.binomtest(int(k), n).pvalue > SIGNIFICANCE for k in ones)


@pytest.mark.parametrize("lag", [(0, 1), (1, 0), (1, 1), (0, 2), (128, 0)])
@pytest.mark.parametrize("key", KEYS)
def test_neighbours_are_independent(key, lag):
    high = words(key) >> 31
    rows, columns = lag
    shifted = high[rows:, columns:]
    agree = high[: shifted.shape[0], : shifted.shape[1]] == shifted
    assert stats.binomtest(int(agree.sum()), agree.size).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("flipped", [(1, 0), (0, 1), (2**31, 0), (0, 2**31), (1, 1)])
@pytest.mark.parametrize("key", KEYS)
def test_another_key_gives_independent_words(key, flipped):
    other = (key[0] ^ flipped[0], key[1] ^ flipped[1])
    agree = bits(words(key)) == bits(words(other))
    assert stats.binomtest(int(agree.sum()), agree.size).pvalue > SIGNIFICANCE


def test_ranges_of_one_key_do_not_repeat_each_other():
    first, second = words((3, 4)), words((3, 4), first=256 * 512)
    assert (bits(first) == bits(second)).mean() == pytest.approx(0.5, abs=0.002)
    np.testing.assert_array_equal(words((3, 4), first=512, shape=(255, 512)), first[1:])


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_counts_kept_in_each_row_and_column_are_binomial(rate):
    kept = words((5, 6)) >= np.uint32(rate * 2**32)
    for axis in (0, 1):
        n = kept.shape[axis]
        z = (kept.sum(axis=axis) - n * (1 - rate)) / np.sqrt(n * rate * (1 - rate))
        assert stats.kstest(z, "norm").pvalue > 1e-6
        assert z.var() == pytest.approx(1, abs=0.25)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weighted_moments_are_those_of_numpy(dtype):
    rng = np.random.default_rng(0)
    values = rng.normal(3.0, 2.0, (50, 4)).astype(dtype)
    weights = rng.uniform(0, 2, 50).astype(dtype)
    with backend.arithmetic_of(dtype):
        moments = weighted_moments(tensor(values, dtype), tensor(weights, dtype))
        mean, variance = map(np.asarray, moments)
    expected = np.average(values, axis=0, weights=weights)
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(mean, expected, rtol=tolerance)
    np.testing.assert_allclose(
        variance, np.average((values - expected) ** 2, axis=0, weights=weights), rtol=tolerance
    )


NO_HIDDEN_LAYER = NetworkSpec(400, (), 400, "sigmoids")
IDENTITY = Weights((np.eye(400, dtype=np.float32),), (np.zeros(400, np.float32),))


def outputs_of_ones(spec, weights, values):
    ones = tensor(np.ones((300, spec.n_features)), "float32")
    return np.asarray(forward(spec, weights, ones, tensor(np.ones(300), "float32"), values)[0])


def masked_inputs(rate, key=(1, 2), spec=NO_HIDDEN_LAYER, weights=IDENTITY, **more):
    values = {
        "mask_key": tensor(key, "uint32"),
        "input_dropout_threshold": tensor(int(rate * 2**32), "uint32"),
        "input_dropout_scale": tensor(1 / (1 - rate), "float32"),
    }
    return outputs_of_ones(spec, weights, values | more)


def test_input_dropout_drops_its_share_of_inputs_and_scales_the_others():
    masked = masked_inputs(0.25)
    assert set(np.unique(masked)) == {np.float32(0), np.float32(4 / 3)}
    dropped = int((masked == 0).sum())
    assert stats.binomtest(dropped, masked.size, 0.25).pvalue > SIGNIFICANCE
    assert (masked != masked_inputs(0.25, key=(1, 3))).any()


def test_inputs_and_hidden_units_have_masks_of_their_own():
    spec = NetworkSpec(400, (400,), 400, "sigmoids", "linear")
    twice = Weights(IDENTITY.kernels * 2, IDENTITY.biases * 2)
    hidden = {
        "dropout_threshold": tensor([2**31], "uint32"),
        "dropout_scale": tensor([2.0], "float32"),
    }
    kept = masked_inputs(0.5, spec=spec, weights=twice, **hidden) > 0
    assert stats.binomtest(int(kept.sum()), kept.size, 0.25).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("factor", [1.0, 0.5, 0.1])
def test_a_rate_that_moves_drops_the_share_of_its_moment(factor):
    values = {
        "mask_key": tensor((1, 2), "uint32"),
        "input_dropout_rate": tensor(0.8, "float32"),
        "dropout_factor": tensor(factor, "float32"),
    }
    masked = outputs_of_ones(NO_HIDDEN_LAYER, IDENTITY, values)
    np.testing.assert_allclose(np.unique(masked), [0, 1 / (1 - 0.8 * factor)], rtol=1e-6)
    dropped = int((masked == 0).sum())
    assert stats.binomtest(dropped, masked.size, 0.8 * factor).pvalue > SIGNIFICANCE
