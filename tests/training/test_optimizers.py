"""Keras' optimizers as pure functions, against Keras' own training."""

import functools

import keras
import numpy as np
import pytest

from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.training.optimizers import (
    ELEMENTWISE_OPTIMIZERS,
    choose_optimizer,
    optimizer_names,
)
from sk_mnist_mlp.training.pure_optimizer import PureOptimizer
from tests.tensors import tensor
from tests.training.oracle import (
    AS_KERAS,
    floatx,
    initial_weights,
    largest_difference,
    random_batches,
    train_keras,
    train_program,
)

NETWORK = NetworkSpec(8, (6,), 3, "softmax", "tanh")
RATE = 2.0**-7  # exact in float32, in which Keras keeps it

INSTANCES = {
    "sgd with Nesterov momentum": lambda: keras.optimizers.SGD(RATE, momentum=0.9, nesterov=True),
    "adam with amsgrad": lambda: keras.optimizers.Adam(RATE, beta_1=0.8, amsgrad=True),
    "adamw with its own decay": lambda: keras.optimizers.AdamW(RATE, weight_decay=0.1),
    "sgd with decay": lambda: keras.optimizers.SGD(RATE, weight_decay=0.01),
    "clipped by norm": lambda: keras.optimizers.Adam(RATE, clipnorm=0.1),
    "clipped by global norm": lambda: keras.optimizers.SGD(RATE, global_clipnorm=0.1),
    "clipped by value": lambda: keras.optimizers.SGD(RATE, clipvalue=0.01),
    "scaled loss": lambda: keras.optimizers.SGD(RATE, loss_scale_factor=8.0),
    "centered rmsprop": lambda: keras.optimizers.RMSprop(RATE, centered=True, momentum=0.5),
    "scheduled rate": lambda: keras.optimizers.Adam(
        keras.optimizers.schedules.ExponentialDecay(0.01, 5, 0.5)
    ),
}


# These two are by their papers, and not quite as Keras has them: see their own tests.
LIKE_KERAS = sorted(set(optimizer_names()) - {"muon", "schedulefreeadamw"})


@functools.cache
def trained_by_keras(make_optimizer):
    weights, batches = initial_weights(NETWORK, "float64"), random_batches(NETWORK, "float64")
    return train_keras(NETWORK, make_optimizer, batches, weights)


def difference_from_keras(choice, make_optimizer, dtype, xla):
    weights, batches = initial_weights(NETWORK, dtype), random_batches(NETWORK, dtype)
    ours, _ = train_program(NETWORK, choice, batches, weights, xla=xla)
    return largest_difference(NETWORK, ours, trained_by_keras(make_optimizer))


@functools.cache
def maker(name):
    return functools.partial(optimizer_names()[name], learning_rate=RATE)


@pytest.mark.parametrize("name", LIKE_KERAS)
def test_every_named_optimizer_trains_as_keras_does_in_float64(name):
    choice = choose_optimizer(name, RATE)
    assert difference_from_keras(choice, maker(name), "float64", xla=True) < AS_KERAS["float64"]


@pytest.mark.parametrize("name", LIKE_KERAS)
def test_every_named_optimizer_trains_as_keras_does_in_float32(name):
    choice = choose_optimizer(name, RATE)
    assert difference_from_keras(choice, maker(name), "float32", xla=False) < AS_KERAS["float32"]


@pytest.mark.parametrize("make", INSTANCES.values(), ids=INSTANCES)
def test_an_instance_trains_with_its_own_settings(make):
    difference = difference_from_keras(choose_optimizer(make(), None), make, "float64", False)
    assert difference < AS_KERAS["float64"]


ELEMENTWISE = {
    **{
        name: maker(name.lower())
        for name in ELEMENTWISE_OPTIMIZERS
        if name.lower() in optimizer_names()  # Keras 3.10 has no ScheduleFreeAdamW
    },
    **{name: make for name, make in INSTANCES.items() if "norm" not in name},
}


def updated(spec, tensors, gradients):
    """Numbers of some parameters after five steps, as one vector."""
    optimizer = PureOptimizer(spec, {str(i): w.shape for i, w in enumerate(tensors)}, "float64")
    slots = optimizer.initial_slots(tensors)
    rate = tensor(RATE)
    for gradient in gradients:
        tensors, slots = optimizer.update(
            list(map(tensor, slots)), list(map(tensor, gradient)), tensors, rate
        )
    return np.concatenate([np.ravel(tensor) for tensor in tensors])


@pytest.mark.usefixtures("in_float64")
@pytest.mark.parametrize("make", ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_an_elementwise_optimizer_moves_joined_parameters_as_single_ones(make):
    spec = choose_optimizer(make(), None).spec
    assert spec.elementwise
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(3, 2)), rng.normal(size=4)
    steps = [(rng.normal(size=(3, 2)), rng.normal(size=4)) for _ in range(5)]
    joined = [[np.concatenate([g.ravel() for g in step])] for step in steps]
    np.testing.assert_allclose(
        updated(spec, [np.concatenate([kernel.ravel(), bias])], joined),
        updated(spec, [kernel, bias], steps),
        rtol=1e-12,
    )


class MyAdam(keras.optimizers.Adam):
    pass


NOT_ELEMENTWISE = {
    "adafactor": lambda: "adafactor",
    "lamb": lambda: "lamb",
    "muon": lambda: "muon",
    "clipped by norm": INSTANCES["clipped by norm"],
    "clipped by global norm": INSTANCES["clipped by global norm"],
    "a class of the user's": MyAdam,
}


@pytest.mark.parametrize("make", NOT_ELEMENTWISE.values(), ids=NOT_ELEMENTWISE)
def test_other_optimizers_get_each_parameter_for_itself(make):
    assert not choose_optimizer(make(), None).spec.elementwise


def test_a_default_rate_is_exact():
    assert choose_optimizer("adam", None).learning_rate == 0.001
    assert choose_optimizer("sgd", None).learning_rate == 0.01


def test_the_learning_rate_is_no_part_of_the_spec():
    slow, fast = (choose_optimizer("adam", rate) for rate in (0.001, 0.1))
    assert slow.spec == fast.spec
    assert slow.spec == choose_optimizer(keras.optimizers.Adam(0.3), None).spec


def test_settings_are_part_of_the_spec():
    instance = keras.optimizers.Adam(beta_1=0.5)
    assert choose_optimizer(instance, None).spec != choose_optimizer("adam", None).spec


def test_a_default_of_a_setting_that_the_config_does_not_tell_is_no_loss():
    assert choose_optimizer(Gained(0.25), None).learning_rate == 0.25


def test_an_optimizer_is_told_from_others_of_the_same_name():
    other = type("SGD", (keras.optimizers.SGD,), {})
    own, others = (choose_optimizer(make(), None).spec for make in (keras.optimizers.SGD, other))
    assert own.identity != others.identity
    assert own.identity.startswith("SGD ")


def test_a_given_rate_replaces_a_schedule():
    scheduled = INSTANCES["scheduled rate"]()
    assert choose_optimizer(scheduled, None).learning_rate is None
    replaced = choose_optimizer(scheduled, 0.25)
    assert replaced.learning_rate == 0.25
    assert replaced.spec == choose_optimizer("adam", None).spec


def test_the_spec_ignores_keras_default_dtype():
    before = choose_optimizer(keras.optimizers.Adam(0.25), None)
    with floatx("float16"):
        assert choose_optimizer(keras.optimizers.Adam(0.25), None) == before


def built(optimizer):
    optimizer.build([keras.Variable([0.0])])
    return optimizer


class Gained(keras.optimizers.SGD):
    """An optimizer whose config does not tell its gain."""

    def __init__(self, *args, gain=1.0, **settings):
        super().__init__(*args, **settings)
        self.gain = gain


class Untold(keras.optimizers.SGD):
    """An optimizer that cannot be made of its config."""

    def __init__(self, gain, **settings):
        super().__init__(**settings)


class Applied(keras.optimizers.SGD):
    def apply_gradients(self, grads_and_vars):
        return super().apply_gradients(grads_and_vars)


class Loss(keras.optimizers.LossScaleOptimizer):
    pass


def excluding(optimizer):
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def patched(optimizer):
    optimizer.update_step = print
    return optimizer


def constant_rate():
    return 0.1


REFUSED = {
    "unknown name": (lambda: "ADM", ValueError, "Got 'ADM' instead. Did you mean 'adam'"),
    "far from any name": (lambda: "xyz", ValueError, r"one of \['adadelta', .*Got 'xyz' instead.$"),
    "no optimizer": (lambda: object(), TypeError, "must be a name that Keras knows or a keras"),
    "already built": (lambda: built(keras.optimizers.Adam()), ValueError, "not built yet. Got a"),
    "accumulating": (
        lambda: keras.optimizers.SGD(gradient_accumulation_steps=2),
        ValueError,
        "may not have gradient_accumulation_steps=2: raise batch_size",
    ),
    "averaging": (
        lambda: keras.optimizers.SGD(use_ema=True),
        ValueError,
        "may not have use_ema=True: set averaging instead",
    ),
    "exclusion from weight decay": (
        lambda: excluding(keras.optimizers.AdamW()),
        ValueError,
        "Got one of AdamW whose .*exclude_from_weight_decay.* its config does not tell",
    ),
    "setting that the config does not tell": (
        lambda: Gained(gain=3.0),
        ValueError,
        "Got one of Gained whose gain its config does not tell, and which would have no effect",
    ),
    "method of the instance": (
        lambda: patched(keras.optimizers.SGD()),
        ValueError,
        "whose update_step its config does not tell",
    ),
    "setting that the config lacks": (
        lambda: Untold(3.0),
        ValueError,
        r"Got one of Untold that cannot be made again of it \(.*gain.*\)",
    ),
    "method that is not called": (
        Applied,
        ValueError,
        "may not be a Applied, which overrides apply_gradients: that is not called. Override",
    ),
    "rate that is a function": (
        lambda: keras.optimizers.Adam(constant_rate),
        ValueError,
        r"its learning_rate is a function\). A learning_rate has to be a float or a keras",
    ),
    "rate that is a callable": (
        lambda: keras.optimizers.Adam(np.random.default_rng(0).random),
        ValueError,
        "A learning_rate has to be a float or a keras",
    ),
    "subclass of a wrapper": (
        lambda: Loss(keras.optimizers.SGD()),
        ValueError,
        "may not be a LossScaleOptimizer: use dtype",
    ),
    "wrapping": (
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD()),
        ValueError,
        "may not be a LossScaleOptimizer: use dtype",
    ),
}


@pytest.mark.parametrize(("make", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_train_is_refused_with_a_remedy(make, error, message):
    with pytest.raises(error, match=message):
        choose_optimizer(make(), None)
