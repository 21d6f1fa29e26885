"""From a plan and examples to a network in training: the seam between the two worlds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sk_mnist_mlp.backends.loaded import backend, check_backend
from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import OptimizerState, Weights
from sk_mnist_mlp.training.feed import PlacedRows, place, steps_per_block
from sk_mnist_mlp.training.loop import Epoch, LossNotFinite, train_epochs
from sk_mnist_mlp.training.optimizers import OptimizerChoice, choose_optimizer
from sk_mnist_mlp.training.program import Program, State, TrainingSpec, program_for
from sk_mnist_mlp.training.steps import EpochSteps, StepFactors, in_dtype, n_batches
from sk_mnist_mlp.user_warnings import warn_user


@dataclass(frozen=True, eq=False)
class Plan:
    """What to train and how.

    Parameters
    ----------
    network : NetworkSpec
    optimizer : str or keras.optimizers.Optimizer
    learning_rate : float or None
    scheduled : bool
        Whether the learning rate will move.
    knobs : mapping of str to ndarray
        Run-time values of what is switched on.
    batch_size : int
    dtype : {"float32", "float64"}
    seed : int
    """

    network: NetworkSpec
    optimizer: Any
    learning_rate: float | None
    scheduled: bool
    knobs: Mapping[str, np.ndarray]
    batch_size: int
    dtype: str
    seed: int


@dataclass(frozen=True, eq=False)
class Trainer:
    """A network in training: where it stands, and all that takes it further.

    Parameters
    ----------
    program : Program
    rows : PlacedRows
    knobs : mapping of str to ndarray
    seed : int
    learning_rate : float or None
        None where the optimizer has a schedule.
    state : State
    n_updates : int
        Steps that the weights ever had.
    """

    program: Program
    rows: PlacedRows
    knobs: Mapping[str, np.ndarray]
    seed: int
    learning_rate: float | None
    state: State
    n_updates: int

    @property
    def steps_per_epoch(self) -> int:
        """Batches of an epoch."""
        return n_batches(self.rows.n_rows, self.program.spec.batch_size)

    @property
    def epochs_together(self) -> int:
        """Epochs that share a call, which costs as much as many steps of small data."""
        return max(1, self.program.spec.steps_per_block // self.steps_per_epoch)

    def trained(
        self, numbers: range, factors: Sequence[StepFactors]
    ) -> tuple[Trainer, list[Epoch]]:
        """Train for consecutive epochs.

        Parameters
        ----------
        numbers : range
            Of the epochs, counted from the first that the weights ever had.
        factors : sequence of StepFactors
            Of each of the epochs.

        Raises
        ------
        LossNotFinite
        """
        steps = self.steps_per_epoch
        epochs = [
            EpochSteps(
                n_steps=steps,
                seed=self.seed,
                epoch=number,
                n_updates=self.n_updates + i * steps,
                learning_rate=self.learning_rate,
                factors=of_epoch,
                averaging=float(self.knobs.get("averaging", 0.0)),
            )
            for i, (number, of_epoch) in enumerate(zip(numbers, factors, strict=True))
        ]
        state, done = train_epochs(self.program, self.state, self.rows, self.knobs, epochs)
        n_updates = self.n_updates + len(numbers) * steps
        return replace(self, state=state, n_updates=n_updates), done

    def check_finite(self, epoch: int) -> None:
        """Refuse weights and moments that the very last step has spoilt.

        Raises
        ------
        LossNotFinite
        """
        kept = {
            "weights": self.state.parameters,
            "moments of batch normalisation": self.state.moments,
        }
        for what, arrays in kept.items():
            if not all(np.isfinite(array).all() for array in arrays):
                raise LossNotFinite(what, epoch, self.learning_rate)

    def at(self, weights: Weights, optimizer_state: OptimizerState | None) -> Trainer:
        """The same training where it stands at other weights."""
        return replace(self, state=self.program.state(weights, optimizer_state))

    def weights(self) -> Weights:
        """The network, as arrays."""
        return self.program.weights(self.state)

    def optimizer_state(self) -> OptimizerState:
        """The optimizer's variables, as arrays."""
        return self.program.optimizer_state(self.state)


def start_training(
    plan: Plan,
    examples: Examples,
    weights: Weights,
    optimizer_state: OptimizerState | None = None,
    n_updates: int = 0,
) -> Trainer:
    """Find the program of a plan, and give it examples and weights.

    Parameters
    ----------
    plan : Plan
    examples : Examples
    weights : Weights
        To start from, in the plan's dtype.
    optimizer_state : OptimizerState, optional
        To go on from, where it is of this optimizer and network.
    n_updates : int, default=0
        Steps that the weights ever had.

    Returns
    -------
    Trainer

    Raises
    ------
    ValueError, TypeError
        If the optimizer cannot be used, or its state does not fit.

    Warns
    -----
    UserWarning
        If the state is of another optimizer, and so is left.
    """
    check_backend()
    choice = choose_optimizer(
        plan.optimizer, plan.learning_rate, decays="weight_decay" not in plan.knobs
    )
    if plan.scheduled and choice.learning_rate is None:
        raise ValueError(
            "The 'schedule' parameter must be None, and 'warmup' 0, where the optimizer brings a "
            f"schedule of its own. Got {plan.optimizer!r}: set learning_rate to a number, which "
            "replaces that schedule."
        )
    plan = replace(plan, knobs=in_dtype(plan.knobs, plan.dtype))
    program = program_for(_training_spec(plan, choice, examples.n_rows))
    identity = choice.spec.identity
    if optimizer_state is not None and optimizer_state.optimizer != identity:
        warn_user(
            "The optimizer was changed, and its state begins afresh: it was "
            f"{optimizer_state.optimizer}, and is {identity}."
        )
        optimizer_state = None
    with backend.arithmetic_of(plan.dtype):
        rows = place(examples, plan.network.head, plan.dtype)
    return Trainer(
        program=program,
        rows=rows,
        knobs=plan.knobs,
        seed=plan.seed,
        learning_rate=choice.learning_rate,
        state=program.state(weights, optimizer_state),
        n_updates=n_updates,
    )


def _training_spec(plan: Plan, choice: OptimizerChoice, n_rows: int) -> TrainingSpec:
    # A power of two lets data of nearly the same length share a program.
    batch_size = min(plan.batch_size, 2 ** (n_rows - 1).bit_length())
    itemsize = np.dtype(plan.dtype).itemsize
    return TrainingSpec(
        network=plan.network,
        optimizer=choice.spec,
        knobs=tuple((name, value.shape, value.dtype.name) for name, value in plan.knobs.items()),
        batch_size=batch_size,
        steps_per_block=steps_per_block(batch_size, plan.network.n_features, itemsize),
        dtype=plan.dtype,
        # The number of epochs does not count, so that one fit and its epochs taken one by one
        # run the same program.
        xla=backend.compiled_by_xla(n_rows / batch_size),
    )
