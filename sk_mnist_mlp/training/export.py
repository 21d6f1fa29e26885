"""The network as a Keras model."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from sk_mnist_mlp.backends.loaded import backend
from sk_mnist_mlp.network.heads import HEADS
from sk_mnist_mlp.network.spec import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM, NetworkSpec
from sk_mnist_mlp.network.weights import Weights


def keras_model(
    spec: NetworkSpec, weights: Weights, dropout: tuple[float, ...]
) -> keras.Sequential:
    """Build a Keras model that gives what the network's head does.

    Parameters
    ----------
    spec : NetworkSpec
    weights : Weights
    dropout : tuple of float
        Rate of the inputs, and of each hidden layer; 0 adds no layer.

    Returns
    -------
    keras.Sequential
        Not compiled, called once; its outputs are the softmax, or the sigmoids, of
        the logits.
    """
    dtype = weights.kernels[0].dtype
    with backend.arithmetic_of(dtype.name):
        model = _keras_model(spec, weights, dropout)
        model(np.zeros((1, spec.n_features), dtype))  # Keras exports what was called once
    return model


def _keras_model(
    spec: NetworkSpec, weights: Weights, dropout: tuple[float, ...]
) -> keras.Sequential:
    dtype = weights.kernels[0].dtype.name
    model = keras.Sequential([keras.Input((spec.n_features,), dtype=dtype)])
    values = []
    input_rate, *rates = dropout
    if input_rate:
        model.add(keras.layers.Dropout(input_rate, seed=len(rates), dtype=dtype))
    before = spec.batch_norm == "before"
    for layer, (width, activation) in enumerate(zip(spec.widths, spec.activations, strict=True)):
        model.add(_dense(width, None if before else activation, dtype))
        values += [weights.kernels[layer], weights.biases[layer]]
        if spec.batch_norm:
            model.add(
                keras.layers.BatchNormalization(
                    momentum=BATCH_NORM_MOMENTUM, epsilon=BATCH_NORM_EPSILON, dtype=dtype
                )
            )
            norm = weights.batch_norms[layer]
            values += [norm.gamma, norm.beta, norm.mean, norm.variance]
        if before:
            model.add(keras.layers.Activation(activation, dtype=dtype))
        if rates[layer]:
            model.add(keras.layers.Dropout(rates[layer], seed=layer, dtype=dtype))
    model.add(_dense(spec.n_outputs, HEADS[spec.head].activation, dtype))
    model.set_weights([*values, weights.kernels[-1], weights.biases[-1]])
    return model


def _dense(units: int, activation: Any, dtype: str) -> keras.layers.Dense:
    # Keras' default initializer would draw from Python's global generator.
    return keras.layers.Dense(units, activation, kernel_initializer="zeros", dtype=dtype)
