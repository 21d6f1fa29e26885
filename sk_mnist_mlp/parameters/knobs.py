"""Parameters that act within a program's steps, as the numbers that it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from sk_mnist_mlp.parameters.checked import Hyperparameters


@dataclass(frozen=True)
class Knob:
    """Numbers that a program is given when it runs, so that changing them compiles nothing.

    Parameters
    ----------
    is_on : callable
        Whether parameters ask for what the knob sets; a program is compiled with it or
        without.
    values : callable
        Arrays of parameters, by the names that `training` uses.
    """

    is_on: Callable[[Hyperparameters], bool]
    values: Callable[[Hyperparameters], dict[str, np.ndarray]]


def _masks(hyper: Hyperparameters, name: str) -> dict[str, np.ndarray]:
    """Give the least random word that keeps a unit, and the factor of the units kept.

    Where the rates move, give the rates.
    """
    rates = np.array(getattr(hyper, name))
    if hyper.dropout_schedule is not None:
        return {f"{name}_rate": np.minimum(rates, 1.0 - 2.0**-23)}  # below 1 in float32 too
    thresholds = np.minimum(np.rint(rates * 2.0**32), 2.0**32 - 1)
    return {f"{name}_threshold": thresholds.astype(np.uint32), f"{name}_scale": 1.0 / (1.0 - rates)}


KNOBS: Mapping[str, Knob] = {
    "dropout": Knob(
        lambda hyper: any(hyper.dropout),
        lambda hyper: _masks(hyper, "dropout"),
    ),
    "input_dropout": Knob(
        lambda hyper: hyper.input_dropout > 0,
        lambda hyper: _masks(hyper, "input_dropout"),
    ),
    "weight_decay": Knob(
        lambda hyper: hyper.weight_decay > 0,
        lambda hyper: {"weight_decay": np.array(hyper.weight_decay)},
    ),
    "label_smoothing": Knob(
        lambda hyper: hyper.label_smoothing > 0,
        lambda hyper: {"label_smoothing": np.array(hyper.label_smoothing)},
    ),
    "quantile": Knob(
        lambda hyper: hyper.quantile is not None,
        lambda hyper: {"quantile": np.array(hyper.quantile)},
    ),
    "adversarial": Knob(
        lambda hyper: hyper.adversarial > 0,
        lambda hyper: {"adversarial": np.array(hyper.adversarial)},
    ),
    "averaging": Knob(
        lambda hyper: hyper.averaging is not None,
        lambda hyper: {"averaging": np.array(hyper.averaging)},
    ),
}
"""Parameters that act within a program's steps."""


def knob_values(hyper: Hyperparameters) -> dict[str, np.ndarray]:
    """Run-time values of whatever is switched on."""
    on = [knob for knob in KNOBS.values() if knob.is_on(hyper)]
    return {name: value for knob in on for name, value in knob.values(hyper).items()}
