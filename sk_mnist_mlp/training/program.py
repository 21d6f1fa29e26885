"""The training program: a pure function over blocks of batches, built once for each spec."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from sk_mnist_mlp.cache import training_programs
from sk_mnist_mlp.network import NetworkSpec, OptimizerState, Weights
from sk_mnist_mlp.processes import uninterrupted
from sk_mnist_mlp.training.layers import DropoutKnobs, forward, row_accuracies, row_losses
from sk_mnist_mlp.training.layout import Layout
from sk_mnist_mlp.training.optimizers import OptimizerSpec
from sk_mnist_mlp.training.pure_optimizer import PureOptimizer


@dataclass(frozen=True)
class TrainingSpec:
    """All that a program is compiled for; whatever is not here is passed at run time.

    Parameters
    ----------
    network : NetworkSpec
    optimizer : OptimizerSpec
    dropout : bool
        Whether hidden units are dropped at all.
    batch_size : int
        Rows of a batch, padding included.
    steps_per_block : int
        Batches that one call takes at most.
    dtype : {"float32", "float64"}
    xla : bool
        Whether XLA compiles the program.
    """

    network: NetworkSpec
    optimizer: OptimizerSpec
    dropout: bool
    batch_size: int
    steps_per_block: int
    dtype: str
    xla: bool

    @property
    def layout(self) -> Layout:
        """How the network's tensors are packed for the optimizer."""
        shapes = self.network.tensor_shapes
        trainable = {name: shapes[name] for name in self.network.trainable}
        return Layout(trainable, self.optimizer.elementwise)


@dataclass(frozen=True, eq=False)
class Block:
    """Batches for one call, padded to the shape that the program was built for.

    Parameters
    ----------
    inputs : tensor of shape (steps, rows, features)
    targets : tensor of shape (steps, rows) or (steps, rows, outputs)
    weights : tensor of shape (steps, rows)
        Zero for rows that are padding.
    dropout_keys : ndarray of uint32 of shape (steps, 2)
    n_steps : int
        Batches that are real.
    """

    inputs: Any
    targets: Any
    weights: Any
    dropout_keys: np.ndarray
    n_steps: int


@dataclass(frozen=True)
class Knobs:
    """Run-time values of a fit.

    Parameters
    ----------
    learning_rate : float or None
        None where the optimizer has a schedule.
    dropout : tuple of float
        Rate of each hidden layer.
    """

    learning_rate: float | None
    dropout: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class State:
    """All that changes from step to step, packed as the program takes it.

    Parameters
    ----------
    parameters : sequence of array
        The trainable tensors in the layout of the spec.
    moments : sequence of array
        The moving tensors.
    slots : sequence of array
        The optimizer's variables.
    """

    parameters: Sequence[Any]
    moments: Sequence[Any]
    slots: Sequence[Any]


class Program:
    """A compiled training loop; holds no state, so that any number of threads may run it.

    Building traces the loop and, by a call of no steps, lets XLA compile it.

    Parameters
    ----------
    spec : TrainingSpec
    """

    def __init__(self, spec: TrainingSpec) -> None:
        self.spec = spec
        self._layout = spec.layout
        self._optimizer = PureOptimizer(spec.optimizer, self._layout.packed_shapes, spec.dtype)
        arguments = self._arguments(*_nothing(spec, self._optimizer))
        # A concrete function: TensorFlow's warning of too many traces counts calls of others.
        self._run_block = tf.function(
            _block_runner(spec, self._optimizer), autograph=False, jit_compile=spec.xla
        ).get_concrete_function(*tf.nest.map_structure(tf.TensorSpec.from_tensor, arguments))
        self._run_block(*arguments)

    def state(self, weights: Weights, optimizer_state: OptimizerState | None = None) -> State:
        """State to go on from.

        Parameters
        ----------
        weights : Weights
        optimizer_state : OptimizerState, optional
            Of the program's optimizer; by default that before the first step.

        Raises
        ------
        ValueError
            If the slots are not those that the optimizer has for this network.
        """
        tensors = weights.tensors()
        parameters = self._layout.pack(tensors)
        slots = self._optimizer.initial_slots(parameters)
        if optimizer_state is not None:
            expected = self._named_slots(slots)
            _check_slots(optimizer_state.slots, expected)
            slots = self._layout.pack_slots(optimizer_state.slots, self._optimizer.slot_owners)
        return State(parameters, [tensors[name] for name in self.spec.network.moving], slots)

    def weights(self, state: State) -> Weights:
        """Network of a state, as arrays."""
        tensors = self._layout.unpack(list(map(np.asarray, state.parameters)))
        tensors |= zip(self.spec.network.moving, map(np.asarray, state.moments), strict=True)
        return Weights.of({name: np.array(tensor) for name, tensor in tensors.items()})

    def optimizer_state(self, state: State) -> OptimizerState:
        """The optimizer's variables of a state, as arrays by the tensors that they belong to."""
        slots = self._named_slots(list(map(np.asarray, state.slots)))
        copies = {name: np.array(slot) for name, slot in slots.items()}
        return OptimizerState(self.spec.optimizer.identity, copies)

    def _named_slots(self, slots: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        return self._layout.unpack_slots(slots, self._optimizer.slot_owners)

    def run(self, state: State, block: Block, knobs: Knobs) -> tuple[State, Any]:
        """Train on the real steps of a block.

        Returns
        -------
        state : State
        totals : tensor of shape (steps, 3)
            For each step the sums of weight * loss, weight * accuracy and
            weight; zeros beyond the real steps.
        """
        *flat, totals = self._run_block(*self._arguments(state, block, knobs))
        return State(*flat), totals

    def _arguments(self, state: State, block: Block, knobs: Knobs) -> tuple[Any, ...]:
        dtype = self.spec.dtype
        rates = np.asarray(knobs.dropout, np.float64)
        thresholds = np.minimum(np.rint(rates * 2.0**32), 2.0**32 - 1).astype(np.uint32)
        return (
            tuple(map(tf.convert_to_tensor, state.parameters)),
            tuple(map(tf.convert_to_tensor, state.moments)),
            tuple(map(tf.convert_to_tensor, state.slots)),
            block.inputs,
            block.targets,
            block.weights,
            tf.constant(block.dropout_keys),
            tf.constant(block.n_steps),
            tf.constant(knobs.learning_rate or 0.0, dtype),
            tf.constant(thresholds),
            tf.constant(1.0 / (1.0 - rates), dtype),
        )


def _check_slots(slots: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> None:
    found = {name: np.shape(slot) for name, slot in slots.items()}
    needed = {name: np.shape(slot) for name, slot in expected.items()}
    differing = sorted(dict(found.items() ^ needed.items()))
    if differing:
        name = differing[0]
        raise ValueError(
            f"The optimizer's state cannot be gone on with: {name} is of shape "
            f"{found.get(name, '(none)')}, and {needed.get(name, '(none)')} is needed. Fit anew "
            "with warm_start=False."
        )


def _block_runner(spec: TrainingSpec, optimizer: PureOptimizer) -> Callable[..., Any]:
    network, layout = spec.network, spec.layout

    def run_block(
        parameters: Any,
        moments: Any,
        slots: Any,
        inputs: Any,
        targets: Any,
        weights: Any,
        keys: Any,
        n_steps: Any,
        rate: Any,
        thresholds: Any,
        scales: Any,
    ) -> Any:
        def step(i: Any, parameters: Any, moments: Any, slots: Any, totals: Any) -> Any:
            x, y, w = inputs[i], targets[i], weights[i]
            dropout = DropoutKnobs(keys[i], thresholds, scales) if spec.dropout else None
            total_weight = tf.reduce_sum(w)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(parameters)
                tensors = layout.unpack(parameters, tf.split, tf.reshape)
                tensors |= zip(network.moving, moments, strict=True)
                logits, moved = forward(network, Weights.of(tensors), x, w, dropout)
                total_loss = tf.reduce_sum(row_losses(network, logits, y) * w)
                loss = optimizer.scale_loss(total_loss / total_weight)
            gradients = tape.gradient(loss, parameters)
            parameters, slots = optimizer.update(slots, gradients, parameters, rate)
            total_accuracy = tf.reduce_sum(row_accuracies(network, logits, y) * w)
            sums = tf.stack([total_loss, total_accuracy, total_weight])
            totals = tf.tensor_scatter_nd_update(totals, [[i]], [sums])
            moments = tuple(moved[name] for name in network.moving)
            return i + 1, parameters, moments, slots, totals

        totals = tf.zeros((spec.steps_per_block, 3), spec.dtype)
        start = (tf.constant(0), parameters, moments, slots, totals)
        return tf.while_loop(lambda i, *_: i < n_steps, step, start)[1:]

    return run_block


def _nothing(spec: TrainingSpec, optimizer: PureOptimizer) -> tuple[State, Block, Knobs]:
    """Arguments of the right shapes for a call of no steps."""
    network = spec.network
    parameters = [np.zeros(shape, spec.dtype) for shape in spec.layout.packed_shapes]
    moments = [np.zeros(network.tensor_shapes[name], spec.dtype) for name in network.moving]
    rows = (spec.steps_per_block, spec.batch_size)
    softmax = network.output == "softmax"
    block = Block(
        tf.zeros((*rows, network.n_features), spec.dtype),
        tf.zeros(rows, tf.int32) if softmax else tf.zeros((*rows, network.n_outputs), spec.dtype),
        tf.zeros(rows, spec.dtype),
        np.zeros((spec.steps_per_block, 2), np.uint32),
        0,
    )
    state = State(parameters, moments, optimizer.initial_slots(parameters))
    return state, block, Knobs(None, (0.0,) * len(network.widths))


def program_for(spec: TrainingSpec) -> Program:
    """Return the program of a spec, built at the first request."""
    program = training_programs.held(spec)
    if program is not None:
        return program
    # An interrupt between a lock and its `with` block would leave the cache locked for good.
    return uninterrupted(training_programs.get, spec, Program)
