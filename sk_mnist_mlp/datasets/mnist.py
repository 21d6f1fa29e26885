"""Handwritten digits to train on: MNIST, or scikit-learn's small ones."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.utils import Bunch

from sk_mnist_mlp.datasets.mnist_download import download_mnist
from sk_mnist_mlp.datasets.mnist_files import MNIST_ARRAYS, find_idx_files, read_mnist

Source = Literal["auto", "mnist", "digits"]

DATA_VARIABLE = "SK_MNIST_MLP_DATA"
"""The environment variable that may hold the path of MNIST's files."""

MNIST_DESCRIPTION = """\
MNIST: handwritten digits, 60,000 to train and 10,000 to test

Each row is one grey image of 28 x 28 pixels, flattened row by row, from 0 (background)
to 1 (ink); the label is the digit, 0 to 9. The test digits were written by other people
than the training digits.

Y. LeCun, L. Bottou, Y. Bengio, P. Haffner (1998). Gradient-based learning applied to
document recognition. Proceedings of the IEEE 86 (11), 2278-2324.
"""

DIGITS_DESCRIPTION = """\
Optical recognition of handwritten digits: 1,347 to train and 450 to test

Each row is one grey image of 8 x 8 pixels, flattened row by row, from 0 (background) to
1 (ink); the label is the digit, 0 to 9. These are all digits of
`sklearn.datasets.load_digits`, divided by 16 and split with a fixed seed, each digit in
the same proportion on both sides.

E. Alpaydin, C. Kaynak (1998). Optical Recognition of Handwritten Digits. UCI Machine
Learning Repository, https://doi.org/10.24432/C50P49.
"""


def load_mnist(path: str | os.PathLike[str] | None = None, *, source: Source = "auto") -> Bunch:
    """Load MNIST, or scikit-learn's digits in its place.

    The arrays are verified against the MD5 of the original IDX files, whatever
    the container. Without `path`, MNIST is looked for in turn at the path in the
    environment variable ``SK_MNIST_MLP_DATA``, in Keras' cache, in this package's
    own cache, and at several public mirrors; what is downloaded goes to the
    package's cache (``pooch.os_cache("sk_mnist_mlp")``). A damaged or unreadable
    cache is warned about and passed over. A machine without a network finds out
    within 20 seconds.

    Parameters
    ----------
    path : str or path-like, default=None
        Keras' ``mnist.npz``, or a folder with the four IDX files
        (``train-images-idx3-ubyte`` and so on), each of them gzipped or not.
    source : {"auto", "mnist", "digits"}, default="auto"
        ``"mnist"`` fails if MNIST is nowhere to be had; ``"auto"`` then warns and
        loads the digits. ``"digits"`` are the 1,797 digits of 8 x 8 pixels that
        scikit-learn brings along, three quarters of them to train.

    Returns
    -------
    sklearn.utils.Bunch
        With the fields

        X_train, X_test : ndarray of shape (n_samples, n_pixels), float32
            Images in [0, 1], flattened row by row.
        y_train, y_test : ndarray of shape (n_samples,), int64
            Digits, 0 to 9.
        image_shape : tuple of int
            (28, 28), or (8, 8) for the digits.
        source : str
            What these are: ``"mnist"`` or ``"digits"``.
        DESCR : str
            A description.

    Raises
    ------
    TypeError
        If `path` is no path.
    ValueError
        If `source` is unknown or contradicts `path`, if `path` is empty, or if a
        file that was given, here or in the environment, is truncated, altered or
        not MNIST.
    FileNotFoundError
        If a file that was given does not exist.
    OSError
        If a file that was given cannot be read, or if `source` is ``"mnist"`` and
        MNIST is nowhere to be had.

    Warns
    -----
    UserWarning
        About a damaged or unreadable cache, and where the digits stand in for MNIST.

    Examples
    --------
    >>> from sk_mnist_mlp import load_mnist
    >>> digits = load_mnist(source="digits")
    >>> digits.X_train.shape, digits.X_test.shape, digits.image_shape
    ((1347, 64), (450, 64), (8, 8))
    """
    if source not in get_args(Source):
        allowed = ", ".join(repr(name) for name in get_args(Source))
        raise ValueError(f"source must be one of {allowed}, got {source!r}.")
    if path is None:
        return _load_digits() if source == "digits" else _find_mnist(source)
    if not isinstance(path, str | os.PathLike):
        raise TypeError(
            f"path must be a str, an os.PathLike or None, got {type(path).__name__}: give the "
            "path of an mnist.npz or of a folder with the four IDX files."
        )
    name = os.fspath(path)
    if not name:
        raise ValueError(
            "path must be None or name a file or folder, got '': give the path of an mnist.npz or "
            "of a folder with the four IDX files, '.' for the current one."
        )
    if source == "digits":
        raise ValueError(
            f"path must be None with source='digits', which reads no file, got {name!r}: "
            "leave out one of the two."
        )
    return _mnist_bunch(read_mnist(Path(os.path.expanduser(name))))


def _find_mnist(source: Source) -> Bunch:
    given = os.environ.get(DATA_VARIABLE)
    if given:
        return _mnist_bunch(_read_environment(given))
    tried = [f"the environment variable {DATA_VARIABLE}: not set"]
    for path in _cache_paths():
        try:
            if path.is_file() or len(find_idx_files(path)) == len(MNIST_ARRAYS):
                return _mnist_bunch(read_mnist(path))
            tried.append(f"{path}: no MNIST there")
        except (OSError, ValueError) as error:
            kind = "An unreadable" if isinstance(error, OSError) else "A damaged"
            tried.append(str(error))
            warnings.warn(f"{kind} cache is passed over: {error}", stacklevel=3)
    try:
        return _mnist_bunch(read_mnist(download_mnist(_package_cache())))
    except OSError as error:
        tried.extend(str(error).splitlines())
    where = "\n".join(f"- {place}" for place in tried)
    remedy = (
        f"Connect to a network, or set {DATA_VARIABLE} to the path of Keras' mnist.npz or of "
        "a folder with the four IDX files."
    )
    if source == "mnist":
        raise OSError(f"MNIST was not found:\n{where}\n{remedy}")
    warnings.warn(
        "MNIST was not found, so these are scikit-learn's digits of 8 x 8 pixels in its "
        f"place:\n{where}\n{remedy}",
        stacklevel=3,
    )
    return _load_digits()


def _read_environment(given: str) -> dict[str, np.ndarray]:
    try:
        return read_mnist(Path(os.path.expanduser(given)))
    except (FileNotFoundError, ValueError) as error:
        message = f"the environment variable {DATA_VARIABLE} names {given!r}: {error}"
        raise type(error)(message) from error


def _cache_paths() -> tuple[Path, ...]:
    # As Keras does it, which would have to be imported to be asked.
    keras_home = os.path.expanduser(os.environ.get("KERAS_HOME", "~/.keras"))
    return (
        Path(keras_home, "datasets", "mnist.npz"),
        _package_cache() / "mnist.npz",
        _package_cache(),
    )


def _package_cache() -> Path:
    import pooch

    return Path(pooch.os_cache("sk_mnist_mlp"))


def _mnist_bunch(arrays: dict[str, np.ndarray]) -> Bunch:
    return Bunch(
        X_train=_scaled(arrays["X_train"], 255),
        y_train=arrays["y_train"].astype(np.int64),
        X_test=_scaled(arrays["X_test"], 255),
        y_test=arrays["y_test"].astype(np.int64),
        image_shape=arrays["X_train"].shape[1:],
        source="mnist",
        DESCR=MNIST_DESCRIPTION,
    )


def _load_digits() -> Bunch:
    digits = load_digits()
    images_train, images_test, y_train, y_test = train_test_split(
        digits.images, digits.target, test_size=450, stratify=digits.target, random_state=0
    )
    return Bunch(
        X_train=_scaled(images_train, 16),
        y_train=y_train.astype(np.int64),
        X_test=_scaled(images_test, 16),
        y_test=y_test.astype(np.int64),
        image_shape=images_train.shape[1:],
        source="digits",
        DESCR=DIGITS_DESCRIPTION,
    )


def _scaled(images: np.ndarray, ink: int) -> np.ndarray:
    rows = images.reshape(len(images), -1).astype(np.float32, order="C")
    rows /= np.float32(ink)
    return rows
