"""What training needs of a backend does what NumPy does."""

import numpy as np
import pytest
from keras import ops

from sk_mnist_mlp.backends.choice import TF32_VARIABLE
from sk_mnist_mlp.backends.loaded import backend
from tests.tensors import tensor

ROWS = np.arange(12.0).reshape(4, 3)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint32"])
def test_an_array_keeps_its_dtype_on_the_device(dtype):
    with backend.arithmetic_of("float64" if dtype == "float64" else "float32"):
        placed = np.asarray(backend.to_device(ROWS.astype(dtype)))
    assert placed.dtype == dtype
    np.testing.assert_array_equal(placed, ROWS)


def test_a_tensor_is_left_as_it_is():
    placed = backend.to_device(ROWS.astype("float32"))
    assert backend.to_device(placed) is placed


@pytest.mark.parametrize("index", [[3, 0, 3], [[1, 2], [0, 0]]])
def test_rows_are_gathered_by_their_numbers(index):
    found = backend.gather(tensor(ROWS, "float32"), np.array(index))
    np.testing.assert_array_equal(found, ROWS[index])


def test_rows_may_be_gathered_where_earlier_ones_were():
    rows = tensor(ROWS, "float32")
    earlier = backend.gather(rows, np.array([3, 0]))
    np.testing.assert_array_equal(backend.gather(rows, np.array([1, 2]), earlier), ROWS[[1, 2]])


@pytest.mark.parametrize("n_steps", [0, 1, 4])
@pytest.mark.parametrize("xla", [False, True])
def test_a_loop_takes_as_many_steps_as_it_is_told(n_steps, xla):
    def totals(n_steps, start):
        def step(i, state):
            total, steps = state
            return total + 2.0, backend.with_row(steps, i, [total])

        return backend.loop(n_steps, step, (start, start + np.zeros((4, 1), "float32")))

    arguments = tensor(n_steps, "int32"), tensor(1.0, "float32")
    total, steps = backend.compiled(totals, arguments, xla=xla)(*arguments)
    assert float(total) == 1 + 2 * n_steps
    expected = [1.0 + 2 * i if i < n_steps else 1.0 for i in range(4)]
    np.testing.assert_array_equal(np.ravel(steps), expected)


def test_gradients_are_of_the_first_thing_that_a_function_gives():
    def found(x, y):
        return backend.gradients(lambda both: (both[0] * both[1], both[0] + both[1]), [x, y])

    arguments = tensor(3.0, "float32"), tensor(5.0, "float32")
    (by_x, by_y), beside = backend.compiled(found, arguments, xla=False)(*arguments)
    assert (float(by_x), float(by_y), float(beside)) == (5.0, 3.0, 8.0)


def test_too_little_memory_is_told_from_other_errors():
    with pytest.raises(Exception, match=r"(?i)allocating") as raised:
        ops.zeros((2**22, 2**20))
    assert backend.is_out_of_memory(raised.value)
    assert not backend.is_out_of_memory(RuntimeError("RESOURCE_EXHAUSTED"))


def product(x, y):
    return x @ y


@pytest.mark.parametrize("tf32", ["0", "1"])
def test_what_is_compiled_for_a_gpu_gives_the_same_numbers_without_one(tf32, monkeypatch):
    monkeypatch.setattr(backend, "has_gpu", lambda: True)
    monkeypatch.setenv(TF32_VARIABLE, tf32)
    x = ROWS.astype("float32")
    with backend.arithmetic_of("float32"):
        arguments = tensor(x), tensor(x.T)
        found = backend.compiled(product, arguments, xla=True)(*arguments)
    np.testing.assert_array_equal(found, x @ x.T)


def test_a_vector_is_split_into_pieces_of_some_sizes():
    def pieces(vector):
        return tuple(backend.split(vector, [2, 0, 3]))

    vector = tensor(np.arange(5), "float32")
    found = backend.compiled(pieces, (vector,), xla=False)(vector)
    assert [np.asarray(piece).tolist() for piece in found] == [[0, 1], [], [2, 3, 4]]
