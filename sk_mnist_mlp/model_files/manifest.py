"""The table of what the manifest of a saved model says, and its check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sk_mnist_mlp.data.quantities import FLOATS
from sk_mnist_mlp.domains import Domain, is_int, is_one_of
from sk_mnist_mlp.model_files.archive import MANIFEST, refusal
from sk_mnist_mlp.model_files.targets import SECTIONS
from sk_mnist_mlp.model_files.values import NUMBER_DTYPES
from sk_mnist_mlp.network.activations import ACTIVATIONS
from sk_mnist_mlp.network.initial_weights import STDDEV_RULES
from sk_mnist_mlp.network.quantity_heads import QUANTITY_HEADS


def _is_list_of_str(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _is_list_of_names(value: Any) -> bool:
    return _is_list_of_str(value) and len(set(value)) == len(value)


def _is_list_of_ints(value: Any) -> bool:
    return isinstance(value, list) and all(is_int(entry, 0) for entry in value)


def _is_stddev(value: Any) -> bool:
    if isinstance(value, str):
        return value in STDDEV_RULES
    return value is None or (isinstance(value, float) and value > 0)


def _is_activation(value: Any) -> bool:
    return is_one_of(value, ACTIVATIONS)


def _is_rate(value: Any) -> bool:
    return isinstance(value, float) and 0 <= value < 1


_POSITIVE = Domain("an int >= 1", lambda value: is_int(value, 1))
_STRINGS = Domain(
    "null or a list of strings", lambda value: value is None or _is_list_of_str(value)
)

FIELDS: Mapping[str, Mapping[str, Domain]] = {
    "inputs": {
        "n_features": _POSITIVE,
        "names": _STRINGS,
    },
    "network": {
        "widths": Domain(
            "a list of ints >= 1",
            lambda value: isinstance(value, list) and all(is_int(width, 1) for width in value),
        ),
        "activation": Domain(
            "the name of an activation, or a list of one for each hidden layer",
            lambda value: (
                _is_activation(value)
                or (isinstance(value, list) and all(map(_is_activation, value)))
            ),
        ),
        "batch_norm": Domain(
            "null, 'after' or 'before'",
            lambda value: value is None or is_one_of(value, ("after", "before")),
        ),
        "dtype": Domain(
            "'float32' or 'float64'", lambda value: is_one_of(value, ("float32", "float64"))
        ),
        "init_stddev": Domain(
            "a list of null, floats > 0 and names of rules",
            lambda value: isinstance(value, list) and all(map(_is_stddev, value)),
        ),
        "dropout": Domain(
            "a list of floats in [0, 1), that of the inputs first",
            lambda value: isinstance(value, list) and all(map(_is_rate, value)),
        ),
        "seed": Domain("an int in [0, 2**31)", lambda value: is_int(value, 0) and value < 2**31),
    },
    "labels": {
        "strings": _STRINGS,
        "indicator": Domain(
            "null or the name of a dtype of numbers",
            lambda value: value is None or is_one_of(value, NUMBER_DTYPES),
        ),
    },
    "quantities": {
        "loss": Domain("the name of a loss", lambda value: is_one_of(value, QUANTITY_HEADS)),
        "dtype": Domain(" or ".join(FLOATS), lambda value: is_one_of(value, FLOATS)),
        "n_outputs": _POSITIVE,
        "is_flat": Domain("a bool", lambda value: isinstance(value, bool)),
    },
    "position": {
        "n_epochs": _POSITIVE,
        "n_updates": _POSITIVE,
        "optimizer": Domain(
            "null or a string", lambda value: value is None or isinstance(value, str)
        ),
        "slots": Domain("a list of names, each once", _is_list_of_names),
    },
    "record": {
        "n_iter": _POSITIVE,
        "n_steps": _POSITIVE,
        "history": Domain(
            "a list of names, each once, 'loss' among them",
            lambda value: (
                _is_list_of_names(value) and all(map(str.isidentifier, value)) and "loss" in value
            ),
        ),
        "gaps": Domain(
            "an object of lists of ints >= 0, the epochs that a curve has no value for",
            lambda value: isinstance(value, dict) and all(map(_is_list_of_ints, value.values())),
        ),
        "best_validation_score": Domain(
            "null or a float", lambda value: value is None or isinstance(value, float)
        ),
    },
}
"""Legal values of each field of each section, but for those of `parameters` and `versions`."""


def check_manifest(manifest: Mapping[str, Any]) -> None:
    """Check a manifest that anyone may have written by `FIELDS`.

    Raises
    ------
    ValueError
        If a section or a field is missing, unknown or of another kind, or
        two of them do not agree.
    """
    targets = manifest.keys() & SECTIONS.keys()
    if len(targets) != 1:
        found = " and ".join(sorted(targets)) or "no " + " or ".join(SECTIONS)
        raise refusal(MANIFEST, found, f"one of {', '.join(SECTIONS)}")
    sections = FIELDS.keys() - SECTIONS.keys() | targets
    _check_names("", manifest, {"parameters", "versions", *sections})
    for name, value in manifest.items():
        if not isinstance(value, dict):
            raise refusal(MANIFEST, f"{name} {value!r:.200}", "an object")
    for section in sorted(sections):
        _check_names(f"{section}.", manifest[section], set(FIELDS[section]))
        for name, domain in FIELDS[section].items():
            value = manifest[section][name]
            if not domain.contains(value):
                raise refusal(MANIFEST, f"{section}.{name} {value!r:.200}", domain.allowed)
    n_features, names = manifest["inputs"]["n_features"], manifest["inputs"]["names"]
    if names is not None and len(names) != n_features:
        raise refusal(MANIFEST, f"{len(names)} inputs.names", f"{n_features}, one a feature")
    quantities = manifest.get("quantities")
    if quantities and quantities["is_flat"] and quantities["n_outputs"] != 1:
        raise refusal(MANIFEST, f"{quantities['n_outputs']} flat quantities", "1")
    network = manifest["network"]
    n_hidden = len(network["widths"])
    layers = {
        "init_stddev": (n_hidden + 1,),
        "dropout": (n_hidden, n_hidden + 1),
        "activation": (n_hidden,),
    }
    for name, lengths in layers.items():
        n_found = len(network[name])
        if isinstance(network[name], list) and n_found not in lengths:
            allowed = " or ".join(map(str, lengths))
            raise refusal(MANIFEST, f"{n_found} in network.{name}", f"{allowed}, one a layer")


def _check_names(prefix: str, found: Mapping[str, Any], allowed: set[str]) -> None:
    for name in sorted(found.keys() - allowed):
        raise refusal(MANIFEST, f"{prefix}{name!s:.200}", ", ".join(sorted(allowed)))
    for name in sorted(allowed - found.keys()):
        raise refusal(MANIFEST, f"no {prefix}{name}", "all of " + ", ".join(sorted(allowed)))
