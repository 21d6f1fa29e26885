"""Every kind of array gives what the dense float64 array of its values gives."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone

from tests.company.small import Y, assert_same_network, small_classifier

IMAGES = np.random.default_rng(0).integers(0, 256, (90, 3, 4), dtype=np.uint8)
IMAGES[:, 0, 0] = 0
IMAGES[IMAGES < 100] = 0
PIXELS = IMAGES.reshape(90, 12).astype(np.float64) + 30.0 * np.eye(3, 12)[Y]
"""Whole numbers from 0 to 285, exact in every float; a third are zero, for what is sparse."""


def read_only(array):
    copied = array.copy()
    copied.flags.writeable = False
    return copied


def in_every_second_row(array):
    return np.repeat(array, 2, axis=0)[::2]


ARRAYS = {
    "float16": lambda X: X.astype(np.float16),
    "float32": lambda X: X.astype(np.float32),
    "longdouble": lambda X: X.astype(np.longdouble),
    "big-endian float": lambda X: X.astype(">f8"),
    "int16": lambda X: X.astype(np.int16),
    "uint64": lambda X: X.astype(np.uint64),
    "big-endian int": lambda X: X.astype(">i4"),
    "object": lambda X: X.astype(object),
    "Fortran order": np.asfortranarray,
    "Fortran order of int32": lambda X: np.asfortranarray(X.astype(np.int32)),
    "strided": in_every_second_row,
    "backwards": lambda X: X[::-1].copy()[::-1],
    "read-only": read_only,
    "lists": lambda X: X.tolist(),
    "lists of int": lambda X: X.astype(int).tolist(),
    "tuple of arrays": tuple,
    "CSR array": sparse.csr_array,
    "CSR matrix": sparse.csr_matrix,
    "CSC array": sparse.csc_array,
    "CSC matrix": sparse.csc_matrix,
    "COO array": sparse.coo_array,
    "CSR array of float32": lambda X: sparse.csr_array(X.astype(np.float32)),
    "CSC array of int16": lambda X: sparse.csc_array(X.astype(np.int16)),
    "CSR array of 64-bit indices": lambda X: with_long_indices(sparse.csr_array(X)),
}


def with_long_indices(matrix):
    matrix.indices = matrix.indices.astype(np.int64)
    matrix.indptr = matrix.indptr.astype(np.int64)
    return matrix


def classifier(**changes):
    return small_classifier(**{"learning_rate": 0.001} | changes)


@pytest.mark.parametrize("make", ARRAYS.values(), ids=ARRAYS)
def test_an_array_gives_what_dense_float64_gives(make):
    given = make(PIXELS)
    fitted, by_hand = classifier().fit(given, Y), classifier().fit(PIXELS, Y)
    assert_same_network(fitted, by_hand)
    np.testing.assert_array_equal(fitted.predict_proba(given), by_hand.predict_proba(PIXELS))


@pytest.mark.parametrize("kind", ["CSR array", "float16", "lists"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_so_do_arrays_with_early_stopping_and_weights(kind, dtype):
    given, weights = ARRAYS[kind](PIXELS), np.linspace(0.0, 2.0, 90)
    estimator = classifier(early_stopping=True, batch_norm=True, dropout=0.1, dtype=dtype)
    by_hand = clone(estimator).fit(PIXELS, Y, sample_weight=weights)
    fitted = estimator.fit(given, Y, sample_weight=weights)
    assert_same_network(fitted, by_hand)
    assert fitted.history_ == by_hand.history_


@pytest.mark.parametrize("kind", ["CSR matrix", "int16", "read-only"])
def test_so_do_arrays_epoch_by_epoch(kind):
    given = ARRAYS[kind](PIXELS)
    growing = classifier(epochs=1)
    for _ in range(3):
        growing.partial_fit(given, Y, classes=[0, 1, 2])
    assert_same_network(growing, classifier(epochs=3).fit(PIXELS, Y))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_an_array_on_disk_gives_what_it_gives_in_memory(dtype, mode, tmp_path):
    path = tmp_path / "rows.npy"
    np.save(path, (PIXELS / 2).astype(dtype))
    mapped = np.load(path, mmap_mode=mode)
    in_memory = np.load(path).astype(np.float64)
    fitted = classifier().fit(mapped, Y)
    assert_same_network(fitted, classifier().fit(in_memory, Y))
    np.testing.assert_array_equal(fitted.predict_proba(mapped), fitted.predict_proba(in_memory))
    np.testing.assert_array_equal(np.load(path), in_memory)


IMAGE_KINDS = {
    "uint8": lambda images: images,
    "float32": lambda images: images.astype(np.float32),
    "Fortran order": np.asfortranarray,
    "list of images": list,
    "nested lists": lambda images: images.tolist(),
}


@pytest.mark.parametrize("make", IMAGE_KINDS.values(), ids=IMAGE_KINDS)
def test_an_image_is_a_row_of_its_pixels(make):
    images, rows = make(IMAGES), IMAGES.reshape(90, 12).astype(np.float64)
    fitted = classifier().fit(images, Y, X_val=images, y_val=Y)
    assert fitted.n_features_in_ == 12
    assert_same_network(fitted, classifier().fit(rows, Y))
    np.testing.assert_array_equal(fitted.predict_proba(images), fitted.predict_proba(rows))
    assert fitted.score(images, Y) == fitted.score(rows, Y)


def test_images_of_another_size_are_refused():
    fitted = classifier(epochs=1).fit(IMAGES, Y)
    with pytest.raises(ValueError, match="X has 9 features, but KerasMLPClassifier is expecting"):
        fitted.predict(IMAGES[:, :, :3])


@pytest.mark.parametrize("kind", ["bool", "bool in Fortran order", "bool CSR"])
def test_booleans_are_zeros_and_ones(kind):
    truth = PIXELS > 100
    given = {
        "bool": truth,
        "bool in Fortran order": np.asfortranarray(truth),
        "bool CSR": sparse.csr_array(truth),
    }[kind]
    fitted = classifier().fit(given, Y)
    assert_same_network(fitted, classifier().fit(truth.astype(np.float64), Y))


def test_arrays_are_left_as_they_were():
    rows, labels, weights = PIXELS.copy(), Y.copy(), np.linspace(0.0, 2.0, 90)
    given = weights.copy()
    classifier(class_weight="balanced", early_stopping=True).fit(
        rows, labels, sample_weight=given
    ).predict(rows)
    np.testing.assert_array_equal(rows, PIXELS)
    np.testing.assert_array_equal(labels, Y)
    np.testing.assert_array_equal(given, weights)


def test_a_sparse_array_is_left_as_it_was():
    given = sparse.csr_array(PIXELS)
    before = given.copy()
    classifier().fit(given, Y).predict(given)
    for part in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(given, part), getattr(before, part))


@pytest.mark.parametrize("batch_norm", [False, "after", "before"])
def test_columns_that_never_change_do_no_harm(batch_norm):
    rows = np.column_stack([np.zeros(90), PIXELS / 255, np.full(90, 7.0)])
    fitted = classifier(batch_norm=batch_norm, learning_rate=0.02, epochs=40).fit(rows, Y)
    assert np.isfinite(fitted.predict_proba(rows)).all()
    assert np.isfinite(fitted.loss_curve_).all()
    assert fitted.loss_ < fitted.loss_curve_[0]


def test_one_column_is_enough():
    rows = np.linspace(-1, 1, 90)[:, None]
    labels = (rows[:, 0] > 0).astype(int)
    fitted = small_classifier(epochs=60).fit(rows, labels)
    assert fitted.coefs_[0].shape == (1, 6)
    assert fitted.score(rows, labels) > 0.95


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_ten_thousand_columns(kind):
    rng = np.random.default_rng(0)
    rows = np.where(rng.random((90, 10_000)) < 0.01, rng.random((90, 10_000)), 0.0)
    rows[:, 4321] = Y
    given = sparse.csr_array(rows) if kind == "sparse" else rows
    fitted = small_classifier(epochs=30).fit(given, Y)
    assert fitted.coefs_[0].shape == (10_000, 6)
    assert fitted.score(given, Y) > 0.9


@pytest.mark.parametrize("n_rows", [2, 3, 15, 16, 17, 33])
def test_few_rows_are_trained_whatever_their_number(n_rows):
    labels = np.arange(n_rows) % 2
    fitted = classifier().fit(PIXELS[:n_rows], labels)
    assert fitted.n_steps_ == 5 * -(-n_rows // 16)
    assert fitted.predict(PIXELS[:1]).shape == (1,)


REFUSED = {
    "NaN": (np.where(np.eye(90, 12), np.nan, PIXELS), "Input X contains NaN"),
    "infinity": (np.where(np.eye(90, 12), np.inf, PIXELS), "Input X contains infinity"),
    "complex": (PIXELS + 1j, "Complex data not supported"),
    "text": (np.full((90, 2), "a"), "arrays of bytes/strings"),
    "one dimension": (PIXELS[:, 0], "Expected 2D array, got 1D array instead"),
    "four dimensions": (np.zeros((90, 2, 2, 2)), "Found array with dim 4"),
    "no rows": (PIXELS[:0], "Found array with 0 sample"),
    "no columns": (PIXELS[:, :0], r"0 feature\(s\)"),
    "sparse NaN": (sparse.csr_array(np.where(np.eye(90, 12), np.nan, 0)), "contains NaN"),
}


@pytest.mark.parametrize(("rows", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_trained_on_is_refused_in_scikit_learns_words(rows, message):
    with pytest.raises(ValueError, match=message):
        classifier().fit(rows, Y[: rows.shape[0]])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_number_too_large_for_the_network_is_refused(dtype):
    rows = PIXELS.astype(np.longdouble)
    rows[5, 5] = np.longdouble(np.finfo(dtype).max) * 2
    with pytest.raises(ValueError, match=f"infinity or a value too large for dtype.*{dtype}"):
        classifier(dtype=dtype).fit(rows, Y)
