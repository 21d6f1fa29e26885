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
import tensorflow as tf

from tests.small_fits import X, Y, small

CLF = small(batch_norm=True, dropout=0.5, init_stddev="he", verbose=0)


def use_everything():
    clf = small(**CLF.get_params()).fit(X, Y, X_val=X[:12], y_val=Y[:12])
    clf.predict(X)
    clf.predict_proba(X)
    clf.initial_weights()
    clf.to_keras()(X)


def logging_state():
    loggers = [logging.root, *map(logging.getLogger, sorted(logging.root.manager.loggerDict))]
    return {
        logger.name: (logger.level, logger.disabled, logger.propagate, tuple(logger.handlers))
        for logger in loggers
    }


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
    "TensorFlow's mode": tf.executing_eagerly,
    "TensorFlow's running of functions": tf.config.functions_run_eagerly,
    "TensorFlow's compilation": tf.config.optimizer.get_jit,
    "TensorFlow's threads": lambda: (
        tf.config.threading.get_inter_op_parallelism_threads(),
        tf.config.threading.get_intra_op_parallelism_threads(),
    ),
    "working directory": os.getcwd,
    "threads of Python": threading.active_count,
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


def drawn_by_keras():
    return keras.ops.convert_to_numpy(keras.random.normal((3,))).tolist()


def drawn_by_tensorflow():
    return tf.random.normal((3,)).numpy().tolist()


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


@pytest.mark.parametrize("draw", [drawn_by_keras, drawn_by_tensorflow])
def test_the_seeds_of_keras_and_tensorflow_are_neither_set_nor_drawn_from(draw):
    with seeds_kept():
        seed_keras(7)
        expected = [draw(), draw()]
        seed_keras(7)
        use_everything()
        first = draw()
        use_everything()
        assert [first, draw()] == expected
