"""The network in ONNX: logits."""

from __future__ import annotations

import numpy as np

from sk_mnist_mlp.network.inference import scale_and_shift
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import Weights
from sk_mnist_mlp.onnx.activations import ACTIVATIONS
from sk_mnist_mlp.onnx.graph import Graph


def add_network(graph: Graph, spec: NetworkSpec, weights: Weights, x: str) -> str:
    """Add the network, and return the name of its logits.

    Parameters
    ----------
    graph : Graph
    spec : NetworkSpec
    weights : Weights
    x : str
        Name of a tensor of shape (rows, features) in the graph's dtype.

    Returns
    -------
    str
        Of a tensor of shape (rows, outputs), where infinity is the largest number.

    Raises
    ------
    ValueError
        If an activation is a callable.
    """
    *hidden, last = _folded_layers(spec, weights)
    for (kernel, bias), activation in zip(hidden, spec.activations, strict=True):
        if not isinstance(activation, str):
            raise ValueError(
                f"To be converted to ONNX, activation must be one of {sorted(ACTIVATIONS)}, or a "
                f"sequence of these. Got {activation!r} instead: fit with the one of these that is "
                "nearest to it, or export the network alone by to_keras().export(path, "
                "format='onnx')."
            )
        x = ACTIVATIONS[activation](graph, _add_affine(graph, x, kernel, bias))
    logits = _add_affine(graph, x, *last)
    largest = np.finfo(graph.dtype).max
    return graph.node("Min", graph.node("Max", logits, -largest), largest)


def _add_affine(graph: Graph, x: str, kernel: np.ndarray, bias: np.ndarray) -> str:
    return graph.node("Add", graph.node("MatMul", x, kernel), bias)


def _folded_layers(spec: NetworkSpec, weights: Weights) -> list[tuple[np.ndarray, np.ndarray]]:
    """Kernel and bias of each layer in float64, batch normalisation folded into the nearest."""
    exact = Weights.of({name: array.astype(float) for name, array in weights.tensors().items()})
    kernels, biases = list(exact.kernels), list(exact.biases)
    for i, norm in enumerate(exact.batch_norms):
        if spec.batch_norm == "before":
            scale, biases[i] = scale_and_shift(norm, biases[i])
            kernels[i] = kernels[i] * scale
        else:  # after the activation, and so before the next kernel
            scale, shift = scale_and_shift(norm, 0.0)
            biases[i + 1] = biases[i + 1] + shift @ kernels[i + 1]
            kernels[i + 1] = scale[:, None] * kernels[i + 1]
    return list(zip(kernels, biases, strict=True))
