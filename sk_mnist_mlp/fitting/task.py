"""The first step of a fit: all that the checks and the parameters come to."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from sk_mnist_mlp.data.class_weights import apply_class_weights, weigh_classes
from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.data.inputs import check_range, check_training_data, check_validation_data
from sk_mnist_mlp.data.labels import Labels
from sk_mnist_mlp.data.targets import Targets
from sk_mnist_mlp.fitting.epochs import epochs_of
from sk_mnist_mlp.fitting.fitted import Fitted, fitted_of
from sk_mnist_mlp.fitting.position import Position
from sk_mnist_mlp.fitting.record import Record
from sk_mnist_mlp.fitting.scoring import ValidationScorer, validation_scorer
from sk_mnist_mlp.fitting.snapshot import Snapshot
from sk_mnist_mlp.fitting.start import Start, check_same_architecture, network_dtype, network_spec
from sk_mnist_mlp.network.head import Values
from sk_mnist_mlp.parameters.checked import Hyperparameters
from sk_mnist_mlp.parameters.knobs import knob_values
from sk_mnist_mlp.streams import generator
from sk_mnist_mlp.user_warnings import warn_user

STATE_LEFT_OUT = (
    "The optimizer's state is missing, since the pickle or file of a plain fit leaves it out: "
    "training goes on with a fresh one, not bit by bit as the estimator itself would have. To keep "
    "the state too, fit with warm_start=True or by partial_fit."
)


@dataclass(frozen=True, eq=False)
class Request:
    """What a call of `fit` or `partial_fit` is given.

    Parameters
    ----------
    X, y : array-like
    sample_weight : array-like, optional
    validation : tuple of array-like or None
        ``X_val``, ``y_val`` and ``sample_weight_val``.
    classes : array-like, optional
        All labels that y may have now or later.
    one_epoch : bool
        Whether this is a call of `partial_fit`.
    """

    X: ArrayLike
    y: ArrayLike
    sample_weight: ArrayLike | None = None
    validation: tuple[ArrayLike | None, ArrayLike | None, ArrayLike | None] = (None, None, None)
    classes: ArrayLike | None = None
    one_epoch: bool = False


@dataclass(frozen=True, eq=False)
class Task:
    """A fit that is ready to run.

    Parameters
    ----------
    hyper : Hyperparameters
    n_epochs : int
        To train for, at most.
    planned_epochs : int
        Over which the learning rate moves; more than `n_epochs` in `partial_fit`.
    start : Start
    targets : Targets
    feature_names : ndarray of str or None
    training : Examples
    validation : Examples or None
    position : Position
        From which training goes on.
    record : Record
        To which its epochs are added.
    keeps_optimizer_state : bool
        Whether pickles of what comes of it hold the optimizer's state.
    scorer : ValidationScorer or None
        Of early stopping; None where the evaluation has the score.
    n_done : int
        Epochs of this fit that were trained before it was cut off.
    best : Position or None
        After the best of these, where early stopping compares them.
    """

    hyper: Hyperparameters
    n_epochs: int
    planned_epochs: int
    start: Start
    targets: Targets
    feature_names: np.ndarray | None
    training: Examples
    validation: Examples | None
    position: Position
    record: Record
    keeps_optimizer_state: bool
    scorer: ValidationScorer | None = None
    n_done: int = 0
    best: Position | None = None

    @property
    def values(self) -> Values:
        """Run-time values of what is switched on."""
        return knob_values(self.hyper)

    def going_on(self, snapshot: Snapshot) -> Task:
        """The rest of this fit, after a snapshot of it."""
        n_done = snapshot.record.n_iter - self.record.n_iter
        return replace(
            self,
            n_epochs=self.n_epochs - n_done,
            n_done=n_done,
            position=snapshot.position,
            record=snapshot.record,
            best=snapshot.best,
        )

    def fitted(self, position: Position, record: Record) -> Fitted:
        """What an estimator consists of once training has come so far."""
        return Fitted(
            start=self.start,
            targets=self.targets,
            feature_names=self.feature_names,
            dropout=(self.hyper.input_dropout, *self.hyper.dropout),
            position=position,
            record=record,
            keeps_optimizer_state=self.keeps_optimizer_state,
        )


def prepare(estimator: Any, hyper: Hyperparameters, request: Request) -> Task:
    """Check what a fit is given, which leaves the estimator as it is.

    Parameters
    ----------
    estimator : KerasMLPEstimator
    hyper : Hyperparameters
        Its own.
    request : Request

    Returns
    -------
    Task

    Raises
    ------
    ValueError, TypeError
        If the data are not legal, or not those that the network can go on with.
    """
    if request.one_epoch:
        hyper = _for_one_epoch(hyper)
    goes_on = estimator.__sklearn_is_fitted__() and (request.one_epoch or hyper.warm_start)
    before = fitted_of(estimator) if goes_on else None
    checked = copy.copy(estimator)  # scikit-learn's checks note the columns on an estimator
    if before is None:
        checked.__dict__.pop("feature_names_in_", None)
    problem = estimator._problem(hyper, request)
    given = (request.X, request.y, request.sample_weight)
    known = None if before is None else before.targets
    training, targets = check_training_data(checked, given, problem, known)
    validation = check_validation_data(checked, request.validation, problem, targets)
    network = network_spec(hyper, checked.n_features_in_, targets)
    if before is None:
        start = Start(
            network=network,
            init_stddev=hyper.init_stddev,
            dtype=network_dtype(hyper.dtype, network, training.n_rows),
            seed=int(check_random_state(hyper.random_state).randint(2**31 - 1)),
        )
        position, record = Position(start.weights()), Record()
    else:
        check_same_architecture(before.start, network, hyper.dtype)
        if before.position.optimizer_state is None:
            warn_user(STATE_LEFT_OUT)
        start, position = before.start, before.position
        record = before.record if request.one_epoch else before.record.for_a_new_fit()
    training, validation = _weighed_and_parted(hyper, start, targets, training, validation)
    planned_epochs = hyper.epochs or epochs_of(training.n_rows, hyper.batch_size)
    return Task(
        hyper=hyper,
        n_epochs=1 if request.one_epoch else planned_epochs,
        planned_epochs=planned_epochs,
        start=start,
        targets=targets,
        feature_names=getattr(checked, "feature_names_in_", None),
        training=training,
        validation=validation,
        position=position,
        record=record,
        keeps_optimizer_state=request.one_epoch or hyper.warm_start,
        scorer=validation_scorer(checked, hyper, validation),
    )


def check_classes(estimator: Any, classes: ArrayLike | None) -> None:
    """Check the labels that `partial_fit` is told of.

    Raises
    ------
    ValueError
        If they are missing in the first call, or others than before in a later one.
    """
    if not estimator.__sklearn_is_fitted__():
        if classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
    elif classes is not None and not np.array_equal(estimator.classes_, np.unique(classes)):
        raise ValueError(
            f"`classes={classes!r}` is not the same as on last call to partial_fit, was: "
            f"{estimator.classes_!r}"
        )


def _for_one_epoch(hyper: Hyperparameters) -> Hyperparameters:
    """Parameters of `partial_fit`, which leaves stopping to the caller.

    Raises
    ------
    ValueError
        If class weights are to be balanced over rows that it does not see.
    """
    if isinstance(hyper.class_weight, str):  # "balanced"
        raise ValueError(
            "class_weight 'balanced' is not supported for partial_fit, which does not see all "
            "rows: pass a dict, for instance of sklearn.utils.class_weight.compute_class_weight, "
            "or where y is an indicator matrix one for each column."
        )
    return replace(hyper, early_stopping=False)


def _weighed_and_parted(
    hyper: Hyperparameters,
    start: Start,
    targets: Targets,
    training: Examples,
    validation: Examples | None,
) -> tuple[Examples, Examples | None]:
    """Examples with the weights of their classes, a part held out where that is asked for."""
    check_range(training.inputs, start.dtype, "X")
    check_range(training.targets, start.dtype, "y")
    class_weights = None
    if isinstance(targets, Labels):
        class_weights = weigh_classes(hyper.class_weight, targets, training)
    training = apply_class_weights(class_weights, training, "X")
    if validation is not None:
        check_range(validation.inputs, start.dtype, "X_val")
        check_range(validation.targets, start.dtype, "y_val")
        return training, apply_class_weights(class_weights, validation, "X_val")
    if not hyper.early_stopping:
        return training, None
    rng = generator(start.seed, "validation split")
    return targets.hold_out(training, hyper.validation_fraction, rng)
