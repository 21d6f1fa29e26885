"""scikit-learn's callbacks, where it has them (1.9 and later, experimental there)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn < 1.9: no `set_callbacks`, and nothing else changes

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Adds nothing."""

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]:
        """Return the method as it is."""
        return method


@dataclass(eq=False)
class FitTasks:
    """The tasks of one fit that callbacks hear of: the fit itself, and one an epoch.

    Parameters
    ----------
    root : object
        scikit-learn's context of the fit.
    arguments : mapping
        What each hook is offered: the estimator and the user's own X, y and
        metadata.
    epoch : object or None
        scikit-learn's context of the epoch that runs.
    """

    root: Any
    arguments: Mapping[str, Any]
    epoch: Any = None

    def begin_epoch(self) -> None:
        """Tell that an epoch begins."""
        self.epoch = self.root.subcontext(task_name="epoch")
        self.epoch.call_on_fit_task_begin(**self.arguments)

    def end_epoch(self, fitted_attributes: Callable[[], dict[str, Any]]) -> bool:
        """Tell that the epoch has ended; returns whether a callback asks to stop."""
        return self.epoch.call_on_fit_task_end(
            **self.arguments, reconstruction_attributes=fitted_attributes
        )

    def end(self) -> None:
        """Tell that the fit has ended, the estimator being fitted."""
        self.root.call_on_fit_task_end(**self.arguments, reconstruction_attributes={})


def is_listened_to(estimator: Any) -> bool:
    """Whether callbacks hear of its fits, and may stop them."""
    return bool(getattr(estimator, "_skl_callbacks", None))


def begin_fit(estimator: Any, X: Any, y: Any, sample_weight: Any, n_epochs: int) -> FitTasks | None:
    """Open the tasks of a fit, where a callback may listen.

    Parameters
    ----------
    estimator : KerasMLPEstimator
        Inside a method that `with_callbacks` decorates.
    X, y, sample_weight : object
        As the user gave them: callbacks score with these.
    n_epochs : int
        At most.

    Returns
    -------
    FitTasks or None
        None where nobody listens.
    """
    if not is_listened_to(estimator):
        return None
    root = estimator._init_callback_context(max_subtasks=n_epochs)
    metadata = None if sample_weight is None else {"sample_weight": sample_weight}
    arguments = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
    root.call_on_fit_task_begin(**arguments)
    return FitTasks(root, arguments)
