"""What to search, and what a search found."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import FitFailedWarning, NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    ParameterSampler,
    RandomizedSearchCV,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPClassifier, search_results_frame, search_space
from sk_mnist_mlp.parameters import check_parameters
from tests.company.small import X, Y, small_classifier

ARCHITECTURE = ("widths", "depth", "activation", "batch_norm", "optimizer")


def samples(n_samples):
    return list(ParameterSampler(search_space(), n_samples, random_state=0))


def test_the_space_covers_what_matters_most():
    at_run_time = {"init_stddev", "dropout", "learning_rate"}
    assert set(search_space()) == {*ARCHITECTURE, *at_run_time}


def test_every_sample_of_the_space_is_legal():
    for sample in samples(200):
        check_parameters("KerasMLPClassifier", KerasMLPClassifier(**sample).get_params())


def test_the_architectures_of_the_space_are_few():
    architectures = {
        (*(sample[name] for name in ARCHITECTURE), sample["dropout"] > 0)
        for sample in samples(1000)
    }
    assert len(architectures) == 32


def test_numbers_that_compile_nothing_never_repeat():
    for name in ("dropout", "learning_rate"):
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


VALUES = {
    "numbers keep their dtype": ([1e-3, 1e-2], np.float64),
    "None stays None": ([None, 0.01], object),
}


@pytest.mark.parametrize(("values", "dtype"), VALUES.values(), ids=VALUES)
def test_values_are_those_of_the_search(values, dtype):
    search = GridSearchCV(small_classifier(epochs=1), {"learning_rate": values}, cv=2).fit(X, Y)
    column = search_results_frame(search)["learning_rate"]
    assert set(column) == set(values)
    assert column.dtype == dtype


def test_tuples_are_values():
    search = GridSearchCV(small_classifier(epochs=1), {"widths": [(), (6,)]}, cv=2).fit(X, Y)
    assert set(search_results_frame(search)["widths"]) == {(), (6,)}


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
