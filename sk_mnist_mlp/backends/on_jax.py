"""What training needs of JAX."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from sk_mnist_mlp.backends.choice import tf32_is_allowed
from sk_mnist_mlp.backends.room import ON_A_CPU, ON_A_GPU, Room

# JAX finds its devices now, while the variables of the import hold.
jax.local_devices()

ACTIVATIONS: dict[Any, Callable[[Any], Any]] = {
    # Of Keras' slope as TensorFlow rounds it.
    "leaky_relu": partial(jax.nn.leaky_relu, negative_slope=float(np.float32(0.2))),
    "tanh": jnp.tanh,  # Keras' own, on JAX, is one of float32
}

REPEATABLE_ON_GPU = {"xla_gpu_deterministic_ops": True}


def has_gpu() -> bool:
    return jax.default_backend() == "gpu"


def room() -> Room:
    return ON_A_GPU if has_gpu() else ON_A_CPU


def is_out_of_memory(error: Exception) -> bool:
    return isinstance(error, jax.errors.JaxRuntimeError) and "RESOURCE_EXHAUSTED" in str(error)


def compiled_by_xla(n_steps: int) -> bool:
    """XLA compiles all that JAX runs."""
    return True


@contextmanager
def arithmetic_of(dtype: str) -> Iterator[None]:
    """JAX computes in float64 where that is switched on, here for this thread and meanwhile."""
    with ExitStack() as settings:
        settings.enter_context(jax.enable_x64(dtype == "float64"))
        said_by_user = jax.config.jax_default_matmul_precision is not None
        if has_gpu() and not said_by_user and not tf32_is_allowed():
            settings.enter_context(jax.default_matmul_precision("highest"))
        yield


def to_device(array: Any) -> Any:
    # jnp.asarray would compile a program for each shape.
    return array if isinstance(array, jax.Array) else jax.device_put(np.asarray(array))


def gather(tensor: Any, index: np.ndarray, memory: Any = None) -> Any:
    if memory is None:
        return _rows(tensor, index)
    return _rows_in_memory(tensor, index, memory)


def _rows(tensor: Any, index: Any) -> Any:
    return jnp.take(tensor, index, axis=0, mode="clip")


# New memory for each block would be cleared by the system, which takes as long as the copying.
@partial(jax.jit, donate_argnames="memory", keep_unused=True)
def _rows_in_memory(tensor: Any, index: Any, memory: Any) -> Any:
    return _rows(tensor, index)


def compiled(function: Callable[..., Any], arguments: Any, *, xla: bool) -> Callable[..., Any]:
    run = jax.jit(function, compiler_options=REPEATABLE_ON_GPU if has_gpu() else None)
    run(*arguments)
    return run


def loop(n_steps: Any, step: Callable[[Any, Any], Any], state: Any) -> Any:
    return lax.fori_loop(0, n_steps, step, state)


def gradients(
    function: Callable[[list[Any]], tuple[Any, Any]], parameters: Sequence[Any]
) -> tuple[list[Any], Any]:
    found, beside = jax.grad(function, has_aux=True)(list(parameters))
    return found, beside


def with_row(tensor: Any, i: Any, row: Sequence[Any]) -> Any:
    return lax.dynamic_update_index_in_dim(tensor, jnp.stack(row), i, 0)


def split(vector: Any, sizes: Sequence[int]) -> Sequence[Any]:
    return jnp.split(vector, np.cumsum(sizes)[:-1])
