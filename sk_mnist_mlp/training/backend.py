"""What training needs of TensorFlow; a further backend of Keras is a further such module."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        "sk_mnist_mlp trains with Keras on TensorFlow, but Keras runs on "
        f"{keras.backend.backend()!r}. Set the environment variable KERAS_BACKEND to "
        "'tensorflow' (or leave it unset) before Keras is imported."
    )

for _gpu in tf.config.list_physical_devices("GPU"):
    try:
        tf.config.experimental.set_memory_growth(_gpu, True)
    except RuntimeError:  # the user has already used the GPU, with settings of their own
        break


def has_gpu() -> bool:
    """Whether a GPU trains."""
    return bool(tf.config.list_logical_devices("GPU"))


def to_device(array: Any, dtype: str | None = None) -> Any:
    """Array as a tensor where training runs; a tensor is left as it is."""
    return tf.convert_to_tensor(array, dtype)


def gather(tensor: Any, index: np.ndarray) -> Any:
    """Rows of a tensor by their numbers."""
    return tf.gather(tensor, index)


def compiled(function: Callable[..., Any], arguments: Any, *, xla: bool) -> Callable[..., Any]:
    """Compile a pure function for arguments of these shapes, by XLA or without it.

    Parameters
    ----------
    function : callable
    arguments : tuple
        Of tensors, in tuples and dictionaries.
    xla : bool

    Returns
    -------
    callable
        Takes and gives tensors in the same structure.
    """
    specs = tf.nest.map_structure(tf.TensorSpec.from_tensor, arguments)
    traced = tf.function(function, autograph=False, jit_compile=xla)
    # A concrete function: TensorFlow's warning of too many traces counts calls of others.
    return traced.get_concrete_function(*specs)


def loop(n_steps: Any, step: Callable[[Any, Any], Any], state: Any) -> Any:
    """State after ``state = step(i, state)`` for i from 0 to `n_steps`, while traced."""
    return tf.while_loop(
        lambda i, state: i < n_steps,
        lambda i, state: (i + 1, step(i, state)),
        (tf.constant(0), state),
    )[1]


def gradients(
    function: Callable[[list[Any]], tuple[Any, Any]], parameters: Sequence[Any]
) -> tuple[list[Any], Any]:
    """Gradients of the first thing that a function gives, and the second, while traced."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(parameters)
        loss, beside = function(list(parameters))
    return tape.gradient(loss, list(parameters)), beside


def with_row(tensor: Any, i: Any, row: Sequence[Any]) -> Any:
    """Tensor with another row `i`, of some numbers, while traced."""
    return tf.tensor_scatter_nd_update(tensor, [[i]], [tf.stack(row)])


def split(vector: Any, sizes: Sequence[int]) -> Sequence[Any]:
    """Pieces of a vector, of some sizes, while traced."""
    return tf.split(vector, sizes)
