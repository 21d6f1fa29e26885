"""A fitted model in a file: written whole, and read from whoever wrote it."""

from __future__ import annotations

import os
from collections.abc import Collection

from sk_mnist_mlp.data.targets import Targets
from sk_mnist_mlp.disk.whole_files import naming
from sk_mnist_mlp.model_files.archive import MANIFEST, OtherFormat, read_archive, write_archive
from sk_mnist_mlp.model_files.describe import Model, describe
from sk_mnist_mlp.model_files.parse import parse


def write_model(path: str | os.PathLike[str], model: Model) -> None:
    """Replace a file by a model, or leave it as it is.

    Raises
    ------
    ValueError
        If the model has something that a file does not hold; says what.
    """
    manifest, arrays = describe(model)
    try:
        parse(manifest, arrays, model.parameters)
    except ValueError as error:
        raise ValueError(
            f"The model cannot be saved, as it could not be loaded again: {error}"
        ) from error
    write_archive(path, manifest, arrays)


def read_model(
    path: str | os.PathLike[str], parameter_names: Collection[str], kind: type[Targets]
) -> Model:
    """Read a model from a file that anyone may have written.

    Parameters
    ----------
    path : path-like
    parameter_names : collection of str
        That the constructor knows.
    kind : type
        Of targets that the estimator has.

    Returns
    -------
    Model

    Raises
    ------
    OSError
        If there is no file, or it cannot be read.
    ValueError
        If the file is anything but what `write_model` writes; names the entry
        and the reason.
    """
    mend = "Replace it by an unaltered copy, or save the model again."
    try:
        with naming(path), open(path, "rb") as stream:
            manifest, arrays = read_archive(stream)
        return parse(manifest, arrays, parameter_names, kind)
    except OtherFormat as error:
        raise ValueError(f"{path}: {error}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error} {mend}") from error
    except RecursionError as error:
        raise ValueError(f"{path}: {MANIFEST}: found too deeply nested values. {mend}") from error
