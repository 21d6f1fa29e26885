"""Parameters are laid out for the optimizer and found again."""

import numpy as np
import pytest

from sk_mnist_mlp.network import NetworkSpec
from sk_mnist_mlp.training.layout import (
    JOINED_KERNEL,
    join_parameters,
    parameter_shapes,
    split_parameters,
)

LARGE = JOINED_KERNEL // 8 + 1
NETWORKS = {
    "softmax regression": NetworkSpec(8, (), 3, "softmax"),
    "small": NetworkSpec(8, (6, 5), 3, "softmax"),
    "large and normalised": NetworkSpec(8, (LARGE, 5), 1, "sigmoid", batch_norm="before"),
}


def tensors_of(network):
    rng = np.random.default_rng(0)
    shapes = [(outputs,) for _, outputs in network.kernel_shapes]
    shapes += [(width,) for width in network.normalised_widths * 2]
    return [rng.normal(size=shape) for shape in (*network.kernel_shapes, *shapes)]


@pytest.mark.parametrize("elementwise", [True, False])
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_splitting_undoes_joining(network, elementwise):
    tensors = tensors_of(network)
    parameters = join_parameters(tensors, elementwise)
    assert [p.shape for p in parameters] == parameter_shapes(network, elementwise)
    split = split_parameters(network, parameters, elementwise)
    found = [*split.kernels, *split.biases, *split.gammas, *split.betas]
    for left, right in zip(found, tensors, strict=True):
        np.testing.assert_array_equal(left, right)


def test_only_an_elementwise_optimizer_gets_small_tensors_joined():
    network = NETWORKS["large and normalised"]
    assert len(parameter_shapes(network, False)) == 3 + 3 + 2 + 2
    assert parameter_shapes(network, True)[:-1] == [(8, LARGE)]
