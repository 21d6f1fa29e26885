"""A worker that measures how fast this machine multiplies large float32 matrices.

The fastest of the libraries at hand counts: no training can beat it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from harness import median_seconds
from workers import Channel, serve

PRODUCTS_AT_LEAST = 5


def products(size: int) -> dict[str, Callable[[], object]]:
    """Return the product of two square matrices by each library."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, size, size), np.float32)
    tensor_a, tensor_b = tf.constant(a), tf.constant(b)
    # Without .numpy() TensorFlow could return before the product is there.
    return {"NumPy": lambda: a @ b, "TensorFlow": lambda: tf.matmul(tensor_a, tensor_b).numpy()}


def measure(channel: Channel) -> None:
    """Answer each request with the rate of each library, in GFLOP/s."""
    size = int(sys.argv[1])
    calls = products(size)
    while True:
        channel.wait()
        seconds = {
            name: median_seconds(call, budget=0.0, at_least=PRODUCTS_AT_LEAST)
            for name, call in calls.items()
        }
        channel.answer(**{name: 2e-9 * size**3 / time for name, time in seconds.items()})


if __name__ == "__main__":
    serve(measure)
