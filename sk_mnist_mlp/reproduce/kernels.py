"""The kernels of a system's first fit, reduced to what a violin needs, and their file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sk_mnist_mlp.whole_files import naming, replacing

N_QUANTILES = 1001


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
    grid = np.linspace(0.0, 1.0, N_QUANTILES)
    return tuple(
        Kernel(
            initial=np.quantile(before, grid).astype(np.float32),
            trained=np.quantile(after, grid).astype(np.float32),
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
        for name in ("initial", "trained", "stddevs")
    }
    with replacing(path) as file:
        np.savez_compressed(file, **arrays)


def read_kernels(path: Path) -> tuple[Kernel, ...]:
    """Read a file of kernels, without pickle.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If the file is not one that `write_kernels` made.
    """
    with naming(path):
        content = path.read_bytes()
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return tuple(
                Kernel(
                    arrays[f"initial_{layer}"],
                    arrays[f"trained_{layer}"],
                    arrays[f"stddevs_{layer}"],
                )
                for layer in range(len(arrays.files) // 3)
            )
    except (ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} holds no kernels: {error}") from None
