"""Snapshots in files, which may have been damaged since."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np

from sk_mnist_mlp.backends.choice import backend_name
from sk_mnist_mlp.disk.whole_files import naming
from sk_mnist_mlp.fitting.fitted import Fitted
from sk_mnist_mlp.fitting.snapshot import Snapshot
from sk_mnist_mlp.fitting.task import Task
from sk_mnist_mlp.memory.key import arithmetic
from sk_mnist_mlp.model_files.archive import MANIFEST, read_archive, refusal, write_archive
from sk_mnist_mlp.model_files.describe import Model, describe
from sk_mnist_mlp.model_files.parse import parse

ENTRY, NOW, BEST = "entry", "now", "best"
"""Parts of the manifest: whose it is, where training stands, and where its best epoch left it."""


def write_entry(
    path: str | os.PathLike[str], key: str, finished: bool, task: Task, snapshot: Snapshot
) -> None:
    """Replace a file by a snapshot of a task.

    Raises
    ------
    OSError
        If the file cannot be written.
    ValueError
        If the task is too large to be described.
    """
    whole = replace(task.fitted(snapshot.position, snapshot.record), keeps_optimizer_state=True)
    models = {NOW: whole}
    if snapshot.best is not None:
        models[BEST] = replace(whole, position=snapshot.best)
    manifest: dict[str, Any] = {ENTRY: _entry(key, finished)}
    arrays: dict[str, np.ndarray] = {}
    for name, fitted in models.items():
        manifest[name], own = describe(Model({}, fitted))
        arrays |= {f"{name}/{part}": array for part, array in own.items()}
    write_archive(path, manifest, arrays)


def read_entry(path: str | os.PathLike[str], key: str, finished: bool, task: Task) -> Snapshot:
    """Read a snapshot of a task.

    Raises
    ------
    OSError
        If there is no file, or it cannot be read.
    ValueError
        If it is anything but what `write_entry` writes of this task; says what it is.
    """
    try:
        with naming(path), open(path, "rb") as stream:
            manifest, arrays = read_archive(stream)
        return _snapshot(manifest, arrays, key, finished, task)
    except RecursionError as error:
        raise refusal(MANIFEST, "too deeply nested values", "what fits write") from error


def _snapshot(
    manifest: dict[str, Any],
    arrays: dict[str, np.ndarray],
    key: str,
    finished: bool,
    task: Task,
) -> Snapshot:
    expected = _entry(key, finished)
    if manifest.pop(ENTRY, None) != expected:
        raise refusal(MANIFEST, "the entry of another fit", f"{expected}")
    if manifest.keys() not in ({NOW}, {NOW, BEST}):
        allowed = f"{NOW}, and {BEST} where early stopping compares epochs"
        raise refusal(MANIFEST, f"the parts {', '.join(manifest):.200}", allowed)
    parts = {name: _part(name, manifest, arrays, task) for name in manifest}
    for name in arrays:
        raise refusal(name, "an array that this fit does not have", "none")
    now, best = parts[NOW], parts.get(BEST)
    n_done = now.record.n_iter - task.record.n_iter
    if not 0 < n_done <= task.n_epochs - (not finished):
        raise refusal(MANIFEST, f"{n_done} epochs", f"at most {task.n_epochs}")
    return Snapshot(now.position, now.record, None if best is None else best.position)


def _entry(key: str, finished: bool) -> dict[str, Any]:
    return {"key": key, "finished": finished, "arithmetic": arithmetic(backend_name())}


def _part(name: str, manifest: dict[str, Any], arrays: dict[str, np.ndarray], task: Task) -> Fitted:
    """Parse one of the models, and take its arrays out of those that remain."""
    prefix = f"{name}/"
    own = {key.removeprefix(prefix): key for key in arrays if key.startswith(prefix)}
    found = parse(manifest[name], {part: arrays.pop(key) for part, key in own.items()}, ()).fitted
    if found.start != task.start:
        raise refusal(MANIFEST, f"{found.start} in {name}", f"{task.start}")
    return found
