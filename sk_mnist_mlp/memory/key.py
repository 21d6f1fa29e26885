"""What a fit is known by: a digest of all that determines its result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from sk_mnist_mlp.backends.choice import backend_name, tf32_is_allowed
from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.fitting.task import Task
from sk_mnist_mlp.model_files.describe import Model, describe
from sk_mnist_mlp.model_files.values import encode
from sk_mnist_mlp.network.sparse import is_sparse

ARITHMETIC = 1
"""Raised by every version of this package that trains to other numbers than the one before."""

DISTRIBUTIONS = {
    "tensorflow": (
        "tensorflow",
        "tensorflow-cpu",
        "tensorflow-macos",
        "tensorflow-intel",
        "tf-nightly",
    ),
    "jax": ("jax", "jaxlib"),
}
"""What may bring the module of each backend."""

COUNTS_NOT = ("class_weight", "epochs", "memory", "random_state", "verbose", "warm_start")
"""Hyperparameters that change nothing, or that the rest of a task has already come of."""

BLOCK = 2**24  # bytes


def key_of(task: Task) -> str:
    """Digest of a task, equal for tasks that train to the same bits.

    Parameters
    ----------
    task : Task

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    ValueError
        If a part of the task has no written form, such as a function; says which.
    """
    whole = replace(task.fitted(task.position, task.record), keeps_optimizer_state=True)
    model, arrays = describe(Model({}, whole))
    del model["versions"]  # those of this package and of scikit-learn that change no number
    inputs = _digest(task.training.inputs)
    validation = task.validation
    parts = {
        "arithmetic": arithmetic(backend_name()),
        "hyperparameters": {
            name: _encoded(name, value)
            for name, value in vars(task.hyper).items()
            if name not in COUNTS_NOT
        },
        "epochs": [task.n_epochs, task.planned_epochs],
        "model": model,
        "arrays": {name: _digest(array) for name, array in arrays.items()},
        "training": _digests(task.training, inputs),
        "validation": None
        if validation is None
        else _digests(
            validation,
            inputs if validation.inputs is task.training.inputs else _digest(validation.inputs),
        ),
    }
    text = json.dumps(parts, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def arithmetic(backend: str) -> dict[str, int | str]:
    """What the numbers depend on that a backend trains to; it is not imported for that."""
    return {
        "arithmetic": ARITHMETIC,
        "backend": backend,
        "numpy": np.__version__,
        **installed_versions(backend),
        **({"tf32": 1} if tf32_is_allowed() else {}),
    }


@cache
def installed_versions(backend: str) -> Mapping[str, str]:
    """Versions of the distributions that train, looked up once: finding them takes milliseconds."""
    found = {}
    for name in ("keras", *DISTRIBUTIONS.get(backend, ())):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _encoded(name: str, value: Any) -> Any:
    try:
        return encode(value)
    except ValueError as error:
        raise ValueError(f"The {name!r} parameter has no written form: {error}") from error


def _digests(examples: Examples, inputs: str) -> Mapping[str, Any]:
    return {
        "inputs": inputs,
        "targets": _digest(examples.targets),
        "weights": _digest(examples.weights),
        "index": None if examples.index is None else _digest(examples.index),
        "chunk_rows": examples.chunk_rows,
    }


def _digest(array: Any) -> str:
    """SHA-256 of an array's dtype, shape and values, in whichever order they lie in memory."""
    digest = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
    parts = (array.data, array.indices, array.indptr) if is_sparse(array) else (array,)
    for part in parts:
        digest.update(f" {part.dtype.str} {part.shape} ".encode())
        for block in _blocks(part):
            digest.update(block)
    return digest.hexdigest()


def _blocks(array: np.ndarray) -> Iterator[memoryview]:
    """Consecutive rows as bytes, some at a time, so that a mapped file needs no memory."""
    rows = np.atleast_1d(array)
    together = max(1, BLOCK // max(1, rows[:1].nbytes))
    for start in range(0, len(rows), together):
        # As bytes, which dates and text need.
        yield np.ascontiguousarray(rows[start : start + together]).view(np.uint8).data
