"""One fit's place in a folder of fits."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sk_mnist_mlp.disk.whole_files import replacing
from sk_mnist_mlp.fitting.fitted import Fitted
from sk_mnist_mlp.fitting.snapshot import Snapshot
from sk_mnist_mlp.fitting.task import Task
from sk_mnist_mlp.memory.entries import read_entry, write_entry
from sk_mnist_mlp.memory.key import key_of
from sk_mnist_mlp.user_warnings import warn_user

SNAPSHOT_SECONDS = 10.0
"""Least time between two snapshots of a fit, but for the one of an interrupt."""

FINISHED, UNFINISHED, DAMAGED = ".fit.zip", ".snapshot.zip", ".damaged"
"""Endings of the files: of a fit, of a fit that was cut off, and of what could not be read."""

README = "README.txt"
README_TEXT = f"""\
Fits of sk_mnist_mlp's estimators, by their parameter memory.

KEY{FINISHED}      a finished fit, read back instead of trained again
KEY{UNFINISHED} a fit that was cut off, which goes on from there
*{DAMAGED}       what could not be read, and was trained anew

KEY is a digest of the parameters, the data and the versions that a fit depends on. Any file may be
deleted at any time: what it held is trained again. `sk-mnist-mlp memory FOLDER` lists them.
"""


@dataclass(eq=False)
class Memory:
    """Reads, writes and removes the files of one fit; what fails is warned of, and costs no fit.

    Parameters
    ----------
    folder : Path
    key : str
    task : Task
    says : bool
        Whether to print what is read.
    writes : bool
        Until writing has failed.
    last_written : float
        By the monotonic clock.
    """

    folder: Path
    key: str
    task: Task
    says: bool
    writes: bool = True
    last_written: float = field(default_factory=lambda: time.monotonic())

    def read_back(self) -> Fitted | None:
        """What the fit has left before, where it was finished."""
        found = self._read(FINISHED)
        if found is None:
            return None
        if self.says:
            print(f"read back: {self._path(FINISHED)}", flush=True)
        return self.task.fitted(found.position, found.record)

    def rest(self) -> Task:
        """What there is to train: all of the task, or what a snapshot leaves of it."""
        found = self._read(UNFINISHED)
        if found is None:
            return self.task
        rest = self.task.going_on(found)
        if self.says:
            print(f"going on from epoch {rest.n_done + 1}: {self._path(UNFINISHED)}", flush=True)
        return rest

    def after_epoch(self, snapshot: Callable[[], Snapshot]) -> None:
        """Keep a snapshot if it is time for one."""
        if self.writes and time.monotonic() - self.last_written >= SNAPSHOT_SECONDS:
            self._write(UNFINISHED, snapshot())
            self.last_written = time.monotonic()

    def on_interrupt(self, snapshot: Callable[[], Snapshot]) -> None:
        """Keep a snapshot, the last before the fit ends unfinished."""
        if self.writes:
            self._write(UNFINISHED, snapshot())

    def finish(self, fitted: Fitted) -> None:
        """Keep a finished fit, in the place of its snapshot."""
        if self.writes:
            self._write(FINISHED, Snapshot(fitted.position, fitted.record))
        if self.writes:
            with suppress(OSError):
                self._path(UNFINISHED).unlink(missing_ok=True)

    def _path(self, ending: str) -> Path:
        return self.folder / f"{self.key}{ending}"

    def _read(self, ending: str) -> Snapshot | None:
        path = self._path(ending)
        try:
            return read_entry(path, self.key, ending == FINISHED, self.task)
        except FileNotFoundError:
            return None
        except OSError as error:
            warn_user(f"A kept fit cannot be read, and is trained again: {error}")
        except ValueError as error:
            with suppress(OSError):
                path.replace(f"{path}{DAMAGED}")
            warn_user(f"A kept fit is damaged, and is trained again: {path}: {error}")
        return None

    def _write(self, ending: str, snapshot: Snapshot) -> None:
        try:
            self._make_folder()
            write_entry(self._path(ending), self.key, ending == FINISHED, self.task, snapshot)
        except (OSError, ValueError) as error:
            self.writes = False
            warn_user(f"This fit is not kept, as memory={str(self.folder)!r} fails: {error}")

    def _make_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        readme = self.folder / README
        if not readme.exists():
            with replacing(readme) as file:
                file.write(README_TEXT.encode())


def memory_of(task: Task, one_epoch: bool, listened_to: bool) -> Memory | None:
    """Where a task is kept.

    Parameters
    ----------
    task : Task
    one_epoch : bool
        Whether it is a call of `partial_fit`.
    listened_to : bool
        Whether callbacks hear of its epochs.

    Returns
    -------
    Memory or None
        None where it is not kept; warns where that was asked for.

    Raises
    ------
    ValueError
        If the folder is a file.
    """
    given = task.hyper.memory
    if given is None:
        return None
    folder = Path(os.path.expanduser(given))
    if folder.exists() and not folder.is_dir():
        raise ValueError(
            f"The 'memory' parameter must be a folder, or a path where there is nothing yet. Got "
            f"{given!r}, which is a file."
        )
    why_not = _why_not_kept(task, one_epoch, listened_to)
    if why_not is None:
        try:
            return Memory(folder, key_of(task), task, says=task.hyper.verbose > 0)
        except ValueError as error:
            why_not = str(error)
    warn_user(f"memory keeps nothing of this fit: {why_not}")
    return None


def _why_not_kept(task: Task, one_epoch: bool, listened_to: bool) -> str | None:
    if one_epoch:
        return "it is a call of partial_fit, between which the estimator itself can be saved."
    if listened_to:
        return "callbacks may stop it, and would not hear of epochs that are not trained again."
    if task.hyper.random_state is None:
        return "random_state is None, so that it would never be found again. Set it to an int."
    return None
