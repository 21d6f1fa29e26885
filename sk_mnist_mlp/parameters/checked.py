"""Checked hyperparameters."""

from __future__ import annotations

import numbers
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sk_mnist_mlp.domains import is_rate
from sk_mnist_mlp.parameters.table import DOMAINS, is_activation, is_stddev

_BATCH_NORMS: Mapping[bool | str, Literal["after", "before"] | None] = {
    False: None,
    True: "after",
    "after": "after",
    "before": "before",
}


@dataclass(frozen=True, eq=False)
class Hyperparameters:
    """Checked parameters, one form each.

    Those that only a classifier has, or only a regressor, are None or off for the other.

    Parameters
    ----------
    widths : tuple of int
    activation : tuple of str or callable
        One a hidden layer.
    init_stddev : tuple of float, str or None
        One a layer, with the output.
    batch_norm : {None, "after", "before"}
    dropout : tuple of float
        One a hidden layer.
    optimizer : str or keras.optimizers.Optimizer
    learning_rate : float or None
    epochs : int or None
    batch_size : int
    schedule : {None, "linear", "cosine", "adaptive"}
    warmup, weight_decay, label_smoothing, input_dropout : float
    dropout_schedule : {None, "linear", "cosine"}
    adversarial : float
    averaging : float or None
    class_weight : None, "balanced", mapping or sequence of mapping
    loss : str or None
    quantile : float or None
    scale_target : bool
    early_stopping : bool
    scoring : None, str or callable
    validation_fraction, n_iter_no_change, tol : float
    warm_start : bool
    dtype : {"auto", "float32", "float64"}
    memory : str, path-like or None
    random_state : None, int or numpy.random.RandomState
    verbose : int
    """

    widths: tuple[int, ...]
    activation: tuple[str | Callable[[Any], Any], ...]
    init_stddev: tuple[float | str | None, ...]
    batch_norm: Literal["after", "before"] | None
    dropout: tuple[float, ...]
    optimizer: Any
    learning_rate: float | None
    epochs: int | None
    batch_size: int
    schedule: str | None
    warmup: float
    weight_decay: float
    label_smoothing: float
    input_dropout: float
    dropout_schedule: str | None
    adversarial: float
    averaging: float | None
    class_weight: str | Mapping[Any, float] | Sequence[Mapping[Any, float]] | None
    loss: str | None
    quantile: float | None
    scale_target: bool
    early_stopping: bool
    scoring: str | Callable[..., Any] | None
    validation_fraction: float
    n_iter_no_change: float
    tol: float
    warm_start: bool
    dtype: Literal["auto", "float32", "float64"]
    memory: str | os.PathLike[str] | None
    random_state: int | np.random.RandomState | None
    verbose: int


def check_parameters(owner: str, parameters: Mapping[str, Any]) -> Hyperparameters:
    """Check parameters by `DOMAINS`, and those that depend on each other.

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
        if name in parameters and not domain.contains(parameters[name]):
            raise _error(owner, name, domain.allowed, parameters[name])
    loss, quantile = parameters.get("loss"), parameters.get("quantile")
    if (loss == "quantile") != (quantile is not None):
        raise _error(owner, "quantile", DOMAINS["quantile"].allowed, quantile)
    widths = _widths(owner, parameters["widths"], parameters["depth"])
    n_hidden = len(widths)
    epochs, rate = parameters["epochs"], parameters["learning_rate"]
    averaging = parameters["averaging"]
    return Hyperparameters(
        widths=widths,
        activation=_one_a_hidden_layer(owner, parameters, "activation", n_hidden, is_activation),
        init_stddev=_init_stddev(owner, parameters["init_stddev"], n_hidden),
        batch_norm=_BATCH_NORMS[parameters["batch_norm"]],
        dropout=tuple(
            map(float, _one_a_hidden_layer(owner, parameters, "dropout", n_hidden, is_rate))
        ),
        optimizer=parameters["optimizer"],
        learning_rate=None if rate is None else float(rate),
        epochs=None if epochs is None else int(epochs),
        batch_size=int(parameters["batch_size"]),
        schedule=parameters["schedule"],
        warmup=float(parameters["warmup"]),
        weight_decay=float(parameters["weight_decay"]),
        label_smoothing=float(parameters.get("label_smoothing", 0.0)),
        input_dropout=float(parameters["input_dropout"]),
        dropout_schedule=parameters["dropout_schedule"],
        adversarial=float(parameters["adversarial"]),
        averaging=None if averaging is None else float(averaging),
        class_weight=parameters.get("class_weight"),
        loss=loss,
        quantile=None if quantile is None else float(quantile),
        scale_target=bool(parameters.get("scale_target", False)),
        early_stopping=bool(parameters["early_stopping"]),
        scoring=parameters["scoring"],
        validation_fraction=float(parameters["validation_fraction"]),
        n_iter_no_change=parameters["n_iter_no_change"],
        tol=float(parameters["tol"]),
        warm_start=bool(parameters["warm_start"]),
        dtype=parameters["dtype"],
        memory=parameters["memory"],
        random_state=parameters["random_state"],
        verbose=int(parameters["verbose"]),
    )


def _error(owner: str, name: str, allowed: str, given: Any) -> ValueError:
    return ValueError(
        f"The {name!r} parameter of {owner} must be {allowed}. Got {given!r} instead."
        f"{DOMAINS[name].hint(given)}"
    )


def _widths(owner: str, widths: Any, depth: Any) -> tuple[int, ...]:
    if isinstance(widths, numbers.Integral):
        return (int(widths),) * (1 if depth is None else int(depth))
    if depth is not None:
        allowed = "None where 'widths' is a sequence, whose length is the depth"
        raise _error(owner, "depth", allowed, depth)
    return tuple(int(width) for width in widths)


def _init_stddev(owner: str, given: Any, n_hidden: int) -> tuple[float | str | None, ...]:
    if is_stddev(given):
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


def _one_a_hidden_layer(
    owner: str,
    parameters: Mapping[str, Any],
    name: str,
    n_hidden: int,
    is_one: Callable[[Any], bool],
) -> tuple[Any, ...]:
    given = parameters[name]
    if is_one(given):
        return (given,) * n_hidden
    if len(given) != n_hidden:
        allowed = f"of length {n_hidden} (hidden layers) where it is a sequence"
        raise _error(owner, name, allowed, given)
    return tuple(given)
