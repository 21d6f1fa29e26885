"""From a plan and arrays to trained weights: the seam between the two worlds."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from sk_mnist_mlp.network import NetworkSpec, OptimizerState, Weights
from sk_mnist_mlp.training.feed import Rows, place, steps_per_block
from sk_mnist_mlp.training.loop import Epoch, Observer, Snapshot, train
from sk_mnist_mlp.training.optimizers import choose_optimizer
from sk_mnist_mlp.training.program import Knobs, TrainingSpec, program_for

XLA_STEPS_PER_EPOCH = 25


@dataclass(frozen=True, eq=False)
class Plan:
    """What to train and how.

    Parameters
    ----------
    network : NetworkSpec
    optimizer : str or keras.optimizers.Optimizer
    learning_rate : float or None
    dropout : tuple of float
        Rate of each hidden layer.
    batch_size : int
    dtype : {"float32", "float64"}
    seed : int
    """

    network: NetworkSpec
    optimizer: Any
    learning_rate: float | None
    dropout: tuple[float, ...]
    batch_size: int
    dtype: str
    seed: int


@dataclass(frozen=True, eq=False)
class Trained:
    """What training came to.

    Parameters
    ----------
    snapshot : Snapshot
        Of the end.
    epochs : list of Epoch
    n_steps : int
        Batches trained on.
    """

    snapshot: Snapshot
    epochs: list[Epoch]
    n_steps: int


def fit_network(
    plan: Plan,
    weights: Weights,
    rows: Rows,
    epochs: range,
    observe: Observer | None = None,
    optimizer_state: OptimizerState | None = None,
) -> Trained:
    """Train a network.

    Parameters
    ----------
    plan : Plan
    weights : Weights
        To start from, in the plan's dtype.
    rows : Rows
    epochs : range
        Numbers of the epochs to train.
    observe : Observer, optional
        Called after each epoch; what it returns says whether to stop.
    optimizer_state : OptimizerState, optional
        To go on from, where it is of this optimizer and network.

    Returns
    -------
    Trained

    Raises
    ------
    LossNotFinite
        If the loss became NaN or infinite.
    ValueError, TypeError
        If the optimizer cannot be used.
    """
    choice = choose_optimizer(plan.optimizer, plan.learning_rate)
    n_rows = len(rows.weights)
    # A power of two lets data of nearly the same length share a program.
    batch_size = min(plan.batch_size, 2 ** (n_rows - 1).bit_length())
    itemsize = np.dtype(plan.dtype).itemsize
    program = program_for(
        TrainingSpec(
            network=plan.network,
            optimizer=choice.spec,
            dropout=any(plan.dropout),
            batch_size=batch_size,
            steps_per_block=steps_per_block(batch_size, plan.network.n_features, itemsize),
            dtype=plan.dtype,
            xla=compiled_by_xla(n_rows, batch_size),
        )
    )
    identity = choice.spec.identity
    if optimizer_state is not None and optimizer_state.optimizer != identity:
        warnings.warn(
            "The optimizer was changed, and its state begins afresh: it was "
            f"{optimizer_state.optimizer}, and is {identity}.",
            stacklevel=2,
        )
        optimizer_state = None
    snapshot, done = train(
        program,
        program.state(weights, optimizer_state),
        place(rows, plan.network.output == "softmax", plan.dtype),
        Knobs(choice.learning_rate, plan.dropout),
        plan.seed,
        epochs,
        observe,
    )
    return Trained(snapshot, done, len(done) * -(-n_rows // batch_size))


def compiled_by_xla(n_rows: int, batch_size: int) -> bool:
    """Whether XLA's faster steps repay its slower compilation.

    The number of epochs does not count, so that one fit and its epochs taken
    one by one run the same program.
    """
    on_gpu = bool(tf.config.list_logical_devices("GPU"))
    return on_gpu or n_rows >= XLA_STEPS_PER_EPOCH * batch_size
