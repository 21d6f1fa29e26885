"""The three pictures of a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sk_mnist_mlp.displays.dimension import Dimension, dimension
from sk_mnist_mlp.displays.style import SCORES, SECOND_COLOUR, open_frame, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TIES = 0.07
"""How far candidates with one value lie apart, of the axis' length."""

COLUMNS = 4
FAILED = "0.75"
"""Grey of the candidates whose fits failed."""

COLOURED = ("c", "cmap", "norm", "plotnonfinite", "edgecolor")
"""What gives points the colour of their scores, unless the user gives them another."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is to be drawn.

    Parameters
    ----------
    dimensions : sequence of Dimension
        Of candidates from the best to the worst.
    scores : ndarray of shape (n_candidates,)
        NaN where a fit failed.
    score_name : str
    candidate_kwargs, best_kwargs : mapping or None
        Styles of the user.
    """

    dimensions: Sequence[Dimension]
    scores: np.ndarray
    score_name: str
    candidate_kwargs: Mapping[str, Any] | None
    best_kwargs: Mapping[str, Any] | None

    @property
    def best(self) -> int | None:
        """The candidate with the best score."""
        return None if np.isnan(self.scores).all() else int(np.nanargmax(self.scores))

    @property
    def from_worst(self) -> np.ndarray:
        """Candidates in the order in which they are drawn, so that the best lie on top."""
        return np.argsort(np.nan_to_num(self.scores, nan=-np.inf), kind="stable")


@dataclass(frozen=True, eq=False)
class Drawn:
    """Axes and artists of a picture."""

    axes: Any
    candidates: list[Any]
    best: list[Any]


def draw_parallel(drawing: Drawing, ax: Axes) -> Drawn:
    """One line a candidate, through an axis a parameter and one of the score."""
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    scores = ["failed" if np.isnan(score) else score for score in drawing.scores]
    score = dimension(drawing.score_name, scores)
    dimensions = [*drawing.dimensions, score]
    spread = [one.spread(TIES) for one in drawing.dimensions]
    heights = np.column_stack([*spread, score.positions])
    x = np.arange(len(dimensions))
    order = drawing.from_worst
    lines = LineCollection(
        [np.column_stack([x, heights[i]]) for i in order],
        **styled(
            LineCollection,
            {"array": drawing.scores[order], "cmap": _colours(), "linewidth": 1.2, "alpha": 0.8},
            drawing.candidate_kwargs,
        ),
    )
    ax.add_collection(lines)
    best = []
    if drawing.best is not None:
        style = styled(
            Line2D, {"color": SECOND_COLOUR, "linewidth": 2.5, "label": "best"}, drawing.best_kwargs
        )
        best = ax.plot(x, heights[drawing.best], **style)
        ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), frameon=False)
    _draw_rulers(ax, dimensions)
    return Drawn(np.array([ax]), [lines], best)


def _draw_rulers(ax: Axes, dimensions: Sequence[Dimension]) -> None:
    """An upright axis for each parameter and for the score, which has its labels to the right."""
    score = len(dimensions) - 1
    for at, one in enumerate(dimensions):
        ax.axvline(at, color="0.4", linewidth=0.8, zorder=0.5)
        for tick, label in zip(one.ticks, one.labels, strict=True):
            ax.annotate(
                label,
                (at, tick),
                xytext=(3 if at == score else -3, 0),
                textcoords="offset points",
                ha="left" if at == score else "right",
                va="center",
                fontsize="small",
                bbox={"facecolor": ax.get_facecolor(), "alpha": 0.7, "linewidth": 0, "pad": 0.6},
            )
    ax.set(xlim=(-0.6, score + 0.3), ylim=(-0.08, 1.08))
    names = [one.name for one in dimensions]
    ax.set_xticks(range(score + 1), labels=names, rotation=_tilt(dimensions))
    ax.tick_params(length=0)
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def draw_slices(drawing: Drawing, axes: Sequence[Axes]) -> Drawn:
    """The score against each parameter, on axes of its own."""
    candidates, best = [], []
    for i, (ax, one) in enumerate(zip(axes, drawing.dimensions, strict=True)):
        x = one.jittered(TIES)
        points, ring = _points(drawing, ax, x, drawing.scores)
        candidates.append(points)
        best += ring
        one.mark(ax, "x")
        ax.tick_params(axis="x", rotation=_tilt_of_ticks(one))
        ax.set_xlabel(one.name)
        ax.grid(axis="y", alpha=0.25)
        open_frame(ax)
        if i % COLUMNS == 0:
            ax.set_ylabel(drawing.score_name)
    return Drawn(np.array(axes), candidates, best)


def draw_surface(drawing: Drawing, ax: Axes) -> Drawn:
    """Two parameters against each other, the score by colour."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    across, up = drawing.dimensions
    finite = drawing.scores[~np.isnan(drawing.scores)]
    norm = Normalize(*((finite.min(), finite.max()) if len(finite) else (0.0, 1.0)))
    if across.numeric and up.numeric:
        _fill_between(drawing, ax, norm)
    x = across.jittered(TIES / 2)
    points, ring = _points(drawing, ax, x, up.positions, norm=norm)
    across.mark(ax, "x")
    up.mark(ax, "y")
    ax.set(xlabel=across.name, ylabel=up.name)
    ax.figure.colorbar(ScalarMappable(norm, _colours()), ax=ax, label=drawing.score_name)
    open_frame(ax)
    return Drawn(np.array([ax]), [points], ring)


def _fill_between(drawing: Drawing, ax: Axes, norm: Any) -> None:
    """Colour the plane between the candidates, those at one point by their mean."""
    from matplotlib.tri import Triangulation

    known = ~np.isnan(drawing.scores)
    at = np.column_stack([one.positions[known] for one in drawing.dimensions])
    places, which = np.unique(at, axis=0, return_inverse=True)
    means = np.bincount(which.ravel(), drawing.scores[known]) / np.bincount(which.ravel())
    try:
        triangles = Triangulation(*places.T)
    except (RuntimeError, ValueError):  # fewer than three points, or all on a line
        return
    if norm.vmin < norm.vmax:
        levels = np.linspace(norm.vmin, norm.vmax, 9)
        ax.tricontourf(
            triangles, means, levels=levels, cmap=_colours(), norm=norm, alpha=0.45, zorder=0
        )


def _points(
    drawing: Drawing, ax: Axes, x: np.ndarray, y: np.ndarray, **colours: Any
) -> tuple[Any, list[Any]]:
    order = drawing.from_worst
    if np.isnan(y).any():  # failed candidates lie at the lower edge
        y = np.where(np.isnan(y), np.nanmin(y) if not np.isnan(y).all() else 0.0, y)
    defaults = {
        **colours,
        "c": drawing.scores[order],
        "cmap": _colours(),
        "s": 28,
        "edgecolor": "white",
        "linewidth": 0.5,
        "plotnonfinite": True,
    }
    points = ax.scatter(x[order], y[order], **_style(defaults, drawing.candidate_kwargs))
    if drawing.best is None:
        return points, []
    ring = {"s": 110, "facecolor": "none", "edgecolor": SECOND_COLOUR, "linewidth": 2}
    best = x[drawing.best], y[drawing.best]
    return points, [ax.scatter(*best, **_style(ring, drawing.best_kwargs))]


def _style(defaults: Mapping[str, Any], given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Style of points, where a colour that is given stands for all that would colour them."""
    from matplotlib.collections import PathCollection

    own = styled(PathCollection, {}, given)
    if {"color", "facecolor"} & own.keys():
        defaults = {name: value for name, value in defaults.items() if name not in COLOURED}
    return {**defaults, **own}


def _colours() -> Any:
    from matplotlib import colormaps

    return colormaps[SCORES].with_extremes(bad=FAILED)


def _tilt(dimensions: Sequence[Dimension]) -> float:
    return 20.0 if max(len(one.name) for one in dimensions) > 9 and len(dimensions) > 4 else 0.0


def _tilt_of_ticks(one: Dimension) -> float:
    return 20.0 if sum(map(len, one.labels)) > 22 else 0.0
