"""Fixtures of the tests of training."""

import pytest

from sk_mnist_mlp.backends.loaded import backend


@pytest.fixture
def in_float64():
    """Compute in float64 throughout."""
    with backend.arithmetic_of("float64"):
        yield
