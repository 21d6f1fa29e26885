"""Loads Keras and its backend when something first needs them: whole, and quietly."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

from sk_mnist_mlp.backends.choice import check_installed, variables_of_import
from sk_mnist_mlp.interrupts import uninterrupted

LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
FATAL_ALONE = "3"

DRIVER_FILES = (
    "/proc/driver/nvidia/version",
    "/dev/nvidiactl",
    "/dev/dxg",  # Linux within Windows
    r"C:\Windows\System32\nvcuda.dll",
)
"""One of them is there where an NVIDIA driver is."""


def load(name: str) -> Any:
    """Import Keras, or a module that imports it, no matter what comes meanwhile.

    An interrupt waits until that is done, as half a backend is of no use.
    Where `starts_quietly` holds, TensorFlow logs nothing but what is fatal, in
    this process and from now on: it reads the variable once, in its import.

    Parameters
    ----------
    name : str
        Of the module.

    Returns
    -------
    module

    Raises
    ------
    ModuleNotFoundError
        If the backend that Keras is to run on is not installed.
    """
    if name in sys.modules:
        return import_module(name)  # waits for another thread that has not finished
    return uninterrupted(_load, name)


def starts_quietly() -> bool:
    """Whether what TensorFlow logs when it starts would tell the user nothing.

    It warns of GPUs that are not there, which matters to whoever has an NVIDIA
    driver, or has set the level of its log.
    """
    return (
        "tensorflow" not in sys.modules
        and LOG_LEVEL not in os.environ
        and not any(map(os.path.exists, DRIVER_FILES))
    )


def _load(name: str) -> Any:
    check_installed()
    variables = variables_of_import()
    if starts_quietly():
        variables[LOG_LEVEL] = FATAL_ALONE
    # Threads that do this at once each unset the variables when the backend is there for all.
    os.environ.update(variables)
    try:
        return import_module(name)
    finally:
        for variable in variables:
            os.environ.pop(variable, None)
