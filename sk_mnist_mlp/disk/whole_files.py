"""Files that are whole or not there, and errors that name them."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def naming(path: str | os.PathLike[str], temporary: str | None = None) -> Iterator[None]:
    """Let errors of reading and writing name a file, as those of opening do.

    Parameters
    ----------
    path : path-like
        The name to be told.
    temporary : str or None, default=None
        A name in place of which `path` is to be told, as where there is none.
    """
    try:
        yield
    except OSError as error:
        # One without a number prints the text that it was made with, or the name, not both.
        if error.errno is not None and error.filename in (None, temporary):
            error.filename = os.fspath(path)
            del error.filename2  # what the temporary file was to be renamed to
        raise


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Give a new file, which takes the name once it is whole and on the disk.

    A file that is replaced leaves its mode to the new one; through a symbolic
    link its target is replaced. Whatever fails leaves what was there, and no
    temporary file.

    Parameters
    ----------
    path : path-like

    Yields
    ------
    binary file
        To be written to; a temporary one in the same folder.

    Raises
    ------
    OSError
        If the file cannot be written; names `path`.
    """
    given = os.fspath(path)
    target = Path(os.path.realpath(given))
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    with naming(given, str(temporary)):
        mode = _mode_of(given)

        def create(name: str, flags: int) -> int:
            # Never more open than the file that it replaces, not even while it is empty.
            return os.open(name, flags, 0o666 if mode is None else mode)

        try:
            with open(temporary, "xb", opener=create) as stream:
                if mode is not None:
                    os.chmod(temporary, mode)  # what the umask took away
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise


def _mode_of(path: str) -> int | None:
    """Permissions of a file, None where there is none."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "Not a regular file", path)
    return stat.S_IMODE(mode)
