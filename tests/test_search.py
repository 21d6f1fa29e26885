"""What to search, and what a search found."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401, for its effect
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    ParameterSampler,
    RandomizedSearchCV,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import (
    KerasMLPClassifier,
    KerasMLPRegressor,
    search_results_frame,
    search_space,
    training_cache_info,
)
from sk_mnist_mlp.parameters.checked import check_parameters
from tests.company.small import X, Y, small_classifier
from tests.programs import empty_training_cache

ARCHITECTURE = ("widths", "depth", "activation", "batch_norm", "optimizer")


NUMBERS = (
    "learning_rate",
    "warmup",
    "dropout",
    "input_dropout",
    "weight_decay",
    "label_smoothing",
    "averaging",
)


ESTIMATORS = {"classification": KerasMLPClassifier, "regression": KerasMLPRegressor}


def samples(n_samples, **of):
    return list(ParameterSampler(search_space(**of), n_samples, random_state=0))


def test_the_space_covers_what_matters_most():
    assert set(search_space()) == {*ARCHITECTURE, "init_stddev", "schedule", *NUMBERS}


def test_the_space_of_a_regressor_lacks_what_only_a_classifier_has():
    lacking = search_space().keys() - search_space(task="regression").keys()
    assert (
        lacking
        == {"label_smoothing"}
        == search_space().keys() - KerasMLPRegressor().get_params().keys()
    )


def test_a_space_of_no_task_is_refused():
    with pytest.raises(ValueError, match=r"'task' must be .* or 'regression'\. Got 1"):
        search_space(task=1)


@pytest.mark.parametrize("task", ESTIMATORS)
def test_every_sample_of_the_space_is_legal(task):
    for sample in samples(200, task=task):
        check_parameters("estimator", ESTIMATORS[task](**sample).get_params())


def test_the_architectures_of_the_space_are_few():
    architectures = {
        (*(sample[name] for name in ARCHITECTURE), *(sample[name] > 0 for name in NUMBERS))
        for sample in samples(1000)
    }
    assert len(architectures) == 32


def test_numbers_that_compile_nothing_never_repeat():
    for name in NUMBERS:
        assert len({sample[name] for sample in samples(100)}) == 100


def test_a_space_may_be_changed_without_changing_the_next_one():
    space = search_space()
    space["widths"].append(8)
    del space["dropout"]
    assert search_space()["widths"] == [64, 256]
    assert "dropout" in search_space()


def test_a_random_search_in_a_pipeline_takes_one_line():
    pipeline = Pipeline([("scale", StandardScaler()), ("mlp", small_classifier(epochs=2))])
    search = RandomizedSearchCV(pipeline, search_space("mlp__"), n_iter=2, cv=2, random_state=0)
    search.fit(X, Y)
    assert search.best_params_.keys() == {f"mlp__{name}" for name in search_space()}


def test_a_prefix_that_is_no_step_is_scikit_learns_own_error():
    pipeline = Pipeline([("scale", StandardScaler()), ("mlp", small_classifier())])
    search = RandomizedSearchCV(pipeline, search_space("net__"), n_iter=1, cv=2, random_state=0)
    with pytest.raises(ValueError, match="Invalid parameter 'net' for estimator Pipeline"):
        search.fit(X, Y)


def test_a_random_search_over_every_number_compiles_once_for_each_architecture():
    space = {name: values for name, values in search_space().items() if name not in ARCHITECTURE}
    space |= {"widths": [(4,), (3,)], "n_iter_no_change": [2, 5], "tol": uniform(0, 1e-3)}
    space |= {"adversarial": loguniform(1e-3, 1), "dropout_schedule": ["linear", "cosine"]}
    space |= {"epochs": [1, 2], "validation_fraction": uniform(0.2, 0.2)}
    estimator = small_classifier(early_stopping=True)
    with empty_training_cache():
        search = RandomizedSearchCV(estimator, space, n_iter=60, cv=2, random_state=0)
        search.fit(X, Y)
        assert training_cache_info().compilations == 2
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def fitted_search(grid, search_class=GridSearchCV, **settings):
    # The default solver of scikit-learn 1.6 warns of its SciPy.
    estimator = LogisticRegression(solver="newton-cg")
    return search_class(estimator, grid, cv=2, **settings).fit(X, Y)


def test_the_frame_has_a_row_a_candidate_the_best_first():
    search = fitted_search({"C": [1e-6, 1.0, 1e-4]})
    frame = search_results_frame(search)
    assert frame["mean_test_score"].is_monotonic_decreasing
    assert frame["C"][0] == search.best_params_["C"]
    assert sorted(frame["C"]) == [1e-6, 1e-4, 1.0]
    assert list(frame.index) == [0, 1, 2]


def test_the_frame_has_parameters_and_scores_first_and_all_else_after():
    search = fitted_search({"C": [0.1, 1.0], "tol": [0.1]})
    frame = search_results_frame(search)
    scores = ["rank_test_score", "mean_test_score", "std_test_score"]
    assert list(frame.columns[:5]) == ["C", "tol", *scores]
    rest = {name for name in search.cv_results_ if not name.startswith("param")}
    assert set(frame.columns) == {"C", "tol", *rest}
    row = frame[frame["C"] == 1.0].iloc[0]
    assert row["split1_test_score"] == search.cv_results_["split1_test_score"][1]


def test_candidates_of_one_rank_keep_their_order():
    frame = search_results_frame(fitted_search({"tol": [0.3, 0.1, 0.2], "C": [1e-9]}))
    assert frame["tol"].tolist() == [0.3, 0.1, 0.2]


def test_a_parameter_that_a_candidate_does_not_have_is_missing():
    frame = search_results_frame(fitted_search([{"C": [1.0]}, {"tol": [0.1]}]))
    assert frame["C"].isna().sum() == frame["tol"].isna().sum() == 1


class AnyParameter(ClassifierMixin, BaseEstimator):
    """Takes whatever it is searched over."""

    def __init__(self, value=None, other=None):
        self.value = value
        self.other = other

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def column(values, *, some_lack_it):
    grid = [{"value": values}, {"other": [1]}] if some_lack_it else {"value": values}
    search = GridSearchCV(AnyParameter(), grid, cv=2).fit(X, Y)
    return search_results_frame(search)["value"]


PLAIN = {
    "ints": ([8, np.int32(16)], "int64"),
    "floats": ([1e-3, np.nan, np.inf], "float64"),
    "bools": ([True, np.bool_(False)], "bool"),
    "strings": (["relu", "tanh"], pd.Series(["relu"]).dtype),
}


@pytest.mark.parametrize(("values", "dtype"), PLAIN.values(), ids=PLAIN)
def test_values_of_one_plain_kind_have_its_dtype(values, dtype):
    found = column(values, some_lack_it=False)
    assert found.dtype == dtype
    pd.testing.assert_series_equal(found, pd.Series(values, name="value"))


def test_floats_that_some_candidates_lack_stay_floats():
    found = column([0.1, 0.2], some_lack_it=True)
    pd.testing.assert_series_equal(found, pd.Series([0.1, 0.2, np.nan], name="value"))


OTHERS = {
    "None beside a float": [None, 0.01],
    "None beside an int": [None, 1],
    "None beside a string": [None, "balanced"],
    "an int beside a float": [5, np.inf],
    "an int beside NaN": [0, np.nan],
    "a bool beside an int": [True, 2],
    "a bool beside a string": [False, "before"],
    "an int beside a tuple": [64, (64, 32)],
    "ints that no dtype holds": [1, 2**70],
    "arrays of equal length": [np.array([0.1, 0.2]), np.array([0.3, 0.4])],
    "arrays of several lengths": [np.array([8]), np.array([8, 4]), np.zeros(0, int)],
    "an array beside a number": [np.array([0.1, 0.2]), 0.5],
    "an array beside None": [None, np.array([0.1, 0.2])],
    "tables": [np.eye(2), np.ones((2, 2))],
    "tuples": [(), (6,), (6, 4)],
    "tuples of equal length": [(8, 4), (6, 4)],
    "lists of equal length": [[8, 4], [6, 4]],
    "dicts": [{0: 1.0}, {0: 2.0}],
    "Series": [pd.Series([0.1, 0.2]), pd.Series([0.3])],
    "DataFrames": [pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})],
    "missing values of pandas": [pd.NA, pd.NaT, 1],
    "estimators": [LogisticRegression(), StandardScaler()],
    "estimators that have a length": [Pipeline([("scale", StandardScaler())]), None],
    "functions": [np.tanh, len],
    "dates": [np.datetime64("2020-01-01"), pd.Timestamp("2020-01-02")],
}


# NumPy's masked arrays, in which scikit-learn keeps candidates, ask pandas < 3 for it.
@pytest.mark.filterwarnings("ignore:.*_data is deprecated:DeprecationWarning")
@pytest.mark.parametrize("some_lack_it", [False, True], ids=["all have it", "one lacks it"])
@pytest.mark.parametrize("values", OTHERS.values(), ids=OTHERS)
def test_other_values_are_the_objects_that_were_searched(values, some_lack_it):
    found = column(values, some_lack_it=some_lack_it)
    assert found.dtype == object
    assert all(entry is value for entry, value in zip(found, values, strict=False))
    assert len(found) == len(values) + some_lack_it
    assert not some_lack_it or found.iloc[-1] is math.nan


@pytest.mark.parametrize("values", [PLAIN[kind][0] for kind in ("ints", "bools", "strings")])
def test_plain_values_that_some_candidates_lack_are_the_objects_that_were_searched(values):
    found = column(values, some_lack_it=True)
    assert found.dtype == object
    assert [*found[:-1]] == values
    assert list(map(type, found[:-1])) == list(map(type, values))
    assert math.isnan(found.iloc[-1])


GRIDS = {
    "for each candidate": {
        "epochs": [1, 2],
        "early_stopping": [False, True],
        "n_iter_no_change": [1, math.inf],
        "widths": [np.array([4]), np.array([4, 4])],
        "dropout": [0, 0.5],
    },
    "for some candidates": [
        {"epochs": [2], "depth": [2], "widths": [np.int64(8)], "early_stopping": [True]},
        {"batch_size": [8], "widths": [np.array([8, 4])], "dropout": [np.array([0.1, 0.2])]},
    ],
}


class Untrained(KerasMLPClassifier):
    """Takes what its parent takes, and learns nothing."""

    def fit(self, X, y):
        check_parameters("Untrained", self.get_params(deep=False))
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
def test_every_value_of_the_frame_is_legal_to_set_again(grid):
    search = GridSearchCV(Untrained(), grid, cv=2, error_score="raise").fit(X, Y)
    frame = search_results_frame(search)
    for row, candidate in enumerate(search.cv_results_["params"]):
        Untrained(**{name: frame.loc[row, name] for name in candidate}).fit(X, Y)


METRICS = [("neg_log_loss", "neg_log_loss"), (False, "accuracy"), (lambda results: 0, "accuracy")]


@pytest.mark.parametrize(("refit", "metric"), METRICS, ids=["named", "none", "callable"])
def test_several_metrics_are_sorted_by_that_of_refit_or_by_the_first(refit, metric):
    scoring = ["accuracy", "neg_log_loss"]
    frame = search_results_frame(
        fitted_search({"C": [1e-6, 1.0, 1e-3]}, scoring=scoring, refit=refit)
    )
    assert list(frame.columns[1:4]) == [f"{s}_test_{metric}" for s in ("rank", "mean", "std")]
    assert frame[f"rank_test_{metric}"].is_monotonic_increasing


def test_the_last_iteration_of_a_halving_search_comes_first():
    search = fitted_search(
        {"C": [1e-6, 1e-4, 1e-2, 1.0]}, HalvingGridSearchCV, factor=2, random_state=0
    )
    frame = search_results_frame(search)
    assert frame["iter"].is_monotonic_decreasing
    assert frame["C"][0] == search.best_params_["C"]


def test_candidates_that_failed_come_last():
    search = GridSearchCV(small_classifier(epochs=1), {"dropout": [1.0, 0.5]}, cv=2)
    with pytest.warns(FitFailedWarning), pytest.warns(UserWarning, match="non-finite"):
        search.fit(X, Y)
    frame = search_results_frame(search)
    assert frame["dropout"].tolist() == [0.5, 1.0]
    assert pd.isna(frame["mean_test_score"][1])


def test_an_unfitted_search_is_refused():
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]})
    with pytest.raises(NotFittedError, match="GridSearchCV instance is not fitted yet"):
        search_results_frame(search)
