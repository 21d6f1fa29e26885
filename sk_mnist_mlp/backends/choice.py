"""Which backend of Keras trains, known before Keras is loaded."""

from __future__ import annotations

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX"}
"""Backends that train, by the names of their modules, and what they are called."""

BACKEND_VARIABLE = "KERAS_BACKEND"
TF32_VARIABLE = "SK_MNIST_MLP_TF32"
PREALLOCATION_VARIABLE = "XLA_PYTHON_CLIENT_PREALLOCATE"


def backend_name() -> str:
    """Name of the backend that Keras runs on, or will run on once it is loaded.

    It is the one that Keras is told to take, by the environment or by its
    file, and JAX where nothing but that file's default names TensorFlow, which
    is not installed.
    """
    try:
        return sys.modules["keras"].config.backend()
    except (KeyError, AttributeError):  # not loaded, or another thread is loading it
        pass
    return os.environ.get(BACKEND_VARIABLE) or (_in_place_of_tensorflow() or _in_file())


def variables_of_import() -> dict[str, str]:
    """Variables that are needed while Keras is imported, and what it runs on.

    They let Keras run on `backend_name`, and JAX take a GPU's memory as it is
    needed, where nobody has said otherwise: it would take three quarters at once.
    """
    variables = {}
    instead = _in_place_of_tensorflow()
    if instead and "keras" not in sys.modules and not os.environ.get(BACKEND_VARIABLE):
        variables[BACKEND_VARIABLE] = instead
    if backend_name() == "jax" and PREALLOCATION_VARIABLE not in os.environ:
        variables[PREALLOCATION_VARIABLE] = "false"
    return variables


def check_installed() -> None:
    """Refuse a backend that is not there, before half of Keras is loaded.

    Raises
    ------
    ModuleNotFoundError
        If Keras would run on one of `BACKENDS` that is not installed.
    """
    name = backend_name()
    if name in BACKENDS and name not in sys.modules and not find_spec(name):
        raise ModuleNotFoundError(
            f"Keras is to run on {BACKENDS[name]}, which is not installed. Install it, as by "
            f"'pip install {name}', or set the environment variable {BACKEND_VARIABLE} to one of "
            f"{list(BACKENDS)} that is.",
            name=name,
        )


def tf32_is_allowed() -> bool:
    """Whether GPUs may round the factors of float32 products to 10 bits, which is faster."""
    return os.environ.get(TF32_VARIABLE, "0") not in ("", "0")


def _in_place_of_tensorflow() -> str | None:
    if _in_file() == "tensorflow" and not find_spec("tensorflow") and find_spec("jax"):
        return "jax"
    return None


def _in_file() -> str:
    home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    try:
        return json.loads(Path(home, "keras.json").expanduser().read_text())["backend"]
    except (OSError, ValueError, LookupError, TypeError):
        return "tensorflow"
