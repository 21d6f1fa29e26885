"""What a folder of fits holds."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sk_mnist_mlp.memory.entries import ENTRY, NOW
from sk_mnist_mlp.memory.folder import DAMAGED, FINISHED, README, UNFINISHED
from sk_mnist_mlp.memory.key import arithmetic
from sk_mnist_mlp.model_files.archive import read_manifest

_NAME = re.compile(
    rf"[0-9a-f]{{64}}({re.escape(FINISHED)}|{re.escape(UNFINISHED)})({re.escape(DAMAGED)})?"
)
_LEFTOVER = re.compile(rf"\.{_NAME.pattern}\.[0-9a-f]{{8}}")

WRITING_SECONDS = 3600.0
"""A temporary file that is younger may still be written to."""


@dataclass(frozen=True)
class Kept:
    """A file of a fit.

    Parameters
    ----------
    path : Path
    state : {"finished", "unfinished", "stale", "damaged", "leftover"}
        Stale is a fit of other versions, which is not looked for any more; a
        leftover is what a process was writing when it was killed.
    what : str
        The network and how far it was trained.
    modified : float
        Seconds since the epoch.
    n_bytes : int
    """

    path: Path
    state: str
    what: str
    modified: float
    n_bytes: int


def kept_in(folder: Path) -> list[Kept]:
    """List the fits of a folder, oldest first; other files are no part of it.

    Raises
    ------
    OSError
        If the folder cannot be read.
    """
    found = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # removed meanwhile
            kept = _kept(path)
            if kept is not None:
                found.append(kept)
    return sorted(found, key=lambda kept: (kept.modified, kept.path))


def clear(folder: Path) -> None:
    """Delete the fits of a folder, and the folder if nothing else is in it.

    Raises
    ------
    OSError
        If something is left.
    """
    for kept in kept_in(folder):
        kept.path.unlink(missing_ok=True)
    (folder / README).unlink(missing_ok=True)
    folder.rmdir()


def _kept(path: Path) -> Kept | None:
    status = path.stat()
    name = _NAME.fullmatch(path.name)
    if name is None:
        left = _LEFTOVER.fullmatch(path.name) and time.time() - status.st_mtime > WRITING_SECONDS
        return Kept(path, "leftover", "", status.st_mtime, status.st_size) if left else None
    state, what = ("damaged", "") if name[2] else _described(path)
    return Kept(path, state, what, status.st_mtime, status.st_size)


def _described(path: Path) -> tuple[str, str]:
    """State of an entry, and what it is of."""
    try:
        with open(path, "rb") as stream:
            manifest = read_manifest(stream)
        entry, what = manifest[ENTRY], _in_words(manifest[NOW])
        backend = entry["arithmetic"].get("backend", "")
        is_stale, is_finished = entry["arithmetic"] != arithmetic(backend), entry["finished"]
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return "damaged", ""
    if is_stale:
        return "stale", what
    return ("finished" if is_finished else "unfinished"), what


def _in_words(model: dict[str, Any]) -> str:
    network, n_epochs = model["network"], model["position"]["n_epochs"]
    sizes = [model["inputs"]["n_features"], *network["widths"]]
    return f"{'-'.join(map(str, sizes))}, {n_epochs} epochs, {network['dtype']}"
