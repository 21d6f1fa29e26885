"""Keras' optimizers as pure functions of gradients, parameters and slots."""

from __future__ import annotations

import difflib
import functools
import inspect
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

REFUSED_OPTIMIZERS = {
    "LossScaleOptimizer": "use dtype='float32' or 'float64' and the inner optimizer",
    "MultiOptimizer": "use one optimizer for all layers",
}
"""Optimizers that wrap others, and what to do instead."""

REFUSED_SETTINGS = {
    "gradient_accumulation_steps": "raise batch_size instead, which computes the same",
    "use_ema": "leave it off",
}
"""Settings whose branches have side effects, and what to do instead."""

ELEMENTWISE_OPTIMIZERS = (
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lion",
    "Nadam",
    "RMSprop",
    "SGD",
    "ScheduleFreeAdamW",
)
"""Classes of Keras' that move each number of a parameter for itself."""

WHOLE_TENSOR_SETTINGS = ("clipnorm", "global_clipnorm")
"""Settings with which an update depends on a parameter's other numbers."""


@dataclass(frozen=True)
class OptimizerSpec:
    """What determines an optimizer's arithmetic: its class and its settings.

    Parameters
    ----------
    optimizer_class : type
    config : str
        The settings as JSON, without name and without a constant learning rate.
    """

    optimizer_class: type
    config: str

    @property
    def elementwise(self) -> bool:
        """Whether parameters may be joined into one without changing any update."""
        name = self.optimizer_class.__name__
        return (
            name in ELEMENTWISE_OPTIMIZERS
            and self.optimizer_class is getattr(keras.optimizers, name)
            and not any(json.loads(self.config).get(name) for name in WHOLE_TENSOR_SETTINGS)
        )

    @property
    def identity(self) -> str:
        """The optimizer, and what its slots belong to, in words for another process."""
        layout = " joined" if self.elementwise else ""
        return f"{self.optimizer_class.__name__} {self.config}{layout}"


@dataclass(frozen=True)
class OptimizerChoice:
    """A spec, and the learning rate that is passed at run time.

    Parameters
    ----------
    spec : OptimizerSpec
    learning_rate : float or None
        None where the spec holds a schedule.
    """

    spec: OptimizerSpec
    learning_rate: float | None


def optimizer_names() -> dict[str, type]:
    """Every optimizer that can be asked for by name, in lower case as Keras spells it."""
    return {
        name.lower(): value
        for name, value in vars(keras.optimizers).items()
        if inspect.isclass(value)
        and issubclass(value, keras.optimizers.Optimizer)
        and value is not keras.optimizers.Optimizer
        and name not in REFUSED_OPTIMIZERS
    }


def choose_optimizer(
    optimizer: str | keras.optimizers.Optimizer, learning_rate: float | None
) -> OptimizerChoice:
    """Split an optimizer into what is compiled and what is passed.

    Parameters
    ----------
    optimizer : str or keras.optimizers.Optimizer
        A name that Keras knows, or an instance that was not built yet; it is
        only read.
    learning_rate : float or None
        None keeps the optimizer's own rate or schedule.

    Returns
    -------
    OptimizerChoice

    Raises
    ------
    ValueError
        If the name is unknown, or the optimizer is built, wraps others, or
        accumulates or averages.
    TypeError
        If `optimizer` is neither a name nor an optimizer.
    """
    if isinstance(optimizer, str):
        choice = _named_choice(optimizer.lower())
    elif isinstance(optimizer, keras.optimizers.Optimizer):
        choice = _instance_choice(optimizer)
    else:
        raise TypeError(
            "The 'optimizer' parameter must be a name that Keras knows or a "
            f"keras.optimizers.Optimizer. Got {optimizer!r} instead."
        )
    if learning_rate is None:
        return choice
    config = json.loads(choice.spec.config)
    config.pop("learning_rate", None)
    spec = OptimizerSpec(choice.spec.optimizer_class, json.dumps(config, sort_keys=True))
    return OptimizerChoice(spec, float(learning_rate))


@functools.cache
def _named_choice(name: str) -> OptimizerChoice:
    classes = optimizer_names()
    if name not in classes:
        near = difflib.get_close_matches(name, classes, n=3)
        hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise ValueError(
            f"The 'optimizer' parameter must be one of {sorted(classes)} or an instance. "
            f"Got {name!r} instead.{hint}"
        )
    optimizer_class = classes[name]
    choice = _instance_choice(optimizer_class())
    # The signature's rate is exact; an instance keeps it in Keras' default dtype.
    default = inspect.signature(optimizer_class).parameters["learning_rate"].default
    return OptimizerChoice(choice.spec, float(default))


def _instance_choice(optimizer: keras.optimizers.Optimizer) -> OptimizerChoice:
    name = type(optimizer).__name__
    if name in REFUSED_OPTIMIZERS:
        raise ValueError(
            f"The 'optimizer' parameter may not be a {name}: {REFUSED_OPTIMIZERS[name]}."
        )
    if optimizer.built:
        raise ValueError(
            f"The 'optimizer' parameter must be an optimizer that was not built yet. Got a {name} "
            "that already trained another model: pass a new instance, such as "
            f"{name}.from_config(optimizer.get_config())."
        )
    config = optimizer.get_config()
    for setting, remedy in REFUSED_SETTINGS.items():
        if config.get(setting):
            raise ValueError(
                f"The 'optimizer' parameter may not have {setting}={config[setting]!r}: {remedy}."
            )
    config.pop("name", None)
    learning_rate = config["learning_rate"]
    if isinstance(learning_rate, dict):
        return OptimizerChoice(_spec(type(optimizer), config), None)
    del config["learning_rate"]
    return OptimizerChoice(_spec(type(optimizer), config), float(learning_rate))


def _spec(optimizer_class: type, config: dict[str, Any]) -> OptimizerSpec:
    return OptimizerSpec(optimizer_class, json.dumps(config, sort_keys=True))


# Optimizer.__mro__ is (Optimizer, the TensorFlow layer, ..., the neutral base, ...): the layer
# routes every update through tf.distribute, the base is free of side effects.
_TENSORFLOW_LAYER = keras.optimizers.Optimizer.__mro__[1]
_NEUTRAL_BASE = next(
    cls for cls in keras.optimizers.Optimizer.__mro__ if "update_step" in vars(cls)
)


class _Neutral(keras.optimizers.Optimizer):
    """Stands between an optimizer and the TensorFlow layer, and gives the base's methods back."""


for _name in vars(_TENSORFLOW_LAYER):
    if _name in vars(_NEUTRAL_BASE) and not _name.startswith("__"):
        setattr(_Neutral, _name, vars(_NEUTRAL_BASE)[_name])


def _lr_adjust_in_any_dtype(self: Any, x: Any) -> Any:
    """Muon's factor for a matrix of this shape: Keras multiplies in its default dtype only."""
    with tf.init_scope():
        scaled = keras.optimizers.Muon.lr_adjust(self, np.ones(x.shape, keras.config.floatx()))
        factor = float(np.ravel(scaled)[0])
    return x * factor


_MENDED_METHODS = {"Muon": {"lr_adjust": _lr_adjust_in_any_dtype}}


class PureOptimizer:
    """An optimizer that keeps nothing: parameters and slots in, parameters and slots out.

    Only while `update` is traced does it hold the learning rate's tensor, so
    that one instance serves one trace at a time.

    Parameters
    ----------
    spec : OptimizerSpec
    shapes : sequence of tuple of int
        Shapes of the trainable parameters, in the order of `update`.
    dtype : str
        Of parameters and slots.
    """

    def __init__(self, spec: OptimizerSpec, shapes: Sequence[tuple[int, ...]], dtype: str) -> None:
        config = json.loads(spec.config)
        config.setdefault("learning_rate", lambda: self._learning_rate)
        cls = spec.optimizer_class
        mended = _MENDED_METHODS.get(cls.__name__, {})
        twin_class: Any = type(cls.__name__, (cls, _Neutral), mended)
        self._twin = twin_class.from_config(config)
        # Values that no initialiser draws, by which slots that start as a copy are recognised.
        rng = np.random.default_rng(0)
        probes = [rng.uniform(1.0, 2.0, shape).astype(dtype) for shape in shapes]
        self._twin.build(
            [
                keras.Variable(probe, dtype=dtype, name=f"parameter_{i}")
                for i, probe in enumerate(probes)
            ]
        )
        self._initial_slots: list[np.ndarray | int] = []
        for variable in self._twin.variables:
            value = variable.value.numpy()
            copied = [i for i, probe in enumerate(probes) if np.array_equal(probe, value)]
            self._initial_slots.append(copied[0] if copied else value)

    def initial_slots(self, parameters: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Slots before the first step, for these initial parameters."""
        return [
            parameters[initial] if isinstance(initial, int) else initial
            for initial in self._initial_slots
        ]

    def scale_loss(self, loss: Any) -> Any:
        """Multiply the loss by what `update` divides gradients by."""
        return self._twin.scale_loss(loss)

    def update(
        self, slots: list[Any], gradients: list[Any], parameters: list[Any], learning_rate: Any
    ) -> tuple[list[Any], list[Any]]:
        """Trace one step; returns the new parameters and the new slots."""
        self._learning_rate = learning_rate
        parameters, slots = self._twin.stateless_apply(slots, gradients, parameters)
        del self._learning_rate
        return list(parameters), list(slots)
