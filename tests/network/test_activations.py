import inspect

import keras
import numpy as np
import pytest

from sk_mnist_mlp.backends.loaded import backend
from sk_mnist_mlp.network.activations import ACTIVATIONS, activation_function

pytestmark = pytest.mark.usefixtures("numpy_errors_ignored", "in_float64")

DTYPES = ["float32", "float64"]
TOLERANCES = {"float32": 1e-6, "float64": 1e-12}

# Sizes of numbers that Keras adds or subtracts on the way to a small result, which is
# then exact only to the rounding of these; "x" is the size of the input.
CANCELLATION = {"elu": 1.0, "gelu": "x", "selu": 2.0, "squareplus": "x", "tanh_shrink": "x"}

# TensorFlow rounds gelu's sqrt(2) to float32 whatever the dtype: 2.18 that of a divisor,
# 2.21 that of a factor, so that their float64 results differ from each other as well.
EXACT_TO_FLOAT32 = {"gelu"}


def grid(dtype):
    positive = np.concatenate(
        [
            [0.0, np.finfo(dtype).tiny, 1e-30, 1e-12, 1e-6, 1e-3],
            np.linspace(0.01, 8.0, 800),
            [0.5, 1.0, 3.0, 6.0, 10.0, 17.0, 30.0, 40.0, 100.0, 1e3, 1e4],
        ]
    )
    return np.concatenate([positive, -positive]).astype(dtype)


def in_keras(name, x):
    activation = backend.ACTIVATIONS.get(name) or keras.activations.get(name)
    result = activation(keras.ops.convert_to_tensor(x, dtype=x.dtype.name))
    return keras.ops.convert_to_numpy(result)


def elementwise_names():
    names = [name for name in dir(keras.activations) if not name.startswith("_")]
    functions = set(names) - {"get", "serialize", "deserialize"}
    return {name for name in functions if maps_element_by_element(name)}


def maps_element_by_element(name):
    function = getattr(keras.activations, name)
    _, *others = inspect.signature(function).parameters.values()
    if any(parameter.default is parameter.empty for parameter in others):
        return False
    x = np.linspace(-2.0, 2.0, 8).reshape(2, 4)
    changed = x.copy()
    changed[0, 0] += 1.0
    before, after = in_keras(name, x), in_keras(name, changed)
    if before.shape != x.shape:
        return False
    differs = before != after
    differs[0, 0] = False
    return not differs.any()


def test_every_elementwise_activation_of_keras_is_in_the_table():
    missing = elementwise_names() - set(ACTIVATIONS)
    assert not missing, (
        f"Keras {keras.__version__} has {missing}: add a row to ACTIVATIONS for each"
    )


def test_every_name_in_the_table_is_keras_own():
    for name in ACTIVATIONS:
        assert callable(keras.activations.get(name))


def test_softmax_is_the_only_name_that_does_not_map_element_by_element():
    assert set(ACTIVATIONS) - elementwise_names() == {"softmax"}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"softmax"}))
def test_values_are_those_of_keras(name, dtype):
    x = grid(dtype)
    expected = in_keras(name, x)
    result = ACTIVATIONS[name](x.copy())
    size = CANCELLATION.get(name, 0.0)
    precision = np.finfo("float32" if name in EXACT_TO_FLOAT32 else dtype).eps
    rounding = 4 * precision * (np.abs(x) if size == "x" else size)
    # TensorFlow flushes subnormal numbers to zero.
    allowed = TOLERANCES[dtype] * np.abs(expected) + rounding + 1e-37
    error = np.where(result == expected, 0.0, np.abs(result - expected))  # infinities are equal
    worst = np.argmax(error - allowed)
    assert error[worst] <= allowed[worst], (
        f"{name}({x[worst]}) is {result[worst]}, in Keras {expected[worst]}"
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_is_that_of_keras_over_the_last_axis(dtype):
    x = (np.random.default_rng(0).normal(size=(50, 7)) * 20).astype(dtype)
    x[0] = [1e4, -1e4, 0.0, 30.0, -30.0, 1e4, 100.0]
    np.testing.assert_allclose(
        ACTIVATIONS["softmax"](x.copy()), in_keras("softmax", x), rtol=TOLERANCES[dtype], atol=1e-37
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_shape_and_dtype_are_kept(name, dtype):
    result = ACTIVATIONS[name](np.ones((2, 3), dtype))
    assert (result.shape, result.dtype) == ((2, 3), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_the_largest_numbers_do_not_become_nan(name, dtype):
    largest = np.finfo(dtype).max / 8
    result = ACTIVATIONS[name](np.array([[largest, -largest]], dtype))
    assert not np.isnan(result).any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"softmax"}))
def test_an_element_does_not_depend_on_its_place(name, dtype):
    x = np.random.default_rng(0).normal(size=(37, 3)).astype(dtype)
    permutation = np.random.default_rng(1).permutation(37)
    np.testing.assert_array_equal(
        ACTIVATIONS[name](x[permutation]), ACTIVATIONS[name](x.copy())[permutation]
    )


def test_a_name_gives_the_function_of_the_table():
    assert activation_function("tanh") is ACTIVATIONS["tanh"]


def test_an_unknown_name_is_a_key_error():
    with pytest.raises(KeyError, match="rectifier"):
        activation_function("rectifier")


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_callable_of_tensors_is_applied_through_keras(dtype):
    x = np.linspace(-2.0, 2.0, 12).reshape(3, 4).astype(dtype)
    result = activation_function(lambda x: keras.ops.exp(x) * 2)(x.copy())
    np.testing.assert_allclose(result, 2 * np.exp(x), rtol=TOLERANCES[dtype])
    assert result.dtype == dtype


def test_the_result_of_a_callable_belongs_to_the_caller():
    x = np.ones((2, 3))
    result = activation_function(lambda x: x)(x)
    result += 1.0
    np.testing.assert_array_equal(x, np.ones((2, 3)))


def test_the_dtype_is_kept_whatever_a_callable_returns():
    result = activation_function(lambda x: keras.ops.cast(x, "float32"))(np.ones((2, 3)))
    assert result.dtype == np.float64
