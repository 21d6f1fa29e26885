"""The download of MNIST from the first public mirror that delivers it."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sk_mnist_mlp.datasets.mnist_files import MNIST_ARRAYS

if TYPE_CHECKING:
    from rich.progress import Progress


@dataclass(frozen=True)
class RemoteFile:
    """A file's name below its mirror's address, and its digest as ``algorithm:digits``."""

    name: str
    digest: str


@dataclass(frozen=True)
class Mirror:
    """An address, ending in a slash, and the files below it: one npz, or the four IDX files."""

    url: str
    files: tuple[RemoteFile, ...]


KERAS_FILE = RemoteFile(
    "mnist.npz", "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
)
IDX_FILES = tuple(RemoteFile(f"{part.idx_name}.gz", f"md5:{part.gz_md5}") for part in MNIST_ARRAYS)

MIRRORS: tuple[Mirror, ...] = (
    Mirror("https://storage.googleapis.com/tensorflow/tf-keras-datasets/", (KERAS_FILE,)),
    Mirror("https://ossci-datasets.s3.amazonaws.com/mnist/", IDX_FILES),
    Mirror("https://storage.googleapis.com/cvdf-datasets/mnist/", IDX_FILES),
)
"""The mirrors of Keras, PyTorch and the Common Visual Data Foundation, in the order tried."""

# A mirror that sends no chunk for so long is given up, and its thread gets the grace to
# remove its temporary file. All mirrors together stay below 20 seconds, the most that a
# machine without a network may take to find out.
SILENCE_SECONDS = 5.0
GRACE_SECONDS = 1.0
CHUNK_BYTES = 16 * 1024
DOWNLOAD_LIMIT_BYTES = 16 * 1024**2  # the largest file has 11.5 million


def download_mnist(folder: Path) -> Path:
    """Download MNIST into a folder.

    Each file is written to a temporary name and renamed once its digest is
    right; files that are there already, whole, are kept. A progress bar is
    shown where standard error is a terminal.

    Parameters
    ----------
    folder : pathlib.Path
        Made if need be.

    Returns
    -------
    pathlib.Path
        What to read: the npz, or the folder with the IDX files.

    Raises
    ------
    OSError
        If no mirror delivers, with a line for each that says why.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    reasons = []
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True, quiet=not sys.stderr.isatty()),
        redirect_stdout=False,
        redirect_stderr=False,
    ) as progress:
        for mirror in MIRRORS:
            try:
                _fetch(mirror, folder, progress)
            except (OSError, ValueError) as error:  # ValueError: pooch's, for a wrong digest
                reasons.append(f"{mirror.url}: {error}")
            else:
                return folder / mirror.files[0].name if len(mirror.files) == 1 else folder
    raise OSError("\n".join(reasons))


def _fetch(mirror: Mirror, folder: Path, progress: Progress) -> None:
    """Fetch a mirror's files; in a thread, as looking up a name knows no time limit."""
    transfer = _Transfer(progress)
    errors: list[Exception] = []

    def retrieve_all() -> None:
        try:
            for file in mirror.files:
                _retrieve(mirror.url + file.name, file, folder, transfer)
        except Exception as error:  # raised again below, in the caller's thread
            errors.append(error)

    worker = threading.Thread(target=retrieve_all, name="mnist-download", daemon=True)
    worker.start()
    try:
        while worker.is_alive() and transfer.patience_left > 0:
            worker.join(transfer.patience_left)
    finally:
        abandoned = worker.is_alive()
        transfer.stopped = True
        worker.join(GRACE_SECONDS)
    if abandoned:
        raise TimeoutError(f"no answer for {SILENCE_SECONDS:g} seconds")
    if errors:
        raise errors[0]


def _retrieve(url: str, file: RemoteFile, folder: Path, transfer: _Transfer) -> None:
    import pooch
    import requests

    def download(url: str, output_file: str, pooch: None) -> None:
        with (
            requests.get(url, stream=True, timeout=SILENCE_SECONDS) as response,
            open(output_file, "wb") as stream,
        ):
            response.raise_for_status()
            transfer.begin(file.name, int(response.headers.get("Content-Length", 0)))
            for chunk in response.iter_content(CHUNK_BYTES):
                transfer.advance(len(chunk))
                stream.write(chunk)

    pooch.retrieve(url, file.digest, fname=file.name, path=folder, downloader=download)


class _Transfer:
    """The state of a download that its thread and the one that waits for it share.

    Parameters
    ----------
    progress : rich.progress.Progress
        Gets one bar a file.
    """

    def __init__(self, progress: Progress) -> None:
        self.stopped = False
        self._progress = progress
        self._heard_at = time.monotonic()

    @property
    def patience_left(self) -> float:
        """Seconds until the silence has lasted too long."""
        return self._heard_at + SILENCE_SECONDS - time.monotonic()

    def begin(self, name: str, n_bytes: int) -> None:
        """Show a new file, of 0 bytes where the server does not say how many."""
        self._bar = self._progress.add_task(name, total=n_bytes or None)
        self._received = 0

    def advance(self, n_bytes: int) -> None:
        """Count the bytes of one chunk, or end the transfer by an error."""
        self._received += n_bytes
        if self.stopped:
            raise OSError("the download was given up")
        if self._received > DOWNLOAD_LIMIT_BYTES:
            raise OSError(f"more than {DOWNLOAD_LIMIT_BYTES} bytes, so this is not MNIST")
        self._heard_at = time.monotonic()
        self._progress.update(self._bar, completed=self._received)
