"""Keras' optimizers as JSON, and back, by no class but Keras' own and registered ones."""

from __future__ import annotations

import copy
import json
import sys
from typing import Any

from sk_mnist_mlp.loading import load

_REMEDY = (
    "Give its name or an optimizer of keras.optimizers, register the class with "
    "keras.saving.register_keras_serializable, or keep the model with pickle."
)


def is_optimizer(value: Any) -> bool:
    """Whether a value is an optimizer of Keras, which is imported only where it may be."""
    if isinstance(value, type) or not hasattr(value, "get_config"):
        return False
    keras = load("keras")
    return isinstance(value, keras.optimizers.Optimizer)


def encode_optimizer(optimizer: Any) -> dict[str, Any]:
    """JSON for an optimizer: its class and its settings, without what it learnt.

    Raises
    ------
    ValueError
        If `decode_optimizer` would not take it; says what to do.
    """
    keras = load("keras")
    config = keras.saving.serialize_keras_object(optimizer)
    config.pop("build_config", None)
    try:
        _check_optimizer(config)
        return json.loads(json.dumps(config, allow_nan=False))
    except ValueError as error:
        raise ValueError(f"{optimizer!r} has {error}. {_REMEDY}") from error


def decode_optimizer(config: Any) -> Any:
    """Optimizer from its JSON, whoever wrote it.

    Raises
    ------
    ValueError
        If it is of another class than those of ``keras.optimizers`` and those
        registered with Keras in this process, or has settings that are neither
        plain values nor a learning rate schedule.
    """
    keras = load("keras")
    _check_optimizer(config)
    try:
        # A copy, into which Keras puts the schedule that it makes of its settings.
        return keras.saving.deserialize_keras_object(copy.deepcopy(config), safe_mode=True)
    except Exception as error:  # Keras raises anything for settings that no optimizer has
        raise ValueError(f"an optimizer that Keras refuses ({error!s:.500})") from error


def _check_optimizer(config: Any) -> None:
    """Refuse whatever would have Keras look for code elsewhere."""
    optimizers = load("keras").optimizers
    settings = dict(_checked_settings(config, "keras.optimizers", optimizers.Optimizer))
    rate = settings.pop("learning_rate", None)
    if isinstance(rate, dict):
        schedule = optimizers.schedules.LearningRateSchedule
        settings |= _checked_settings(rate, "keras.optimizers.schedules", schedule)
    for name, setting in settings.items():
        for value in setting if isinstance(setting, list) else [setting]:
            if not isinstance(value, bool | int | float | str | None):
                raise ValueError(f"the setting {name}={setting!s:.200}")


def _checked_settings(config: Any, module: str, base: type) -> dict[str, Any]:
    """Settings of an object whose class is Keras' own, or registered with Keras."""
    keras = load("keras")
    keys = {"module", "class_name", "registered_name", "config"}
    if (
        not isinstance(config, dict)
        or config.keys() != keys
        or not isinstance(config["config"], dict)
    ):
        raise ValueError(f"no class and settings but {config!s:.200}")
    name, registered_name = config["class_name"], config["registered_name"]
    found = None
    if isinstance(registered_name, str):  # then Keras looks nowhere else
        found = keras.saving.get_registered_object(registered_name)
    elif registered_name is None and config["module"] == module and isinstance(name, str):
        found = getattr(sys.modules[module], name, None)
    if not (isinstance(found, type) and issubclass(found, base)):
        raise ValueError(f"the class {name!r:.200}, which is neither in {module} nor registered")
    return config["config"]
