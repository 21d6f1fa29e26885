"""Data frames of pandas and polars: their values, their names, their labels."""

import datetime

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import DataConversionWarning
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import MaxAbsScaler

from tests.company.small import X, Y, assert_same_network, small_classifier

NAMES = ["width", "height", "depth", "mass"]
WHOLE = np.rint(X)
FRAME = pd.DataFrame(WHOLE, columns=NAMES)


def nullable(dtype):
    return FRAME.astype(dtype)


def with_pyarrow(dtype):
    pytest.importorskip("pyarrow")
    return FRAME.astype(dtype)


def polars_frame(frame=FRAME):
    polars = pytest.importorskip("polars")
    return polars.DataFrame({name: frame[name].to_numpy() for name in frame.columns})


def names(fitted):
    """Names that an estimator read: which libraries' frames have some differs by scikit-learn."""
    return getattr(fitted, "feature_names_in_", np.array([])).tolist()


FRAMES = {
    "float64": lambda: FRAME,
    "float32": lambda: FRAME.astype("float32"),
    "int16": lambda: FRAME.astype("int16"),
    "object": lambda: FRAME.astype(object),
    "Int64": lambda: nullable("Int64"),
    "Int8": lambda: nullable("Int8"),
    "Float64": lambda: nullable("Float64"),
    "Float32": lambda: nullable("Float32"),
    "int64[pyarrow]": lambda: with_pyarrow("int64[pyarrow]"),
    "double[pyarrow]": lambda: with_pyarrow("double[pyarrow]"),
    "mixed": lambda: FRAME.astype({"width": "Int64", "height": "Float32", "mass": "int32"}),
    "sparse": lambda: FRAME.astype(pd.SparseDtype("float64", 0.0)),
    "in Fortran order": lambda: pd.DataFrame(np.asfortranarray(WHOLE), columns=NAMES),
    "another index": lambda: FRAME.set_index(np.arange(90)[::-1] * 7),
    "polars": polars_frame,
    "polars int": lambda: polars_frame(FRAME.astype("int32")),
}


@pytest.mark.parametrize("make", FRAMES.values(), ids=FRAMES)
def test_a_frame_gives_what_its_values_give(make):
    frame = make()
    fitted = small_classifier().fit(frame, Y)
    assert names(fitted) == names(MaxAbsScaler().fit(frame))
    by_hand = small_classifier().fit(WHOLE, Y)
    assert_same_network(fitted, by_hand)
    np.testing.assert_array_equal(fitted.predict_proba(frame), by_hand.predict_proba(WHOLE))


def test_names_of_a_pandas_frame_are_kept():
    assert names(small_classifier(epochs=1).fit(FRAME, Y)) == NAMES


TIMES = [
    datetime.date(2026, 1, 1),
    datetime.datetime(2026, 1, 1),
    datetime.time(12),
    datetime.timedelta(days=1),
]


@pytest.mark.parametrize("time", TIMES, ids=[type(time).__name__ for time in TIMES])
@pytest.mark.parametrize("numbers", [[], ["width"]], ids=["alone", "beside numbers"])
def test_a_polars_column_of_times_is_refused(time, numbers):
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({name: WHOLE[:, 0] for name in numbers} | {"when": [time] * 90})
    with pytest.raises(TypeError, match=r"^X must have numbers. .* in the columns \['when'\] ins"):
        small_classifier().fit(frame, Y)


BOOLEANS = {
    "bool": lambda frame: frame,
    "boolean": lambda frame: frame.astype("boolean"),
    "bool[pyarrow]": lambda frame: frame.astype("bool[pyarrow]"),
}


@pytest.mark.parametrize("dtype", BOOLEANS)
def test_a_frame_of_booleans_gives_what_zeros_and_ones_give(dtype):
    if dtype.endswith("[pyarrow]"):
        pytest.importorskip("pyarrow")
    frame = BOOLEANS[dtype](FRAME > 0)
    fitted = small_classifier().fit(frame, Y)
    assert_same_network(fitted, small_classifier().fit((WHOLE > 0).astype(float), Y))


MISSING = {
    "Int64": lambda: nullable("Int64"),
    "Float64": lambda: nullable("Float64"),
    "int64[pyarrow]": lambda: with_pyarrow("int64[pyarrow]"),
}


@pytest.mark.parametrize("make", MISSING.values(), ids=MISSING)
def test_a_missing_value_is_refused(make):
    frame = make()
    frame.loc[3, "depth"] = pd.NA
    with pytest.raises(ValueError, match="NaN"):
        small_classifier().fit(frame, Y)
    with pytest.raises(ValueError, match="NaN"):
        small_classifier(epochs=1).fit(FRAME, Y).predict(frame)


def test_columns_in_another_order_are_refused():
    fitted = small_classifier(epochs=1).fit(FRAME, Y)
    for method in (fitted.predict, fitted.predict_proba, fitted.decision_function):
        with pytest.raises(ValueError, match="Feature names must be in the same order"):
            method(FRAME[NAMES[::-1]])
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        fitted.score(FRAME[NAMES[::-1]], Y)
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        fitted.partial_fit(FRAME[NAMES[::-1]], Y)


def test_columns_of_other_names_are_refused():
    fitted = small_classifier(epochs=1).fit(FRAME, Y)
    with pytest.raises(ValueError, match=r"(?s)unseen at fit time:\n- volume.*missing:\n- mass"):
        fitted.predict(FRAME.rename(columns={"mass": "volume"}))


def test_validation_columns_of_other_names_are_refused():
    other = FRAME.rename(columns={"mass": "volume"})
    with pytest.raises(ValueError, match="X_val: The feature names should match"):
        small_classifier().fit(FRAME, Y, X_val=other, y_val=Y)


def test_rows_without_names_are_warned_of():
    fitted = small_classifier(epochs=1).fit(FRAME, Y)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        fitted.predict(WHOLE)


def test_names_that_were_not_there_in_fit_are_warned_of():
    fitted = small_classifier(epochs=1).fit(WHOLE, Y)
    with pytest.warns(UserWarning, match="X has feature names, but KerasMLPClassifier was fitted"):
        fitted.predict(FRAME)


def test_names_that_are_not_all_strings_are_refused():
    with pytest.raises(TypeError, match="only supported if all input features have string names"):
        small_classifier().fit(FRAME.rename(columns={"mass": 3}), Y)


def test_numbered_columns_are_no_names():
    fitted = small_classifier().fit(pd.DataFrame(WHOLE), Y)
    assert not hasattr(fitted, "feature_names_in_")
    assert_same_network(fitted, small_classifier().fit(WHOLE, Y))


def test_another_fit_forgets_the_names():
    fitted = small_classifier(epochs=1).fit(FRAME, Y).fit(WHOLE, Y)
    assert not hasattr(fitted, "feature_names_in_")


INSIDE_FIT = {
    "rows held out": lambda frame: {},
    "rows given": lambda frame: {"X_val": frame[:20], "y_val": Y[:20]},
}


@pytest.mark.parametrize("make", [lambda: FRAME, polars_frame], ids=["pandas", "polars"])
@pytest.mark.parametrize("validation", INSIDE_FIT.values(), ids=INSIDE_FIT)
def test_early_stopping_validates_without_a_word_about_names(make, validation):
    frame = make()
    fitted = small_classifier(early_stopping=True).fit(frame, Y, **validation(frame))
    assert len(fitted.validation_scores_) == fitted.n_iter_


@pytest.mark.parametrize("make", [lambda: FRAME, polars_frame], ids=["pandas", "polars"])
def test_a_search_cuts_frames_to_its_folds(make):
    search = GridSearchCV(small_classifier(), {"learning_rate": [0.02]}, cv=3).fit(make(), Y)
    by_hand = GridSearchCV(small_classifier(), {"learning_rate": [0.02]}, cv=3).fit(WHOLE, Y)
    for fold in range(3):
        name = f"split{fold}_test_score"
        assert search.cv_results_[name] == by_hand.cv_results_[name]
    assert_same_network(search.best_estimator_, by_hand.best_estimator_)


COLOURS = np.array(["blue", "green", "red"])
LABELS = {
    "str": lambda: pd.Series(COLOURS[Y]),
    "object": lambda: pd.Series(COLOURS[Y], dtype=object),
    "category": lambda: pd.Series(COLOURS[Y], dtype="category"),
    "ordered category": lambda: pd.Series(
        pd.Categorical(COLOURS[Y], categories=COLOURS[::-1], ordered=True)
    ),
    "Categorical": lambda: pd.Categorical(COLOURS[Y]),
    "string[python]": lambda: pd.Series(COLOURS[Y], dtype="string[python]"),
    "string[pyarrow]": lambda: (
        pytest.importorskip("pyarrow") and pd.Series(COLOURS[Y], dtype="string[pyarrow]")
    ),
    "polars": lambda: pytest.importorskip("polars").Series(COLOURS[Y].tolist()),
    "polars Categorical": lambda: pytest.importorskip("polars").Series(
        COLOURS[Y].tolist(), dtype=pytest.importorskip("polars").Categorical
    ),
    "another index": lambda: pd.Series(COLOURS[Y], index=np.arange(90)[::-1]),
}


@pytest.mark.parametrize("make", LABELS.values(), ids=LABELS)
def test_labels_in_words(make):
    labels = make()
    fitted = small_classifier().fit(FRAME, labels)
    assert fitted.classes_.tolist() == COLOURS.tolist()
    assert set(fitted.predict(FRAME)) <= set(COLOURS)
    assert fitted.score(FRAME, labels) == np.mean(fitted.predict(FRAME) == COLOURS[Y])
    assert_same_network(fitted, small_classifier().fit(WHOLE, Y))


NUMBERS = ["int64", "uint8", "Int64", "Int8", "int64[pyarrow]"]


@pytest.mark.parametrize("dtype", NUMBERS)
def test_labels_in_numbers(dtype):
    if dtype.endswith("[pyarrow]"):
        pytest.importorskip("pyarrow")
    labels = pd.Series(Y, dtype=dtype)
    fitted = small_classifier().fit(FRAME, labels)
    assert fitted.classes_.tolist() == [0, 1, 2]
    assert fitted.score(FRAME, labels) == np.mean(fitted.predict(FRAME) == Y)
    assert_same_network(fitted, small_classifier().fit(WHOLE, Y))


@pytest.mark.parametrize("dtype", ["bool", "boolean"])
def test_labels_that_are_booleans(dtype):
    labels = pd.Series(Y > 0, dtype=dtype)
    fitted = small_classifier().fit(FRAME, labels)
    assert fitted.classes_.tolist() == [False, True]
    assert fitted.score(FRAME, labels) == np.mean(fitted.predict(FRAME) == (Y > 0))


@pytest.mark.parametrize("dtype", ["Int64", "boolean", "category", "string[python]"])
def test_a_missing_label_is_refused(dtype):
    values = Y > 0 if dtype == "boolean" else Y if dtype == "Int64" else COLOURS[Y]
    labels = pd.Series(values, dtype=dtype)
    labels[4] = pd.NA
    with pytest.raises((TypeError, ValueError), match=r"NaN|\bNA\b"):
        small_classifier().fit(FRAME, labels)


def test_a_column_of_labels_is_warned_of():
    with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
        fitted = small_classifier().fit(FRAME, pd.DataFrame({"colour": COLOURS[Y]}))
    assert_same_network(fitted, small_classifier().fit(WHOLE, Y))


def test_weights_go_by_their_place_and_not_by_their_index():
    weights = np.linspace(0.1, 2.0, 90)
    shuffled = pd.Series(weights, index=np.arange(90)[::-1])
    fitted = small_classifier().fit(FRAME, Y, sample_weight=shuffled)
    assert_same_network(fitted, small_classifier().fit(WHOLE, Y, sample_weight=weights))
