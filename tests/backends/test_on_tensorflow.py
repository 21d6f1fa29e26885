"""What the module for TensorFlow says to a GPU, as far as that can be seen without one."""

import pytest

from sk_mnist_mlp.backends.choice import TF32_VARIABLE, backend_name

if backend_name() != "tensorflow":
    pytest.skip("Keras runs on another backend", allow_module_level=True)

import tensorflow as tf

from sk_mnist_mlp.backends import on_tensorflow

settings = tf.config.experimental

PRECISIONS = [  # a GPU, TF32 allowed, TensorFlow's setting before, and while it compiles
    (False, False, True, True),
    (True, False, True, False),
    (True, False, False, False),
    (True, True, True, True),
]


@pytest.fixture
def setting():
    usual = settings.tensor_float_32_execution_enabled()
    yield settings.enable_tensor_float_32_execution
    settings.enable_tensor_float_32_execution(usual)


@pytest.mark.parametrize(("has_gpu", "tf32", "before", "meanwhile"), PRECISIONS)
def test_products_are_of_full_precision_unless_told_otherwise(
    has_gpu, tf32, before, meanwhile, setting, monkeypatch
):
    monkeypatch.setattr(on_tensorflow, "has_gpu", lambda: has_gpu)
    monkeypatch.setenv(TF32_VARIABLE, str(int(tf32)))
    setting(before)
    seen = []

    def look(x):
        seen.append(settings.tensor_float_32_execution_enabled())
        return x

    def function(x):
        return tf.numpy_function(look, [x], tf.float32)

    on_tensorflow.compiled(function, (tf.constant(1.0),), xla=False)
    assert seen == [meanwhile]
    assert settings.tensor_float_32_execution_enabled() is before


def test_on_a_gpu_xla_compiles_whatever_the_number_of_steps(monkeypatch):
    assert not on_tensorflow.compiled_by_xla(1)
    monkeypatch.setattr(on_tensorflow, "has_gpu", lambda: True)
    assert on_tensorflow.compiled_by_xla(1)
