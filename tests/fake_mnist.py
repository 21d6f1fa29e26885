"""A small MNIST of made-up values, in every container, and the table that describes it."""

import gzip
import hashlib
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from sk_mnist_mlp.datasets.mnist_files import MNIST_ARRAYS

_RNG = np.random.default_rng(0)
ARRAYS = {
    "X_train": _RNG.integers(0, 256, (30, 4, 3), np.uint8),
    "y_train": _RNG.integers(0, 10, 30, np.uint8),
    "X_test": _RNG.integers(0, 256, (10, 4, 3), np.uint8),
    "y_test": _RNG.integers(0, 10, 10, np.uint8),
}
for _images in (ARRAYS["X_train"], ARRAYS["X_test"]):
    _images.flat[:2] = 0, 255
IDX_NAMES = {part.field: part.idx_name for part in MNIST_ARRAYS}
NPZ_NAMES = {part.field: part.npz_name for part in MNIST_ARRAYS}


def idx_bytes(array: np.ndarray, type_code: int = 8) -> bytes:
    dimensions = np.array(array.shape, ">u4").tobytes()
    return bytes([0, 0, type_code, array.ndim]) + dimensions + array.tobytes()


def npz_bytes(arrays: Mapping[str, np.ndarray] = ARRAYS) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **{NPZ_NAMES[field]: arrays[field] for field in arrays})
    return stream.getvalue()


def idx_files(gzipped: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Contents by file name; those of the fields named are gzipped."""
    return {
        IDX_NAMES[field] + ".gz" * (field in gzipped): gzip.compress(idx_bytes(array), mtime=0)
        if field in gzipped
        else idx_bytes(array)
        for field, array in ARRAYS.items()
    }


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


TABLE = tuple(
    replace(
        part,
        shape=ARRAYS[part.field].shape,
        md5=hashlib.md5(idx_bytes(ARRAYS[part.field])).hexdigest(),
    )
    for part in MNIST_ARRAYS
)
