"""Fitting, predicting and exporting leave the rest of the process alone."""

import logging
import os
import random
import threading
import warnings
from contextlib import contextmanager

import keras
import numpy as np
import pytest

from sk_mnist_mlp.backends.choice import backend_name
from tests.small_fits import X, Y, small, small_regressor

# In float32 Keras' models compute on any backend.
CLF = small(batch_norm=True, dropout=0.5, init_stddev="he", dtype="float32", verbose=0)


def use_everything():
    clf = small(**CLF.get_params()).fit(X, Y, X_val=X[:12], y_val=Y[:12])
    clf.predict(X)
    clf.predict_proba(X)
    clf.initial_weights()
    clf.to_keras()(X.astype("float32"))
    small_regressor(loss="poisson").fit(X, Y, X_val=X[:12], y_val=Y[:12]).predict(X)


def logging_state():
    loggers = [logging.root, *map(logging.getLogger, sorted(logging.root.manager.loggerDict))]
    return {
        logger.name: (logger.level, logger.disabled, logger.propagate, tuple(logger.handlers))
        for logger in loggers
    }


def drawn_by_keras():
    return keras.ops.convert_to_numpy(keras.random.normal((3,))).tolist()


STATES = {
    "NumPy's generator": lambda: [
        part.tolist() if isinstance(part, np.ndarray) else part for part in np.random.get_state()
    ],
    "Python's generator": random.getstate,
    "NumPy's treatment of errors": np.geterr,
    "NumPy's way of printing": np.get_printoptions,
    "environment": lambda: dict(os.environ),
    "logging": logging_state,
    "filters of warnings": lambda: list(warnings.filters),
    "Keras' default dtype": lambda: (keras.config.floatx(), keras.config.dtype_policy().name),
    "Keras' epsilon": keras.config.epsilon,
    "Keras' layout of images": keras.config.image_data_format,
    "Keras' filter of tracebacks": keras.config.is_traceback_filtering_enabled,
    "working directory": os.getcwd,
    "threads of Python": threading.active_count,
}
DRAWS = [drawn_by_keras]

if backend_name() == "tensorflow":
    import tensorflow as tf

    def drawn_by_tensorflow():
        return tf.random.normal((3,)).numpy().tolist()

    DRAWS.append(drawn_by_tensorflow)
    STATES |= {
        "TensorFlow's mode": tf.executing_eagerly,
        "TensorFlow's running of functions": tf.config.functions_run_eagerly,
        "TensorFlow's compilation": tf.config.optimizer.get_jit,
        "TensorFlow's rounding": tf.config.experimental.tensor_float_32_execution_enabled,
        "TensorFlow's threads": lambda: (
            tf.config.threading.get_inter_op_parallelism_threads(),
            tf.config.threading.get_intra_op_parallelism_threads(),
        ),
    }
else:
    import jax

    STATES |= {
        "JAX's float64": lambda: jax.config.jax_enable_x64,
        "JAX's rounding": lambda: jax.config.jax_default_matmul_precision,
        "JAX's folder of programs": lambda: jax.config.jax_compilation_cache_dir,
        "JAX's checks": lambda: (jax.config.jax_debug_nans, jax.config.jax_debug_infs),
    }


@pytest.fixture(scope="module")
def before_and_after():
    before = {name: state() for name, state in STATES.items()}
    use_everything()
    return before, {name: state() for name, state in STATES.items()}


@pytest.mark.parametrize("name", STATES)
def test_this_is_left_as_it_was(name, before_and_after):
    before, after = before_and_after
    assert after[name] == before[name]


@contextmanager
def seeds_kept():
    """Leave the generators of Python and NumPy to the other tests as they were."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


def seed_keras(seed):
    keras.utils.clear_session()  # oldest supported Keras: seeds its generator when it is made
    keras.utils.set_random_seed(seed)


@pytest.mark.parametrize("draw", DRAWS)
def test_the_seeds_of_keras_and_its_backend_are_neither_set_nor_drawn_from(draw):
    with seeds_kept():
        seed_keras(7)
        expected = [draw(), draw()]
        seed_keras(7)
        use_everything()
        first = draw()
        use_everything()
        assert [first, draw()] == expected
