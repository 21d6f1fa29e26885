"""Fitted estimators in files."""

from __future__ import annotations

import os
from typing import Any, TypeVar

from sk_mnist_mlp.fitting.fitted import fitted_attributes, fitted_of
from sk_mnist_mlp.model_files.describe import Model
from sk_mnist_mlp.model_files.model import read_model, write_model

AnyPath = str | bytes | os.PathLike[str] | os.PathLike[bytes]
Estimator = TypeVar("Estimator")

_OTHER_FORMATS = {
    ".keras": "to_keras().save(path)",
    ".h5": "to_keras().save(path)",
    ".hdf5": "to_keras().save(path)",
    ".onnx": "to_keras().export(path, format='onnx')",
    ".pkl": "pickle.dump(estimator, file)",
    ".pickle": "pickle.dump(estimator, file)",
    ".joblib": "joblib.dump(estimator, path)",
    ".skops": "skops.io.dump(estimator, path)",
}
"""Endings of files that others read, and what writes such a file."""


def save_estimator(estimator: Any, path: AnyPath) -> None:
    """Write a fitted estimator to a file.

    Raises
    ------
    ValueError
        If it has something that the file does not hold, says what; or if the
        path is empty or has the ending of another format.
    """
    name = _file_name(path)
    ending = os.path.splitext(name)[1]
    other = _OTHER_FORMATS.get(ending.lower())
    if other is not None:
        raise ValueError(
            f"path must have another ending than {ending!r}, got {name!r}: save writes a format of "
            f"its own, which only load reads. Let it end in '.zip', or call {other} for {ending!r}."
        )
    write_model(name, Model(estimator.get_params(deep=False), fitted_of(estimator)))


def load_estimator(cls: type[Estimator], path: AnyPath) -> Estimator:
    """Read an estimator of some class, or of one that it inherits from, from a file.

    Raises
    ------
    ValueError
        If the file is anything but what `save_estimator` writes.
    """
    kind: Any = cls
    model = read_model(_file_name(path), kind().get_params(deep=False), kind._targets_kind)
    estimator = kind(**model.parameters)
    estimator.__dict__.update(fitted_attributes(model.fitted))
    return estimator


def _file_name(path: AnyPath) -> str:
    name = os.fsdecode(path)
    if not os.path.basename(name):
        raise ValueError(
            f"path must name a file, got {name!r}: give the file's own name, such as 'model.zip'."
        )
    return name
