"""The table of legal values of each hyperparameter, and their check."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sk_mnist_mlp.activations import ACTIVATIONS
from sk_mnist_mlp.network import STDDEV_RULES


@dataclass(frozen=True)
class Domain:
    """Legal values of one parameter.

    Parameters
    ----------
    allowed : str
        The legal values in words, as errors and the documentation say them.
    contains : callable
        Whether a value is legal by itself.
    names : iterable of str
        Names among the legal values, for hints.
    """

    allowed: str
    contains: Callable[[Any], bool]
    names: Iterable[str] = ()


def _is_int(value: Any, at_least: int) -> bool:
    integral = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    return integral and int(value) >= at_least


def _is_real(value: Any) -> bool:
    real = isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_)
    try:
        return real and math.isfinite(value)
    except OverflowError:  # an int that no float can hold
        return False


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


def _is_sequence(value: Any, contains: Callable[[Any], bool]) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 1 and all(contains(entry) for entry in value)
    text = isinstance(value, str | bytes | bytearray)
    return isinstance(value, Sequence) and not text and all(map(contains, value))


def _is_width(value: Any) -> bool:
    return _is_int(value, 1)


def _is_rate(value: Any) -> bool:
    return _is_real(value) and 0 <= value < 1


def _is_positive(value: Any) -> bool:
    return _is_real(value) and value > 0


def _is_weight(value: Any) -> bool:
    return _is_real(value) and value >= 0


def _is_stddev(value: Any) -> bool:
    return value is None or _is_one_of(value, STDDEV_RULES) or _is_positive(value)


def _is_one_of(value: Any, names: Iterable[str]) -> bool:
    return isinstance(value, str) and value in names


def _is_random_state(value: Any) -> bool:
    return (
        value is None
        or isinstance(value, np.random.RandomState)
        or (_is_int(value, 0) and value < 2**32)
    )


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
        lambda value: _is_width(value) or _is_sequence(value, _is_width),
    ),
    "depth": Domain(
        "None, or an int >= 0 where `widths` is an int",
        lambda value: value is None or _is_int(value, 0),
    ),
    "activation": Domain(
        "the name of an elementwise Keras activation or 'softmax', or a callable of tensors",
        lambda value: _is_one_of(value, ACTIVATIONS) or callable(value),
        ACTIVATIONS,
    ),
    "init_stddev": Domain(
        f"None, a float > 0, one of {_RULES}, or a sequence of these, one for each hidden layer "
        "or one for each layer with the output",
        lambda value: _is_stddev(value) or _is_sequence(value, _is_stddev),
        STDDEV_RULES,
    ),
    "batch_norm": Domain(
        "False, True, 'after' (the activation; the same as True) or 'before'",
        lambda value: _is_bool(value) or _is_one_of(value, ("after", "before")),
        ("after", "before"),
    ),
    "dropout": Domain(
        "a float in [0, 1), or a sequence of one for each hidden layer",
        lambda value: _is_rate(value) or _is_sequence(value, _is_rate),
    ),
    "optimizer": Domain(
        "the name of a Keras optimizer or an unbuilt keras.optimizers.Optimizer",
        lambda value: (
            isinstance(value, str) or (hasattr(value, "get_config") and not isinstance(value, type))
        ),
    ),
    "learning_rate": Domain(
        "None (the optimizer's own) or a float > 0",
        lambda value: value is None or _is_positive(value),
    ),
    "epochs": Domain("an int >= 1", lambda value: _is_int(value, 1)),
    "batch_size": Domain("an int >= 1", lambda value: _is_int(value, 1)),
    "class_weight": Domain(
        "None, 'balanced' or a dict of class labels to numbers >= 0",
        lambda value: (
            value is None
            or _is_one_of(value, ("balanced",))
            or (isinstance(value, Mapping) and all(map(_is_weight, value.values())))
        ),
        ("balanced",),
    ),
    "early_stopping": Domain("a bool", _is_bool),
    "validation_fraction": Domain(
        "a float in (0, 1)", lambda value: _is_positive(value) and value < 1
    ),
    "n_iter_no_change": Domain(
        "an int >= 1 or infinity",
        lambda value: _is_int(value, 1) or (isinstance(value, float) and value == math.inf),
    ),
    "tol": Domain("a float >= 0", _is_weight),
    "warm_start": Domain("a bool", _is_bool),
    "dtype": Domain(
        "'auto', 'float32' or 'float64'",
        lambda value: _is_one_of(value, ("auto", "float32", "float64")),
        ("auto", "float32", "float64"),
    ),
    "random_state": Domain(
        "None, an int in [0, 2**32 - 1] or a numpy.random.RandomState", _is_random_state
    ),
    "verbose": Domain(
        "a bool or an int >= 0, where 0 is silent",
        lambda value: _is_bool(value) or _is_int(value, 0),
    ),
}
"""Legal domain of each parameter of `KerasMLPClassifier`."""


@dataclass(frozen=True)
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
    epochs, batch_size : int
    class_weight : None, "balanced" or mapping
    early_stopping : bool
    validation_fraction, n_iter_no_change, tol : float
    warm_start : bool
    dtype : {"auto", "float32", "float64"}
    """

    widths: tuple[int, ...]
    activation: str | Callable[[Any], Any]
    init_stddev: tuple[float | str | None, ...]
    batch_norm: Literal["after", "before"] | None
    dropout: tuple[float, ...]
    epochs: int
    batch_size: int
    class_weight: str | Mapping[Any, float] | None
    early_stopping: bool
    validation_fraction: float
    n_iter_no_change: float
    tol: float
    warm_start: bool
    dtype: Literal["auto", "float32", "float64"]


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
    return Hyperparameters(
        widths=widths,
        activation=parameters["activation"],
        init_stddev=_init_stddev(owner, parameters["init_stddev"], len(widths)),
        batch_norm=_BATCH_NORMS[parameters["batch_norm"]],
        dropout=check_dropout(owner, parameters["dropout"], len(widths)),
        epochs=int(parameters["epochs"]),
        batch_size=int(parameters["batch_size"]),
        class_weight=parameters["class_weight"],
        early_stopping=bool(parameters["early_stopping"]),
        validation_fraction=float(parameters["validation_fraction"]),
        n_iter_no_change=parameters["n_iter_no_change"],
        tol=float(parameters["tol"]),
        warm_start=bool(parameters["warm_start"]),
        dtype=parameters["dtype"],
    )


def _error(
    owner: str, name: str, allowed: str, given: Any, names: Iterable[str] = ()
) -> ValueError:
    near = difflib.get_close_matches(given.lower(), names, n=3) if isinstance(given, str) else []
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return ValueError(
        f"The {name!r} parameter of {owner} must be {allowed}. Got {given!r} instead.{hint}"
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


def check_dropout(owner: str, given: Any, n_hidden: int) -> tuple[float, ...]:
    """Rate of each hidden layer.

    Raises
    ------
    ValueError
        If the rates are illegal, or not one for each hidden layer.
    """
    domain = DOMAINS["dropout"]
    if not domain.contains(given):
        raise _error(owner, "dropout", domain.allowed, given)
    if _is_rate(given):
        return (float(given),) * n_hidden
    if len(given) != n_hidden:
        allowed = f"of length {n_hidden} (hidden layers) where it is a sequence"
        raise _error(owner, "dropout", allowed, given)
    return tuple(float(rate) for rate in given)
