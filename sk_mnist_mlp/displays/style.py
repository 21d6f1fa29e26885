"""How all displays look, and where they draw."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sk_mnist_mlp.domains import near_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Told apart with any colour vision, and legible on white and on near-black.
FIRST_COLOUR = "#2f80c8"
SECOND_COLOUR = "#d9731a"

METRICS = {"loss": "loss", "accuracy": "accuracy", "r2": "R²"}
"""What curves of a fit there may be, and the words beside their axis."""

SCORES = "viridis"
"""Colour map of scores: even in lightness, for any colour vision and in print."""


def check_metric(metric: str, history: Mapping[str, Any]) -> None:
    """Refuse a metric that a fit does not have."""
    known = [name for name in METRICS if name in history]
    if metric not in known:
        raise ValueError(
            f"metric must be one of {known}. Got {metric!r}.{near_names(metric, known)}"
        )


def needed(module: str, caller: str) -> Any:
    """Import a module that draws.

    Raises
    ------
    ImportError
        If it is not installed; says by what it is.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(
            f"{caller} requires {package}. You can install it with `pip install {package}`"
        ) from error


def axes_for(caller: str, ax: Axes | None) -> Axes:
    """The axes that were given, or those of a new figure of pyplot's."""
    if ax is not None:
        return ax
    return needed("matplotlib.pyplot", caller).subplots(layout="constrained")[1]


def styled(
    artist: type, defaults: Mapping[str, Any], given: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Defaults of an artist's style, and what a user gave in their place, aliases as names."""
    from matplotlib.cbook import normalize_kwargs

    return {**defaults, **normalize_kwargs(dict(given or {}), artist)}


def open_frame(ax: Axes) -> None:
    """Leave out the lines to the right and above, which say nothing."""
    ax.spines[["right", "top"]].set_visible(False)
