"""From a plan and arrays to trained weights: the seam between the two worlds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from sk_mnist_mlp.network import NetworkSpec, Weights
from sk_mnist_mlp.training.feed import Rows, on_device, steps_per_block
from sk_mnist_mlp.training.loop import Epoch, train
from sk_mnist_mlp.training.optimizers import choose_optimizer
from sk_mnist_mlp.training.program import Knobs, TrainingSpec, program_for

XLA_STEPS_PER_EPOCH = 25


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class Trained:
    """What training came to.

    Parameters
    ----------
    weights : Weights
    epochs : list of Epoch
    n_steps : int
        Batches trained on.
    """

    weights: Weights
    epochs: list[Epoch]
    n_steps: int


def fit_network(
    plan: Plan,
    weights: Weights,
    rows: Rows,
    epochs: range,
    observe: Callable[[Epoch], bool] | None = None,
) -> Trained:
    """Train a network.

    Parameters
    ----------
    plan : Plan
    weights : Weights
        To start from, in the plan's dtype.
    rows : Rows
        As arrays, inputs in the plan's dtype.
    epochs : range
        Numbers of the epochs to train.
    observe : callable of an Epoch, optional
        Called after each epoch; what it returns says whether to stop.

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
    softmax = plan.network.output == "softmax"
    device_rows = on_device(
        Rows(
            rows.inputs,
            rows.targets.astype("int32" if softmax else plan.dtype),
            # Only proportions count; this keeps tiny or huge weights in float32's range.
            (rows.weights / rows.weights.max()).astype(plan.dtype),
        )
    )
    state, done = train(
        program,
        program.initial_state(weights),
        device_rows,
        Knobs(choice.learning_rate, plan.dropout),
        plan.seed,
        epochs,
        observe,
    )
    return Trained(program.weights(state), done, len(done) * -(-n_rows // batch_size))


def compiled_by_xla(n_rows: int, batch_size: int) -> bool:
    """Whether XLA's faster steps repay its slower compilation.

    The number of epochs does not count, so that one fit and its epochs taken
    one by one run the same program.
    """
    on_gpu = bool(tf.config.list_logical_devices("GPU"))
    return on_gpu or n_rows >= XLA_STEPS_PER_EPOCH * batch_size
