"""All arrays of a network, and whether two networks have the same."""

import numpy as np

from sk_mnist_mlp.network.weights import Weights


def arrays_of(network):
    """Arrays of `Weights` or of a fitted estimator: kernels, biases, then norm by norm."""
    if isinstance(network, Weights):
        kernels, biases, norms = network.kernels, network.biases, network.batch_norms
    else:
        kernels, biases, norms = network.coefs_, network.intercepts_, network.batch_norms_
    return [*kernels, *biases, *(array for norm in norms for array in vars(norm).values())]


def assert_same_network(one, other, tolerance=0.0):
    """Fail unless all arrays of both are equal, or as near as the tolerance."""
    for ours, theirs in zip(arrays_of(one), arrays_of(other), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)
