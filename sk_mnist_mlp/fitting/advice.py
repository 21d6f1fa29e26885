"""Warnings of fits that came to nothing, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sk_mnist_mlp.data.examples import Examples, input_range
from sk_mnist_mlp.data.labels import Labels
from sk_mnist_mlp.fitting.epochs import LEAST_STEPS
from sk_mnist_mlp.fitting.evaluation import evaluate
from sk_mnist_mlp.network import inference
from sk_mnist_mlp.network.heads import HEADS
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import Weights
from sk_mnist_mlp.user_warnings import warn_user

if TYPE_CHECKING:
    from sk_mnist_mlp.fitting.fitted import Fitted
    from sk_mnist_mlp.fitting.task import Task

NO_BETTER = 0.99  # of the loss of a constant; the rest is the noise of an epoch
ABOVE, FAR_ABOVE = 1.5, 2.0  # of the loss of guessing
NEARLY_ALL = 0.9  # of the rows
LEAST_VALIDATION_ROWS, LEAST_OTHERS = 50, 10  # all, and those of other classes than predicted
HARDLY_BETTER = 0.9


def warn_of_failure(task: Task, fitted: Fitted) -> None:
    """Warn where a whole fit learnt nothing, or early stopping kept an epoch that had not yet."""
    constant = loss_of_constant(task, task.training)
    if _learnt_nothing(task, fitted, constant):
        smallest, largest = input_range(task.training.inputs)
        warn_user(
            f"The fit did not converge: its loss ended at {fitted.record.history['loss'][-1]:.4g}, "
            f"no better than {constant:.4g}, that of predicting {task.targets.constant} for every "
            f"row. The inputs range from {smallest:g} to {largest:g}. Scale them, for instance "
            "with StandardScaler, lower learning_rate or, if the loss was still falling, raise it "
            "or train for more epochs.",
            ConvergenceWarning,
        )
    elif isinstance(task.targets, Labels) and task.hyper.early_stopping and task.validation:
        _warn_of_one_class(task, task.targets, fitted, task.validation)


def loss_of_constant(task: Task, examples: Examples) -> float:
    """Loss of the best prediction that is the same for every row, whatever is in it."""
    head = HEADS[task.start.network.head]
    return head.loss_of_constant(examples.targets, examples.weights, task.values)


def _learnt_nothing(task: Task, fitted: Fitted, constant: float) -> bool:
    """Whether the loss ended no better than that of a constant because the steps went astray.

    A y without any relation to the inputs leaves it there too. What tells the two apart is a
    loss much above that of guessing: at the end; or earlier, and an output that no longer varies.
    """
    losses = np.array(fitted.record.history["loss"][-fitted.record.n_iter :], np.float64)
    if constant <= 0 or losses[-1] < NO_BETTER * constant:
        return False
    network, weights = task.start.network, fitted.position.weights
    # Of the best epoch, and without masks.
    kept = evaluate(network, weights, task.training, task.values).loss
    if kept < NO_BETTER * constant:
        return False
    guessing = task.targets.loss_of_guess or constant
    if min(losses[-1], kept) > FAR_ABOVE * guessing and fitted.record.n_steps >= LEAST_STEPS:
        return True
    if losses.max() < ABOVE * guessing:
        return False
    inputs = next(task.training.blocks())[0]
    alike = _share_alike(network, weights, inputs)
    return alike >= NEARLY_ALL and _share_alike(network, task.start.weights(), inputs) < 0.5


def _share_alike(network: NetworkSpec, weights: Weights, inputs: Any) -> float:
    """Share of the rows for which the network gives one and the same output."""
    logits = inference.logits(network, weights, inputs)
    middle = np.median(logits, axis=0)
    return float((np.abs(logits - middle) <= 1e-6 * (1 + np.abs(middle))).all(axis=1).mean())


def _warn_of_one_class(task: Task, labels: Labels, fitted: Fitted, validation: Examples) -> None:
    """Warn where epochs were thrown away for one that tells no classes apart."""
    scores = (fitted.record.validation_scores or [])[-fitted.record.n_iter :]
    kept = int(np.argmax(np.array(scores, np.float64)))
    if kept == len(scores) - 1 or validation.n_rows < LEAST_VALIDATION_ROWS:
        return
    weights = fitted.position.weights
    predicted = _only_prediction(task, weights, validation)
    if predicted is None:
        return
    targets = validation.targets.reshape(validation.n_rows, -1)
    others = (targets != labels.encode(predicted, "y").ravel()).any(axis=1).sum()
    loss = evaluate(task.start.network, weights, validation, task.values).loss
    shares = loss_of_constant(task, validation)
    if others < LEAST_OTHERS or loss < HARDLY_BETTER * shares:
        return
    if task.hyper.scoring != "loss":
        scoring = "loss"
    else:
        scoring = "balanced_accuracy" if labels.indicator is None else "average_precision"
    warn_user(
        f"early_stopping kept epoch {kept + 1} of {len(scores)}, which predicts "
        f"{predicted[0].tolist()!r} for all {validation.n_rows} rows of the validation data, "
        f"{others} of which are of other classes: its loss there is {loss:.4g}, and that of the "
        f"classes' shares {shares:.4g}. Set scoring={scoring!r}, class_weight='balanced', another "
        "learning_rate or a larger n_iter_no_change."
    )


def _only_prediction(task: Task, weights: Weights, examples: Examples) -> np.ndarray | None:
    """Labels of one row, which all have; None where rows differ."""
    first = None
    for inputs, _ in examples.blocks():
        predicted = task.targets.decode(inference.logits(task.start.network, weights, inputs))
        first = predicted[:1] if first is None else first
        if (predicted != first).any():
            return None
    return first
