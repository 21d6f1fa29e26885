"""Optimizers come back by Keras' own classes and registered ones, and by nothing else."""

import copy
import json
import sys

import keras
import pytest

from sk_mnist_mlp.model_files.optimizers import decode_optimizer, encode_optimizer, is_optimizer
from sk_mnist_mlp.training.optimizers import optimizer_names
from tests.same_estimators import assert_same

SCHEDULES = {
    "ExponentialDecay": (0.1, 10, 0.9),
    "CosineDecay": (0.1, 10),
    "PiecewiseConstantDecay": ([5, 10], [0.1, 0.01, 0.001]),
    "PolynomialDecay": (0.1, 10),
    "InverseTimeDecay": (0.1, 10, 0.5),
}


def there_and_back(optimizer):
    return decode_optimizer(json.loads(json.dumps(encode_optimizer(optimizer), allow_nan=False)))


@pytest.mark.parametrize("name", optimizer_names())
def test_an_optimizer_of_keras_comes_back(name):
    optimizer = optimizer_names()[name](learning_rate=0.123, clipnorm=1.5)
    assert_same(there_and_back(optimizer), optimizer)


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_comes_back(name):
    schedule = getattr(keras.optimizers.schedules, name)(*SCHEDULES[name])
    optimizer = keras.optimizers.Adam(schedule)
    assert_same(there_and_back(optimizer), optimizer)


def test_an_optimizer_comes_back_without_what_it_learnt():
    optimizer = keras.optimizers.SGD(momentum=0.9)
    optimizer.build([keras.Variable([1.0])])
    assert not there_and_back(optimizer).built


def test_other_objects_with_settings_are_no_optimizers():
    assert not is_optimizer(keras.layers.ReLU())
    assert not is_optimizer(keras.optimizers.SGD)


class OutsideKeras(keras.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.1

    def get_config(self):
        return {}


REFUSED = {
    "schedule": (keras.optimizers.SGD(OutsideKeras()), "the class 'OutsideKeras', which is neith"),
    "inner optimizer": (
        keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD()),
        "the setting inner_optimizer=",
    ),
    "no number": (keras.optimizers.SGD(momentum=float("nan")), "Out of range float values"),
}


@pytest.mark.filterwarnings("ignore:.*LossScaleOptimizer")
@pytest.mark.parametrize(("optimizer", "message"), REFUSED.values(), ids=REFUSED)
def test_an_optimizer_that_would_not_come_back_is_refused(optimizer, message):
    with pytest.raises(ValueError, match=message):
        encode_optimizer(optimizer)


GENUINE = encode_optimizer(keras.optimizers.SGD(0.1))
SCHEDULE = encode_optimizer(
    keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10)),
)["config"]["learning_rate"]
CODE = {"class_name": "__lambda__", "config": {"value": ["4wA=", None, None]}}


def forged(**changes):
    return GENUINE | changes


def with_settings(**settings):
    return forged(config=GENUINE["config"] | settings)


FORGED = {
    "nothing": None,
    "no settings": {"class_name": "SGD"},
    "settings of no names": forged(config=[]),
    "further keys": forged(build_config={"module": "this"}),
    "module that would be imported": forged(module="this", class_name="SGD"),
    "module of Keras": forged(module="keras.layers", class_name="Dense"),
    "function of Keras": forged(module="keras.optimizers", class_name="get"),
    "no optimizer": forged(module="keras.optimizers", class_name="schedules"),
    "private class": forged(module="keras.src.optimizers.sgd", class_name="SGD"),
    "unregistered": forged(registered_name="tests>Nobody"),
    "class of no name": forged(class_name=["SGD"]),
    "lambda": forged(**CODE),
    "rate that is a lambda": with_settings(learning_rate=CODE),
    "rate that is a lambda, in disguise": with_settings(
        learning_rate=CODE | {"module": "keras.optimizers.schedules", "registered_name": None}
    ),
    "rate that is a function": with_settings(
        learning_rate=SCHEDULE | {"module": "builtins", "class_name": "function", "config": "eval"}
    ),
    "rate that is a layer": with_settings(
        learning_rate=SCHEDULE | {"module": "keras.layers", "class_name": "Dense"}
    ),
    "schedule in a schedule": with_settings(
        learning_rate=SCHEDULE | {"config": SCHEDULE["config"] | {"initial_learning_rate": CODE}}
    ),
    "setting that is an object": with_settings(momentum=GENUINE),
    "setting in a list": with_settings(momentum=[CODE]),
    "unknown setting": with_settings(code="import this"),
    "setting out of range": with_settings(momentum=-1.0),
}


@pytest.mark.parametrize("config", FORGED.values(), ids=FORGED)
def test_forged_settings_are_refused_and_run_nothing(config):
    sys.modules.pop("this", None)
    before = copy.deepcopy(config)
    with pytest.raises(ValueError):
        decode_optimizer(config)
    assert "this" not in sys.modules
    assert config == before
