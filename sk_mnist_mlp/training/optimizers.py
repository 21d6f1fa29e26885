"""Which optimizer trains: Keras' own by name, instances, and what of these cannot be honoured."""

from __future__ import annotations

import functools
import inspect
import json
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from sk_mnist_mlp.domains import near_names

REFUSED_OPTIMIZERS = {
    "LossScaleOptimizer": "use dtype='float32' or 'float64' and the inner optimizer",
    "MultiOptimizer": "use one optimizer for all layers",
}
"""Optimizers that wrap others, and what to do instead."""

REFUSED_SETTINGS = {
    "gradient_accumulation_steps": "raise batch_size instead, which computes the same",
    "use_ema": "set averaging instead, which predicts with it too",
}
"""Settings whose branches have side effects, and what to do instead."""

DECAYS = ("weight_decay", "adam_weight_decay")
"""Settings of weight decay; with the second Muon decays what it leaves to Adam."""

METHODS_NOT_CALLED = ("apply_gradients", "finalize_variable_values")
"""Methods of an optimizer that training does not go through."""

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
        return (
            self.optimizer_class.__name__ in ELEMENTWISE_OPTIMIZERS
            and _is_keras_own(self.optimizer_class)
            and not any(json.loads(self.config).get(name) for name in WHOLE_TENSOR_SETTINGS)
        )

    @property
    def identity(self) -> str:
        """The optimizer in words for another process."""
        cls = self.optimizer_class
        name = cls.__name__ if _is_keras_own(cls) else f"{cls.__module__}.{cls.__qualname__}"
        return f"{name} {self.config}"


def _is_keras_own(cls: type) -> bool:
    return getattr(keras.optimizers, cls.__name__, None) is cls


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
    optimizer: str | keras.optimizers.Optimizer, learning_rate: float | None, decays: bool = True
) -> OptimizerChoice:
    """Split an optimizer into what is compiled and what is passed.

    Parameters
    ----------
    optimizer : str or keras.optimizers.Optimizer
        A name that Keras knows, or an instance that was not built yet; it is
        only read.
    learning_rate : float or None
        None keeps the optimizer's own rate or schedule.
    decays : bool, default=True
        Whether the weight decay that a named optimizer has by default stays.

    Returns
    -------
    OptimizerChoice

    Raises
    ------
    ValueError
        If the name is unknown, or the optimizer is built, wraps others, or
        accumulates or averages; or if an instance has a weight decay that may not stay.
    TypeError
        If `optimizer` is neither a name nor an optimizer.
    """
    if isinstance(optimizer, str):
        if optimizer.lower() not in optimizer_names():
            raise _unknown_name(optimizer)
        choice = _named_choice(optimizer.lower())
    elif isinstance(optimizer, keras.optimizers.Optimizer):
        choice = _instance_choice(optimizer)
    else:
        raise TypeError(
            "The 'optimizer' parameter must be a name that Keras knows or a "
            f"keras.optimizers.Optimizer. Got {optimizer!r} instead."
        )
    config = json.loads(choice.spec.config)
    for setting in DECAYS:
        if decays or not config.get(setting):
            continue
        if not isinstance(optimizer, str):
            raise ValueError(
                "The 'weight_decay' parameter must be 0 where the optimizer has a weight decay of "
                f"its own. Got one of {type(optimizer).__name__} with {setting}={config[setting]}: "
                "set that to 0.0, or leave weight decay to it."
            )
        config[setting] = 0.0
    if learning_rate is not None:
        config.pop("learning_rate", None)
    else:
        learning_rate = choice.learning_rate
    return OptimizerChoice(
        _spec(choice.spec.optimizer_class, config),
        None if learning_rate is None else float(learning_rate),
    )


def _unknown_name(name: str) -> ValueError:
    names = optimizer_names()
    return ValueError(
        f"The 'optimizer' parameter must be one of {sorted(names)} or an instance. "
        f"Got {name!r} instead.{near_names(name, names)}"
    )


@functools.cache
def _named_choice(name: str) -> OptimizerChoice:
    optimizer_class = optimizer_names()[name]
    choice = _instance_choice(optimizer_class())
    # The signature's rate is exact; an instance keeps it in Keras' default dtype.
    default = inspect.signature(optimizer_class).parameters["learning_rate"].default
    return OptimizerChoice(choice.spec, float(default))


def _instance_choice(optimizer: keras.optimizers.Optimizer) -> OptimizerChoice:
    cls = type(optimizer)
    for name, remedy in REFUSED_OPTIMIZERS.items():
        if isinstance(optimizer, getattr(keras.optimizers, name, ())):
            raise ValueError(f"The 'optimizer' parameter may not be a {name}: {remedy}.")
    if optimizer.built:
        raise ValueError(
            "The 'optimizer' parameter must be an optimizer that was not built yet. Got a "
            f"{cls.__name__} that already trained another model: pass a new instance, such as "
            f"{cls.__name__}.from_config(optimizer.get_config())."
        )
    for method in METHODS_NOT_CALLED:
        if getattr(cls, method) is not getattr(keras.optimizers.Optimizer, method):
            raise ValueError(
                f"The 'optimizer' parameter may not be a {cls.__name__}, which overrides "
                f"{method}: that is not called. Override update_step or apply instead."
            )
    config = _settings(optimizer)
    for setting, remedy in REFUSED_SETTINGS.items():
        if config.get(setting):
            raise ValueError(
                f"The 'optimizer' parameter may not have {setting}={config[setting]!r}: {remedy}."
            )
    config.pop("name", None)
    learning_rate = config["learning_rate"]
    if isinstance(learning_rate, dict):
        return OptimizerChoice(_spec(cls, config), None)
    del config["learning_rate"]
    return OptimizerChoice(_spec(cls, config), float(learning_rate))


def _settings(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """Config of an optimizer, which has to be all that there is to it.

    Raises
    ------
    ValueError
        If an optimizer made of the config is another one; says in what.
    """
    name = type(optimizer).__name__
    try:
        config = optimizer.get_config()
        rate = config["learning_rate"]
        if isinstance(rate, dict) and rate["class_name"] in ("__lambda__", "function"):
            raise ValueError("its learning_rate is a function")
        again = type(optimizer).from_config(json.loads(json.dumps(config)))
    except Exception as error:  # a class of the user's may raise anything
        raise ValueError(
            f"The 'optimizer' parameter must be an optimizer that its config describes. Got one of "
            f"{name} that cannot be made again of it ({error!s:.500}). A learning_rate has to be a "
            "float or a keras.optimizers.schedules.LearningRateSchedule, any other setting a plain "
            "value that get_config tells."
        ) from error
    kept = vars(again)
    lost = [
        attribute
        for attribute, value in vars(optimizer).items()
        # TensorFlow's own notes on what it tracks begin with _self_.
        if not attribute.startswith("_self_")
        and not (attribute in kept and _is_alike(value, kept[attribute]))
    ]
    if lost:
        raise ValueError(
            "The 'optimizer' parameter must be an optimizer that its config describes. Got one of "
            f"{name} whose {', '.join(lost)} its config does not tell, and which would have no "
            "effect: leave it out, or make it a setting of a class of your own."
        )
    return config


def _is_alike(one: Any, other: Any) -> bool:
    """Whether two attributes are the same, as far as plain values and functions tell."""
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_is_alike, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_is_alike(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    if one is None or isinstance(one, bool | int | float | str | set) or inspect.isroutine(one):
        return one is other or one == other
    return True


def _spec(optimizer_class: type, config: dict[str, Any]) -> OptimizerSpec:
    return OptimizerSpec(optimizer_class, json.dumps(config, sort_keys=True))
