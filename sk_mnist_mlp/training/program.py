"""The training program: a pure function over blocks of batches, built once for each spec."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from keras import ops

from sk_mnist_mlp.backends.loaded import backend
from sk_mnist_mlp.interrupts import uninterrupted
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import OptimizerState, Weights
from sk_mnist_mlp.training.cache import training_programs
from sk_mnist_mlp.training.layout import Layout
from sk_mnist_mlp.training.losses import TRAINED_HEADS
from sk_mnist_mlp.training.objective import Batch, half_adversarial, objective
from sk_mnist_mlp.training.optimizers import OptimizerSpec
from sk_mnist_mlp.training.pure_optimizer import PureOptimizer
from sk_mnist_mlp.training.steps import EpochSteps, step_values


@dataclass(frozen=True)
class TrainingSpec:
    """All that a program is compiled for; whatever is not here is passed at run time.

    Parameters
    ----------
    network : NetworkSpec
    optimizer : OptimizerSpec
    knobs : tuple of tuple of str, tuple of int and str
        Name, shape and dtype of each knob of what is switched on.
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
    knobs: tuple[tuple[str, tuple[int, ...], str], ...]
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

    @property
    def averages(self) -> bool:
        """Whether an average of the weights is what predicts."""
        return any(name == "averaging" for name, _, _ in self.knobs)


@dataclass(frozen=True, eq=False)
class Block:
    """Batches for one call, padded to the shape that the program was built for.

    Parameters
    ----------
    inputs : tensor or ndarray of shape (steps, rows, features)
    targets : ndarray of shape (steps, rows) or (steps, rows, outputs)
    weights : ndarray of shape (steps, rows)
        Zero for rows that are padding.
    steps : mapping of str to array of shape (steps, ...)
        What goes with each step, by the names of `STEP_VALUES`.
    n_steps : int
        Batches that are real.
    """

    inputs: Any
    targets: Any
    weights: Any
    steps: Mapping[str, Any]
    n_steps: int


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
    averages : sequence of array
        Of the parameters that would predict and the moments, or empty.
    """

    parameters: Sequence[Any]
    moments: Sequence[Any]
    slots: Sequence[Any]
    averages: Sequence[Any] = ()


class Program:
    """A compiled training loop; holds no state, so that any number of threads may run it.

    Building traces and compiles the loop, by a call of no steps.

    Parameters
    ----------
    spec : TrainingSpec
    """

    def __init__(self, spec: TrainingSpec) -> None:
        self.spec = spec
        self._layout = spec.layout
        with backend.arithmetic_of(spec.dtype):
            self._optimizer = PureOptimizer(spec.optimizer, self._layout.packed_shapes, spec.dtype)
            arguments = _arguments(*_nothing(spec, self._optimizer))
            self._run_block = backend.compiled(
                _block_runner(spec, self._optimizer), arguments, xla=spec.xla
            )

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
        trained = optimizer_state.trained if optimizer_state is not None else None
        parameters, moments = self._packed(trained or weights)
        slots = self._optimizer.initial_slots(parameters)
        if optimizer_state is not None:
            _check_slots(optimizer_state.slots, self._named_slots(slots))
            packed = self._layout.pack_slots(optimizer_state.slots, self._optimizer.slot_owners)
            # Backends count steps in integers of their own.
            slots = [
                array.astype(initial.dtype, copy=False)
                for array, initial in zip(packed, slots, strict=True)
            ]
        averages = itertools.chain(*self._packed(weights)) if self.spec.averages else ()
        return State(parameters, moments, slots, tuple(averages))

    def weights(self, state: State) -> Weights:
        """Network that predicts, as arrays."""
        if not self.spec.averages:
            parameters, slots = (
                [*map(np.asarray, kept)] for kept in (state.parameters, state.slots)
            )
            return self._unpacked(self._optimizer.predicting(parameters, slots), state.moments)
        n_moments = len(state.moments)
        n_parameters = len(state.averages) - n_moments
        return self._unpacked(state.averages[:n_parameters], state.averages[n_parameters:])

    def _packed(self, weights: Weights) -> tuple[list[np.ndarray], list[np.ndarray]]:
        tensors = weights.tensors()
        return self._layout.pack(tensors), [tensors[name] for name in self.spec.network.moving]

    def _unpacked(self, parameters: Sequence[Any], moments: Sequence[Any]) -> Weights:
        tensors = self._layout.unpack(list(map(np.asarray, parameters)))
        tensors |= zip(self.spec.network.moving, map(np.asarray, moments), strict=True)
        return Weights.of({name: np.array(tensor) for name, tensor in tensors.items()})

    def optimizer_state(self, state: State) -> OptimizerState:
        """The optimizer's variables of a state, as arrays by the tensors that they belong to."""
        slots = self._named_slots(list(map(np.asarray, state.slots)))
        copies = {name: np.array(slot) for name, slot in slots.items()}
        trained = None
        if self.spec.averages or self._optimizer.averages:
            trained = self._unpacked(state.parameters, state.moments)
        return OptimizerState(self.spec.optimizer.identity, copies, trained)

    def _named_slots(self, slots: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
        return self._layout.unpack_slots(slots, self._optimizer.slot_owners)

    def run(self, state: State, block: Block, knobs: Mapping[str, Any]) -> tuple[State, Any]:
        """Train on the real steps of a block.

        Parameters
        ----------
        state : State
        block : Block
        knobs : mapping of str to array
            Those that the spec lists.

        Returns
        -------
        state : State
        totals : tensor of shape (steps, 3)
            For each step the sums of weight * loss, weight * measure and
            weight; zeros beyond the real steps.
        """
        trees, totals = self._run_block(*_arguments(state, block, knobs))
        return State(*trees), totals


def _arguments(state: State, block: Block, knobs: Mapping[str, Any]) -> tuple[Any, ...]:
    put = backend.to_device
    return (
        tuple(tuple(map(put, getattr(state, field.name))) for field in fields(State)),
        tuple(map(put, (block.inputs, block.targets, block.weights))),
        {name: put(values) for name, values in block.steps.items()},
        {name: put(value) for name, value in knobs.items()},
        put(np.int32(block.n_steps)),
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
    kernels = layout.marks("kernels/", spec.dtype)

    def run_block(state: Any, rows: Any, steps: Any, knobs: Any, n_steps: Any) -> Any:
        inputs, targets, weights = rows

        def step(i: Any, carried: Any) -> Any:
            (parameters, moments, slots, averages), totals = carried
            batch = Batch(inputs[i], targets[i], weights[i])
            values = knobs | {name: steps[name][i] for name in steps}

            def network_of(parameters: Sequence[Any]) -> Weights:
                tensors = layout.unpack(parameters, backend.split, ops.reshape)
                return Weights.of(tensors | dict(zip(network.moving, moments, strict=True)))

            if "adversarial" in values:
                batch = half_adversarial(network, network_of(parameters), batch, values)

            def loss(parameters: list[Any]) -> tuple[Any, Any]:
                mean_loss, beside = objective(network, network_of(parameters), batch, values)
                return optimizer.scale_loss(mean_loss), beside

            gradients, (moved, sums) = backend.gradients(loss, parameters)
            if "weight_decay" in values:
                decays = [values["weight_decay"] * kernel for kernel in kernels]
                parameters, slots = optimizer.decayed(
                    slots, parameters, decays, values["learning_rate"]
                )
            parameters, slots = optimizer.update(
                slots, gradients, parameters, values["learning_rate"]
            )
            moments = tuple(moved[name] for name in network.moving)
            decay = values["averaging_decay"]
            predicting = (*optimizer.predicting(parameters, slots), *moments)
            averages = tuple(  # none where averaging is off
                average * decay + value * (1.0 - decay)
                for average, value in zip(averages, predicting, strict=False)
            )
            return (
                (tuple(parameters), moments, tuple(slots), averages),
                backend.with_row(totals, i, sums),
            )

        totals = ops.zeros((spec.steps_per_block, 3), spec.dtype)
        return backend.loop(n_steps, step, (state, totals))

    return run_block


def _nothing(
    spec: TrainingSpec, optimizer: PureOptimizer
) -> tuple[State, Block, dict[str, np.ndarray]]:
    """Arguments of the right shapes for a call of no steps."""
    network = spec.network
    parameters = [np.zeros(shape, spec.dtype) for shape in spec.layout.packed_shapes.values()]
    moments = [np.zeros(network.tensor_shapes[name], spec.dtype) for name in network.moving]
    rows = (spec.steps_per_block, spec.batch_size)
    if TRAINED_HEADS[network.head].targets == "numbers":
        targets = np.zeros(rows, "int32")
    else:
        targets = np.zeros((*rows, network.n_outputs), spec.dtype)
    values = step_values(EpochSteps(spec.steps_per_block), spec.dtype)
    block = Block(
        np.zeros((*rows, network.n_features), spec.dtype),
        targets,
        np.zeros(rows, spec.dtype),
        values,
        0,
    )
    averages = (*parameters, *moments) if spec.averages else ()
    state = State(parameters, moments, optimizer.initial_slots(parameters), averages)
    return state, block, {name: np.zeros(shape, dtype) for name, shape, dtype in spec.knobs}


def program_for(spec: TrainingSpec) -> Program:
    """Return the program of a spec, built at the first request."""
    program = training_programs.held(spec)
    if program is not None:
        return program
    # An interrupt between a lock and its `with` block would leave the cache locked for good.
    return uninterrupted(training_programs.get, spec, Program)
