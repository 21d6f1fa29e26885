"""One zip file of a JSON manifest and npy arrays, each of them checked by its digest.

``manifest.json`` lists dtype, shape and SHA-256 of every other entry, and
``manifest.sha256`` has its own digest, as ``sha256sum --check`` reads it.
Members are stored rather than compressed, so that reading needs no more memory
than the file has bytes. Nothing is unpacked to disk.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from sk_mnist_mlp.disk.archives import (
    NPY_HEADER_LIMIT,
    is_encrypted,
    open_archive,
    read_member,
    read_npy_header,
)
from sk_mnist_mlp.disk.whole_files import replacing

FORMAT = 1
"""Number of the format that is written, and the newest that is read."""

MANIFEST = "manifest.json"
MANIFEST_DIGEST = "manifest.sha256"
MANIFEST_LIMIT = 16 * 2**20

# Numbers, text and times of fixed size: whatever holds no Python objects.
_DTYPE = re.compile(r"[<>|](?:[biuf]\d{1,2}|U\d{1,9}|[mM]8(?:\[\w{1,20}\])?)", re.ASCII)


class OtherFormat(ValueError):
    """An archive that may be whole, but is not for this version to read; says what reads it."""


def refusal(entry: str, found: str, allowed: str) -> ValueError:
    """Error about an entry of an archive, to be raised."""
    # A name may be anything, such as codes that a terminal obeys.
    name = entry if entry.isprintable() and len(entry) < 200 else f"{entry!a:.200}"
    return ValueError(f"{name}: found {found}; expected {allowed}.")


@dataclass(frozen=True)
class _Entry:
    """What the manifest says of an array."""

    dtype: np.dtype
    shape: tuple[int, ...]
    sha256: str

    @property
    def n_bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize

    def __str__(self) -> str:
        return f"shape {self.shape} and dtype {self.dtype.str}"


def write_archive(
    path: str | os.PathLike[str], manifest: dict[str, Any], arrays: Mapping[str, np.ndarray]
) -> None:
    """Replace a file by an archive, which is whole before it has the name.

    Parameters
    ----------
    path : path-like
    manifest : dict
        Of JSON values; the number of the format and the table of arrays are
        added.
    arrays : mapping of str to ndarray
        By the name of their entry.

    Raises
    ------
    ValueError
        If the manifest is too large to be read again.
    """
    with replacing(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        table = {}
        for name, array in arrays.items():
            buffer = io.BytesIO()
            # Not ascontiguousarray, which makes a vector of a number.
            in_order = np.asarray(array, order="C")
            np.lib.format.write_array(buffer, in_order, version=(1, 0), allow_pickle=False)
            digest = hashlib.sha256(buffer.getbuffer()).hexdigest()
            table[name] = {"dtype": array.dtype.str, "shape": array.shape, "sha256": digest}
            _write_member(archive, name, buffer.getbuffer())
        content = json.dumps(
            {"format": FORMAT, **manifest, "arrays": table}, allow_nan=False, indent=1
        ).encode()
        if len(content) > MANIFEST_LIMIT:
            raise ValueError(
                f"The model cannot be saved: its manifest takes {len(content)} bytes, and at most "
                f"{MANIFEST_LIMIT} are read. It holds the names of features and classes: shorten "
                "them, or keep the model with pickle."
            )
        _write_member(archive, MANIFEST, content)
        _write_member(archive, MANIFEST_DIGEST, _digest_line(content))


def _write_member(archive: zipfile.ZipFile, name: str, content: bytes | memoryview) -> None:
    # Without a date, so that the same model gives the same file.
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o644 << 16
    archive.writestr(member, content)


def _digest_line(manifest: bytes) -> bytes:
    return f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()


def read_archive(stream: BinaryIO) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read an archive that may be damaged, or made to harm.

    Parameters
    ----------
    stream : binary file

    Returns
    -------
    manifest : dict
        Without the number of the format and the table of arrays.
    arrays : dict of str to ndarray
        Of the manifest's dtypes and shapes, none of them of objects.

    Raises
    ------
    OSError
        If the stream cannot be read.
    ValueError
        If the archive is anything but what `write_archive` writes; names the
        entry.
    RecursionError
        If the manifest is nested too deeply.
    """
    with _opened(stream) as archive:
        members = _members(archive)
        manifest = _read_manifest(archive, members)
        table = manifest.pop("arrays")
        entries = {name: _parse_entry(name, declared) for name, declared in table.items()}
        for name in sorted(members.keys() - entries.keys() - {MANIFEST, MANIFEST_DIGEST}):
            raise refusal(name, "an entry that is not in the manifest", "none")
        for name in sorted(entries.keys() - members.keys()):
            raise refusal(name, "nothing", "an entry, as the manifest says")
        _check_sizes(members.values(), os.fstat(stream.fileno()).st_size)
        arrays = {
            name: _read_array(archive, members[name], entry) for name, entry in entries.items()
        }
    return manifest, arrays


def read_manifest(stream: BinaryIO) -> dict[str, Any]:
    """Read what `read_archive` does but for the arrays, which are neither read nor checked.

    Raises
    ------
    OSError, ValueError, RecursionError
        As `read_archive`.
    """
    with _opened(stream) as archive:
        manifest = _read_manifest(archive, _members(archive))
    del manifest["arrays"]
    return manifest


def _opened(stream: BinaryIO) -> zipfile.ZipFile:
    try:
        return open_archive(stream)
    except ValueError as error:
        found = f"no readable zip archive ({error})"
        raise refusal("the file", found, "what sk_mnist_mlp's save writes") from error


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        if member.filename in members:
            raise refusal(member.filename, "two entries of this name", "one")
        members[member.filename] = member
    return members


def _check_sizes(members: Iterable[zipfile.ZipInfo], n_bytes: int) -> None:
    """Refuse members that overlap, as they have no room in a file of so many bytes."""
    n_declared = 0
    for member in members:
        n_declared += member.file_size
        if n_declared > n_bytes:
            found = f"{n_declared} bytes up to this entry"
            raise refusal(member.filename, found, f"at most the file's own {n_bytes}")


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    name = member.filename
    if is_encrypted(member):
        raise refusal(name, "an encrypted entry", "one without a password")
    if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
        raise refusal(name, "a compressed entry", "one that is stored, as save writes it")
    try:
        return read_member(archive, member, member.file_size)
    except ValueError as error:
        raise refusal(name, f"damaged contents ({error})", "a whole entry") from error


def _read_manifest(
    archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]
) -> dict[str, Any]:
    if MANIFEST_DIGEST not in members:
        raise OtherFormat(
            f"was not written by sk_mnist_mlp's save, as it has no {MANIFEST_DIGEST}. Load it "
            "by what wrote it, such as keras.saving.load_model for a model of Keras."
        )
    if MANIFEST not in members:
        raise refusal(MANIFEST, "nothing", "an entry")
    for name in (MANIFEST, MANIFEST_DIGEST):
        if members[name].file_size > MANIFEST_LIMIT:
            found = f"{members[name].file_size} bytes"
            raise refusal(name, found, f"at most {MANIFEST_LIMIT}")
    content = _read_member(archive, members[MANIFEST])
    if _read_member(archive, members[MANIFEST_DIGEST]) != _digest_line(content):
        raise refusal(MANIFEST, "another SHA-256", f"the one in {MANIFEST_DIGEST}")
    try:
        manifest = json.loads(
            content, object_pairs_hook=_unique, parse_constant=_finite, parse_float=_finite
        )
    except ValueError as error:
        raise refusal(MANIFEST, f"no readable JSON ({error})", "what save writes") from error
    number = manifest.pop("format", None) if isinstance(manifest, dict) else None
    if type(number) is not int or number < 1:
        raise refusal(MANIFEST, f"the format {number!r}", f"an int from 1 to {FORMAT}")
    if number > FORMAT:
        raise OtherFormat(
            f"{MANIFEST}: found the format {number}; expected at most {FORMAT}, the newest that "
            "this version knows. Update sk_mnist_mlp."
        )
    if not isinstance(manifest.get("arrays"), dict):
        raise refusal(MANIFEST, "no table of arrays", "one, by the names of their entries")
    return manifest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name that comes twice")
    return members


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"the number {number}")
    return value


def _parse_entry(name: str, declared: Any) -> _Entry:
    try:
        dtype, shape, sha256 = (declared[key] for key in ("dtype", "shape", "sha256"))
        if len(declared) > 3 or not _DTYPE.fullmatch(dtype):
            raise ValueError
        if not all(type(length) is int and length >= 0 for length in shape):
            raise ValueError
        return _Entry(np.dtype(dtype), tuple(shape), sha256)
    except (KeyError, TypeError, ValueError) as error:
        allowed = "a dtype of numbers, text or times, a shape and a SHA-256"
        raise refusal(name, f"{declared!s:.200} in the manifest", allowed) from error


def _read_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, declared: _Entry) -> np.ndarray:
    name = member.filename
    if not 0 < member.file_size - declared.n_bytes <= NPY_HEADER_LIMIT:
        allowed = f"{declared.n_bytes} for {declared}, and a header of at most {NPY_HEADER_LIMIT}"
        raise refusal(name, f"{member.file_size} bytes", allowed)
    content = _read_member(archive, member)
    if hashlib.sha256(content).hexdigest() != declared.sha256:
        raise refusal(name, "another SHA-256", "the one in the manifest")
    try:
        header = read_npy_header(content)
    except ValueError as error:
        raise refusal(name, f"no readable npy header ({error})", "what save writes") from error
    found = _Entry(header.dtype, header.shape, declared.sha256)
    if found != declared or header.fortran_order:
        order = " in Fortran's order" if header.fortran_order else ""
        raise refusal(name, f"{found}{order}", f"{declared}")
    if len(content) - header.n_bytes != declared.n_bytes:
        found_bytes = f"{len(content) - header.n_bytes} bytes of values"
        raise refusal(name, found_bytes, f"{declared.n_bytes}")
    values = np.frombuffer(content, declared.dtype, offset=header.n_bytes)
    return values.reshape(declared.shape).copy()
