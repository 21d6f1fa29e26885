"""The table of legal values of each hyperparameter, and their check."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sk_mnist_mlp.domains import (
    Domain,
    is_bool,
    is_int,
    is_one_of,
    is_positive,
    is_rate,
    is_sequence,
    is_weight,
    near_names,
)
from sk_mnist_mlp.network.activations import ACTIVATIONS
from sk_mnist_mlp.network.initial_weights import STDDEV_RULES


def _is_width(value: Any) -> bool:
    return is_int(value, 1)


def _is_random_state(value: Any) -> bool:
    return (
        value is None
        or isinstance(value, np.random.RandomState)
        or (is_int(value, 0) and value < 2**32)
    )


def _is_stddev(value: Any) -> bool:
    return value is None or is_one_of(value, STDDEV_RULES) or is_positive(value)


_BATCH_NORMS: Mapping[bool | str, Literal["after", "before"] | None] = {
    False: None,
    True: "after",
    "after": "after",
    "before": "before",
}

_RULES = ", ".join(repr(rule) for rule in STDDEV_RULES)

DOMAINS: Mapping[str, Domain] = {
    "widths": Domain(
        "a sequence of ints >= 1, one a hidden layer, or one int >= 1 for `depth` equal layers",
        lambda value: _is_width(value) or is_sequence(value, _is_width),
    ),
    "depth": Domain(
        "None, or an int >= 0 where `widths` is an int",
        lambda value: value is None or is_int(value, 0),
    ),
    "activation": Domain(
        "the name of an elementwise Keras activation or 'softmax', or a callable of tensors",
        lambda value: is_one_of(value, ACTIVATIONS) or callable(value),
        ACTIVATIONS,
    ),
    "init_stddev": Domain(
        f"None, a float > 0, one of {_RULES}, or a sequence of these, one for each hidden layer "
        "or one for each layer with the output",
        lambda value: _is_stddev(value) or is_sequence(value, _is_stddev),
        STDDEV_RULES,
    ),
    "batch_norm": Domain(
        "False, True, 'after' (the activation; the same as True) or 'before'",
        lambda value: is_bool(value) or is_one_of(value, ("after", "before")),
        ("after", "before"),
    ),
    "dropout": Domain(
        "a float in [0, 1), or a sequence of one for each hidden layer",
        lambda value: is_rate(value) or is_sequence(value, is_rate),
    ),
    "optimizer": Domain(
        "the name of a Keras optimizer or an unbuilt keras.optimizers.Optimizer",
        lambda value: (
            isinstance(value, str) or (hasattr(value, "get_config") and not isinstance(value, type))
        ),
    ),
    "learning_rate": Domain(
        "None (the optimizer's own) or a float > 0",
        lambda value: value is None or is_positive(value),
    ),
    "epochs": Domain("an int >= 1", lambda value: is_int(value, 1)),
    "batch_size": Domain("an int >= 1", lambda value: is_int(value, 1)),
    "class_weight": Domain(
        "None, 'balanced' or a dict of class labels to numbers >= 0",
        lambda value: (
            value is None
            or is_one_of(value, ("balanced",))
            or (isinstance(value, Mapping) and all(map(is_weight, value.values())))
        ),
        ("balanced",),
    ),
    "early_stopping": Domain("a bool", is_bool),
    "validation_fraction": Domain(
        "a float in (0, 1)", lambda value: is_positive(value) and value < 1
    ),
    "n_iter_no_change": Domain(
        "an int >= 1 or infinity",
        lambda value: is_int(value, 1) or (isinstance(value, float) and value == math.inf),
    ),
    "tol": Domain("a float >= 0", is_weight),
    "warm_start": Domain("a bool", is_bool),
    "dtype": Domain(
        "'auto', 'float32' or 'float64'",
        lambda value: is_one_of(value, ("auto", "float32", "float64")),
        ("auto", "float32", "float64"),
    ),
    "random_state": Domain(
        "None, an int in [0, 2**32 - 1] or a numpy.random.RandomState", _is_random_state
    ),
    "verbose": Domain(
        "a bool or an int >= 0, where 0 is silent",
        lambda value: is_bool(value) or is_int(value, 0),
    ),
}
"""Legal domain of each parameter of `KerasMLPClassifier`."""


@dataclass(frozen=True, eq=False)
class Hyperparameters:
    """Checked parameters, one form each.

    Parameters
    ----------
    widths : tuple of int
    activation : str or callable
    init_stddev : tuple of float, str or None
        One a layer, with the output.
    batch_norm : {None, "after", "before"}
    dropout : tuple of float
        One a hidden layer.
    optimizer : str or keras.optimizers.Optimizer
    learning_rate : float or None
    epochs, batch_size : int
    class_weight : None, "balanced" or mapping
    early_stopping : bool
    validation_fraction, n_iter_no_change, tol : float
    warm_start : bool
    dtype : {"auto", "float32", "float64"}
    random_state : None, int or numpy.random.RandomState
    verbose : int
    """

    widths: tuple[int, ...]
    activation: str | Callable[[Any], Any]
    init_stddev: tuple[float | str | None, ...]
    batch_norm: Literal["after", "before"] | None
    dropout: tuple[float, ...]
    optimizer: Any
    learning_rate: float | None
    epochs: int
    batch_size: int
    class_weight: str | Mapping[Any, float] | None
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: float
    tol: float
    warm_start: bool
    dtype: Literal["auto", "float32", "float64"]
    random_state: int | np.random.RandomState | None
    verbose: int

    def knobs(self) -> dict[str, np.ndarray]:
        """Run-time values of whatever is switched on, by the table of `KNOBS`."""
        on = [knob for knob in KNOBS.values() if knob.is_on(self)]
        return {name: value for knob in on for name, value in knob.values(self).items()}


def check_parameters(owner: str, parameters: Mapping[str, Any]) -> Hyperparameters:
    """Check every parameter by `DOMAINS`, and those that depend on each other.

    Parameters
    ----------
    owner : str
        Name of the class, for messages.
    parameters : mapping of str to value
        As of ``get_params(deep=False)``.

    Returns
    -------
    Hyperparameters

    Raises
    ------
    ValueError
        If a value is illegal; the message names the parameter, what was given
        and what is allowed.
    """
    for name, domain in DOMAINS.items():
        if not domain.contains(parameters[name]):
            raise _error(owner, name, domain.allowed, parameters[name], domain.names)
    widths = _widths(owner, parameters["widths"], parameters["depth"])
    rate = parameters["learning_rate"]
    return Hyperparameters(
        widths=widths,
        activation=parameters["activation"],
        init_stddev=_init_stddev(owner, parameters["init_stddev"], len(widths)),
        batch_norm=_BATCH_NORMS[parameters["batch_norm"]],
        dropout=_dropout(owner, parameters["dropout"], len(widths)),
        optimizer=parameters["optimizer"],
        learning_rate=None if rate is None else float(rate),
        epochs=int(parameters["epochs"]),
        batch_size=int(parameters["batch_size"]),
        class_weight=parameters["class_weight"],
        early_stopping=bool(parameters["early_stopping"]),
        validation_fraction=float(parameters["validation_fraction"]),
        n_iter_no_change=parameters["n_iter_no_change"],
        tol=float(parameters["tol"]),
        warm_start=bool(parameters["warm_start"]),
        dtype=parameters["dtype"],
        random_state=parameters["random_state"],
        verbose=int(parameters["verbose"]),
    )


def _error(
    owner: str, name: str, allowed: str, given: Any, names: Iterable[str] = ()
) -> ValueError:
    return ValueError(
        f"The {name!r} parameter of {owner} must be {allowed}. Got {given!r} instead."
        f"{near_names(given, names)}"
    )


def _widths(owner: str, widths: Any, depth: Any) -> tuple[int, ...]:
    if isinstance(widths, numbers.Integral):
        return (int(widths),) * (1 if depth is None else int(depth))
    if depth is not None:
        allowed = "None where 'widths' is a sequence, whose length is the depth"
        raise _error(owner, "depth", allowed, depth)
    return tuple(int(width) for width in widths)


def _init_stddev(owner: str, given: Any, n_hidden: int) -> tuple[float | str | None, ...]:
    if _is_stddev(given):
        return (_plain(given),) * n_hidden + (None,)
    if len(given) == n_hidden:
        return (*map(_plain, given), None)
    if len(given) == n_hidden + 1:
        return tuple(map(_plain, given))
    allowed = (
        f"of length {n_hidden} (hidden layers) or {n_hidden + 1} (with the output) where it is "
        f"a sequence and 'widths' has {n_hidden} layers"
    )
    raise _error(owner, "init_stddev", allowed, given)


def _plain(stddev: Any) -> float | str | None:
    return stddev if stddev is None or isinstance(stddev, str) else float(stddev)


def _dropout(owner: str, given: Any, n_hidden: int) -> tuple[float, ...]:
    if is_rate(given):
        return (float(given),) * n_hidden
    if len(given) != n_hidden:
        allowed = f"of length {n_hidden} (hidden layers) where it is a sequence"
        raise _error(owner, "dropout", allowed, given)
    return tuple(float(rate) for rate in given)


@dataclass(frozen=True)
class Knob:
    """Numbers that a program is given when it runs, so that changing them compiles nothing.

    Parameters
    ----------
    is_on : callable
        Whether parameters ask for what the knob sets; a program is compiled with it or
        without.
    values : callable
        Arrays of parameters, by the names that `training.layers` uses.
    """

    is_on: Callable[[Hyperparameters], bool]
    values: Callable[[Hyperparameters], dict[str, np.ndarray]]


def _dropout_values(hyper: Hyperparameters) -> dict[str, np.ndarray]:
    """Give the least random word that keeps a unit, and the factor of the units kept."""
    rates = np.array(hyper.dropout)
    thresholds = np.minimum(np.rint(rates * 2.0**32), 2.0**32 - 1)
    return {
        "dropout_threshold": thresholds.astype(np.uint32),
        "dropout_scale": 1.0 / (1.0 - rates),
    }


KNOBS: Mapping[str, Knob] = {
    "dropout": Knob(lambda hyper: any(hyper.dropout), _dropout_values),
}
"""Parameters that act within a program's steps."""
