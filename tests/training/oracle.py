"""Keras itself, trained step by step on the same network, weights and batches."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from sk_mnist_mlp.backends.loaded import backend
from sk_mnist_mlp.network.initial_weights import draw_initial_weights
from sk_mnist_mlp.network.quantity_heads import QUANTITY_HEADS
from sk_mnist_mlp.network.spec import BATCH_NORM_MOMENTUM, NetworkSpec
from sk_mnist_mlp.network.weights import Weights
from sk_mnist_mlp.training.export import keras_model
from sk_mnist_mlp.training.optimizers import OptimizerChoice
from sk_mnist_mlp.training.program import Block, Program, TrainingSpec
from sk_mnist_mlp.training.steps import EpochSteps, in_dtype, step_values

STEPS, ROWS = 20, 16

AS_KERAS = {"float64": 1e-6 if keras.config.backend() == "jax" else 1e-8, "float32": 1e-4}
"""Tolerances: on JAX, tanh, means and norms of Keras' are of float32 in float64 networks."""

QUANTILE = 0.75


class Pinball(keras.losses.Loss):
    """Keras has none."""

    def call(self, targets: Any, predicted: Any) -> Any:
        errors = targets - predicted
        losses = keras.ops.where(errors > 0, QUANTILE * errors, (QUANTILE - 1) * errors)
        return keras.ops.mean(losses, axis=-1)


class Poisson(keras.losses.Loss):
    """Keras' own adds a small number to what it takes the logarithm of."""

    def call(self, targets: Any, predicted: Any) -> Any:
        return keras.ops.mean(predicted - targets * keras.ops.log(predicted), axis=-1)


QUANTITY_LOSSES = {
    "squared_error": keras.losses.MeanSquaredError,
    "absolute_error": keras.losses.MeanAbsoluteError,
    "huber": keras.losses.Huber,
    "poisson": Poisson,
    "quantile": Pinball,
}

built_program = functools.lru_cache(maxsize=4)(Program)


@dataclass(frozen=True)
class Batches:
    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray


def random_batches(spec: NetworkSpec, dtype: str, weighted: bool = False) -> Batches:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(STEPS, ROWS, spec.n_features)).astype(dtype)
    if spec.head == "softmax":
        targets = rng.integers(0, spec.n_outputs, (STEPS, ROWS)).astype("int32")
    elif spec.head in QUANTITY_HEADS:
        targets = rng.exponential(size=(STEPS, ROWS, spec.n_outputs)).astype(dtype)
    else:
        targets = rng.integers(0, 2, (STEPS, ROWS, spec.n_outputs)).astype(dtype)
    weights = rng.uniform(0.1, 3.0, (STEPS, ROWS)) if weighted else np.ones((STEPS, ROWS))
    return Batches(inputs, targets, weights.astype(dtype))


def initial_weights(spec: NetworkSpec, dtype: str) -> Weights:
    rules = (0.3,) * len(spec.kernel_shapes)
    return draw_initial_weights(spec, rules, np.random.default_rng(1), np.dtype(dtype))


def train_program(
    spec: NetworkSpec,
    choice: OptimizerChoice,
    batches: Batches,
    weights: Weights,
    *,
    xla: bool,
    dropout: tuple[float, ...] = (),
    n_steps: int = STEPS,
    **more_knobs: float,
) -> tuple[Weights, np.ndarray]:
    """Ours: the weights after the steps, and the totals of each."""
    dtype = batches.inputs.dtype.name
    size = 32
    rates = np.array(dropout)
    knobs = {name: np.array(value) for name, value in more_knobs.items()}
    if any(dropout):
        thresholds = np.rint(rates * 2.0**32).astype(np.uint32)
        knobs |= {"dropout_threshold": thresholds, "dropout_scale": 1 / (1 - rates)}
    knobs = in_dtype(knobs, dtype)
    listed = tuple((name, value.shape, value.dtype.name) for name, value in knobs.items())
    training = TrainingSpec(spec, choice.spec, listed, ROWS, size, dtype, xla)
    program = built_program(training)
    padding = size - STEPS

    def padded(array: np.ndarray) -> Any:
        return backend.to_device(np.pad(array, [(0, padding)] + [(0, 0)] * (array.ndim - 1)))

    steps = step_values(EpochSteps(size, seed=2, learning_rate=choice.learning_rate), dtype)
    keras_momentum = np.full(size, BATCH_NORM_MOMENTUM, dtype)  # its own, from the first step on
    steps["moments_momentum"] = keras_momentum
    with backend.arithmetic_of(dtype):
        block = Block(*map(padded, vars(batches).values()), steps, n_steps)
        state, totals = program.run(program.state(weights), block, knobs)
        return program.weights(state), np.asarray(totals)


@contextmanager
def floatx(dtype: str):
    before = keras.config.floatx()
    keras.config.set_floatx(dtype)
    try:
        with backend.arithmetic_of(dtype):
            yield
    finally:
        keras.config.set_floatx(before)


def train_keras(
    spec: NetworkSpec,
    make_optimizer: Callable[[], keras.optimizers.Optimizer],
    batches: Batches,
    weights: Weights,
    label_smoothing: float = 0.0,
) -> list[np.ndarray]:
    """Keras': what `get_weights` gives after the steps."""
    with floatx(batches.inputs.dtype.name):
        model = keras_model(spec, weights, (0.0,) * len(spec.kernel_shapes))
        targets, reduction = batches.targets, "mean_with_sample_weight"
        if spec.head in QUANTITY_LOSSES:
            loss = QUANTITY_LOSSES[spec.head](reduction=reduction)
        else:
            of_classes = keras.losses.BinaryCrossentropy
            if spec.head == "softmax":
                one_hot = np.eye(spec.n_outputs, dtype=batches.inputs.dtype)
                targets, of_classes = one_hot[targets], keras.losses.CategoricalCrossentropy
            model.layers[-1].activation = keras.activations.linear
            loss = of_classes(
                from_logits=True, label_smoothing=label_smoothing, reduction=reduction
            )
        model.compile(make_optimizer(), loss)
        for x, y, w in zip(batches.inputs, targets, batches.weights, strict=True):
            model.train_on_batch(x, y, sample_weight=w)
        return model.get_weights()


def largest_difference(spec: NetworkSpec, ours: Weights, keras_weights: list[np.ndarray]) -> float:
    with floatx(ours.kernels[0].dtype.name):
        weights = keras_model(spec, ours, (0.0,) * len(spec.kernel_shapes)).get_weights()
    return max(np.abs(a - b).max() for a, b in zip(weights, keras_weights, strict=True))
