"""Curves of fits while they run: a callback of scikit-learn's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sk_mnist_mlp.displays.live_output import REFIT, Curves, FitCurve, LivePicture, LiveText
from sk_mnist_mlp.displays.style import METRICS, check_metric
from sk_mnist_mlp.domains import near_names
from sk_mnist_mlp.notebook import in_notebook
from sk_mnist_mlp.user_warnings import warn_user

SECONDS_BETWEEN_DRAWINGS = 0.5
SHARE_OF_DRAWING = 0.1
"""At most, of the time: a drawing that took long is followed by a longer pause."""

Place = tuple[int, ...]
"""Of a task: its number among its siblings, and theirs, from the outermost fit."""


class LiveLossCurve:
    """Curve of a fit while it runs: a callback for scikit-learn 1.9 and later.

    In a notebook it is one picture, drawn anew in its place, at most twice a second
    and once more at the end, so that the saved notebook has one picture. It shows one
    fit with its validation data, where there are any; of a search, a thin line for
    each candidate and fold (of the validation data, where there are any), and the
    fit that runs, or the refit, in another colour. In a terminal or a script it is
    lines of text: one an epoch, at most two a second, or one for each fit of a search.

    Set it by `set_callbacks` on the outermost estimator: a network by itself, a
    pipeline or a search, which hand it on.

    Parameters
    ----------
    metric : {"loss", "accuracy", "r2"}, default="loss"
        Of `history_`: a classifier has no R2, and a regressor no accuracy.
    log_scale : bool, default=False
        Whether the picture's vertical axis is logarithmic. Where it is not, a fit of a
        search whose loss goes far above those of the others, or its R2 far below,
        leaves the picture.

    See Also
    --------
    KerasMLPClassifier, KerasMLPRegressor : Their parameter ``verbose`` needs no callbacks.

    Notes
    -----
    Fits of a search in threads are all drawn. Those in other processes (joblib's
    default with `n_jobs`) are not: the callback is silent there, and what is drawn
    is the refit.

    An error in drawing ends no fit: it is warned of, and nothing more is drawn.

    scikit-learn hands callbacks on to steps of a pipeline that know of them, and warns
    of each that does not.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from sk_mnist_mlp import KerasMLPClassifier, LiveLossCurve
    >>> search = GridSearchCV(KerasMLPClassifier(), {"learning_rate": [0.001, 0.01]})
    >>> if hasattr(search, "set_callbacks"):  # scikit-learn 1.9 or later
    ...     search = search.set_callbacks(LiveLossCurve("accuracy"))
    """

    max_propagation_depth = None
    """scikit-learn hands it on to estimators in estimators, however deep."""

    def __init__(self, metric: str = "loss", *, log_scale: bool = False) -> None:
        if not isinstance(metric, str) or metric not in METRICS:
            raise ValueError(
                "The 'metric' parameter of LiveLossCurve must be 'loss', 'accuracy' or 'r2', "
                "of which those of validation data are drawn too. Got "
                f"{metric!r} instead.{near_names(metric, METRICS)}"
            )
        if not isinstance(log_scale, bool):
            raise TypeError(
                "The 'log_scale' parameter of LiveLossCurve must be a bool. Got "
                f"{log_scale!r} instead."
            )
        self.metric = metric
        self.log_scale = log_scale
        self._lock = threading.Lock()
        self._runs: dict[Any, _Run] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what runs: a copy in a worker process has nothing to draw on."""
        return {"metric": self.metric, "log_scale": self.log_scale}

    def __setstate__(self, state: dict[str, Any]) -> None:
        LiveLossCurve.__init__(self, **state)

    def setup(self, estimator: Any, context: Any) -> None:
        """Get ready for a fit.

        Parameters
        ----------
        estimator : estimator
            The outermost.
        context : sklearn.callback.CallbackContext
            Of its fit.
        """
        output = LivePicture(self.log_scale) if in_notebook() else LiveText()
        self._runs[context.root_uuid] = _Run(self.metric, output, estimator)

    def teardown(self, estimator: Any, context: Any) -> None:
        """Draw what the fit came to, finished or not.

        Parameters
        ----------
        estimator : estimator
            The outermost.
        context : sklearn.callback.CallbackContext
            Of its fit.
        """
        run = self._runs.pop(context.root_uuid, None)
        if run is not None:
            with self._lock:
                run.close()

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Take no notice of what has no curve yet.

        Parameters
        ----------
        estimator : estimator
            That is fitted.
        context : sklearn.callback.CallbackContext
            Of the fit or epoch that begins.
        """

    @property
    def on_fit_task_end(self) -> Callable[..., None]:
        """The hook that takes note of epochs and fits, and never stops one.

        scikit-learn works out what is named in the signature of a hook, and passes it by its
        name. An estimator in mid-fit is a copy of all weights: it is asked for only when a
        drawing is due.
        """
        due = any(run.is_due for run in list(self._runs.values()))
        return self._on_task_end_when_due if due else self._on_task_end

    def _on_task_end_when_due(
        self, estimator: Any, context: Any, *, fitted_estimator: Any = None
    ) -> None:
        self._on_task_end(estimator, context, fitted_estimator)

    # Not keyword-only, so that it is not asked for; but it comes where another thread has drawn
    # since scikit-learn looked at the signature.
    def _on_task_end(self, estimator: Any, context: Any, fitted_estimator: Any = None) -> None:
        run = self._runs.get(context.root_uuid)  # none in a worker process
        if run is not None:
            with self._lock:
                run.observe(estimator, context, fitted_estimator)


@dataclass(eq=False)
class _Run:
    """One fit of the outermost estimator.

    Parameters
    ----------
    metric : str
    output : LivePicture or LiveText
    outermost : estimator
    curves : dict of Place to FitCurve
        Of each fit in it.
    searched : dict of Place to int
        Numbers of fits, by the place of their search.
    next_drawing : float
        When it is due.
    is_silent : bool
        After an error.
    """

    metric: str
    output: LivePicture | LiveText
    outermost: Any
    curves: dict[Place, FitCurve] = field(default_factory=dict)
    searched: dict[Place, int] = field(default_factory=dict)
    newest: Place = ()
    next_drawing: float = field(init=False)
    is_silent: bool = False

    def __post_init__(self) -> None:
        self.next_drawing = time.monotonic() + SECONDS_BETWEEN_DRAWINGS

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self.next_drawing

    def observe(self, estimator: Any, context: Any, fitted_estimator: Any) -> None:
        """Take note of a task that has ended: an epoch, if it is due, or a whole fit."""
        is_epoch = context.task_name == "epoch"
        history = getattr(fitted_estimator if is_epoch else estimator, "history_", None)
        if isinstance(history, dict) and self.metric in history:
            self._book(history, context, is_epoch)
            self._show()
        elif isinstance(history, dict) and "loss" in history:
            self._guarded(check_metric, self.metric, history)
        elif context.parent is None and not self.curves and not self.is_silent:
            print(
                "LiveLossCurve: nothing to draw, since no fit in this process had a curve. Fits "
                "in other processes are not seen here; fits in threads are."
            )

    def close(self) -> None:
        """Show what all came to."""
        if self.curves:
            self._guarded(self.output.close, self._all())

    def _book(self, history: dict[str, list[float | None]], context: Any, is_epoch: bool) -> None:
        training = tuple(history[self.metric])
        fit = context.parent if is_epoch else context
        n_left = fit.max_subtasks - context.task_id - 1 if is_epoch else 0
        self.newest = _place(fit)
        self.curves[self.newest] = FitCurve(
            self.metric,
            training,
            tuple(history.get(f"val_{self.metric}", ())),
            n_planned=len(training) + n_left,
            ended=not is_epoch,
            label=self._label(fit),
        )

    def _label(self, context: Any) -> str:
        """Which fit of a search it is, or nothing."""
        n_folds = getattr(self.outermost, "n_splits_", None)
        while context.parent is not None:
            if not context.parent.sequential_subtasks:  # tasks of a search may run side by side
                n_fits = context.parent.max_subtasks
                self.searched[_place(context.parent)] = n_fits
                if n_folds is None:
                    return f"fit {context.task_id + 1} of {n_fits}"
                candidate, fold = divmod(context.task_id, n_folds)
                n_candidates = n_fits // n_folds
                return f"candidate {candidate + 1} of {n_candidates}, fold {fold + 1} of {n_folds}"
            context = context.parent
        return "" if n_folds is None else REFIT

    def _show(self) -> None:
        start, due = time.monotonic(), self.is_due
        self._guarded(self.output.update, self._all(), due)
        if due:
            end = time.monotonic()
            pause = max(SECONDS_BETWEEN_DRAWINGS, (end - start) / SHARE_OF_DRAWING)
            self.next_drawing = end + pause

    def _all(self) -> Curves:
        fits = tuple(self.curves.values())
        return Curves(fits, self.curves[self.newest], sum(self.searched.values()))

    def _guarded(self, show: Callable[..., None], *arguments: Any) -> None:
        if self.is_silent:
            return
        try:
            show(*arguments)
        except Exception as error:
            self.is_silent = True
            warn_user(f"LiveLossCurve draws no more of this fit: {type(error).__name__}: {error}")


def _place(context: Any) -> Place:
    return () if context.parent is None else (*_place(context.parent), context.task_id)
