"""What the module for JAX says to a GPU, as far as that can be seen without one."""

import pytest

from sk_mnist_mlp.backends.choice import TF32_VARIABLE, backend_name

if backend_name() != "jax":
    pytest.skip("Keras runs on another backend", allow_module_level=True)

import jax
import numpy as np

from sk_mnist_mlp.backends import on_jax

PRECISIONS = [  # a GPU, TF32 allowed, what the user has told JAX, the precision of products
    (False, False, None, None),
    (True, False, None, "highest"),
    (True, True, None, None),
    (True, False, "tensorfloat32", "tensorfloat32"),
]


@pytest.mark.parametrize(("has_gpu", "tf32", "said", "precision"), PRECISIONS)
def test_products_are_of_full_precision_unless_told_otherwise(
    has_gpu, tf32, said, precision, monkeypatch
):
    monkeypatch.setattr(on_jax, "has_gpu", lambda: has_gpu)
    monkeypatch.setenv(TF32_VARIABLE, str(int(tf32)))
    with jax.default_matmul_precision(said), on_jax.arithmetic_of("float32"):
        assert jax.config.jax_default_matmul_precision == precision
    assert jax.config.jax_default_matmul_precision is None


def test_rows_take_the_memory_of_earlier_ones():
    rows = on_jax.to_device(np.arange(60.0, dtype="float32").reshape(20, 3))
    earlier = on_jax.gather(rows, np.array([3, 0]))
    address = earlier.unsafe_buffer_pointer()
    assert on_jax.gather(rows, np.array([1, 2]), earlier).unsafe_buffer_pointer() == address
    assert earlier.is_deleted()
