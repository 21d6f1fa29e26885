"""The loss, accuracy or R2 of each epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from sk_mnist_mlp.displays.estimators import fitted_network
from sk_mnist_mlp.displays.style import (
    FIRST_COLOUR,
    METRICS,
    SECOND_COLOUR,
    axes_for,
    check_metric,
    open_frame,
    styled,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from sk_mnist_mlp.estimator import KerasMLPEstimator

DECADES = 100.0
"""Ratio of the largest value to the least from which the axis is logarithmic."""


@dataclass(frozen=True)
class LossCurve:
    """A metric of each epoch of a fit.

    Parameters
    ----------
    training : sequence of float
    validation : sequence of (float or None)
        Empty without validation data; None for the epochs that had none.
    kept_epoch : int or None
        The one that early stopping went back to, counted from 1; None for the last.
    """

    training: Sequence[float]
    validation: Sequence[float | None] = ()
    kept_epoch: int | None = None


class LossCurveDisplay:
    """Loss, accuracy or R2 of each epoch, on training and on validation data.

    Make one by `from_estimator` or `from_cv_results`; what they take is kept, so
    that `plot` may be called again.

    Parameters
    ----------
    curves : sequence of LossCurve
        One a fit.
    metric : {"loss", "accuracy", "r2"}, default="loss"
    name : str, default=None
        Of the fits, for the legend.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
    figure_ : matplotlib.figure.Figure
    training_lines_, validation_lines_ : list of matplotlib.lines.Line2D
        One a fit; the second only of fits with validation data.
    kept_lines_ : list of matplotlib.lines.Line2D
        Where early stopping kept an earlier epoch than the last.

    See Also
    --------
    LiveLossCurve : The same while a network is trained.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sk_mnist_mlp import KerasMLPClassifier, LossCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = KerasMLPClassifier(widths=(16,), epochs=5, random_state=0)
    >>> display = LossCurveDisplay.from_estimator(clf.fit(X, y, X_val=X, y_val=y))
    >>> display.ax_.get_xlabel()
    'epoch'
    >>> display.frame().shape
    (10, 4)
    """

    def __init__(
        self, *, curves: Sequence[LossCurve], metric: str = "loss", name: str | None = None
    ) -> None:
        self.curves = curves
        self.metric = metric
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        metric: str = "loss",
        name: str | None = None,
        ax: Axes | None = None,
        training_kwargs: Mapping[str, Any] | None = None,
        validation_kwargs: Mapping[str, Any] | None = None,
    ) -> Self:
        """Draw the history of a fitted network.

        Parameters
        ----------
        estimator : KerasMLPClassifier, KerasMLPRegressor, Pipeline or search
            Fitted: itself, the last step of a pipeline, the best estimator of a search,
            or the regressor of a `TransformedTargetRegressor`.
        metric : {"loss", "accuracy", "r2"}, default="loss"
            Of `history_`: a classifier has no R2, and a regressor no accuracy. Early
            stopping by another score is in `validation_scores_`.
        name : str, default=None
            Of the fit, for the legend.
        ax : matplotlib.axes.Axes, default=None
            To draw on; None makes a new figure.
        training_kwargs, validation_kwargs : dict, default=None
            Style of the lines, as of `matplotlib.axes.Axes.plot`.

        Returns
        -------
        LossCurveDisplay

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the network was not fitted.
        TypeError, ValueError
            If there is no network, or no such metric.
        """
        curve = _curve(fitted_network(estimator), metric)
        return cls(curves=[curve], metric=metric, name=name).plot(
            ax, training_kwargs=training_kwargs, validation_kwargs=validation_kwargs
        )

    @classmethod
    def from_cv_results(
        cls,
        cv_results: Mapping[str, Any],
        *,
        metric: str = "loss",
        name: str | None = None,
        ax: Axes | None = None,
        training_kwargs: Mapping[str, Any] | None = None,
        validation_kwargs: Mapping[str, Any] | None = None,
    ) -> Self:
        """Draw the histories of the folds of a cross-validation.

        Parameters
        ----------
        cv_results : dict
            Of `sklearn.model_selection.cross_validate` with ``return_estimator=True``.
        metric : {"loss", "accuracy", "r2"}, default="loss"
        name : str, default=None
            Of the fits, for the legend.
        ax : matplotlib.axes.Axes, default=None
            To draw on; None makes a new figure.
        training_kwargs, validation_kwargs : dict, default=None
            Style of the lines, as of `matplotlib.axes.Axes.plot`.

        Returns
        -------
        LossCurveDisplay

        Raises
        ------
        ValueError
            If `cv_results` has no estimators, or there is no such metric.
        """
        if "estimator" not in cv_results:
            raise ValueError(
                "cv_results has no estimators. Call cross_validate with return_estimator=True."
            )
        curves = [
            _curve(fitted_network(estimator), metric) for estimator in cv_results["estimator"]
        ]
        return cls(curves=curves, metric=metric, name=name).plot(
            ax, training_kwargs=training_kwargs, validation_kwargs=validation_kwargs
        )

    def plot(
        self,
        ax: Axes | None = None,
        *,
        name: str | None = None,
        training_kwargs: Mapping[str, Any] | None = None,
        validation_kwargs: Mapping[str, Any] | None = None,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            To draw on; None makes a new figure.
        name : str, default=None
            Of the fits, for the legend; None is the display's.
        training_kwargs, validation_kwargs : dict, default=None
            Style of the lines, as of `matplotlib.axes.Axes.plot`.

        Returns
        -------
        LossCurveDisplay
            Itself.
        """
        self.ax_ = axes_for(f"{type(self).__name__}.plot", ax)
        self.figure_ = self.ax_.figure
        from matplotlib.lines import Line2D
        from matplotlib.ticker import MaxNLocator

        width = 1.6 if len(self.curves) == 1 else 0.9
        training = styled(Line2D, {"color": FIRST_COLOUR, "linewidth": width}, training_kwargs)
        dashed = {"color": SECOND_COLOUR, "linewidth": width, "linestyle": "--"}
        validation = styled(Line2D, dashed, validation_kwargs)
        name = self.name if name is None else name
        self.training_lines_ = [
            self._line(curve.training, _label("training", name, i), training)
            for i, curve in enumerate(self.curves)
        ]
        validated = [curve.validation for curve in self.curves if curve.validation]
        self.validation_lines_ = [
            self._line(values, _label("validation", name, i), validation)
            for i, values in enumerate(validated)
        ]
        kept = [curve.kept_epoch for curve in self.curves if curve.kept_epoch is not None]
        dotted: dict[str, Any] = {"color": "0.5", "linewidth": 1, "linestyle": ":"}
        self.kept_lines_ = [
            self.ax_.axvline(epoch, label=_label("kept epoch", name, i), **dotted)
            for i, epoch in enumerate(kept)
        ]
        self.ax_.set(xlabel="epoch", ylabel=METRICS[self.metric])
        if self.metric == "loss" and self._falls_by_decades():
            self.ax_.set_yscale("log")
        self.ax_.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        self.ax_.grid(axis="y", alpha=0.25)
        self.ax_.legend(frameon=False)
        open_frame(self.ax_)
        return self

    def frame(self) -> pd.DataFrame:
        """What is drawn, as a tidy table.

        Returns
        -------
        pandas.DataFrame
            A row for each epoch of each fit, on training and on validation data, with the
            columns ``fit``, ``data``, ``epoch`` and the metric's name.
        """
        import pandas as pd

        rows = [
            (fit, data, epoch, value)
            for fit, curve in enumerate(self.curves)
            for data, values in (("training", curve.training), ("validation", curve.validation))
            for epoch, value in enumerate(values, start=1)
        ]
        return pd.DataFrame(rows, columns=["fit", "data", "epoch", self.metric])

    def _falls_by_decades(self) -> bool:
        values = self.frame()[self.metric].dropna()
        return values.min() > 0 and values.max() / values.min() >= DECADES

    def _line(self, values: Sequence[float | None], label: str, style: Mapping[str, Any]) -> Line2D:
        points = [float("nan") if value is None else value for value in values]
        # A line of one epoch has no length.
        alone = {"marker": "o"} if len(points) == 1 else {}
        (line,) = self.ax_.plot(
            range(1, len(points) + 1), points, **{"label": label, **alone, **style}
        )
        return line


def _label(data: str, name: str | None, number: int) -> str:
    """For the legend, where one of several lines alone is named."""
    if number:
        return f"_{number}"
    return data if name is None else f"{name}, {data}"


def _curve(network: KerasMLPEstimator, metric: str) -> LossCurve:
    history = network.history_
    check_metric(metric, history)
    return LossCurve(history[metric], history.get(f"val_{metric}", ()), _kept_epoch(network))


def _kept_epoch(network: KerasMLPEstimator) -> int | None:
    """The epoch that early stopping went back to."""
    if network.best_validation_score_ is None:
        return None
    scores = network.validation_scores_
    last_fit = range(len(scores) - network.n_iter_, len(scores))
    best = max(last_fit, key=lambda epoch: scores[epoch])
    return None if best == last_fit[-1] else best + 1
