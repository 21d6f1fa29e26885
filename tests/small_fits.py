"""Sixty rows, a network of four units, and what a fit leaves on an estimator."""

import pickle

import numpy as np

from sk_mnist_mlp import KerasMLPClassifier, KerasMLPRegressor
from tests.networks import arrays_of

X = np.random.default_rng(0).normal(size=(60, 5))
Y = np.arange(60) % 3
Y_BINARY = np.arange(60) % 2
Y_REAL = 100 + X @ np.array([3.0, -2.0, 1.0, 0.0, 0.0])

NO_STEP = {"optimizer": "sgd", "learning_rate": 1e-300, "activation": "tanh"}
"""Parameters of a network that stands still, and has no ties that a rounding error breaks."""


ALL_OF_IT = {
    "activation": ("tanh",),
    "init_stddev": "he",
    "batch_norm": "before",
    "dropout": 0.3,
    "optimizer": "adamw",
    "schedule": "cosine",
    "warmup": 0.2,
    "weight_decay": 0.1,
    "label_smoothing": 0.1,
    "input_dropout": 0.1,
    "dropout_schedule": "linear",
    "adversarial": 0.05,
    "averaging": 0.9,
}
"""Every ingredient of learning, switched on."""


SMALL = {"widths": (4,), "epochs": 3, "batch_size": 16, "random_state": 0}


def small(**changes):
    """A classifier that trains in milliseconds, once its program is built."""
    return KerasMLPClassifier(**{**SMALL, **changes})


def small_regressor(**changes):
    """A regressor of that kind."""
    return KerasMLPRegressor(**{**SMALL, **changes})


def state_of(estimator):
    """All that an estimator holds, as bytes by name."""
    return {name: pickle.dumps(value) for name, value in vars(estimator).items()}


def model_of(estimator):
    """Every array that training moved, as bytes."""
    return [array.tobytes() for array in arrays_of(estimator)]
