"""A fitted model as manifest and arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn

from sk_mnist_mlp import __version__
from sk_mnist_mlp.fitting.fitted import Fitted
from sk_mnist_mlp.model_files.targets import SECTIONS, section_of
from sk_mnist_mlp.model_files.values import encode

SCORES = "validation_scores"


@dataclass(frozen=True, eq=False)
class Model:
    """All that determines a fitted estimator.

    Parameters
    ----------
    parameters : mapping of str to value
        Of the constructor.
    fitted : Fitted
    """

    parameters: Mapping[str, Any]
    fitted: Fitted


def describe(model: Model) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Manifest and arrays of a model."""
    fitted = model.fitted
    start, position, record = fitted.start, fitted.position, fitted.record
    state = position.optimizer_state if fitted.keeps_optimizer_state else None
    section = section_of(type(fitted.targets))
    fields, arrays_of_targets = SECTIONS[section].describe(fitted.targets)
    names = fitted.feature_names
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
        "inputs": {
            "n_features": start.network.n_features,
            "names": None if names is None else names.tolist(),
        },
        "network": {
            "widths": list(start.network.widths),
            "activation": [_encoded("activation", one) for one in start.network.activations],
            "batch_norm": start.network.batch_norm,
            "dtype": start.dtype,
            "init_stddev": list(start.init_stddev),
            "seed": start.seed,
            "dropout": list(fitted.dropout),
        },
        section: fields,
        "position": {
            "n_epochs": position.n_epochs,
            "n_updates": position.n_updates,
            "optimizer": None if state is None else state.optimizer,
            "slots": [] if state is None else list(state.slots),
        },
        "record": {
            "n_iter": record.n_iter,
            "n_steps": record.n_steps,
            "history": list(record.history),
            "gaps": {name: gaps for name, curve in curves.items() if (gaps := _gaps(curve))},
            "best_validation_score": record.best_validation_score,
        },
    }
    arrays = {f"{name}.npy": tensor for name, tensor in position.weights.tensors().items()}
    if state is not None:
        arrays |= {f"optimizer/{name}.npy": slot for name, slot in state.slots.items()}
        if state.trained is not None:
            trained = state.trained.tensors()
            arrays |= {f"trained/{name}.npy": tensor for name, tensor in trained.items()}
    arrays |= {f"{name}.npy": np.array(curve, np.float64) for name, curve in curves.items()}
    return manifest, arrays | arrays_of_targets


def _encoded(name: str, value: Any) -> Any:
    try:
        return encode(value)
    except ValueError as error:
        raise ValueError(f"The {name!r} parameter cannot be saved: {error}") from error


def _gaps(curve: list[float | None]) -> list[int]:
    return [epoch for epoch, value in enumerate(curve) if value is None]
