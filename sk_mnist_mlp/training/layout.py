"""How a network's tensors are laid out for the optimizer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from sk_mnist_mlp.network import NetworkSpec
from sk_mnist_mlp.training.layers import Moments, Parameters

JOINED_KERNEL = 4096
"""Numbers of a kernel up to which an elementwise optimizer gets it joined with others."""


def _tensor_shapes(network: NetworkSpec) -> list[tuple[int, ...]]:
    """Shapes of kernels, biases, gammas and betas, the first layer of each first."""
    biases = [(outputs,) for _, outputs in network.kernel_shapes]
    norms = [(width,) for width in network.normalised_widths]
    return [*network.kernel_shapes, *biases, *norms, *norms]


def _is_joined(shape: tuple[int, ...], elementwise: bool) -> bool:
    return elementwise and (len(shape) == 1 or math.prod(shape) <= JOINED_KERNEL)


def parameter_shapes(network: NetworkSpec, elementwise: bool) -> list[tuple[int, ...]]:
    """Shapes of what `join_parameters` gives."""
    shapes = _tensor_shapes(network)
    own = [shape for shape in shapes if not _is_joined(shape, elementwise)]
    joined = sum(math.prod(shape) for shape in shapes if _is_joined(shape, elementwise))
    return [*own, (joined,)] if joined else own


def join_parameters(tensors: Sequence[np.ndarray], elementwise: bool) -> list[np.ndarray]:
    """Lay out kernels, biases, gammas and betas for the optimizer.

    An elementwise optimizer gets the small ones as one vector: its steps then have
    fewer and larger operations, and are traced and compiled sooner.
    """
    own = [tensor for tensor in tensors if not _is_joined(tensor.shape, elementwise)]
    joined = [tensor.ravel() for tensor in tensors if _is_joined(tensor.shape, elementwise)]
    return [*own, np.concatenate(joined)] if joined else own


def split_parameters(
    network: NetworkSpec, parameters: Sequence[Any], elementwise: bool
) -> Parameters:
    """Undo `join_parameters`: tensors, grouped by kind."""
    shapes = _tensor_shapes(network)
    sizes = [math.prod(shape) for shape in shapes if _is_joined(shape, elementwise)]
    joined = iter(tf.split(parameters[-1], sizes) if sizes else ())
    own = iter(parameters)
    tensors = [
        tf.reshape(next(joined), shape) if _is_joined(shape, elementwise) else next(own)
        for shape in shapes
    ]
    n_layers, n_norms = len(network.kernel_shapes), len(network.normalised_widths)
    ends = np.cumsum([n_layers, n_layers, n_norms, n_norms])
    return Parameters(*(tensors[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)))


def split_moments(network: NetworkSpec, moments: Sequence[Any]) -> Moments:
    """Group moving means and variances by kind."""
    n_norms = len(network.normalised_widths)
    return Moments(list(moments[:n_norms]), list(moments[n_norms:]))
