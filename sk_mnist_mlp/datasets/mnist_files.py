"""MNIST's arrays from the files that hold them, verified against the originals.

The container may be Keras' npz or the four IDX files; what is verified is
always the MD5 of the original, unpacked IDX file, rebuilt from the array.
Nothing that a file declares about its size is believed before it is checked.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from sk_mnist_mlp.disk.archives import (
    NPY_HEADER_LIMIT,
    is_encrypted,
    open_archive,
    read_member,
    read_npy_header,
)
from sk_mnist_mlp.disk.whole_files import naming


@dataclass(frozen=True)
class MnistArray:
    """One of the four arrays of bytes that MNIST consists of.

    Parameters
    ----------
    field : str
        Its name in what `load_mnist` returns.
    npz_name : str
        Its name in Keras' npz.
    idx_name : str
        The name of the original file, unpacked.
    shape : tuple of int
    md5 : str
        Of the original file, unpacked: header, then the array in C order.
    gz_md5 : str
        Of the original file as it is distributed, gzipped.
    """

    field: str
    npz_name: str
    idx_name: str
    shape: tuple[int, ...]
    md5: str
    gz_md5: str

    @property
    def idx_header(self) -> bytes:
        """Two zeros, the code of unsigned bytes, the rank, big-endian dimensions."""
        rank = len(self.shape)
        return struct.pack(f">BBBB{rank}I", 0, 0, 8, rank, *self.shape)

    @property
    def n_bytes(self) -> int:
        """Bytes of the array itself."""
        return math.prod(self.shape)


MNIST_ARRAYS: tuple[MnistArray, ...] = (
    MnistArray(
        "X_train",
        "x_train",
        "train-images-idx3-ubyte",
        (60_000, 28, 28),
        "6bbc9ace898e44ae57da46a324031adb",
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
    ),
    MnistArray(
        "y_train",
        "y_train",
        "train-labels-idx1-ubyte",
        (60_000,),
        "a25bea736e30d166cdddb491f175f624",
        "d53e105ee54ea40749a09fcbcd1e9432",
    ),
    MnistArray(
        "X_test",
        "x_test",
        "t10k-images-idx3-ubyte",
        (10_000, 28, 28),
        "2646ac647ad5339dbf082846283269ea",
        "9fb629c4189551a2d022fa330f9573f3",
    ),
    MnistArray(
        "y_test",
        "y_test",
        "t10k-labels-idx1-ubyte",
        (10_000,),
        "27ae3e4e09519cfbb04c329615203637",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
)
"""All of MNIST (LeCun, Cortes & Burges 1998): names, shapes and checksums."""


def read_mnist(path: Path) -> dict[str, np.ndarray]:
    """Read the four arrays of MNIST and verify them.

    Parameters
    ----------
    path : pathlib.Path
        Keras' ``mnist.npz``, or a folder with the four IDX files, each of
        them gzipped or not.

    Returns
    -------
    dict of str to ndarray of uint8
        One entry for each of `MNIST_ARRAYS`, by its field.

    Raises
    ------
    FileNotFoundError
        If there is nothing at `path`, or the folder lacks a file.
    OSError
        If a file cannot be read.
    ValueError
        If a file is truncated, altered, mislabelled or anything but MNIST.
    """
    if path.is_dir():
        return _read_idx_folder(path)
    if path.is_file():
        return _read_npz(path)
    names = ", ".join(part.idx_name for part in MNIST_ARRAYS)
    raise FileNotFoundError(
        f"{path}: found neither a file nor a folder; expected Keras' mnist.npz, or a folder "
        f"with {names}, gzipped or not. Correct the path, or choose a source by its name: "
        'load_mnist(source="mnist").'
    )


def find_idx_files(folder: Path) -> dict[str, Path]:
    """Find MNIST's IDX files in a folder, without opening them.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    dict of str to pathlib.Path
        The file of each field of `MNIST_ARRAYS` that is there. Where both are,
        the unpacked file goes before the gzipped one.
    """
    found = {}
    for part in MNIST_ARRAYS:
        for path in (folder / f"{part.idx_name}.gz", folder / part.idx_name):
            if path.is_file():
                found[part.field] = path
    return found


def _read_idx_folder(folder: Path) -> dict[str, np.ndarray]:
    files = find_idx_files(folder)
    missing = [part.idx_name for part in MNIST_ARRAYS if part.field not in files]
    if missing:
        names = sorted(path.name for path in folder.iterdir())
        listing = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        raise FileNotFoundError(
            f"{folder}: found {listing or 'an empty folder'}, but not {', '.join(missing)}; "
            "expected a folder with all four IDX files of MNIST, gzipped or not. Add what is "
            "missing, or give the path of an mnist.npz itself."
        )
    return {part.field: _read_idx(files[part.field], part) for part in MNIST_ARRAYS}


def _read_idx(path: Path, part: MnistArray) -> np.ndarray:
    header = part.idx_header
    size = len(header) + part.n_bytes
    try:
        unpacked = gzip.open if path.suffix == ".gz" else open
        with naming(path), unpacked(path, "rb") as stream:
            content = stream.read(size + 1)  # one more than allowed tells "longer" from "right"
    except gzip.BadGzipFile as error:
        raise _refusal(
            path,
            f"damaged gzip data ({error})",
            f"{part.idx_name}, gzipped",
            "If it is unpacked already, drop .gz from its name; if not, replace it.",
        ) from error
    except (EOFError, zlib.error) as error:
        raise _refusal(path, f"damaged gzip data ({error})", "a whole gzip file") from error
    if content[: len(header)] != header:
        raise _refusal(path, _describe_header(content), f"an IDX header of shape {part.shape}")
    if len(content) != size:
        found = f"{len(content)} bytes" if len(content) < size else f"more than {size} bytes"
        raise _refusal(path, found, f"{size} bytes, unpacked")
    array = np.frombuffer(content, np.uint8, offset=len(header)).reshape(part.shape)
    return _verified(array, part, path)


def _describe_header(content: bytes) -> str:
    if content[:2] == b"\x1f\x8b":
        return "gzip data, though the name does not end in .gz,"
    rank = content[3] if content[:3] == b"\x00\x00\x08" and len(content) > 3 else 0
    if rank == 0 or len(content) < 4 + 4 * rank:
        return f"the first bytes {content[:4].hex(' ') or '(none)'}"
    return f"an IDX header of shape {struct.unpack_from(f'>{rank}I', content, 4)}"


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    with naming(path), path.open("rb") as stream:
        try:
            archive = open_archive(stream)
        except ValueError as error:
            found = f"no readable zip archive ({error})"
            allowed = "Keras' mnist.npz, or the folder that holds the four IDX files"
            raise _refusal(path, found, allowed) from error
        members = {info.filename: info for info in archive.infolist()}
        _check_members(path, members)
        arrays = {}
        for part in MNIST_ARRAYS:
            name = f"{part.npz_name}.npy"
            try:
                content = read_member(archive, members[name], part.n_bytes + NPY_HEADER_LIMIT)
            except ValueError as error:
                found = f"damaged contents in {name} ({error})"
                raise _refusal(path, found, "a whole archive") from error
            arrays[part.field] = _parse_npy(content, part, path)
        return arrays


def _check_members(path: Path, members: dict[str, zipfile.ZipInfo]) -> None:
    missing = [part.npz_name for part in MNIST_ARRAYS if f"{part.npz_name}.npy" not in members]
    if missing:
        names = ", ".join(sorted(members)[:8]) or "nothing"
        required = ", ".join(f"{part.npz_name}.npy" for part in MNIST_ARRAYS)
        raise _refusal(path, f"an archive of {names}", f"one with {required}")
    for part in MNIST_ARRAYS:
        member = members[f"{part.npz_name}.npy"]
        limit = part.n_bytes + NPY_HEADER_LIMIT
        if member.file_size > limit:
            found = f"{member.file_size} bytes in {member.filename}"
            raise _refusal(path, found, f"at most {limit}")
        if is_encrypted(member) or member.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            found = f"{member.filename} encrypted or in another compression than NumPy's"
            raise _refusal(path, found, "what numpy.savez or savez_compressed writes")


def _parse_npy(content: bytes, part: MnistArray, path: Path) -> np.ndarray:
    try:
        header = read_npy_header(content)
    except ValueError as error:
        found = f"no readable npy header of {part.npz_name} ({error})"
        raise _refusal(path, found, "what numpy.savez writes") from error
    if header.shape != part.shape or header.dtype != np.uint8:
        found = f"{part.npz_name} of shape {header.shape} and dtype {header.dtype}"
        raise _refusal(path, found, f"shape {part.shape} and dtype uint8")
    values = np.frombuffer(content, np.uint8, offset=header.n_bytes)
    if values.size != part.n_bytes:
        found = f"{values.size} bytes of values of {part.npz_name}"
        raise _refusal(path, found, f"{part.n_bytes}")
    order: Literal["F", "C"] = "F" if header.fortran_order else "C"
    return _verified(values.reshape(part.shape, order=order), part, path)


def _verified(array: np.ndarray, part: MnistArray, path: Path) -> np.ndarray:
    digest = hashlib.md5(part.idx_header, usedforsecurity=False)
    digest.update(np.ascontiguousarray(array).data)
    if digest.hexdigest() != part.md5:
        raise _refusal(
            path,
            f"values of {part.npz_name} with the MD5 {digest.hexdigest()}",
            f"MNIST's own, with {part.md5}",
            "It was altered, or is another dataset of the same shape, such as Fashion-MNIST: "
            "replace it by MNIST's, or let load_mnist() fetch it.",
        )
    return array


def _refusal(
    path: Path,
    found: str,
    allowed: str,
    mend: str = "Replace it by an unaltered copy, or let load_mnist() fetch one.",
) -> ValueError:
    return ValueError(f"{path}: found {found}; expected {allowed}. {mend}")
