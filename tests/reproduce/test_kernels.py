import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sk_mnist_mlp.reproduce.kernels import (
    N_QUANTILES,
    kernels_path,
    read_kernels,
    summarize_kernels,
    write_kernels,
)
from tests.failing_disk import fail_to_read
from tests.reproduce.made_results import make_kernels


def test_summary_has_the_kernels_distribution():
    rng = np.random.default_rng(0)
    initial, trained = rng.normal(0.0, 0.1, (300, 200)), rng.uniform(-1.0, 1.0, (300, 200))
    (kernel,) = summarize_kernels([initial], [trained])
    assert kernel.initial.shape == kernel.trained.shape == (N_QUANTILES,)
    np.testing.assert_allclose(kernel.stddevs, [initial.std(), trained.std()], rtol=1e-6)
    np.testing.assert_allclose(kernel.trained.std(), trained.std(), rtol=1e-2)
    np.testing.assert_allclose(kernel.initial[[0, -1]], [initial.min(), initial.max()], rtol=1e-6)


def test_file_brings_the_kernels_back(tmp_path):
    path = kernels_path(tmp_path, "softmax")
    kernels = make_kernels()
    write_kernels(path, kernels)
    for kernel, expected in zip(read_kernels(path, 2), kernels, strict=True):
        np.testing.assert_array_equal(kernel.initial, expected.initial)
        np.testing.assert_array_equal(kernel.trained, expected.trained)
        np.testing.assert_array_equal(kernel.stddevs, expected.stddevs)


def test_file_with_a_pickle_is_refused(tmp_path):
    path = tmp_path / "kernels-softmax.npz"
    objects = np.array([{}], dtype=object)
    np.savez(path, initial_0=objects, trained_0=objects, stddevs_0=objects)
    with pytest.raises(ValueError, match=r"kernels-softmax\.npz holds no kernels"):
        read_kernels(path, 2)


def written(**changes):
    """Contents of a file of kernels, some arrays of which are others."""
    whole = {
        f"{name}_{layer}": getattr(kernel, name)
        for layer, kernel in enumerate(make_kernels())
        for name in ("initial", "trained", "stddevs")
    }
    file = io.BytesIO()
    np.savez_compressed(file, **(whole | changes))
    return file.getvalue()


def npy_bytes():
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    return file.getvalue()


DAMAGED = {
    "nothing": b"",
    "half an archive": b"PK\x03\x04 and no more",
    "text": b"text",
    "one array": npy_bytes(),
    "no array": written(stddevs_1=np.array({})),
    "another length": written(initial_0=np.zeros(5, np.float32)),
    "another dtype": written(trained_0=np.zeros(N_QUANTILES)),
    "no number": written(stddevs_1=np.array([0, np.nan], np.float32)),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "kernels-softmax.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"kernels-softmax\.npz holds no kernels"):
        read_kernels(path, 2)


def test_file_of_fewer_layers_is_refused(tmp_path):
    path = tmp_path / "kernels-relu_sgd.npz"
    write_kernels(path, make_kernels())
    with pytest.raises(ValueError, match=r"holds no kernels: 'initial_2 is not a file"):
        read_kernels(path, 3)


WHOLE = written()


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.integers(0, len(WHOLE) - 1), byte=st.integers(0, 255))
def test_altered_file_is_refused_or_reads_the_same(tmp_path, place, byte):
    path = tmp_path / "kernels-softmax.npz"
    path.write_bytes(WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :])
    try:
        kernels = read_kernels(path, 2)
    except ValueError as error:
        assert str(error).startswith(f"{path} holds no kernels: ")
    else:
        np.testing.assert_array_equal(kernels[1].trained, make_kernels()[1].trained)


def test_error_of_the_disk_is_no_damage(tmp_path, monkeypatch):
    path = tmp_path / "kernels-softmax.npz"
    write_kernels(path, make_kernels())
    fail_to_read(monkeypatch, path)
    with pytest.raises(OSError, match=rf"Input/output error: '{path}'$"):
        read_kernels(path, 2)
