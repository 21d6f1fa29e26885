"""A fitted model as manifest and arrays, and back."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn

from sk_mnist_mlp import __version__
from sk_mnist_mlp.file_format.archive import (
    MANIFEST,
    OtherFormat,
    read_archive,
    refusal,
    write_archive,
)
from sk_mnist_mlp.file_format.manifest import check_manifest
from sk_mnist_mlp.file_format.values import decode, encode
from sk_mnist_mlp.labels import Labels
from sk_mnist_mlp.network import NetworkSpec, OptimizerState, Weights
from sk_mnist_mlp.parameters import Domain
from sk_mnist_mlp.session import Position, Start
from sk_mnist_mlp.whole_files import naming

CLASSES = "classes.npy"
SCORES = "validation_scores"


@dataclass(frozen=True)
class Record:
    """How training went.

    Parameters
    ----------
    history : dict of str to list of float or None
        None for an epoch without validation data.
    n_iter, n_steps : int
    validation_scores : list of float or None
    best_validation_score : float or None
    """

    history: dict[str, list[Any]]
    n_iter: int
    n_steps: int
    validation_scores: list[float | None] | None
    best_validation_score: float | None


@dataclass(frozen=True, eq=False)
class Model:
    """All that determines a fitted estimator.

    Parameters
    ----------
    parameters : mapping of str to value
        Of the constructor.
    feature_names : list of str or None
    start : Start
    labels : Labels
    dropout : tuple of float
        Rate of each hidden layer.
    position : Position
    record : Record
    """

    parameters: Mapping[str, Any]
    feature_names: list[str] | None
    start: Start
    labels: Labels
    dropout: tuple[float, ...]
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
    write_archive(path, manifest, arrays)


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
        with naming(path), open(path, "rb") as stream:
            manifest, arrays = read_archive(stream)
        return _parse(manifest, arrays, parameter_names)
    except OtherFormat as error:
        raise ValueError(f"{path}: {error}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error} {mend}") from error
    except RecursionError as error:
        raise ValueError(f"{path}: {MANIFEST}: found too deeply nested values. {mend}") from error


def _describe(model: Model) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Manifest and arrays of a model."""
    start, position, record = model.start, model.position, model.record
    state = position.optimizer_state
    strings = _strings(model.labels.classes)
    curves = {f"history/{name}": curve for name, curve in record.history.items()}
    if record.validation_scores is not None:
        curves[SCORES] = record.validation_scores
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
            "dropout": list(model.dropout),
        },
        "labels": {"strings": strings, "indicator": model.labels.indicator},
        "training": {
            "n_epochs": position.n_epochs,
            "n_iter": record.n_iter,
            "n_steps": record.n_steps,
            "history": list(record.history),
            "gaps": {name: gaps for name, curve in curves.items() if (gaps := _gaps(curve))},
            "best_validation_score": record.best_validation_score,
            "optimizer": None if state is None else state.optimizer,
            "slots": [] if state is None else list(state.slots),
        },
    }
    arrays = {f"{name}.npy": tensor for name, tensor in position.weights.tensors().items()}
    if state is not None:
        arrays |= {f"optimizer/{name}.npy": slot for name, slot in state.slots.items()}
    arrays |= {f"{name}.npy": np.array(curve, np.float64) for name, curve in curves.items()}
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
        dropout=tuple(network["dropout"]),
        position=Position(
            _take_weights(remaining, spec, network["dtype"]),
            _take_optimizer_state(remaining, spec, training["optimizer"], training["slots"]),
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


def _gaps(curve: list[float | None]) -> list[int]:
    return [epoch for epoch, value in enumerate(curve) if value is None]


def _parse_record(training: dict[str, Any], arrays: dict[str, np.ndarray]) -> Record:
    gaps = dict(training["gaps"])

    def take(name: str) -> list[Any]:
        curve = _take(arrays, f"{name}.npy", _CURVE).tolist()
        for epoch in gaps.pop(name, []):
            if epoch >= len(curve):
                raise refusal(MANIFEST, f"the gap {epoch} in {name}", f"less than {len(curve)}")
            curve[epoch] = None
        return curve

    record = Record(
        history={name: take(f"history/{name}") for name in training["history"]},
        n_iter=training["n_iter"],
        n_steps=training["n_steps"],
        validation_scores=take(SCORES) if f"{SCORES}.npy" in arrays else None,
        best_validation_score=training["best_validation_score"],
    )
    for name in gaps:
        raise refusal(MANIFEST, f"gaps in {name!r:.200}", "those of curves of this model")
    return record


def _take_optimizer_state(
    arrays: dict[str, np.ndarray], network: NetworkSpec, optimizer: str | None, names: list[str]
) -> OptimizerState | None:
    if optimizer is None:
        return None
    shapes = {"shared": (), **network.tensor_shapes}
    slots = {}
    for name in names:
        owner = name.rpartition("/")[0]
        if owner not in shapes:
            allowed = "a slot of " + ", ".join(shapes)
            raise refusal(MANIFEST, f"{name!r:.200} in training.slots", allowed)
        slots[name] = _take(arrays, f"optimizer/{name}.npy", _slot_of(shapes[owner]))
    return OptimizerState(optimizer, slots)


def _take_weights(arrays: dict[str, np.ndarray], network: NetworkSpec, dtype: str) -> Weights:
    return Weights.of(
        {
            name: _take(arrays, f"{name}.npy", _exactly(shape, dtype))
            for name, shape in network.tensor_shapes.items()
        }
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


def _slot_of(shape: tuple[int, ...]) -> Domain:
    """Legal slots of a tensor: of its shape, or of its rows or columns as Adafactor's."""
    shapes = {shape, *((length,) for length in shape)}
    allowed = " or ".join(map(str, sorted(shapes)))
    return Domain(
        f"numbers of shape {allowed}",
        lambda array: array.dtype.kind in "biuf" and array.shape in shapes,
    )


_CURVE = Domain(
    "a float64 vector of at least one epoch",
    lambda array: array.ndim == 1 and array.dtype == np.float64 and len(array) > 0,
)
_CLASSES = Domain(
    "a vector of labels in ascending order, each once",
    lambda array: array.ndim == 1 and len(array) > 0 and np.array_equal(np.unique(array), array),
)
