"""Tensors of whichever backend trains."""

import numpy as np
from keras import ops

from sk_mnist_mlp.backends.loaded import backend


def tensor(value, dtype=None):
    return backend.to_device(np.asarray(value, dtype))


def as_keras_casts(number):
    """A number of Python's in float64: on TensorFlow it comes there by way of float32."""
    with backend.arithmetic_of("float64"):
        return float(np.asarray(ops.cast(number, "float64")))
