"""Settings that the user makes in Keras, TensorFlow and NumPy do not reach a fit."""

import random
from contextlib import nullcontext

import keras
import numpy as np
import pytest

from sk_mnist_mlp.backends.loaded import backend
from tests.company.small import X, Y, assert_same_network, small_classifier
from tests.programs import empty_training_cache


@pytest.fixture(autouse=True)
def settings_as_before():
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    numpy_state, python_state = np.random.get_state(), random.getstate()
    yield
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)
    np.random.set_state(numpy_state)
    random.setstate(python_state)


SETTINGS = {
    "clear_session": keras.utils.clear_session,
    "set_floatx": lambda: keras.config.set_floatx("float16"),
    "set_dtype_policy": lambda: keras.config.set_dtype_policy("mixed_float16"),
    "seeds": lambda: keras.utils.set_random_seed(7),
}
CLASSIFIERS = {
    "float64": lambda: small_classifier(dropout=0.2, batch_norm=True),
    "float32": lambda: small_classifier(dropout=0.2, batch_norm=True, dtype="float32"),
    "an optimizer instance": lambda: small_classifier(
        optimizer=keras.optimizers.SGD(momentum=0.5), learning_rate=0.01
    ),
}


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "compiling"])
@pytest.mark.parametrize("make", CLASSIFIERS.values(), ids=CLASSIFIERS)
@pytest.mark.parametrize("change", SETTINGS.values(), ids=SETTINGS)
def test_a_setting_between_two_fits_changes_nothing(change, make, compiled):
    before = make().fit(X, Y)
    change()
    with nullcontext() if compiled else empty_training_cache():
        after = make().fit(X, Y)
    assert_same_network(before, after)
    np.testing.assert_array_equal(before.predict_proba(X), after.predict_proba(X))


@pytest.mark.parametrize("change", SETTINGS.values(), ids=SETTINGS)
def test_a_setting_between_two_calls_of_partial_fit_changes_nothing(change):
    growing = small_classifier().partial_fit(X, Y, classes=[0, 1, 2])
    change()
    growing.partial_fit(X, Y)
    assert_same_network(growing, small_classifier(epochs=2).fit(X, Y))


@pytest.mark.parametrize("change", SETTINGS.values(), ids=SETTINGS)
def test_a_setting_does_not_reach_the_exported_model(change):
    fitted = small_classifier().fit(X, Y)
    change()
    with backend.arithmetic_of("float64"):
        outputs = fitted.to_keras()(X)
    np.testing.assert_allclose(outputs, fitted.predict_proba(X), atol=1e-12)
