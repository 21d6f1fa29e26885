"""What the estimators of this package share: `fit` over one task, and how it is kept and asked."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar, Self

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from sk_mnist_mlp.fitting.advice import warn_of_failure
from sk_mnist_mlp.fitting.callbacks import (
    CallbackSupportMixin,
    FitTasks,
    begin_fit,
    is_listened_to,
    with_callbacks,
)
from sk_mnist_mlp.fitting.fitted import Fitted, fitted_attributes
from sk_mnist_mlp.fitting.progress import Report, epoch_progress
from sk_mnist_mlp.fitting.run import run
from sk_mnist_mlp.fitting.task import Request, Task, prepare
from sk_mnist_mlp.memory.folder import Memory, memory_of
from sk_mnist_mlp.model_files.keeping import KeepingMixin
from sk_mnist_mlp.network.error_state import regardless_of_error_state
from sk_mnist_mlp.parameters.checked import check_parameters
from sk_mnist_mlp.parameters.elsewhere import hint_at_parameter
from sk_mnist_mlp.prediction import PredictionMixin
from sk_mnist_mlp.streams import put_back_on_failure


class KerasMLPEstimator(CallbackSupportMixin, PredictionMixin, KeepingMixin, BaseEstimator):
    """Estimator whose parameters are those of `DOMAINS`."""

    # scikit-learn's HTML display links to these pages, which docs/api_reference.py writes.
    _doc_link_module = "sk_mnist_mlp"
    _doc_link_template = (
        "https://sk-mnist-mlp.readthedocs.io/en/stable/api/sk_mnist_mlp.{estimator_name}.html"
        "#sk_mnist_mlp.{estimator_name}"
    )

    # Meant for no one else in a pipeline, so that routing needs no request for them.
    __metadata_request__fit: ClassVar = dict.fromkeys(("X_val", "y_val", "sample_weight_val"), True)

    def set_params(self, **params: Any) -> Self:
        """Set parameters.

        Parameters
        ----------
        **params : dict
            Values by name.

        Returns
        -------
        self : object
            With these values.

        Raises
        ------
        ValueError
            If there is no such parameter; says what it is called here, where other packages
            have it.
        """
        known = self.get_params()
        unknown = [name for name in params if name not in known]
        if unknown:
            hints = "".join(hint_at_parameter(name, known) for name in unknown)
            raise ValueError(
                f"Invalid parameter {unknown[0]!r} for estimator {self}. Valid parameters are: "
                f"{list(known)!r}.{hints}"
            )
        return super().set_params(**params)

    @with_callbacks
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train on X and y from new initial weights.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training rows. Networks learn best from columns of similar, small
            range: scale them, for instance with `StandardScaler`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels, or an indicator matrix of 0 and 1; for a regressor numbers, or a
            column of them for each quantity.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row; only their proportions count, and a weight of
            zero, or below 1e-30 of the largest, is the row left out. None
            gives all rows the same weight.
        X_val : array-like of shape (n_val, n_features), default=None
            Rows to measure the loss and the metric on after each epoch.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            What y is of these. `class_weight` counts here too.
        sample_weight_val : array-like of shape (n_val,), default=None
            Their weights.

        Returns
        -------
        self : object
            Fitted.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data are not legal, before any training; or if the
            loss becomes NaN or infinite, or a scorer of early stopping fails. The
            estimator then stays as it was.
        MemoryError
            If the GPU that trains has too little memory.
        RuntimeError
            In a process that was forked after Keras' backend was imported, or where
            Keras was loaded again on another one.

        Warns
        -----
        ConvergenceWarning
            If nothing was learnt.
        UserWarning
            If an indicator matrix seems to be one-hot labels, or early stopping kept
            an epoch that predicts one class for all validation rows.
        """
        validation = (X_val, y_val, sample_weight_val)
        return self._fit(Request(X, y, sample_weight, validation))

    @regardless_of_error_state
    def _fit(self, request: Request) -> Self:
        hyper = check_parameters(type(self).__name__, self.get_params(deep=False))
        with put_back_on_failure(hyper.random_state):
            task = prepare(self, hyper, request)
            memory = memory_of(task, request.one_epoch, is_listened_to(self))
            fitted = memory.read_back() if memory else None
            rest = memory.rest() if memory and fitted is None else task
            tasks = begin_fit(self, request.X, request.y, request.sample_weight, task.n_epochs)
            if fitted is None:
                fitted = _trained(rest, tasks, memory)
            if not request.one_epoch:
                warn_of_failure(task, fitted)
            self._assign(fitted_attributes(fitted))
        if tasks is not None:
            tasks.end()
        return self

    def _assign(self, attributes: dict[str, Any]) -> None:
        """Take what a fit leaves, and nothing else of what was set meanwhile, all at once."""
        if "feature_names_in_" in vars(self).keys() - attributes.keys():
            named = vars(self) | attributes
            del named["feature_names_in_"]
            self.__dict__ = named
        else:
            self.__dict__.update(attributes)


def _trained(task: Task, tasks: FitTasks | None, memory: Memory | None) -> Fitted:
    progress: AbstractContextManager[Report | None] = nullcontext()
    if task.hyper.verbose:
        progress = epoch_progress(task.n_done + task.n_epochs, task.n_done)
    with progress as report:
        fitted = run(task, report, tasks, memory)
    if memory is not None:
        memory.finish(fitted)
    return fitted
