"""The exported model is an ordinary Keras model of the same layers."""

import random

import keras
import numpy as np
import pytest

from sk_mnist_mlp.network.initial_weights import draw_initial_weights
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.training.export import keras_model


def export(norm=None, output="softmax", dropout=(0.0, 0.0, 0.0), dtype="float32"):
    spec = NetworkSpec(5, (4, 3), 2, output, "tanh", norm)
    rng = np.random.default_rng(0)
    return keras_model(spec, draw_initial_weights(spec, (0.1,) * 3, rng, np.dtype(dtype)), dropout)


def kinds(model):
    return [type(layer).__name__ for layer in model.layers]


NORM = "BatchNormalization"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["Dense", "Dense", "Dense"]),
        ({"dropout": (0.0, 0.5, 0.0)}, ["Dense", "Dropout", "Dense", "Dense"]),
        ({"dropout": (0.1, 0.0, 0.0)}, ["Dropout", "Dense", "Dense", "Dense"]),
        ({"norm": "after"}, ["Dense", NORM, "Dense", NORM, "Dense"]),
        ({"norm": "before"}, ["Dense", NORM, "Activation", "Dense", NORM, "Activation", "Dense"]),
    ],
)
def test_layers_stand_in_the_order_of_training(settings, expected):
    assert kinds(export(**settings)) == expected


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_the_last_layer_gives_probabilities(output):
    assert export(output=output).layers[-1].activation is keras.activations.get(output)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_model_computes_in_the_dtype_of_the_weights(dtype):
    model = export(dtype=dtype, norm="after")
    assert {weight.dtype for weight in model.weights} == {dtype}


def test_dropout_keeps_its_rate():
    assert export(dropout=(0.0, 0.0, 0.25)).layers[2].rate == 0.25


def test_the_global_generators_are_left_alone():
    before = random.getstate(), np.random.get_state()[1].copy()
    export(norm="after", dropout=(0.5, 0.5, 0.5))
    assert random.getstate() == before[0]
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own
def test_the_model_can_be_saved_and_loaded(tmp_path):
    model = export(norm="before", dropout=(0.1, 0.5, 0.0))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    X = np.random.default_rng(1).normal(size=(4, 5)).astype("float32")
    np.testing.assert_array_equal(model(X), loaded(X))
