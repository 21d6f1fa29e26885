"""Keras' named activations in ONNX.

Each function adds nodes that map the tensor of that name, and returns the name of what
they give. They are made of operators that onnxruntime has in float64 too, which it lacks
for Elu, Softplus, HardSigmoid, Erf and their like; the forms are those of
`sk_mnist_mlp.network.activations`, where no intermediate result overflows.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from sk_mnist_mlp.network.activations import LEAKY_RELU_SLOPE, SELU_ALPHA, SELU_SCALE
from sk_mnist_mlp.onnx.graph import Graph


def _operator(kind: str) -> Callable[[Graph, str], str]:
    return lambda graph, x: graph.node(kind, x)


def _linear(graph: Graph, x: str) -> str:
    return x


def _leaky_relu(graph: Graph, x: str) -> str:
    return graph.node("Max", x, graph.node("Mul", x, LEAKY_RELU_SLOPE))


def _clip(graph: Graph, x: str, low: float, high: float) -> str:
    return graph.node("Min", graph.node("Max", x, low), high)


def _relu6(graph: Graph, x: str) -> str:
    return _clip(graph, x, 0, 6)


def _negative_expm1(graph: Graph, x: str) -> str:
    return graph.node("Sub", graph.node("Exp", graph.node("Min", x, 0)), 1)


def _elu(graph: Graph, x: str) -> str:
    return graph.node("Add", graph.node("Relu", x), _negative_expm1(graph, x))


def _selu(graph: Graph, x: str) -> str:
    negative_part = graph.node("Mul", _negative_expm1(graph, x), SELU_ALPHA)
    return graph.node("Mul", graph.node("Add", graph.node("Relu", x), negative_part), SELU_SCALE)


def _silu(graph: Graph, x: str) -> str:
    # Older versions of onnxruntime make a QuickGelu of x * sigmoid(x), which float64 has none of.
    power = graph.node("Exp", graph.node("Neg", x))
    return graph.node("Div", x, graph.node("Add", power, 1))


def _softplus(graph: Graph, x: str) -> str:
    power = graph.node("Exp", graph.node("Neg", graph.node("Abs", x)))
    return graph.node("Add", graph.node("Relu", x), graph.node("Log", graph.node("Add", power, 1)))


def _log_sigmoid(graph: Graph, x: str) -> str:
    return graph.node("Neg", _softplus(graph, graph.node("Neg", x)))


def _mish(graph: Graph, x: str) -> str:
    return graph.node("Mul", x, graph.node("Tanh", _softplus(graph, x)))


def _erfc_polynomial() -> np.ndarray:
    """Coefficients of p, highest first, in erfc(z) = t exp(p(2t - 1) - z**2) with t = 2 / (2 + z).

    For z that is not negative; with more of them it is no nearer in float64.
    """
    from scipy.special import erfcx

    def logarithm(u: np.ndarray) -> np.ndarray:
        t = (u + 1) / 2
        return np.log(erfcx(2 / t - 2) / t)

    series = np.polynomial.Chebyshev.interpolate(logarithm, 24)
    return series.convert(kind=np.polynomial.Polynomial).coef[::-1]


def _erfc_of_positive(graph: Graph, z: str) -> str:
    t = graph.node("Div", 2, graph.node("Add", z, 2))
    u = graph.node("Sub", graph.node("Mul", t, 2), 1)
    first, *others = _erfc_polynomial()
    exponent: str | float = first
    for coefficient in others:
        exponent = graph.node("Add", graph.node("Mul", u, exponent), coefficient)
    exponent = graph.node("Sub", exponent, graph.node("Mul", z, z))
    return graph.node("Mul", t, graph.node("Exp", exponent))


def _gelu(graph: Graph, x: str) -> str:
    z = graph.node("Mul", x, math.sqrt(0.5))
    if graph.dtype == np.float32:
        twice_ndtr = graph.node("Add", graph.node("Erf", z), 1)
    else:
        tail = _erfc_of_positive(graph, graph.node("Abs", z))
        is_tail = graph.node("Less", x, 0)
        twice_ndtr = graph.node("Where", is_tail, tail, graph.node("Sub", 2, tail))
    return graph.node("Mul", graph.node("Mul", x, 0.5), twice_ndtr)


def _tanh_shrink(graph: Graph, x: str) -> str:
    return graph.node("Sub", x, graph.node("Tanh", x))


def _softsign(graph: Graph, x: str) -> str:
    return graph.node("Div", x, graph.node("Add", graph.node("Abs", x), 1))


def _squareplus(graph: Graph, x: str) -> str:
    # hypot(x / 2, 1) as larger * sqrt(1 + (smaller / larger)**2).
    half = graph.node("Mul", x, 0.5)
    size = graph.node("Abs", half)
    larger = graph.node("Max", size, 1)
    ratio = graph.node("Div", graph.node("Min", size, 1), larger)
    root = graph.node("Sqrt", graph.node("Add", graph.node("Mul", ratio, ratio), 1))
    return graph.node("Add", half, graph.node("Mul", larger, root))


def _hard_sigmoid(graph: Graph, x: str) -> str:
    return graph.node("Div", _relu6(graph, graph.node("Add", x, 3)), 6)


def _hard_silu(graph: Graph, x: str) -> str:
    return graph.node("Mul", x, _hard_sigmoid(graph, x))


def _hard_tanh(graph: Graph, x: str) -> str:
    return _clip(graph, x, -1, 1)


def _hard_shrink(graph: Graph, x: str) -> str:
    is_large = graph.node("Greater", graph.node("Abs", x), 0.5)
    return graph.node("Where", is_large, x, 0)


def _soft_shrink(graph: Graph, x: str) -> str:
    return graph.node("Sub", x, _clip(graph, x, -0.5, 0.5))


def _sparse_sigmoid(graph: Graph, x: str) -> str:
    return graph.node("Mul", graph.node("Add", _clip(graph, x, -1, 1), 1), 0.5)


def _sparse_plus(graph: Graph, x: str) -> str:
    root = _sparse_sigmoid(graph, x)
    return graph.node("Where", graph.node("Less", x, 1), graph.node("Mul", root, root), x)


def _softmax(graph: Graph, x: str) -> str:
    return graph.node("Softmax", x, axis=1)


ACTIVATIONS: dict[str, Callable[[Graph, str], str]] = {
    "celu": _elu,
    "elu": _elu,
    "exponential": _operator("Exp"),
    "gelu": _gelu,
    "hard_shrink": _hard_shrink,
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": _hard_silu,
    "hard_swish": _hard_silu,
    "hard_tanh": _hard_tanh,
    "leaky_relu": _leaky_relu,
    "linear": _linear,
    "log_sigmoid": _log_sigmoid,
    "mish": _mish,
    "relu": _operator("Relu"),
    "relu6": _relu6,
    "selu": _selu,
    "sigmoid": _operator("Sigmoid"),
    "silu": _silu,
    "soft_shrink": _soft_shrink,
    "softmax": _softmax,
    "softplus": _softplus,
    "softsign": _softsign,
    "sparse_plus": _sparse_plus,
    "sparse_sigmoid": _sparse_sigmoid,
    "squareplus": _squareplus,
    "swish": _silu,
    "tanh": _operator("Tanh"),
    "tanh_shrink": _tanh_shrink,
}
"""The names of `sk_mnist_mlp.network.activations.ACTIVATIONS`."""
