import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("package", deadline=None, derandomize=True, max_examples=25)
settings.load_profile("package")


@pytest.fixture
def in_float64():
    """Compute in float64 throughout, on whichever backend."""
    from sk_mnist_mlp.backends.loaded import backend

    with backend.arithmetic_of("float64"):
        yield


@pytest.fixture
def numpy_errors_ignored():
    """NumPy's error state under which the public methods run their arithmetic."""
    with np.errstate(all="ignore"):
        yield
