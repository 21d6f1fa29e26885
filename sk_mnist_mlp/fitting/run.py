"""The second step of a fit: training, epoch by epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sk_mnist_mlp.data.examples import Examples, input_range
from sk_mnist_mlp.fitting.callbacks import FitTasks
from sk_mnist_mlp.fitting.fitted import Fitted, fitted_attributes
from sk_mnist_mlp.fitting.monitor import Monitor
from sk_mnist_mlp.fitting.schedules import step_factors
from sk_mnist_mlp.fitting.snapshot import Keeper
from sk_mnist_mlp.fitting.task import Task
from sk_mnist_mlp.loading import load
from sk_mnist_mlp.training.processes import refuse_to_train_after_fork
from sk_mnist_mlp.training.steps import StepFactors

if TYPE_CHECKING:
    from sk_mnist_mlp.training.loop import LossNotFinite
    from sk_mnist_mlp.training.trainer import Trainer

LARGE_INPUT = 100.0


def run(
    task: Task,
    report: Callable[[Mapping[str, float]], None] | None = None,
    tasks: FitTasks | None = None,
    keeper: Keeper | None = None,
) -> Fitted:
    """Train for as many epochs as the task says, or until it stops.

    Parameters
    ----------
    task : Task
    report : callable, optional
        Called with each epoch's metrics by name.
    tasks : FitTasks, optional
        Of scikit-learn's callbacks.
    keeper : Keeper, optional
        Of snapshots.

    Returns
    -------
    Fitted

    Raises
    ------
    RuntimeError
        In a process that inherited TensorFlow by a fork.
    ValueError, TypeError
        If the optimizer cannot be used, or the loss becomes NaN or infinite.
    MemoryError
        If the device that trains has too little memory.
    """
    refuse_to_train_after_fork()
    load("sk_mnist_mlp.training.trainer")
    from sk_mnist_mlp.backends.loaded import backend
    from sk_mnist_mlp.training.loop import LossNotFinite

    numbers = range(task.position.n_epochs, task.position.n_epochs + task.n_epochs)
    best, snapshot = task.best, None
    try:
        trainer = _trainer(task)
        kept = None if best is None else trainer.at(best.weights, best.optimizer_state)
        monitor = Monitor(task, report, trainer.learning_rate, kept)
        together = 1 if monitor.watches or tasks else trainer.epochs_together
        for first in range(0, len(numbers), together):
            if tasks is not None:
                tasks.begin_epoch()
            some = numbers[first : first + together]
            trainer, epochs = trainer.trained(some, _step_factors(task, monitor, trainer, some))
            if task.validation is not None:  # whose scores would tell of it less well
                trainer.check_finite(epochs[-1].number)
            stops = monitor.observe(epochs, trainer)
            if tasks is not None:
                stops |= tasks.end_epoch(partial(_attributes_so_far, task, monitor, trainer))
            if stops:
                break
            if keeper is not None and some[-1] != numbers[-1]:
                snapshot = monitor.snapshot(trainer)
                keeper.after_epoch(snapshot)
        trainer.check_finite(epochs[-1].number)
    except LossNotFinite as error:
        raise ValueError(_divergence_message(error, task)) from None
    except Exception as error:
        if backend.is_out_of_memory(error):
            raise MemoryError(_memory_message(task)) from error
        raise
    except KeyboardInterrupt:
        if keeper is not None and snapshot is not None:
            keeper.on_interrupt(snapshot)
        raise
    return task.fitted(*monitor.outcome(trainer))


def _step_factors(
    task: Task, monitor: Monitor, trainer: Trainer, numbers: range
) -> list[StepFactors]:
    before = task.position.n_epochs - task.record.n_iter  # the fit that the schedules are of
    n_epochs, n_steps = task.planned_epochs, trainer.steps_per_epoch
    each = [step_factors(task.hyper, number - before, n_epochs, n_steps) for number in numbers]
    return [
        replace(factors, learning_rate=factors.learning_rate * monitor.rate_factor)
        for factors in each
    ]


def _attributes_so_far(task: Task, monitor: Monitor, trainer: Trainer) -> dict[str, Any]:
    """What `fit` would have given with so many epochs."""
    return fitted_attributes(task.fitted(*monitor.outcome(trainer)))


def _trainer(task: Task) -> Trainer:
    from sk_mnist_mlp.training.trainer import Plan, start_training

    hyper, start, position = task.hyper, task.start, task.position
    plan = Plan(
        network=start.network,
        optimizer=hyper.optimizer,
        learning_rate=hyper.learning_rate,
        scheduled=hyper.schedule is not None or hyper.warmup > 0,
        knobs=task.values,
        batch_size=hyper.batch_size,
        dtype=start.dtype,
        seed=start.seed,
    )
    return start_training(
        plan, task.training, position.weights, position.optimizer_state, position.n_updates
    )


def _divergence_message(error: LossNotFinite, task: Task) -> str:
    where, remedy = _large_inputs(task.training)
    rate = error.learning_rate
    given = "the optimizer's schedule" if rate is None else f"learning rate {rate}"
    epoch = error.epoch - task.position.n_epochs + task.n_done + 1
    return (
        f"The {error.what} became NaN or infinite in epoch {epoch}, with {given}.{where} {remedy}."
    )


def _memory_message(task: Task) -> str:
    network = task.start.network
    return (
        f"The device that trains has too little free memory for {network.n_features} features, "
        f"widths={network.widths} and batch_size={task.hyper.batch_size}. End what else uses it, "
        "set a smaller batch_size or smaller widths, or train on the CPU: set the environment "
        "variable CUDA_VISIBLE_DEVICES to -1 before the first fit."
    )


def _large_inputs(examples: Examples) -> tuple[str, str]:
    """Sentence on inputs that are large, and what to do."""
    smallest, largest = input_range(examples.inputs)
    if max(-smallest, largest) <= LARGE_INPUT:
        return "", "Lower learning_rate"
    return (
        f" The inputs are large: they range from {smallest:g} to {largest:g}.",
        "Scale the inputs, for instance with StandardScaler, or lower learning_rate",
    )
