"""The backend that Keras was loaded with, and what is needed of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, Protocol

import keras
import numpy as np

from sk_mnist_mlp.backends.choice import BACKEND_VARIABLE, BACKENDS
from sk_mnist_mlp.backends.room import Room


class Backend(Protocol):
    """Functions of arrays, so that all else is the same on any backend."""

    ACTIVATIONS: Mapping[Any, Callable[[Any], Any]]
    """Activations that train in place of Keras' of the same names, to agree with NumPy's here."""

    def arithmetic_of(self, dtype: str) -> AbstractContextManager[Any]:
        """Where tensors are made and programs run, to compute in a dtype, as it is written."""

    def has_gpu(self) -> bool:
        """Whether training runs on a GPU."""

    def room(self) -> Room:
        """What the device has room for that training runs on."""

    def is_out_of_memory(self, error: Exception) -> bool:
        """Whether an error says that the device has too little memory."""

    def compiled_by_xla(self, n_steps: int) -> bool:
        """Whether XLA compiles a program for epochs of so many steps."""

    def to_device(self, array: Any) -> Any:
        """Array as a tensor where training runs; a tensor is left as it is.

        The two may share memory, which nobody may write to as long as the tensor is used.
        """

    def gather(self, tensor: Any, index: np.ndarray, memory: Any = None) -> Any:
        """Rows of a tensor by their numbers.

        Memory that is given is what an earlier call gave, for as many rows, and of no
        use afterwards: the rows may take its place.
        """

    def compiled(
        self, function: Callable[..., Any], arguments: Any, *, xla: bool
    ) -> Callable[..., Any]:
        """Compile a pure function by XLA or without it, and call it once.

        On a GPU products of float32 are then in full precision, unless TF32 is allowed.

        Parameters
        ----------
        function : callable
        arguments : tuple
            Of tensors, in tuples and dictionaries, of the shapes of all further calls.
        xla : bool

        Returns
        -------
        callable
            Takes and gives tensors in the same structure.
        """

    def loop(self, n_steps: Any, step: Callable[[Any, Any], Any], state: Any) -> Any:
        """State after ``state = step(i, state)`` for i from 0 to `n_steps`, while traced."""

    def gradients(
        self, function: Callable[[list[Any]], tuple[Any, Any]], parameters: Sequence[Any]
    ) -> tuple[list[Any], Any]:
        """Gradients of the first thing that a function gives, and the second, while traced."""

    def with_row(self, tensor: Any, i: Any, row: Sequence[Any]) -> Any:
        """Tensor with another row `i`, of some numbers, while traced."""

    def split(self, vector: Any, sizes: Sequence[int]) -> Sequence[Any]:
        """Pieces of a vector, of some sizes, while traced."""


def _chosen() -> Any:
    name = keras.config.backend()
    if name not in BACKENDS:
        raise ImportError(
            f"sk_mnist_mlp trains with Keras on {' or '.join(BACKENDS.values())}, but Keras runs "
            f"on {name!r}. Set the environment variable {BACKEND_VARIABLE} to one of "
            f"{list(BACKENDS)} before Keras is imported."
        )
    return import_module(f"sk_mnist_mlp.backends.on_{name}")


backend: Backend = _chosen()


def check_backend() -> None:
    """Refuse to train on another backend than Keras was loaded with.

    Raises
    ------
    RuntimeError
        If Keras' backend was changed since.
    """
    if sys.modules.get("keras") is not keras:
        raise RuntimeError(
            "Keras was loaded again, as by keras.config.set_backend, since this package had "
            f"loaded it on {BACKENDS[keras.config.backend()]}. Choose the backend by "
            f"{BACKEND_VARIABLE} in a new process instead."
        )
