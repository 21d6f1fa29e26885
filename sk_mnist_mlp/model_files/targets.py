"""How outputs stand for y, as a section of the manifest and arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_mnist_mlp.data.labels import Labels
from sk_mnist_mlp.data.quantities import Quantities
from sk_mnist_mlp.data.targets import Targets
from sk_mnist_mlp.domains import Domain
from sk_mnist_mlp.model_files.arrays import exactly, take

CLASSES = "classes.npy"
MEAN, SCALE = "target_mean.npy", "target_scale.npy"

Described = tuple[dict[str, Any], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Section:
    """A section of the manifest that says what y is.

    Parameters
    ----------
    kind : type
        Of targets.
    owner : str
        The estimator that has such.
    describe : callable
        Fields and arrays of targets of that kind.
    parse : callable
        Targets of checked fields and the arrays of the file, out of which it takes its own.
    """

    kind: type
    owner: str
    describe: Callable[[Any], Described]
    parse: Callable[[dict[str, Any], dict[str, np.ndarray]], Targets]


def section_of(kind: type[Targets]) -> str:
    """Name of the section that describes targets of a kind."""
    return next(name for name, section in SECTIONS.items() if section.kind is kind)


def _describe_labels(labels: Labels) -> Described:
    strings = _strings(labels.classes)
    arrays = {CLASSES: labels.classes} if strings is None else {}
    return {"strings": strings, "indicator": labels.indicator}, arrays


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


def _parse_labels(fields: dict[str, Any], arrays: dict[str, np.ndarray]) -> Labels:
    strings = fields["strings"]
    source = arrays if strings is None else {CLASSES: np.array(strings, object)}
    return Labels(take(source, CLASSES, _CLASSES), fields["indicator"])


def _describe_quantities(quantities: Quantities) -> Described:
    fields = {
        "loss": quantities.head,
        "dtype": quantities.dtype,
        "n_outputs": quantities.n_outputs,
        "is_flat": quantities.is_flat,
    }
    return fields, {MEAN: quantities.mean, SCALE: quantities.scale}


def _parse_quantities(fields: dict[str, Any], arrays: dict[str, np.ndarray]) -> Quantities:
    shape = (fields["n_outputs"],)
    return Quantities(
        fields["loss"],
        fields["dtype"],
        fields["is_flat"],
        mean=take(arrays, MEAN, exactly(shape, "float64")),
        scale=take(arrays, SCALE, exactly(shape, "float64")),
    )


_CLASSES = Domain(
    "a vector of labels in ascending order, each once",
    lambda array: array.ndim == 1 and len(array) > 0 and np.array_equal(np.unique(array), array),
)

SECTIONS: Mapping[str, Section] = {
    "labels": Section(Labels, "KerasMLPClassifier", _describe_labels, _parse_labels),
    "quantities": Section(Quantities, "KerasMLPRegressor", _describe_quantities, _parse_quantities),
}
"""What y may be, of which a manifest has one."""
