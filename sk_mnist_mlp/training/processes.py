"""What no backend survives: a fork."""

from __future__ import annotations

import operator
import os
import sys
import threading

import numpy as np

from sk_mnist_mlp.backends.choice import BACKENDS, backend_name
from sk_mnist_mlp.loading import load

ANSWER_SECONDS = 20.0
"""How long a backend is waited for, where this process may have inherited it."""


def _imported() -> set[str]:
    return BACKENDS.keys() & sys.modules.keys()


_inherited: set[str] = set()
# Then a fork between their import and ours went unseen.
_imported_before = _imported()


def _after_fork() -> None:
    global _inherited
    _inherited = _imported()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def refuse_to_train_after_fork() -> None:
    """Raise where training would hang.

    Raises
    ------
    RuntimeError
        In a process forked after the backend was imported.
    """
    name = backend_name()
    if name in _imported_before - _inherited:
        if not _answers():
            _inherited.add(name)
        _imported_before.remove(name)
    if name in _inherited:
        backend = BACKENDS[name]
        raise RuntimeError(
            f"No network can be fitted in a process that was forked after {backend} "
            f"was imported: {backend} would hang. Use joblib's default backend 'loky', its "
            "'threading', or multiprocessing's start method 'spawn'. Predicting works here."
        )


def _answers() -> bool:
    """Whether the backend computes: a fork leaves its threads behind."""
    backend = load("sk_mnist_mlp.backends.loaded").backend
    answered = threading.Event()

    def ask() -> None:
        argument = backend.to_device(np.float32(0.0))
        np.asarray(backend.compiled(operator.neg, (argument,), xla=False)(argument))
        answered.set()

    threading.Thread(target=ask, daemon=True).start()
    return answered.wait(ANSWER_SECONDS)
