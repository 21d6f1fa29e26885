"""Keras' other backend, in a process of its own: the same numbers, and models that move there."""

import os
import subprocess
import sys
from importlib.util import find_spec

import keras
import numpy as np
import pytest

from sk_mnist_mlp import KerasMLPClassifier
from sk_mnist_mlp.backends.choice import BACKEND_VARIABLE, BACKENDS
from tests.networks import arrays_of
from tests.small_fits import ALL_OF_IT, X, Y, small, small_regressor

HERE = keras.config.backend()
(OTHER,) = BACKENDS.keys() - {HERE}
pytestmark = pytest.mark.skipif(not find_spec(OTHER), reason=f"needs {OTHER}")

# TensorFlow casts Keras' Python numbers to float64 by way of float32: Adam's betas among them.
ROUNDED = 1e-5
# Not of ReLUs, whose rows without a unit that is on have errors that only rounding tells from 0.
QUANTILE = {"loss": "quantile", "quantile": 0.7, "optimizer": "sgd", "activation": "tanh"}
FITS = {
    "sgd": ({"optimizer": "sgd"}, 1e-9),
    "momentum": ({"optimizer": keras.optimizers.SGD(0.1, 0.5)}, 1e-9),
    "rmsprop, masks": ({"optimizer": "rmsprop", "dropout": 0.4, "input_dropout": 0.2}, 1e-9),
    "batch norm": ({"optimizer": "sgd", "batch_norm": True}, 1e-9),
    "all of it, by rmsprop": (ALL_OF_IT | {"optimizer": "rmsprop", "activation": "relu"}, 1e-9),
    "adam": ({}, ROUNDED),
    "all of it": (ALL_OF_IT, ROUNDED),
    "muon": ({"optimizer": "muon", "widths": (4, 4)}, ROUNDED),
    "regression": ({"loss": "squared_error", "optimizer": "sgd"}, 1e-9),
    "counts": ({"loss": "poisson", "optimizer": "rmsprop"}, 1e-9),
    "a quantile": (QUANTILE, 1e-9),
    "float32": ({"dtype": "float32", "optimizer": "sgd", "dropout": 0.5}, 1e-6),
}


def estimator(name):
    changes = FITS[name][0]
    make = small_regressor if "loss" in changes else small
    return make(**{"dtype": "float64"} | changes)


def on_the_other_backend(code, folder):
    """Run code there, where `X`, `Y`, `estimator` and `folder` are."""
    code = f"""
import sys; from pathlib import Path
from tests.company.test_backends import FITS, X, Y, KerasMLPClassifier, estimator
folder = Path(sys.argv[1])
{code}
"""
    environment = os.environ | {BACKEND_VARIABLE: OTHER, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, folder], check=True, env=environment)


@pytest.fixture(scope="module")
def fitted_there(tmp_path_factory):
    folder = tmp_path_factory.mktemp("there")
    on_the_other_backend(
        "for i, name in enumerate(FITS): estimator(name).fit(X, Y).save(folder / f'{i}.zip')",
        folder,
    )
    return {name: estimator(name).load(folder / f"{i}.zip") for i, name in enumerate(FITS)}


def assert_close(one, other, tolerance):
    for found, expected in zip(arrays_of(one), arrays_of(other), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", FITS)
def test_three_epochs_are_the_same_on_both_backends(name, fitted_there):
    assert_close(fitted_there[name], estimator(name).fit(X, Y), FITS[name][1])


@pytest.mark.parametrize("name", ["sgd", "all of it, by rmsprop", "all of it"])
def test_a_model_goes_on_training_on_the_other_backend(name, tmp_path):
    goes_on = estimator(name).set_params(warm_start=True)
    goes_on.fit(X, Y).save(tmp_path / "here.zip")
    on_the_other_backend(
        "KerasMLPClassifier.load(folder / 'here.zip').fit(X, Y).save(folder / 'there.zip')",
        tmp_path,
    )
    there = KerasMLPClassifier.load(tmp_path / "there.zip")
    assert_close(there, goes_on.fit(X, Y), FITS[name][1])


def test_fits_kept_in_a_folder_are_those_of_their_backend(tmp_path):
    small(memory=tmp_path).fit(X, Y)
    on_the_other_backend("estimator('sgd').set_params(memory=folder).fit(X, Y)", tmp_path)
    assert len(list(tmp_path.glob("*.fit.zip"))) == 2
