"""Keras' named activations in NumPy.

Each function takes a floating-point array, which it may overwrite, and returns an
array of the same shape and dtype that belongs to the caller; a caller that still
needs its argument passes a copy. Exponentials overflow to infinity and underflow to
0 on the way to the right result: NumPy's error state is for the caller to see to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sk_mnist_mlp.loading import load

SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717

# TensorFlow's operation holds the slope as a float32, in float64 networks too.
LEAKY_RELU_SLOPE = float(np.float32(0.2))


def _linear(x: np.ndarray) -> np.ndarray:
    return x


def _relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0, out=x)


def _leaky_relu(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, LEAKY_RELU_SLOPE * x, out=x)


def _clip(x: np.ndarray, low: float, high: float) -> np.ndarray:
    # np.clip itself takes several times as long on a single row.
    return np.minimum(np.maximum(x, low, out=x), high, out=x)


def _relu6(x: np.ndarray) -> np.ndarray:
    return _clip(x, 0, 6)


def _elu(x: np.ndarray) -> np.ndarray:
    negative_part = np.minimum(x, 0)
    np.expm1(negative_part, out=negative_part)
    np.maximum(x, 0, out=x)
    x += negative_part
    return x


def _selu(x: np.ndarray) -> np.ndarray:
    negative_part = np.minimum(x, 0)
    np.expm1(negative_part, out=negative_part)
    negative_part *= SELU_ALPHA
    np.maximum(x, 0, out=x)
    x += negative_part
    x *= SELU_SCALE
    return x


def _exponential(x: np.ndarray) -> np.ndarray:
    return np.exp(x, out=x)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    np.negative(x, out=x)
    np.exp(x, out=x)
    x += 1
    return np.reciprocal(x, out=x)


def _silu(x: np.ndarray) -> np.ndarray:
    x *= _sigmoid(x.copy())
    return x


def _softplus(x: np.ndarray) -> np.ndarray:
    # log(1 + exp(x)) with an exponent that is never positive.
    correction = np.abs(x)
    np.negative(correction, out=correction)
    np.exp(correction, out=correction)
    np.log1p(correction, out=correction)
    np.maximum(x, 0, out=x)
    x += correction
    return x


def _log_sigmoid(x: np.ndarray) -> np.ndarray:
    softplus = _softplus(np.negative(x, out=x))
    return np.negative(softplus, out=softplus)


def _mish(x: np.ndarray) -> np.ndarray:
    x *= _tanh(_softplus(x.copy()))
    return x


def _gelu(x: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr

    x *= ndtr(x)
    return x


def _tanh(x: np.ndarray) -> np.ndarray:
    return np.tanh(x, out=x)


def _tanh_shrink(x: np.ndarray) -> np.ndarray:
    x -= np.tanh(x)
    return x


def _softsign(x: np.ndarray) -> np.ndarray:
    x /= np.abs(x) + 1
    return x


def _squareplus(x: np.ndarray) -> np.ndarray:
    # (x + sqrt(x**2 + 4)) / 2, without a square that could overflow.
    x *= 0.5
    x += np.hypot(x, 1)
    return x


def _hard_sigmoid(x: np.ndarray) -> np.ndarray:
    x += 3
    _relu6(x)
    x /= 6
    return x


def _hard_silu(x: np.ndarray) -> np.ndarray:
    x *= _hard_sigmoid(x.copy())
    return x


def _hard_tanh(x: np.ndarray) -> np.ndarray:
    return _clip(x, -1, 1)


def _hard_shrink(x: np.ndarray) -> np.ndarray:
    x *= np.abs(x) > 0.5
    return x


def _soft_shrink(x: np.ndarray) -> np.ndarray:
    x -= _clip(x.copy(), -0.5, 0.5)
    return x


def _sparse_sigmoid(x: np.ndarray) -> np.ndarray:
    _clip(x, -1, 1)
    x += 1
    x *= 0.5
    return x


def _sparse_plus(x: np.ndarray) -> np.ndarray:
    parabola = _sparse_sigmoid(x.copy())
    parabola *= parabola
    return np.where(x < 1, parabola, x)


def _softmax(x: np.ndarray) -> np.ndarray:
    x -= x.max(axis=-1, keepdims=True)
    np.exp(x, out=x)
    x /= x.sum(axis=-1, keepdims=True)
    return x


ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "celu": _elu,  # the same function at Keras' default alpha of 1
    "elu": _elu,
    "exponential": _exponential,
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
    "relu": _relu,
    "relu6": _relu6,
    "selu": _selu,
    "sigmoid": _sigmoid,
    "silu": _silu,
    "soft_shrink": _soft_shrink,
    "softmax": _softmax,
    "softplus": _softplus,
    "softsign": _softsign,
    "sparse_plus": _sparse_plus,
    "sparse_sigmoid": _sparse_sigmoid,
    "squareplus": _squareplus,
    "swish": _silu,
    "tanh": _tanh,
    "tanh_shrink": _tanh_shrink,
}
"""Every name of `keras.activations` that maps element by element, with Keras' default
arguments, and softmax over the last axis. Each function may overwrite its argument."""


def activation_function(
    activation: str | Callable[[Any], Any],
) -> Callable[[np.ndarray], np.ndarray]:
    """Activation as a function of NumPy arrays.

    Parameters
    ----------
    activation : str or callable
        A name in `ACTIVATIONS`, or a callable of tensors, which is applied through
        Keras (imported when the function is first called).

    Returns
    -------
    callable
        Takes a floating-point array, which it may overwrite, and returns an array
        of the same dtype that belongs to the caller.

    Raises
    ------
    KeyError
        If `activation` is a string that is not in `ACTIVATIONS`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_mnist_mlp.network.activations import activation_function
    >>> activation_function("relu")(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    if isinstance(activation, str):
        return ACTIVATIONS[activation]

    def apply_through_keras(x: np.ndarray) -> np.ndarray:
        backend = load("sk_mnist_mlp.backends.loaded").backend
        with backend.arithmetic_of(x.dtype.name):
            result = activation(backend.to_device(x))
            # A copy: the tensor's own memory may be read-only or shared with `x`.
            return np.array(result, dtype=x.dtype)

    return apply_through_keras
