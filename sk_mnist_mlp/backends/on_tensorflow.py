"""What training needs of TensorFlow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import numpy as np
import tensorflow as tf

from sk_mnist_mlp.backends.choice import tf32_is_allowed
from sk_mnist_mlp.backends.room import ON_A_CPU, ON_A_GPU, Room

XLA_STEPS_PER_EPOCH = 25

ACTIVATIONS: dict[Any, Callable[[Any], Any]] = {}

for _gpu in tf.config.list_physical_devices("GPU"):
    try:
        tf.config.experimental.set_memory_growth(_gpu, True)
    except RuntimeError:  # the user has already used the GPU, with settings of their own
        break

_precision = threading.Lock()


def has_gpu() -> bool:
    return bool(tf.config.list_logical_devices("GPU"))


def room() -> Room:
    return ON_A_GPU if has_gpu() else ON_A_CPU


def is_out_of_memory(error: Exception) -> bool:
    uncopied = isinstance(error, tf.errors.InternalError) and "Dst tensor is not" in str(error)
    return uncopied or isinstance(error, tf.errors.ResourceExhaustedError)


def compiled_by_xla(n_steps: int) -> bool:
    """XLA's faster steps have to repay its slower compilation."""
    return has_gpu() or n_steps >= XLA_STEPS_PER_EPOCH


def arithmetic_of(dtype: str) -> AbstractContextManager[Any]:
    """TensorFlow computes in the dtypes of its arguments."""
    return nullcontext()


def to_device(array: Any) -> Any:
    return tf.convert_to_tensor(array)


def gather(tensor: Any, index: np.ndarray, memory: Any = None) -> Any:
    return tf.gather(tensor, index)


def compiled(function: Callable[..., Any], arguments: Any, *, xla: bool) -> Callable[..., Any]:
    specs = tf.nest.map_structure(tf.TensorSpec.from_tensor, arguments)
    traced = tf.function(function, autograph=False, jit_compile=xla)
    # A concrete function: TensorFlow's warning of too many traces counts calls of others.
    run = traced.get_concrete_function(*specs)
    with _full_precision():
        run(*arguments)
    return run


@contextmanager
def _full_precision() -> Iterator[None]:
    """Keep float32 products on a GPU in float32: XLA asks how they may be while it compiles."""
    if not has_gpu() or tf32_is_allowed():
        yield
        return
    with _precision:
        settings = tf.config.experimental
        before = settings.tensor_float_32_execution_enabled()
        settings.enable_tensor_float_32_execution(False)
        try:
            yield
        finally:
            settings.enable_tensor_float_32_execution(before)


def loop(n_steps: Any, step: Callable[[Any, Any], Any], state: Any) -> Any:
    return tf.while_loop(
        lambda i, state: i < n_steps,
        lambda i, state: (i + 1, step(i, state)),
        (tf.constant(0), state),
    )[1]


def gradients(
    function: Callable[[list[Any]], tuple[Any, Any]], parameters: Sequence[Any]
) -> tuple[list[Any], Any]:
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(parameters)
        loss, beside = function(list(parameters))
    return tape.gradient(loss, list(parameters)), beside


def with_row(tensor: Any, i: Any, row: Sequence[Any]) -> Any:
    return tf.tensor_scatter_nd_update(tensor, [[i]], [tf.stack(row)])


def split(vector: Any, sizes: Sequence[int]) -> Sequence[Any]:
    return tf.split(vector, sizes)
