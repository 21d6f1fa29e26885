import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn import config_context

from sk_mnist_mlp import KerasMLPClassifier
from sk_mnist_mlp.data import inputs as inputs_module
from sk_mnist_mlp.data.examples import LEAST_WEIGHT
from sk_mnist_mlp.data.inputs import (
    check_inputs,
    check_range,
    check_training_data,
    check_validation_data,
)
from sk_mnist_mlp.data.labels import Classification
from tests.small_fits import X, Y

X_VAL, Y_VAL = X[:12], Y[:12]
WORDS = np.array(["ant", "bee", "cat"])[Y]


def checked(estimator, X, y, sample_weight=None, *, known=None, **of_labels):
    problem = Classification(type(estimator).__name__, **of_labels)
    return check_training_data(estimator, (X, y, sample_weight), problem, known)


def checked_validation(estimator, labels, *given):
    problem = Classification(type(estimator).__name__)
    return check_validation_data(estimator, given, problem, labels)


def with_entry(array, entry):
    changed = array.astype(np.result_type(array, type(entry)))
    changed.flat[7] = entry
    return changed


@dataclass(frozen=True)
class Bad:
    """Arguments that `fit` refuses: those that differ from good ones, and the answer."""

    changes: dict[str, Any]
    error: type[Exception]
    message: str


DAYS = np.datetime64("2026-01-01") + np.arange(60)
SPANS = DAYS - DAYS[0]


def frame(column):
    return pd.DataFrame({"width": X[:, 0], "when": column})


IN_ARRAY = r"in an array of dtype datetime64\[D\]"
IN_OBJECTS = "in an array of dtype object"
IN_COLUMN = r"in the columns \['when'\]"
DATED = {
    "dates": (DAYS[:, None], IN_ARRAY),
    "NaT": (with_entry(DAYS[:, None], np.datetime64("NaT")), IN_ARRAY),
    "durations": (SPANS.astype("m8[ns]")[:, None], r"in an array of dtype timedelta64\[ns\]"),
    "images of dates": (np.tile(DAYS[:, None, None], (1, 2, 2)), IN_ARRAY),
    "lists of dates": (DAYS[:, None].tolist(), IN_OBJECTS),
    "lists of dates of NumPy": ([[day] for day in DAYS], IN_ARRAY),
    "dates beside numbers": ([[day, 1.0] for day in DAYS], IN_OBJECTS),
    "durations beside numbers": ([[span, 1.0] for span in SPANS], IN_OBJECTS),
    "column of dates": (frame(DAYS.astype("M8[ns]")), IN_COLUMN),
    "only columns of dates": (frame(DAYS.astype("M8[ns]"))[["when"]], IN_COLUMN),
    "column of durations": (frame(SPANS.astype("m8[ns]")), IN_COLUMN),
    "column of durations, and integers": (
        pd.DataFrame({"width": Y, "when": SPANS.astype("m8[ns]")}),
        IN_COLUMN,
    ),
    "column of dates in a zone": (frame(pd.DatetimeIndex(DAYS, tz="UTC")), IN_COLUMN),
    "column of a category of dates": (frame(pd.Categorical(pd.DatetimeIndex(DAYS))), IN_COLUMN),
    "column of date objects": (frame(DAYS.tolist()), IN_COLUMN),
}

BAD_TRAINING_DATA = {
    "NaN in X": Bad({"X": with_entry(X, np.nan)}, ValueError, "Input X contains NaN."),
    "infinity in X": Bad({"X": with_entry(X, np.inf)}, ValueError, "Input X contains infinity"),
    "one column as a vector": Bad({"X": X[:, 0]}, ValueError, "Expected 2D array, got 1D array"),
    "X of four dimensions": Bad({"X": X[:, :, None, None]}, ValueError, "Found array with dim 4"),
    "no rows": Bad({"X": X[:0], "y": Y[:0]}, ValueError, r"Found array with 0 sample\(s\)"),
    "no columns": Bad({"X": X[:, :0]}, ValueError, r"Found array with 0 feature\(s\)"),
    "words in X": Bad({"X": X.astype(str)}, ValueError, "dtype='numeric' is not compatible"),
    "words in X as objects": Bad(
        {"X": np.full((60, 5), "ant", object)},
        ValueError,
        "could not convert string to float: 'ant'",
    ),
    "complex X": Bad({"X": X + 1j}, ValueError, "Complex data not supported"),
    **{
        f"{name} in X": Bad({"X": X}, TypeError, f"^X must have numbers. Got dates .* {where} inst")
        for name, (X, where) in DATED.items()
    },
    "NaN in sparse X": Bad(
        {"X": scipy.sparse.csr_array(with_entry(X, np.nan))}, ValueError, "Input X contains NaN."
    ),
    "no X": Bad({"X": None}, ValueError, "Expected 2D array, got scalar array"),
    "no y": Bad({"y": None}, ValueError, "requires y to be passed, but the target y is None"),
    "y shorter than X": Bad({"y": Y[:59]}, ValueError, r"numbers of samples: \[60, 59\]"),
    "y of several columns that are no indicators": Bad(
        {"y": np.column_stack([Y, Y])}, ValueError, r"y should be a 1d array, got .*2"
    ),
    "NaN in y": Bad({"y": with_entry(Y, np.nan)}, ValueError, "Input y contains NaN."),
    "fractions in y": Bad({"y": Y + 0.5}, ValueError, "Unknown label type: continuous"),
    "labels of two kinds": Bad(
        {"y": np.array(["ant", None, "bee"] * 20, object)},
        TypeError,
        r"^y must have labels of one kind, which can be sorted. Got a mix of NoneType, str.$",
    ),
    "one class": Bad(
        {"y": np.zeros(60, int)},
        ValueError,
        r"^KerasMLPClassifier needs samples of at least 2 classes in y, but there is only one "
        r"class: 0.$",
    ),
    "one row": Bad({"X": X[:1], "y": WORDS[:1]}, ValueError, "there is only one class: 'ant'.$"),
    "one class of positive weight": Bad(
        {"y": WORDS, "sample_weight": WORDS == "bee"}, ValueError, "only one class: 'bee'.$"
    ),
    "negative weight": Bad(
        {"sample_weight": with_entry(np.ones(60), -1.0)},
        ValueError,
        r"^Negative values in data passed to `sample_weight`: weights must be >= 0.$",
    ),
    "negative number for all weights": Bad(
        {"sample_weight": -1}, ValueError, "^Negative values in data passed to `sample_weight`"
    ),
    "zero weights": Bad(
        {"sample_weight": np.zeros(60)},
        ValueError,
        "^sample_weight has only zero weights: at least one must be positive.$",
    ),
    "NaN in weights": Bad(
        {"sample_weight": with_entry(np.ones(60), np.nan)},
        ValueError,
        "^Input sample_weight contains NaN.",
    ),
    "infinite weight": Bad(
        {"sample_weight": np.inf}, ValueError, "^Input sample_weight contains infinity"
    ),
    "too few weights": Bad(
        {"sample_weight": np.ones(59)},
        ValueError,
        r"^sample_weight must be None, a number or of shape \(60,\), one weight a row. Got shape "
        r"\(59,\) instead.$",
    ),
    "a column of weights": Bad(
        {"sample_weight": np.ones((60, 1))}, ValueError, r"Got shape \(60, 1\) instead.$"
    ),
    "words for weights": Bad(
        {"sample_weight": ["heavy"] * 60}, ValueError, "^sample_weight: could not convert string"
    ),
}

BAD_VALIDATION_DATA = {
    "X_val without y_val": Bad(
        {"y_val": None}, ValueError, "^X_val was given without y_val: pass both, or neither.$"
    ),
    "y_val without X_val": Bad(
        {"X_val": None}, ValueError, "^y_val was given without X_val: pass both, or neither.$"
    ),
    "weights alone": Bad(
        {"X_val": None, "y_val": None, "sample_weight_val": np.ones(12)},
        ValueError,
        "^sample_weight_val was given without X_val and y_val: pass all three.$",
    ),
    "other columns": Bad(
        {"X_val": X_VAL[:, :3]}, ValueError, "^X_val: X has 3 features, but .* is expecting 5"
    ),
    "NaN in X_val": Bad(
        {"X_val": with_entry(X_VAL, np.nan)}, ValueError, "^X_val: Input X contains NaN."
    ),
    "dates in X_val": Bad(
        {"X_val": DAYS[:12, None]}, TypeError, "^X_val: X must have numbers. Got dates or durations"
    ),
    "words in X_val": Bad({"X_val": X_VAL.astype(str)}, ValueError, "^X_val: dtype='numeric'"),
    "no rows": Bad({"X_val": X[:0], "y_val": Y[:0]}, ValueError, "^X_val: Found array with 0 samp"),
    "y_val shorter than X_val": Bad(
        {"y_val": Y[:11]}, ValueError, r"^X_val and y_val: .* numbers of samples: \[12, 11\]$"
    ),
    "y_val of several columns": Bad(
        {"y_val": np.column_stack([Y_VAL, Y_VAL])}, ValueError, "^y_val: y should be a 1d array"
    ),
    "unseen labels": Bad(
        {"y_val": Y_VAL + 2},
        ValueError,
        r"^y_val contains labels that are none of the classes: \[3, 4\]. The classes are "
        r"\[0, 1, 2\].$",
    ),
    "labels of another kind": Bad(
        {"y_val": WORDS[:12]}, ValueError, r"^y_val contains labels .* classes: \['ant', 'bee'"
    ),
    "NaN in y_val": Bad(
        {"y_val": with_entry(Y_VAL, np.nan)}, ValueError, "^Input y_val contains NaN"
    ),
    "labels of two kinds": Bad(
        {"y_val": np.array(["ant", None] * 6, object)}, TypeError, "^y_val must have labels of one"
    ),
    "negative weight": Bad(
        {"sample_weight_val": -1.0}, ValueError, "passed to `sample_weight_val`: weights must be"
    ),
    "zero weights": Bad(
        {"sample_weight_val": 0}, ValueError, "^sample_weight_val has only zero weights"
    ),
    "too few weights": Bad(
        {"sample_weight_val": np.ones(11)}, ValueError, "^sample_weight_val must be .* Got shape"
    ),
}


def refuse(bad, call):
    with pytest.raises(bad.error, match=bad.message):
        call()


@pytest.mark.parametrize("bad", BAD_TRAINING_DATA.values(), ids=BAD_TRAINING_DATA)
def test_bad_training_data_are_refused(bad):
    arguments = {"X": X, "y": Y, "sample_weight": None, **bad.changes}
    refuse(bad, lambda: checked(KerasMLPClassifier(), **arguments))


@pytest.mark.parametrize("bad", BAD_VALIDATION_DATA.values(), ids=BAD_VALIDATION_DATA)
def test_bad_validation_data_are_refused(bad):
    estimator = KerasMLPClassifier()
    _, labels = checked(estimator, X, Y, None)
    arguments = {"X_val": X_VAL, "y_val": Y_VAL, "sample_weight_val": None, **bad.changes}
    refuse(bad, lambda: checked_validation(estimator, labels, *arguments.values()))


def training(X=X, y=Y, sample_weight=None):
    return checked(KerasMLPClassifier(), X, y, sample_weight)


def validation(X_val=X_VAL, y_val=Y_VAL, sample_weight_val=None, X=X, y=Y):
    estimator = KerasMLPClassifier()
    _, labels = checked(estimator, X, y, None)
    return checked_validation(estimator, labels, X_val, y_val, sample_weight_val)


def test_inputs_keep_their_dtype():
    for dtype in ("float32", "float64", "uint8", "bool"):
        assert training(X=(X > 0).astype(dtype))[0].inputs.dtype == dtype


def test_objects_that_are_numbers_become_floats():
    inputs = training(X=X.astype(object))[0].inputs
    assert inputs.dtype == np.float64
    np.testing.assert_array_equal(inputs, X)


def test_columns_and_their_names_are_noted():
    estimator = KerasMLPClassifier()
    checked(estimator, pd.DataFrame(X, columns=list("abcde")), Y, None)
    assert estimator.n_features_in_ == 5
    assert list(estimator.feature_names_in_) == list("abcde")


def test_rows_with_other_names_are_refused():
    estimator = KerasMLPClassifier()
    checked(estimator, pd.DataFrame(X, columns=list("abcde")), Y, None)
    with pytest.raises(ValueError, match="feature names should match"):
        check_inputs(estimator, pd.DataFrame(X, columns=list("edcba")))


@pytest.mark.parametrize(("dated", "where"), DATED.values(), ids=DATED)
def test_rows_of_dates_are_refused(dated, where):
    estimator = KerasMLPClassifier()
    checked(estimator, np.ones((60, np.shape(dated)[-1])), Y, None)
    with pytest.raises(TypeError, match=f"^X must have numbers. Got dates or durations {where} "):
        check_inputs(estimator, dated)


def test_validation_rows_with_other_names_are_refused():
    with pytest.raises(ValueError, match=r"^X_val: The feature names should match"):
        validation(
            X=pd.DataFrame(X, columns=list("abcde")),
            X_val=pd.DataFrame(X_VAL, columns=list("edcba")),
        )


@pytest.mark.parametrize("positive", [1, 3.5, True, 1e300, 1e-300, np.full(60, 7)], ids=repr)
def test_equal_weights_are_all_one(positive):
    np.testing.assert_array_equal(training(sample_weight=positive)[0].weights, np.ones(60))


def test_weights_keep_their_proportions():
    weights = np.linspace(1, 2, 60)
    np.testing.assert_allclose(training(sample_weight=weights)[0].weights, weights / 2)


@pytest.mark.parametrize("too_small", [1e-200, 1e200 * LEAST_WEIGHT / 2])
def test_weights_too_small_beside_the_largest_count_as_zero(too_small):
    examples, labels = training(sample_weight=np.where(Y == 0, too_small, 1e200))
    np.testing.assert_array_equal(examples.index, np.flatnonzero(Y))
    np.testing.assert_array_equal(examples.weights, np.ones(40))
    np.testing.assert_array_equal(labels.classes, [1, 2])


def test_the_least_weight_that_counts_is_kept():
    weights = np.where(Y == 0, LEAST_WEIGHT, 1.0)
    np.testing.assert_array_equal(training(sample_weight=weights)[0].weights, weights)


def test_weights_of_the_caller_are_left_alone():
    weights = np.full(60, 3.0)
    training(sample_weight=weights)
    assert (weights == 3).all()


def test_rows_of_weight_zero_are_left_out():
    weights = np.where(np.arange(60) < 9, 0.0, 1.0)
    examples, _ = training(sample_weight=weights)
    np.testing.assert_array_equal(examples.index, np.arange(9, 60))
    np.testing.assert_array_equal(examples.targets, Y[9:])
    np.testing.assert_array_equal(examples.weights, np.ones(51))


def test_validation_rows_of_weight_zero_are_left_out_with_their_labels():
    weights = np.where(np.arange(12) < 5, 0.0, 1.0)
    examples = validation(y_val=np.where(weights, Y_VAL, 77), sample_weight_val=weights)
    np.testing.assert_array_equal(examples.index, np.arange(5, 12))
    np.testing.assert_array_equal(examples.targets, Y_VAL[5:])


def test_validation_rows_too_light_to_count_are_left_out():
    weights = np.where(np.arange(12) < 5, 1e-200, 1.0)
    np.testing.assert_array_equal(validation(sample_weight_val=weights).index, np.arange(5, 12))


def test_a_class_that_only_zero_weights_have_is_none():
    labels = training(sample_weight=(Y != 1).astype(float))[1]
    np.testing.assert_array_equal(labels.classes, [0, 2])


def test_no_validation_data_is_none():
    assert validation(X_val=None, y_val=None) is None


def test_validation_labels_may_lack_classes():
    np.testing.assert_array_equal(validation(y_val=np.full(12, 2)).targets, np.full(12, 2))


def test_a_column_of_labels_is_taken_with_a_warning():
    with pytest.warns(UserWarning, match="column-vector y was passed"):
        np.testing.assert_array_equal(training(y=Y[:, None])[0].targets, Y)


LABELS = {
    "int64": (Y, "int64"),
    "uint8": (Y.astype("uint8"), "uint8"),
    "negative and sparse ints": (Y * 1000 - 500, "int64"),
    "bool": (Y > 0, "bool"),
    "floats that are integers": (Y.astype(float), "float64"),
    "float32": (Y.astype("float32"), "float32"),
    "words": (WORDS, "<U3"),
    "words as objects": (WORDS.astype(object), "object"),
    "list of words": (WORDS.tolist(), "<U3"),
    "list of ints": (Y.tolist(), "int64"),
    "Series of ints": (pd.Series(Y, index=Y + 5), "int64"),
    "Series of words": (pd.Series(WORDS), "object"),
    "Categorical of words": (pd.Categorical(WORDS), "object"),
    "Series of a category of ints": (pd.Series(Y).astype("category"), "int64"),
}


@pytest.mark.parametrize(("y", "dtype"), LABELS.values(), ids=LABELS)
def test_classes_are_the_sorted_labels_in_their_own_dtype(y, dtype):
    examples, labels = training(y=y)
    assert labels.classes.dtype == dtype
    assert labels.classes.tolist() == sorted(set(np.asarray(y).tolist()))
    np.testing.assert_array_equal(labels.classes[np.ravel(examples.targets)], np.asarray(y))


def test_an_indicator_matrix_has_a_label_a_column():
    indicator = np.eye(3, dtype="uint8")[Y]
    for y in (indicator, scipy.sparse.csr_array(indicator), indicator.tolist()):
        examples, labels = training(y=y)
        np.testing.assert_array_equal(labels.classes, [0, 1, 2])
        np.testing.assert_array_equal(examples.targets, indicator)


def test_labels_may_be_those_of_an_earlier_call():
    _, labels = training()
    estimator = KerasMLPClassifier()
    estimator.n_features_in_ = X.shape[1]
    examples, same = checked(
        estimator, X[:5], np.full(5, 2), None, known=labels, keeps_classes=True
    )
    assert same is labels
    np.testing.assert_array_equal(examples.targets, np.full(5, 2))


def test_classes_may_be_more_than_those_that_come_first():
    estimator = KerasMLPClassifier()
    _, labels = checked(estimator, X[:5], np.full(5, 2), None, classes=[4, 2, 0])
    np.testing.assert_array_equal(labels.classes, [0, 2, 4])


@pytest.mark.parametrize("make", [np.asarray, list, np.ndarray.tolist])
def test_an_image_is_a_row(make):
    rows = np.arange(720.0).reshape(60, 12)
    np.testing.assert_array_equal(training(X=make(rows.reshape(60, 3, 4)))[0].inputs, rows)


@pytest.mark.parametrize("container", [np.asarray, scipy.sparse.csr_array])
def test_inputs_beyond_the_dtype_asked_for_are_refused(container):
    examples, _ = training(X=container(X * 1e300))
    with pytest.raises(ValueError, match=r"Input X .* too large for dtype\('float32'\)"):
        check_range(examples.inputs, "float32", "X")
    check_range(examples.inputs, "float64", "X")


def test_only_large_arrays_on_disk_are_read_in_chunks(tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert training(X=mapped)[0].chunk_rows is None
    with config_context(working_memory=0):
        assert training(X=X)[0].chunk_rows is None
        assert training(X=mapped)[0].chunk_rows == 64 * 2**20 // X[:1].nbytes


class Rows(np.ndarray):
    """A kind of array of its own."""


ROWS = X.astype("float32")
GIVEN = {
    "float32": ROWS,
    "float64": X,
    "a row": X[:1],
    "Fortran order": np.asfortranarray(X),
    "every other row": X[::2],
    "read-only": np.frombuffer(X.tobytes()).reshape(X.shape),
    "float16": X.astype("float16"),
    "another byte order": X.astype(">f8"),
    "integers": np.arange(20).reshape(4, 5),
    "truths": X > 0,
    "lists": X[:2].tolist(),
    "objects": X.astype(object),
    "words": np.full((2, 5), "ant"),
    "complex": X.astype(complex),
    "a subclass": X.view(Rows),
    "a matrix": X.view(np.matrix),
    "masked": np.ma.masked_array(X, X > 2),
    "sparse": scipy.sparse.csr_array(X),
    "a frame": pd.DataFrame(X),
    "a frame with names": pd.DataFrame(X, columns=list("abcde")),
    "images": X[:4].reshape(4, 5, 1),
    "NaN": with_entry(X, np.nan),
    "infinity": with_entry(ROWS, np.float32(np.inf)),
    "both infinities": np.array([[np.inf, -np.inf, 0.0, 0.0, 0.0]]),
    "a sum beyond the dtype": np.full((2, 5), np.finfo("float32").max),
    "no row": X[:0],
    "no column": X[:, :0],
    "a vector": X[0],
    "a number": np.float64(1.0),
    "too few columns": X[:, :4],
    "too many columns": np.hstack([X, X]),
}


def answer(clf, rows):
    """What a check gives, warns of or raises."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            found = check_inputs(clf, rows)
        except (TypeError, ValueError) as error:
            found = (type(error), str(error))
    told = [(each.category, str(each.message)) for each in warned]
    if scipy.sparse.issparse(found):
        found = found.toarray()
    if isinstance(found, np.ndarray):
        found = (type(found), found.dtype, found.shape, found.tobytes(), found.flags.writeable)
    return found, told


@pytest.mark.parametrize("finite", [False, True], ids=["", "assume_finite"])
@pytest.mark.parametrize("fitted_on", [X, pd.DataFrame(X, columns=list("abcde"))])
@pytest.mark.parametrize("rows", GIVEN.values(), ids=GIVEN)
@pytest.mark.usefixtures("numpy_errors_ignored")
def test_rows_that_need_no_check_are_those_that_scikit_learn_gives_back(
    rows, fitted_on, finite, monkeypatch
):
    clf = KerasMLPClassifier()
    checked(clf, fitted_on, Y)
    with config_context(assume_finite=finite):
        found = answer(clf, rows)
        monkeypatch.setattr(inputs_module, "_passes_all_checks", lambda clf, rows: False)
        assert found == answer(clf, rows)


def test_rows_that_need_no_check_are_the_same_array():
    clf = KerasMLPClassifier()
    checked(clf, X, Y)
    assert check_inputs(clf, ROWS) is ROWS
