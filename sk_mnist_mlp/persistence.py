"""Fitted estimators in files and pickles."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from sk_mnist_mlp import __version__
from sk_mnist_mlp.file_format.model import Model, Record, read_model, write_model
from sk_mnist_mlp.session import Position

AnyPath = str | bytes | os.PathLike[str] | os.PathLike[bytes]
Estimator = TypeVar("Estimator")

_VERSION = "_sk_mnist_mlp_version"

_OTHER_FORMATS = {
    ".keras": "to_keras().save(path)",
    ".h5": "to_keras().save(path)",
    ".hdf5": "to_keras().save(path)",
    ".onnx": "to_keras().export(path, format='onnx')",
    ".pkl": "pickle.dump(classifier, file)",
    ".pickle": "pickle.dump(classifier, file)",
    ".joblib": "joblib.dump(classifier, path)",
    ".skops": "skops.io.dump(classifier, path)",
}
"""Endings of files that others read, and what writes such a file."""


class InconsistentVersionWarning(UserWarning):
    """An estimator was unpickled that another version of this package had pickled.

    Parameters
    ----------
    estimator_name : str
    current_version : str
    original_version : str
    """

    def __init__(self, estimator_name: str, current_version: str, original_version: str) -> None:
        super().__init__(estimator_name, current_version, original_version)
        self.estimator_name = estimator_name
        self.current_version = current_version
        self.original_version = original_version

    def __str__(self) -> str:
        return (
            f"{self.estimator_name} was pickled by sk_mnist_mlp {self.original_version} and is "
            f"unpickled by {self.current_version}: it may fail, or give other results. Unpickle it "
            "by the version that pickled it, `save` it there, and `load` that here."
        )


def with_version(state: Mapping[str, Any]) -> dict[str, Any]:
    """State to be pickled, with the version of this package."""
    return {**state, _VERSION: __version__}


def without_version(state: Mapping[str, Any], estimator_name: str) -> dict[str, Any]:
    """State that was pickled, without the version; warns where it is another."""
    unstamped = dict(state)
    version = unstamped.pop(_VERSION, "of an unknown version")
    if version != __version__:
        # The caller is __setstate__, whose caller unpickles.
        warnings.warn(
            InconsistentVersionWarning(estimator_name, __version__, version), stacklevel=3
        )
    return unstamped


def save_estimator(estimator: Any, path: AnyPath) -> None:
    """Write a fitted `KerasMLPClassifier` to a file.

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
    names = getattr(estimator, "feature_names_in_", None)
    model = Model(
        parameters=estimator.get_params(deep=False),
        feature_names=None if names is None else names.tolist(),
        start=estimator._start,
        labels=estimator._labels,
        dropout=estimator._dropout,
        position=Position(estimator._weights, estimator._kept_optimizer_state, estimator._n_epochs),
        record=Record(
            estimator.history_,
            estimator.n_iter_,
            estimator.n_steps_,
            estimator.validation_scores_,
            estimator.best_validation_score_,
        ),
    )
    write_model(name, model)


def load_estimator(cls: type[Estimator], path: AnyPath) -> Estimator:
    """Read a `KerasMLPClassifier`, or a subclass of it, from a file.

    Raises
    ------
    ValueError
        If the file is anything but what `save_estimator` writes.
    """
    kind: Any = cls
    model = read_model(_file_name(path), kind().get_params(deep=False))
    estimator = kind(**model.parameters)
    estimator._assign_architecture(model.start, model.labels, model.dropout)
    estimator.n_features_in_ = model.start.network.n_features
    if model.feature_names is not None:
        estimator.feature_names_in_ = np.array(model.feature_names, object)
    weights, record = model.position.weights, model.record
    estimator.coefs_, estimator.intercepts_ = list(weights.kernels), list(weights.biases)
    estimator.batch_norms_ = list(weights.batch_norms)
    estimator._optimizer_state = model.position.optimizer_state
    estimator._keeps_optimizer_state = model.position.optimizer_state is not None
    estimator._n_epochs = model.position.n_epochs
    estimator.history_, estimator.loss_curve_ = record.history, record.history["loss"]
    estimator.loss_ = estimator.loss_curve_[-1]
    estimator.n_iter_, estimator.n_steps_ = record.n_iter, record.n_steps
    estimator.validation_scores_ = record.validation_scores
    estimator.best_validation_score_ = record.best_validation_score
    return estimator


def _file_name(path: AnyPath) -> str:
    name = os.fsdecode(path)
    if not os.path.basename(name):
        raise ValueError(
            f"path must name a file, got {name!r}: give the file's own name, such as 'model.zip'."
        )
    return name
