"""What a live curve shows: a picture in a notebook, lines of text elsewhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

from sk_mnist_mlp.displays.style import (
    FIRST_COLOUR,
    METRICS,
    SECOND_COLOUR,
    needed,
    open_frame,
)
from sk_mnist_mlp.notebook import NotebookOutput
from sk_mnist_mlp.rounding import rounded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 640, 360
"""Of the picture, in pixels of a page."""

REFIT = "refit"
"""Label of a search's last fit."""


@dataclass(frozen=True)
class FitCurve:
    """One fit, as far as it is known.

    Parameters
    ----------
    metric : str
    training : tuple of float or None
        The metric of each epoch.
    validation : tuple of float or None
        The same on validation data; empty where there are none.
    n_planned : int
        Epochs at most.
    ended : bool
    label : str
        Which fit of a search it is; empty for one by itself.
    """

    metric: str
    training: tuple[float | None, ...]
    validation: tuple[float | None, ...]
    n_planned: int
    ended: bool
    label: str = ""

    @property
    def shown(self) -> tuple[float | None, ...]:
        """The curve that stands for it among many."""
        return self.validation or self.training

    def in_words(self) -> str:
        """How far it is, and how well it does."""
        n_epochs = len(self.training)
        if self.ended:
            position = f"{n_epochs} epoch" + "s" * (n_epochs != 1)
        else:
            position = f"epoch {n_epochs}/{self.n_planned}"
        values = [(self.metric, self.training[-1])]
        values += [(f"val_{self.metric}", value) for value in self.validation[-1:]]
        words = [f"{name} {rounded(value)}" for name, value in values if value is not None]
        return (self.label and f"{self.label}: ") + ", ".join([position, *words])


@dataclass(frozen=True)
class Curves:
    """Fits of one run, in the order in which they were heard of.

    Parameters
    ----------
    fits : tuple of FitCurve
    newest : FitCurve
        The one that was heard of last.
    n_searched : int
        Fits of candidates that a search makes; zero where there is no search.
    """

    fits: tuple[FitCurve, ...]
    newest: FitCurve
    n_searched: int

    def in_words(self) -> str:
        """How far all of it is."""
        if len(self.fits) == 1:
            return self.newest.in_words()
        n_ended = sum(fit.ended and fit.label != REFIT for fit in self.fits)
        return f"{n_ended} of {self.n_searched} fits; {self.newest.in_words()}"


class LiveText:
    """A line an epoch for a fit by itself, a line a fit in a search."""

    def update(self, curves: Curves, due: bool) -> None:
        """Say how far the newest fit is."""
        newest = curves.newest
        if newest.ended or (due and not newest.label):
            print(newest.in_words(), flush=True)

    def close(self, curves: Curves) -> None:
        """Say nothing: all was said."""


@dataclass(eq=False)
class LivePicture:
    """One picture, drawn anew in its place.

    Parameters
    ----------
    log_scale : bool
    output : NotebookOutput
    shown : Curves or None
        Those of the last drawing.
    """

    log_scale: bool
    output: NotebookOutput = field(init=False, default_factory=NotebookOutput)
    shown: Curves | None = field(init=False, default=None)

    def update(self, curves: Curves, due: bool) -> None:
        """Draw, if a drawing is due."""
        if due:
            self.close(curves)

    def close(self, curves: Curves) -> None:
        """Draw what all came to, if that is not what is shown."""
        if curves == self.shown:
            return
        png = io.BytesIO()
        draw(curves, self.log_scale).savefig(png, format="png", dpi=200)
        forms = {
            "text/plain": curves.in_words(),
            "image/png": base64.b64encode(png.getvalue()).decode(),
        }
        self.output.show(forms, {"image/png": {"width": WIDTH, "height": HEIGHT}})
        self.shown = curves


def draw(curves: Curves, log_scale: bool) -> Figure:
    """Draw one fit with its validation, or a thin line for each of many.

    Parameters
    ----------
    curves : Curves
    log_scale : bool
        Of the metric.

    Returns
    -------
    Figure
        None of pyplot's, which would stay open.
    """
    figure = needed("matplotlib.figure", "LiveLossCurve").Figure(
        figsize=(WIDTH / 100, HEIGHT / 100), layout="constrained"
    )
    from matplotlib.ticker import MaxNLocator

    ax = figure.add_subplot()
    if len(curves.fits) == 1:
        _draw_one(ax, curves.newest)
    else:
        _draw_many(ax, curves)
    if log_scale:
        ax.set_yscale("log")
    elif len(curves.fits) > 1:
        _leave_out_diverged(ax, curves)
    ax.set_xlabel("epoch")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    ax.set_title(curves.in_words(), loc="left", fontsize="medium")
    open_frame(ax)
    return figure


def _draw_one(ax: Axes, fit: FitCurve) -> None:
    ax.set_ylabel(METRICS[fit.metric])
    _plot(ax, fit.training, color=FIRST_COLOUR, label="training")
    if fit.validation:
        _plot(ax, fit.validation, color=SECOND_COLOUR, label="validation")
        ax.legend(frameon=False)


def _draw_many(ax: Axes, curves: Curves) -> None:
    of = {"validation" if fit.validation else "training" for fit in curves.fits}
    metric = METRICS[curves.newest.metric]
    ax.set_ylabel(f"{of.pop()} {metric}" if len(of) == 1 else metric)
    alpha = min(0.8, max(0.4, 12 / len(curves.fits)))
    for fit in curves.fits:
        if fit is curves.newest and (fit.label == REFIT or not fit.ended):
            _plot(ax, fit.shown, color=SECOND_COLOUR, linewidth=2, zorder=3)
        else:
            _plot(ax, fit.shown, color=FIRST_COLOUR, linewidth=0.9, alpha=alpha)


def _leave_out_diverged(ax: Axes, curves: Curves) -> None:
    """Let a fit that diverges leave the picture, rather than flatten all others."""
    if curves.newest.metric == "accuracy":  # which cannot
        return
    errors = _errors if curves.newest.metric == "r2" else list
    columns = [errors([v for v in fit.shown if v is not None]) for fit in curves.fits]
    worst = [max(column) for column in columns if column]
    best = min(min(column) for column in columns if column)
    # Some losses are negative.
    limit = median(worst) + max(abs(median(worst)), median(worst) - best)
    if max(worst) > limit:
        ax.set_ylim(*sorted(errors([best - 0.05 * (limit - best), limit])))


def _errors(shares: Sequence[float]) -> list[float]:
    """Shares that are not explained of explained ones, and the other way round."""
    return [1 - share for share in shares]


def _plot(ax: Axes, values: Sequence[float | None], **style: Any) -> None:
    numbers = [float("nan") if value is None else value for value in values]
    marker = "o" if len(numbers) == 1 else None  # a line of one point is none
    ax.plot(range(1, len(numbers) + 1), numbers, marker=marker, **style)
