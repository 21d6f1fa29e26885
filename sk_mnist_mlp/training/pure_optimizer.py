"""Keras' optimizers as pure functions of gradients, parameters and slots."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from sk_mnist_mlp.training.mended_optimizers import MendedScheduleFreeAdamW, mended_bases
from sk_mnist_mlp.training.optimizers import OptimizerSpec

# Optimizer.__mro__ is (Optimizer, the layer of the backend, ..., the neutral base, ...): TensorFlow
# routes every update through its strategies of distribution, the base has no side effects.
_BACKEND_LAYER = keras.optimizers.Optimizer.__mro__[1]
_NEUTRAL_BASE = next(
    cls for cls in keras.optimizers.Optimizer.__mro__ if "update_step" in vars(cls)
)


class _Neutral(keras.optimizers.Optimizer):
    """Stands between an optimizer and the backend's layer, and gives the base's methods back."""

    def add_variable(self, shape: Any, initializer: Any = "zeros", **others: Any) -> Any:
        """Take zeros from NumPy: JAX would compile a program for each shape of them."""
        zeros = isinstance(initializer, str) and initializer == "zeros"
        return super().add_variable(shape, _zeros if zeros else initializer, **others)


def _zeros(shape: Any, dtype: Any = None) -> np.ndarray:
    return np.zeros(shape, dtype)


for _name in vars(_BACKEND_LAYER):
    if _name in vars(_NEUTRAL_BASE) and not _name.startswith("__"):
        setattr(_Neutral, _name, vars(_NEUTRAL_BASE)[_name])


class PureOptimizer:
    """An optimizer that keeps nothing: parameters and slots in, parameters and slots out.

    Only while `update` is traced does it hold the learning rate's tensor, so
    that one instance serves one trace at a time.

    Parameters
    ----------
    spec : OptimizerSpec
    shapes : mapping of str to tuple of int
        Shapes of the trainable parameters by their names, in the order of `update`.
    dtype : str
        Of parameters and slots.

    Attributes
    ----------
    slot_owners : tuple of int or None
        Of each slot, the number of the parameter that it belongs to; None where of none.
    """

    def __init__(
        self, spec: OptimizerSpec, shapes: Mapping[str, tuple[int, ...]], dtype: str
    ) -> None:
        self._spec = spec
        self._shapes = shapes
        # Values that no initialiser draws, by which slots that start as a copy are recognised.
        rng = np.random.default_rng(0)
        probes = [rng.uniform(1.0, 2.0, shape).astype(dtype) for shape in shapes.values()]
        self._twin = self._built_twin(probes)
        self._initial_slots: list[np.ndarray | int] = []
        for variable in self._twin.variables:
            value = np.asarray(variable.value)
            copied = [i for i, probe in enumerate(probes) if np.array_equal(probe, value)]
            self._initial_slots.append(copied[0] if copied else value)
        self.slot_owners = self._find_slot_owners(dtype)
        schedule_free = isinstance(self._twin, MendedScheduleFreeAdamW)
        iterates = self._twin.iterates.values() if schedule_free else ()
        numbers = {id(variable): i for i, variable in enumerate(self._twin.variables)}
        self._iterates = [numbers[id(variable)] for variable in iterates]

    def _built_twin(self, parameters: Sequence[np.ndarray]) -> Any:
        cls = self._spec.optimizer_class
        config = json.loads(self._spec.config)
        config.setdefault("learning_rate", lambda: self._learning_rate)
        twin_class: Any = type(cls.__name__, (*mended_bases(cls), _Neutral), {})
        twin = twin_class.from_config(config)
        twin.weight_decay = twin.weight_decay or None  # of 0 it costs as much as of any number
        variables = [
            keras.Variable(parameter, dtype=parameter.dtype.name, name=name.replace("/", "."))
            for name, parameter in zip(self._shapes, parameters, strict=True)
        ]
        if isinstance(twin, keras.optimizers.Muon):  # which is not meant for the output layer
            output = [v.name for v in variables if v.name.startswith("kernels.")][-1]
            twin.exclude_layers = [*twin.exclude_layers, f"{output}$"]
        twin.build(variables)
        return twin

    def _find_slot_owners(self, dtype: str) -> tuple[int | None, ...]:
        """Find them by parameters of which no two lengths are the same."""
        lengths = itertools.count(2)
        shapes = [tuple(next(lengths) for _ in shape) for shape in self._shapes.values()]
        return tuple(
            next((i for i, shape in enumerate(shapes) if {*variable.shape} & {*shape}), None)
            for variable in self._built_twin([np.zeros(shape, dtype) for shape in shapes]).variables
        )

    def initial_slots(self, parameters: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Slots before the first step, for these initial parameters."""
        return [
            parameters[initial] if isinstance(initial, int) else initial
            for initial in self._initial_slots
        ]

    @property
    def averages(self) -> bool:
        """Whether an average of what `update` moves is what predicts."""
        return bool(self._iterates)

    def predicting(self, parameters: Sequence[Any], slots: Sequence[Any]) -> Sequence[Any]:
        """Parameters that predict: those that `update` moves, or the schedule-free average."""
        if not self.averages:
            return parameters
        beta = self._twin.beta_1
        iterates = [slots[i] for i in self._iterates]
        return [z + (y - z) / beta for y, z in zip(parameters, iterates, strict=True)]

    def scale_loss(self, loss: Any) -> Any:
        """Multiply the loss by what `update` divides gradients by."""
        return self._twin.scale_loss(loss)

    def decayed(
        self, slots: list[Any], parameters: list[Any], decays: list[Any], learning_rate: Any
    ) -> tuple[list[Any], list[Any]]:
        """Trace the weight decay before a step; returns the new parameters and the new slots.

        The schedule-free z decays by y, as in its paper, and y follows with the average kept.
        """
        self._learning_rate = learning_rate
        with keras.StatelessScope(state_mapping=zip(self._twin.variables, slots, strict=True)):
            rate = ops.cast(self._twin.learning_rate, parameters[0].dtype)
        del self._learning_rate
        shares = [rate * decay for decay in decays]
        if not self.averages:
            return [p * (1.0 - share) for p, share in zip(parameters, shares, strict=True)], slots
        slots, moved = list(slots), 1.0 - self._twin.beta_1
        for number, y, share in zip(self._iterates, parameters, shares, strict=True):
            slots[number] = slots[number] - share * y
        return [
            y * (1.0 - moved * share) for y, share in zip(parameters, shares, strict=True)
        ], slots

    def update(
        self, slots: list[Any], gradients: list[Any], parameters: list[Any], learning_rate: Any
    ) -> tuple[list[Any], list[Any]]:
        """Trace one step; returns the new parameters and the new slots."""
        self._learning_rate = learning_rate
        parameters, slots = self._twin.stateless_apply(slots, gradients, parameters)
        del self._learning_rate
        return list(parameters), list(slots)
