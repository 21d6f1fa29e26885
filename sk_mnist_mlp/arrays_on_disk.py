"""Arrays in zip archives that nobody vouches for, read within bounds.

Nothing that a file declares about its size is believed before it is checked.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

import numpy as np

# NumPy writes headers of 128 bytes, padded; the slack admits other writers'.
NPY_HEADER_LIMIT = 512

# What zipfile and zlib raise for archives that are cut off or altered.
DAMAGED_ZIP = (
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
    stream = io.BytesIO(content)
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


def is_encrypted(member: zipfile.ZipInfo) -> bool:
    """Whether a member of an archive needs a password."""
    return bool(member.flag_bits & 1)


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    """Read a member of an archive.

    Parameters
    ----------
    archive : zipfile.ZipFile
    member : zipfile.ZipInfo
    limit : int
        In bytes; a longer member is cut off after one byte more.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If the member is damaged; says how.
    """
    try:
        with archive.open(member) as stream:
            # With a size: ZipFile.read inflates all, whatever was declared.
            return stream.read(limit + 1)
    except DAMAGED_ZIP as error:
        raise ValueError(str(error)) from error
