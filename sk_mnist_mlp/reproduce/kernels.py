"""The kernels of a system's first fit, reduced to what a violin needs, and their file."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sk_mnist_mlp.disk.whole_files import naming, replacing
from sk_mnist_mlp.displays.weights import N_QUANTILES, quantiles

_SHAPES = {"initial": (N_QUANTILES,), "trained": (N_QUANTILES,), "stddevs": (2,)}


@dataclass(frozen=True, eq=False)
class Kernel:
    """One Dense layer's kernel before and after training.

    Parameters
    ----------
    initial, trained : ndarray of shape (N_QUANTILES,)
        Evenly spaced quantiles of its entries, from the least to the largest:
        a sample that has the kernel's own distribution and extremes.
    stddevs : ndarray of shape (2,)
        Of all its entries, initial and trained.
    """

    initial: np.ndarray
    trained: np.ndarray
    stddevs: np.ndarray


def summarize_kernels(
    initial: Sequence[np.ndarray], trained: Sequence[np.ndarray]
) -> tuple[Kernel, ...]:
    """Reduce each layer's kernels to quantiles.

    Parameters
    ----------
    initial, trained : sequence of ndarray of shape (inputs, outputs)
        One entry a Dense layer.

    Returns
    -------
    tuple of Kernel
    """
    return tuple(
        Kernel(
            initial=quantiles(before),
            trained=quantiles(after),
            stddevs=np.array([np.std(before), np.std(after)], np.float32),
        )
        for before, after in zip(initial, trained, strict=True)
    )


def kernels_path(folder: Path, key: str) -> Path:
    """Where a system's kernels are kept."""
    return folder / f"kernels-{key}.npz"


def write_kernels(path: Path, kernels: Sequence[Kernel]) -> None:
    """Replace a file of kernels, whole."""
    arrays = {
        f"{name}_{layer}": getattr(kernel, name)
        for layer, kernel in enumerate(kernels)
        for name in _SHAPES
    }
    with replacing(path) as file:
        np.savez_compressed(file, **arrays)


def read_kernels(path: Path, n_layers: int) -> tuple[Kernel, ...]:
    """Read a file of kernels, without pickle.

    Parameters
    ----------
    path : Path
    n_layers : int
        Dense layers of the system.

    Returns
    -------
    tuple of Kernel

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If the file is not one that `write_kernels` made of such a system.
    """
    with naming(path):
        content = path.read_bytes()
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return tuple(
                Kernel(**{name: _take(arrays, f"{name}_{i}", _SHAPES[name]) for name in _SHAPES})
                for i in range(n_layers)
            )
    # NumPy lets out whatever zipfile, zlib and Python's parser say of damaged files.
    except Exception as error:
        raise ValueError(f"{path} holds no kernels: {error}") from None


def _take(arrays: Mapping[str, np.ndarray], name: str, shape: tuple[int, ...]) -> np.ndarray:
    array = arrays[name]
    if array.shape != shape or array.dtype != np.float32 or not np.isfinite(array).all():
        raise ValueError(f"{name} has other values than {shape} finite ones of float32")
    return array
