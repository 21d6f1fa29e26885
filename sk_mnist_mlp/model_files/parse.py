"""A fitted model from manifest and arrays that anyone may have written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from sk_mnist_mlp.data.targets import Targets
from sk_mnist_mlp.domains import Domain
from sk_mnist_mlp.fitting.fitted import Fitted
from sk_mnist_mlp.fitting.position import Position
from sk_mnist_mlp.fitting.record import Record
from sk_mnist_mlp.fitting.start import Start
from sk_mnist_mlp.model_files.archive import MANIFEST, refusal
from sk_mnist_mlp.model_files.arrays import exactly, take
from sk_mnist_mlp.model_files.describe import SCORES, Model
from sk_mnist_mlp.model_files.manifest import check_manifest
from sk_mnist_mlp.model_files.targets import SECTIONS, section_of
from sk_mnist_mlp.model_files.values import decode
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import OptimizerState, Weights


def parse(
    manifest: dict[str, Any],
    arrays: Mapping[str, np.ndarray],
    parameter_names: Collection[str],
    kind: type[Targets] | None = None,
) -> Model:
    """Model of a manifest and arrays that anyone may have written.

    Parameters
    ----------
    manifest : dict
    arrays : mapping of str to ndarray
    parameter_names : collection of str
        That the constructor knows.
    kind : type, optional
        Of targets that the estimator has; by default any.

    Raises
    ------
    ValueError
        If they do not make a model; says which part is wrong.
    """
    check_manifest(manifest)
    network, position = manifest["network"], manifest["position"]
    remaining = dict(arrays)
    (section,) = manifest.keys() & SECTIONS.keys()
    if kind not in (None, SECTIONS[section].kind):
        expected = SECTIONS[section_of(kind)].owner
        raise refusal(MANIFEST, f"a {SECTIONS[section].owner}", f"a {expected}")
    targets = SECTIONS[section].parse(manifest[section], remaining)
    spec = NetworkSpec(
        n_features=manifest["inputs"]["n_features"],
        widths=tuple(network["widths"]),
        n_outputs=targets.n_outputs,
        head=targets.head,
        activation=_tuple_of_list(network["activation"]),
        batch_norm=network["batch_norm"],
    )
    weights = _take_weights(remaining, spec, network["dtype"])
    state = _take_optimizer_state(remaining, spec, network["dtype"], position)
    names = manifest["inputs"]["names"]
    fitted = Fitted(
        start=Start(spec, tuple(network["init_stddev"]), network["dtype"], network["seed"]),
        targets=targets,
        feature_names=None if names is None else np.array(names, object),
        dropout=_with_input_rate(tuple(network["dropout"]), spec),
        position=Position(weights, state, position["n_epochs"], position["n_updates"]),
        record=_parse_record(manifest["record"], remaining),
        keeps_optimizer_state=state is not None,
    )
    for name in remaining:
        raise refusal(name, "an array that this model does not have", "none")
    return Model(_parse_parameters(manifest["parameters"], parameter_names), fitted)


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


def _parse_record(book: dict[str, Any], arrays: dict[str, np.ndarray]) -> Record:
    gaps = dict(book["gaps"])

    def take_curve(name: str) -> list[Any]:
        curve = take(arrays, f"{name}.npy", _CURVE).tolist()
        for epoch in gaps.pop(name, []):
            if epoch >= len(curve):
                raise refusal(MANIFEST, f"the gap {epoch} in {name}", f"less than {len(curve)}")
            curve[epoch] = None
        return curve

    record = Record(
        history={name: take_curve(f"history/{name}") for name in book["history"]},
        n_iter=book["n_iter"],
        n_steps=book["n_steps"],
        validation_scores=take_curve(SCORES) if f"{SCORES}.npy" in arrays else None,
        best_validation_score=book["best_validation_score"],
    )
    for name in gaps:
        raise refusal(MANIFEST, f"gaps in {name!r:.200}", "those of curves of this model")
    return record


def _take_optimizer_state(
    arrays: dict[str, np.ndarray], network: NetworkSpec, dtype: str, position: dict[str, Any]
) -> OptimizerState | None:
    optimizer = position["optimizer"]
    if optimizer is None:
        return None
    shapes = {"shared": (), **network.tensor_shapes}
    slots = {}
    for name in position["slots"]:
        owner = name.rpartition("/")[0]
        if owner not in shapes:
            allowed = "a slot of " + ", ".join(shapes)
            raise refusal(MANIFEST, f"{name!r:.200} in position.slots", allowed)
        slots[name] = take(arrays, f"optimizer/{name}.npy", _slot_of(shapes[owner]))
    differs = any(name.startswith("trained/") for name in arrays)
    trained = _take_weights(arrays, network, dtype, "trained/") if differs else None
    return OptimizerState(optimizer, slots, trained)


def _take_weights(
    arrays: dict[str, np.ndarray], network: NetworkSpec, dtype: str, folder: str = ""
) -> Weights:
    return Weights.of(
        {
            name: take(arrays, f"{folder}{name}.npy", exactly(shape, dtype))
            for name, shape in network.tensor_shapes.items()
        }
    )


def _with_input_rate(rates: tuple[float, ...], network: NetworkSpec) -> tuple[float, ...]:
    """Rates of a file that has none for the inputs, with it."""
    return (0.0, *rates) if len(rates) == len(network.widths) else rates


def _tuple_of_list(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


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
