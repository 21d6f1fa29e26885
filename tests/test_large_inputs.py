"""Inputs that do not fit memory train and predict in blocks."""

import threading
from contextlib import contextmanager

import numpy as np
import pytest
import scipy.sparse
from sklearn import config_context
from sklearn.base import clone

from sk_mnist_mlp import KerasMLPClassifier
from tests.networks import assert_same_network
from tests.peak_memory import anonymous_bytes, needs_status

GIB = 2**30


@contextmanager
def highest_growth():
    """Give a list that ends with the largest growth of anonymous memory meanwhile."""
    before, growth, done = anonymous_bytes(), [0], threading.Event()

    def watch():
        while not done.wait(0.01):
            growth[0] = max(growth[0], anonymous_bytes() - before)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield growth
    finally:
        done.set()
        thread.join()


def mapped(path, n_rows, dtype, n_features=8):
    """Random rows in a file, mapped read-only, and labels that depend on them."""
    rng = np.random.default_rng(0)
    X = np.lib.format.open_memmap(path, "w+", dtype, (n_rows, n_features))
    X[:] = (rng.uniform(size=X.shape) * 200).astype(dtype)
    X.flush()
    return np.load(path, mmap_mode="r"), (X[:, 0] > X[:, 1]).astype(int)


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_mapped_rows_are_shuffled_in_chunks_and_learned(dtype, tmp_path, monkeypatch):
    monkeypatch.setattr("sk_mnist_mlp.data.inputs.MAPPED_CHUNK_BYTES", 4000)
    X, y = mapped(tmp_path / "X.npy", 60_000, dtype)
    clf = KerasMLPClassifier((), epochs=3, random_state=0, optimizer="sgd", learning_rate=1e-3)
    with config_context(working_memory=0):
        in_chunks = clf.fit(X, y).coefs_[0]
        assert clf.score(X, y) > 0.95
        np.testing.assert_array_equal(clf.fit(X, y).coefs_[0], in_chunks)
    assert (clf.fit(X, y).coefs_[0] != in_chunks).any()


def test_a_mapped_array_that_fits_memory_gives_what_the_array_gives(tmp_path):
    X, y = mapped(tmp_path / "X.npy", 500, "float32")
    clf = KerasMLPClassifier((4,), epochs=2, random_state=0)
    np.testing.assert_array_equal(clf.fit(X, y).coefs_[0], clf.fit(np.array(X), y).coefs_[0])


def test_a_mapped_array_can_be_held_out_from_and_weighed(tmp_path, monkeypatch):
    monkeypatch.setattr("sk_mnist_mlp.data.inputs.MAPPED_CHUNK_BYTES", 4000)
    X, y = mapped(tmp_path / "X.npy", 3000, "float32")
    weights = np.arange(3000) % 3
    kept = weights > 0
    np.save(tmp_path / "kept.npy", X[kept])
    X_kept = np.load(tmp_path / "kept.npy", mmap_mode="r")
    clf = KerasMLPClassifier((4,), epochs=2, random_state=0, early_stopping=True)
    with config_context(working_memory=0):
        weighed = clone(clf).fit(X, y, sample_weight=weights)
        left_out = clone(clf).fit(X_kept, y[kept], sample_weight=weights[kept])
    assert_same_network(weighed, left_out)
    assert weighed.history_ == left_out.history_


@pytest.mark.slow
@needs_status
@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_six_gib_on_disk_train_and_predict_within_two_gib(dtype, tmp_path):
    row = np.random.default_rng(0).integers(0, 2, (65_536, 784)).astype(dtype)
    n_chunks = 6 * GIB // row.nbytes
    X = np.lib.format.open_memmap(tmp_path / "X.npy", "w+", dtype, (n_chunks * len(row), 784))
    for start in range(0, len(X), len(row)):
        X[start : start + len(row)] = row
    del X
    X = np.load(tmp_path / "X.npy", mmap_mode="r")
    y = np.tile(row[:, 0].astype(int), n_chunks)
    assert X.nbytes > 5.9 * GIB
    clf = KerasMLPClassifier((8,), epochs=1, batch_size=1024, random_state=0)
    clf.fit(X[:20_000], y[:20_000])  # TensorFlow and the program are no part of the growth
    with highest_growth() as growth:
        clf.fit(X, y)
        predicted = clf.predict(X)
    assert (predicted == y).mean() > 0.99
    assert growth[0] < 2 * GIB


@pytest.mark.slow
@needs_status
def test_a_wide_sparse_matrix_is_never_dense_as_a_whole():
    rng = np.random.default_rng(0)
    X = scipy.sparse.random_array(
        (100_000, 20_000), density=0.001, format="csr", dtype=np.float32, rng=rng
    )
    y = np.asarray(X[:, :10_000].sum(axis=1) > X[:, 10_000:].sum(axis=1)).astype(int).ravel()
    clf = KerasMLPClassifier((32,), epochs=2, random_state=0)
    with highest_growth() as growth:
        clf.fit(X, y)
        accuracy = clf.score(X, y)
    assert accuracy > 0.8
    assert growth[0] < 2 * GIB
