"""Arrays in zip archives that nobody vouches for, read within bounds.

Nothing that a file declares about its size is believed before it is checked.
"""

from __future__ import annotations

import errno
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, BinaryIO

import numpy as np

# NumPy writes headers of 128 bytes, padded; the slack admits other writers'.
NPY_HEADER_LIMIT = 512

# What zipfile and zlib raise for archives that are cut off or altered: an OSError where an
# offset lies before the start of the file.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True)
class NpyHeader:
    """What an npy file declares of its array.

    Parameters
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    fortran_order : bool
    n_bytes : int
        Length of the header itself, after which the values begin.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    fortran_order: bool
    n_bytes: int


def read_npy_header(content: bytes) -> NpyHeader:
    """Read the header of an npy file.

    Raises
    ------
    ValueError
        If there is none of version 1.0 and at most `NPY_HEADER_LIMIT` bytes;
        says why.
    """
    # Without the values: the arrays of a model share few headers, which take long to parse.
    return _parsed(content[: 10 + int.from_bytes(content[8:10], "little")])


@lru_cache(maxsize=256)
def _parsed(header: bytes) -> NpyHeader:
    stream = io.BytesIO(header)
    try:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise ValueError(f"version {version} of the npy format")
        shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(
            stream, max_header_size=NPY_HEADER_LIMIT
        )
    # NumPy evaluates the header as a literal, and lets out what Python says of malformed ones.
    except Exception as error:
        raise ValueError(str(error)) from error
    return NpyHeader(shape, dtype, fortran_order, stream.tell())


class _IOFailure(Exception):
    """Carries an OSError past zipfile, which takes some for damage."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error)
        self.error = error


class _Stream:
    """What zipfile needs of a binary file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.tell, self.seekable = stream.tell, stream.seekable

    def read(self, n_bytes: int = -1) -> bytes:
        return self._call(self._stream.read, n_bytes)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._call(self._stream.seek, offset, whence)

    def _call(self, method: Callable[..., Any], *arguments: int) -> Any:
        try:
            return method(*arguments)
        except OSError as error:
            # Those of a forged offset, and of a file that cannot be sought in.
            if error.errno in (errno.EINVAL, None):
                raise
            raise _IOFailure(error) from error


@contextmanager
def _telling_damage() -> Iterator[None]:
    try:
        yield
    except _IOFailure as failure:
        raise failure.error from None
    except _DAMAGE as error:
        raise ValueError(str(error)) from error


def open_archive(stream: BinaryIO) -> zipfile.ZipFile:
    """Open a zip archive.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is damaged, or something else; says how.
    """
    with _telling_damage():
        return zipfile.ZipFile(_Stream(stream))


def is_encrypted(member: zipfile.ZipInfo) -> bool:
    """Whether a member of an archive needs a password."""
    return bool(member.flag_bits & 1)


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    """Read a member of an archive.

    Parameters
    ----------
    archive : zipfile.ZipFile
        As `open_archive` gives it.
    member : zipfile.ZipInfo
    limit : int
        In bytes; a longer member is cut off after one byte more.

    Returns
    -------
    bytes

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If the member is damaged; says how.
    """
    with _telling_damage(), archive.open(member) as stream:
        # With a size: ZipFile.read inflates all, whatever was declared.
        return stream.read(limit + 1)
