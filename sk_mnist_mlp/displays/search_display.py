"""What a search over hyperparameters found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

from sk_mnist_mlp.displays.dimension import dimension, label_of, varies
from sk_mnist_mlp.displays.search_kinds import (
    COLUMNS,
    Drawing,
    Drawn,
    draw_parallel,
    draw_slices,
    draw_surface,
)
from sk_mnist_mlp.displays.style import needed
from sk_mnist_mlp.domains import near_names
from sk_mnist_mlp.search import search_results_frame

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

KINDS = ("parallel", "slices", "surface")


class SearchDisplay:
    """The candidates of a search, and their scores.

    Make one by `from_search`; what it takes is kept, so that `plot` may be called
    again, with another `kind` too.

    Parameters
    ----------
    candidates : pandas.DataFrame
        A row for each candidate, the best first.
    parameters : sequence of str
        Columns of it that are drawn.
    score : str
        Column of it by which candidates are compared; the larger the better.
    score_name : str, default="score"
        What it is called beside an axis.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        That was given or made; "slices" divides it.
    axes_ : ndarray of matplotlib.axes.Axes
        That are drawn on.
    figure_ : matplotlib.figure.Figure
    candidates_ : list of matplotlib.collections.Collection
        Of candidates, one an axes: lines for "parallel", else points.
    best_ : list of matplotlib.artist.Artist
        The best candidate, on each axes.

    See Also
    --------
    search_results_frame : What a search found, as a table.
    search_space : What to search.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sk_mnist_mlp import KerasMLPClassifier, SearchDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = KerasMLPClassifier(widths=(8,), epochs=2, random_state=0)
    >>> grid = {"learning_rate": [0.001, 0.01], "activation": ["relu", "tanh"]}
    >>> search = GridSearchCV(clf, grid, cv=2).fit(X, y)
    >>> display = SearchDisplay.from_search(search)
    >>> display.frame().columns.tolist()
    ['activation', 'learning_rate', 'mean_test_score', 'std_test_score']
    """

    def __init__(
        self,
        *,
        candidates: pd.DataFrame,
        parameters: Sequence[str],
        score: str,
        score_name: str = "score",
    ) -> None:
        self.candidates = candidates
        self.parameters = parameters
        self.score = score
        self.score_name = score_name

    @classmethod
    def from_search(
        cls,
        search: Any,
        *,
        kind: str = "parallel",
        parameters: Sequence[str] | None = None,
        metric: str | None = None,
        ax: Axes | Sequence[Axes] | None = None,
        candidate_kwargs: Mapping[str, Any] | None = None,
        best_kwargs: Mapping[str, Any] | None = None,
    ) -> Self:
        """Draw what a search found.

        Parameters
        ----------
        search : GridSearchCV, RandomizedSearchCV, or another with ``cv_results_``
            Fitted, over any estimator. Of a halving search each candidate counts with
            its last iteration.
        kind : {"parallel", "slices", "surface"}, default="parallel"
            One line a candidate through an axis for each parameter; the score
            against each parameter; or two parameters against each other.
        parameters : sequence of str, default=None
            Names as they were searched; None is all that vary, and for
            "surface" the first two of these.
        metric : str, default=None
            Of several; None is that of `refit`, or the first.
        ax : matplotlib.axes.Axes or sequence of these, default=None
            To draw on; None makes a new figure. "slices" divides one, or takes one for
            each parameter.
        candidate_kwargs, best_kwargs : dict, default=None
            Style of the candidates and of the best one: as of
            `matplotlib.collections.LineCollection` and `matplotlib.axes.Axes.plot` for
            "parallel", else as of `matplotlib.axes.Axes.scatter`.

        Returns
        -------
        SearchDisplay

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the search was not fitted.
        ValueError
            If there is no such kind, parameter or metric, or nothing varies.
        """
        frame = search_results_frame(search)
        searched = sorted(set(chain.from_iterable(search.cv_results_["params"])))
        score = _score_column(frame, metric)
        if "iter" in frame:
            frame = _last_iterations(frame, searched)
        if parameters is None:
            parameters = [name for name in searched if varies(frame[name].tolist())]
        unknown = [name for name in parameters if name not in searched]
        if unknown:
            raise ValueError(
                f"parameters must be of those that were searched, {searched}. Got "
                f"{unknown[0]!r}.{near_names(unknown[0], searched)}"
            )
        name = score.removeprefix("mean_test_")
        if name == "score" and isinstance(getattr(search, "scoring", None), str):
            name = search.scoring
        frame = frame.sort_values(score, ascending=False, kind="stable", ignore_index=True)
        display = cls(candidates=frame, parameters=parameters, score=score, score_name=name)
        return display.plot(
            ax, kind=kind, candidate_kwargs=candidate_kwargs, best_kwargs=best_kwargs
        )

    def plot(
        self,
        ax: Axes | Sequence[Axes] | None = None,
        *,
        kind: str = "parallel",
        candidate_kwargs: Mapping[str, Any] | None = None,
        best_kwargs: Mapping[str, Any] | None = None,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or sequence of these, default=None
            To draw on; None makes a new figure. "slices" divides one, or takes one for
            each parameter.
        kind : {"parallel", "slices", "surface"}, default="parallel"
            As in `from_search`.
        candidate_kwargs, best_kwargs : dict, default=None
            As in `from_search`.

        Returns
        -------
        SearchDisplay
            Itself.

        Raises
        ------
        ValueError
            If there is no such kind, or too few parameters vary.
        """
        if kind not in KINDS:
            raise ValueError(
                f"kind must be one of {list(KINDS)}. Got {kind!r}.{near_names(kind, KINDS)}"
            )
        parameters = list(self.parameters[:2] if kind == "surface" else self.parameters)
        least = 2 if kind == "surface" else 1
        if len(parameters) < least:
            raise ValueError(
                f"kind={kind!r} needs {least} or more parameters that vary. Got {parameters}."
            )
        names = _short(parameters)
        drawing = Drawing(
            [dimension(names[name], self.candidates[name].tolist()) for name in parameters],
            self.candidates[self.score].to_numpy(),
            self.score_name.replace("_", " "),
            candidate_kwargs,
            best_kwargs,
        )
        drawn = self._drawn(drawing, kind, ax)
        self.axes_, self.candidates_, self.best_ = drawn.axes, drawn.candidates, drawn.best
        return self

    def frame(self) -> pd.DataFrame:
        """What is drawn, as a tidy table.

        Returns
        -------
        pandas.DataFrame
            A row for each candidate, the best first: its parameters, and mean and
            standard deviation of its score; of a halving search ``iter`` and
            ``n_resources`` too.
        """
        halving = [name for name in ("iter", "n_resources") if name in self.candidates]
        std = self.score.replace("mean_", "std_", 1)
        return self.candidates[[*self.parameters, self.score, std, *halving]].reset_index(drop=True)

    def _drawn(self, drawing: Drawing, kind: str, ax: Any) -> Drawn:
        pyplot = needed("matplotlib.pyplot", f"{type(self).__name__}.plot")
        n = len(drawing.dimensions)
        if ax is None:
            size = {"parallel": (1.2 * (n + 1) + 0.6, 4.2), "surface": (5.6, 4.4)}
            size["slices"] = (2.6 * min(n, COLUMNS) + 0.6, 2.6 * math.ceil(n / COLUMNS) + 0.3)
            ax = pyplot.subplots(figsize=size[kind], layout="constrained")[1]
        several = not hasattr(ax, "plot")
        self.ax_ = next(iter(ax)) if several else ax
        self.figure_ = self.ax_.figure
        if kind == "slices":
            axes = list(ax) if several else _divided(ax, n)
            if len(axes) != n:
                raise ValueError(f"ax must be one axes, or {n}, one a parameter. Got {len(axes)}.")
            return draw_slices(drawing, axes)
        return (draw_parallel if kind == "parallel" else draw_surface)(drawing, self.ax_)


def _divided(ax: Axes, n: int) -> list[Axes]:
    """Axes side by side in the place of one."""
    ax.set_axis_off()
    spec = ax.get_subplotspec()
    rows, columns = math.ceil(n / COLUMNS), min(n, COLUMNS)
    grid = spec.subgridspec(rows, columns) if spec else ax.figure.add_gridspec(rows, columns)
    axes: list[Axes] = []
    for i in range(n):
        axes.append(
            ax.figure.add_subplot(grid[divmod(i, columns)], sharey=axes[0] if axes else None)
        )
    return axes


def _score_column(frame: pd.DataFrame, metric: str | None) -> str:
    columns = [name for name in frame if name.startswith("mean_test_")]
    metrics = [name.removeprefix("mean_test_") for name in columns]
    if metric is None:
        return columns[0]
    if metric not in metrics:
        raise ValueError(
            f"metric must be one of {metrics}. Got {metric!r}.{near_names(metric, metrics)}"
        )
    return f"mean_test_{metric}"


def _last_iterations(frame: pd.DataFrame, searched: Sequence[str]) -> pd.DataFrame:
    """Each candidate of a halving search once, where it was compared last."""
    which = frame[list(searched)].map(label_of).apply(tuple, axis=1)
    return frame[~which.duplicated()]  # the last iteration is first


def _short(names: Sequence[str]) -> dict[str, str]:
    """Names without the steps of a pipeline, where they differ without these."""
    last = [name.rpartition("__")[2] for name in names]
    return {
        name: short.replace("_", " ") if last.count(short) == 1 else name
        for name, short in zip(names, last, strict=True)
    }
