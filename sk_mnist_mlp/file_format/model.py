"""A fitted model as manifest and arrays, and back."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import sklearn

from sk_mnist_mlp import __version__
from sk_mnist_mlp.file_format.archive import (
    MANIFEST,
    NewerFormat,
    read_archive,
    refusal,
    write_archive,
)
from sk_mnist_mlp.file_format.manifest import check_manifest
from sk_mnist_mlp.file_format.values import decode, encode
from sk_mnist_mlp.labels import Labels
from sk_mnist_mlp.network import BatchNorm, NetworkSpec, OptimizerState, Weights
from sk_mnist_mlp.parameters import Domain
from sk_mnist_mlp.session import Position, Start

CLASSES = "classes.npy"
SCORES = "validation_scores.npy"


@dataclass(frozen=True)
class Record:
    """How training went.

    Parameters
    ----------
    history : dict of str to list of float
    n_iter, n_steps : int
    validation_scores : list of float or None
    best_validation_score : float or None
    """

    history: dict[str, list[float]]
    n_iter: int
    n_steps: int
    validation_scores: list[float] | None
    best_validation_score: float | None


@dataclass(frozen=True)
class Model:
    """All that determines a fitted estimator.

    Parameters
    ----------
    parameters : mapping of str to value
        Of the constructor.
    feature_names : list of str or None
    start : Start
    labels : Labels
    position : Position
    record : Record
    """

    parameters: Mapping[str, Any]
    feature_names: list[str] | None
    start: Start
    labels: Labels
    position: Position
    record: Record


def write_model(path: str | os.PathLike[str], model: Model) -> None:
    """Replace a file by a model, or leave it as it is.

    Raises
    ------
    ValueError
        If the model has something that a file does not hold; says what.
    """
    manifest, arrays = _describe(model)
    try:
        _parse(manifest, arrays, model.parameters)
    except ValueError as error:
        raise ValueError(
            f"The model cannot be saved, as it could not be loaded again: {error}"
        ) from error
    write_archive(Path(path), manifest, arrays)


def read_model(path: str | os.PathLike[str], parameter_names: Collection[str]) -> Model:
    """Read a model from a file that anyone may have written.

    Parameters
    ----------
    path : path-like
    parameter_names : collection of str
        That the constructor knows.

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
        with open(path, "rb") as stream:
            manifest, arrays = read_archive(stream)
        return _parse(manifest, arrays, parameter_names)
    except NewerFormat as error:
        raise ValueError(f"{path}: {error} Update sk_mnist_mlp.") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error} {mend}") from error
    except RecursionError as error:
        raise ValueError(f"{path}: {MANIFEST}: found too deeply nested values. {mend}") from error


def _describe(model: Model) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Manifest and arrays of a model."""
    start, position, record = model.start, model.position, model.record
    state = position.optimizer_state
    strings = _strings(model.labels.classes)
    manifest = {
        "versions": {
            "sk_mnist_mlp": __version__,
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
        },
        "parameters": {name: _encoded(name, value) for name, value in model.parameters.items()},
        "inputs": {"n_features": start.network.n_features, "names": model.feature_names},
        "network": {
            "widths": list(start.network.widths),
            "activation": _encoded("activation", start.network.activation),
            "batch_norm": start.network.batch_norm,
            "dtype": start.dtype,
            "init_stddev": list(start.init_stddev),
            "seed": start.seed,
        },
        "labels": {"strings": strings, "indicator": model.labels.indicator},
        "training": {
            "n_epochs": position.n_epochs,
            "n_iter": record.n_iter,
            "n_steps": record.n_steps,
            "history": list(record.history),
            "best_validation_score": record.best_validation_score,
            "optimizer": None if state is None else state.optimizer,
            "n_slots": 0 if state is None else len(state.slots),
        },
    }
    arrays = _weight_arrays(position.weights)
    if state is not None:
        arrays |= {f"optimizer/{i}.npy": slot for i, slot in enumerate(state.slots)}
    for name, values in record.history.items():
        arrays[f"history/{name}.npy"] = np.array(values, np.float64)
    if record.validation_scores is not None:
        arrays[SCORES] = np.array(record.validation_scores, np.float64)
    if strings is None:
        arrays[CLASSES] = model.labels.classes
    return manifest, arrays


def _encoded(name: str, value: Any) -> Any:
    try:
        return encode(value)
    except ValueError as error:
        raise ValueError(f"The {name!r} parameter cannot be saved: {error}") from error


def _strings(classes: np.ndarray) -> list[str] | None:
    """Class labels, where they are strings that are Python objects."""
    if classes.dtype != object:
        return None
    others = {type(label).__name__ for label in classes if not isinstance(label, str)}
    if others:
        raise ValueError(
            f"Class labels that are objects cannot be saved unless they are strings. Got "
            f"{', '.join(sorted(others))}: give y one of NumPy's own dtypes, or keep the model "
            "with pickle."
        )
    return list(map(str, classes))


def _weight_arrays(weights: Weights) -> dict[str, np.ndarray]:
    arrays = {f"kernels/{i}.npy": kernel for i, kernel in enumerate(weights.kernels)}
    arrays |= {f"biases/{i}.npy": bias for i, bias in enumerate(weights.biases)}
    for i, norm in enumerate(weights.batch_norms):
        for part in fields(norm):
            arrays[f"batch_norms/{i}/{part.name}.npy"] = getattr(norm, part.name)
    return arrays


def _parse(
    manifest: dict[str, Any], arrays: Mapping[str, np.ndarray], parameter_names: Collection[str]
) -> Model:
    """Model of a manifest and arrays that anyone may have written."""
    check_manifest(manifest)
    network, training = manifest["network"], manifest["training"]
    remaining = dict(arrays)
    labels = _parse_labels(manifest["labels"], remaining)
    spec = NetworkSpec(
        n_features=manifest["inputs"]["n_features"],
        widths=tuple(network["widths"]),
        n_outputs=labels.n_outputs,
        output=labels.output,
        activation=network["activation"],
        batch_norm=network["batch_norm"],
    )
    model = Model(
        parameters=_parse_parameters(manifest["parameters"], parameter_names),
        feature_names=manifest["inputs"]["names"],
        start=Start(spec, tuple(network["init_stddev"]), network["dtype"], network["seed"]),
        labels=labels,
        position=Position(
            _take_weights(remaining, spec, network["dtype"]),
            _take_optimizer_state(remaining, training["optimizer"], training["n_slots"]),
            training["n_epochs"],
        ),
        record=_parse_record(training, remaining),
    )
    for name in remaining:
        raise refusal(name, "an array that this model does not have", "none")
    return model


def _parse_parameters(encoded: dict[str, Any], names: Collection[str]) -> dict[str, Any]:
    parameters = {}
    for name, value in encoded.items():
        if name not in names:
            raise refusal(MANIFEST, f"the parameter {name!r:.200}", "one of " + ", ".join(names))
        try:
            parameters[name] = decode(value)
        except ValueError as error:
            found = f"{error} in the parameter {name}"
            raise refusal(MANIFEST, found, "what save writes") from error
    return parameters


def _parse_labels(labels: dict[str, Any], arrays: dict[str, np.ndarray]) -> Labels:
    strings = labels["strings"]
    source = arrays if strings is None else {CLASSES: np.array(strings, object)}
    return Labels(_take(source, CLASSES, _CLASSES), labels["indicator"])


def _parse_record(training: dict[str, Any], arrays: dict[str, np.ndarray]) -> Record:
    best = training["best_validation_score"]
    return Record(
        history={
            name: _take(arrays, f"history/{name}.npy", _CURVE).tolist()
            for name in training["history"]
        },
        n_iter=training["n_iter"],
        n_steps=training["n_steps"],
        validation_scores=None if best is None else _take(arrays, SCORES, _CURVE).tolist(),
        best_validation_score=best,
    )


def _take_optimizer_state(
    arrays: dict[str, np.ndarray], optimizer: str | None, n_slots: int
) -> OptimizerState | None:
    if optimizer is None:
        return None
    slots = (_take(arrays, f"optimizer/{i}.npy", _SLOT) for i in range(n_slots))
    return OptimizerState(optimizer, tuple(slots))


def _take_weights(arrays: dict[str, np.ndarray], network: NetworkSpec, dtype: str) -> Weights:
    def take(name: str, *shape: int) -> np.ndarray:
        return _take(arrays, name, _exactly(shape, dtype))

    shapes = network.kernel_shapes
    return Weights(
        tuple(take(f"kernels/{i}.npy", *shape) for i, shape in enumerate(shapes)),
        tuple(take(f"biases/{i}.npy", outputs) for i, (_, outputs) in enumerate(shapes)),
        tuple(
            BatchNorm(
                *(take(f"batch_norms/{i}/{part.name}.npy", width) for part in fields(BatchNorm))
            )
            for i, width in enumerate(network.normalised_widths)
        ),
    )


def _take(arrays: dict[str, np.ndarray], name: str, domain: Domain) -> np.ndarray:
    """Move an array out of those that remain."""
    if name not in arrays:
        raise refusal(name, "nothing", domain.allowed)
    array = arrays.pop(name)
    if not domain.contains(array):
        raise refusal(name, f"shape {array.shape} and dtype {array.dtype}", domain.allowed)
    return array


def _exactly(shape: tuple[int, ...], dtype: str) -> Domain:
    return Domain(
        f"shape {shape} and dtype {dtype}",
        lambda array: array.shape == shape and array.dtype == dtype,
    )


_SLOT = Domain("an array of numbers", lambda array: array.dtype.kind in "biuf")
_CURVE = Domain(
    "a float64 vector of at least one epoch",
    lambda array: array.ndim == 1 and array.dtype == np.float64 and len(array) > 0,
)
_CLASSES = Domain(
    "a vector of labels in ascending order, each once",
    lambda array: array.ndim == 1 and len(array) > 0 and np.array_equal(np.unique(array), array),
)
