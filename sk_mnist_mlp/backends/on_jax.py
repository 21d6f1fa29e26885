"""What training needs of JAX."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

ACTIVATIONS: dict[Any, Callable[[Any], Any]] = {
    # Of Keras' slope as TensorFlow rounds it.
    "leaky_relu": partial(jax.nn.leaky_relu, negative_slope=float(np.float32(0.2))),
    "tanh": jnp.tanh,  # Keras' own, on JAX, is one of float32
}


def compiled_by_xla(n_steps: int) -> bool:
    """XLA compiles all that JAX runs."""
    return True


@contextmanager
def arithmetic_of(dtype: str) -> Iterator[None]:
    """JAX computes in float64 where that is switched on, here for this thread and meanwhile."""
    with jax.enable_x64(dtype == "float64"):
        yield


def to_device(array: Any) -> Any:
    return jnp.asarray(array)


def gather(tensor: Any, index: np.ndarray) -> Any:
    return jnp.take(tensor, index, axis=0, mode="clip")


def compiled(function: Callable[..., Any], arguments: Any, *, xla: bool) -> Callable[..., Any]:
    return jax.jit(function)


def loop(n_steps: Any, step: Callable[[Any, Any], Any], state: Any) -> Any:
    return lax.fori_loop(0, n_steps, step, state)


def gradients(
    function: Callable[[list[Any]], tuple[Any, Any]], parameters: Sequence[Any]
) -> tuple[list[Any], Any]:
    found, beside = jax.grad(function, has_aux=True)(list(parameters))
    return found, beside


def with_row(tensor: Any, i: Any, row: Sequence[Any]) -> Any:
    return tensor.at[i].set(jnp.stack(row))


def split(vector: Any, sizes: Sequence[int]) -> Sequence[Any]:
    return jnp.split(vector, np.cumsum(sizes)[:-1])
