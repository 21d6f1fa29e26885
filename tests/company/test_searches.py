"""Searches over hyperparameters: each score is that of fits done by hand."""

import numpy as np
import pytest
from joblib import parallel_config
from scipy.stats import loguniform, randint
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401, for its effect
from sklearn.metrics import get_scorer
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.company.small import X, Y, assert_same_network, small_classifier

FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)


def scores_by_hand(estimator, scoring="accuracy", cv=FOLDS):
    scorer = get_scorer(scoring)
    return [
        scorer(clone(estimator).fit(X[train], Y[train]), X[test], Y[test])
        for train, test in cv.split(X, Y)
    ]


def split_scores(search, candidate, metric="score"):
    results = search.cv_results_
    return [results[f"split{i}_test_{metric}"][candidate] for i in range(search.n_splits_)]


def assert_scores_are_those_of_fits_by_hand(search):
    """Fail unless each candidate scores what its own fits give, and the best one was refitted."""
    for candidate, parameters in enumerate(search.cv_results_["params"]):
        by_hand = scores_by_hand(clone(search.estimator).set_params(**parameters))
        assert split_scores(search, candidate) == by_hand
    refitted = clone(search.estimator).set_params(**search.best_params_).fit(X, Y)
    assert_same_network(search.best_estimator_, refitted)


def test_a_grid_search():
    grid = {
        "activation": ["relu", "tanh"],
        "learning_rate": [0.001, 0.05],
        "dropout": [0.0, 0.3],
    }
    search = GridSearchCV(small_classifier(), grid, cv=FOLDS).fit(X, Y)
    assert len(search.cv_results_["params"]) == 8
    assert_scores_are_those_of_fits_by_hand(search)


def test_a_randomized_search_over_distributions():
    distributions = {
        "learning_rate": loguniform(1e-3, 1e-1),
        "epochs": randint(1, 8),
        "init_stddev": [None, "he", 0.1],
    }
    search = RandomizedSearchCV(
        small_classifier(), distributions, n_iter=4, cv=FOLDS, random_state=0
    ).fit(X, Y)
    assert_scores_are_those_of_fits_by_hand(search)


def test_a_search_over_width_and_depth_as_scalars():
    search = RandomizedSearchCV(
        small_classifier(widths=6),
        {"widths": randint(2, 4), "depth": [0, 1]},
        n_iter=3,
        cv=FOLDS,
        random_state=0,
    ).fit(X, Y)
    assert_scores_are_those_of_fits_by_hand(search)


def test_a_halving_search_gives_more_epochs_to_fewer_candidates():
    search = HalvingGridSearchCV(
        small_classifier(),
        {"learning_rate": [1e-4, 1e-3, 1e-2, 1e-1]},
        resource="epochs",
        min_resources=2,
        max_resources=8,
        factor=2,
        cv=FOLDS,
    ).fit(X, Y)
    assert search.n_resources_ == [2, 4, 8]
    assert search.n_candidates_ == [4, 2, 1]
    assert search.best_params_["epochs"] == search.best_estimator_.n_iter_ == 8
    assert_scores_are_those_of_fits_by_hand(search)


def test_a_halving_search_over_the_epochs_of_a_pipeline():
    search = HalvingRandomSearchCV(
        make_pipeline(StandardScaler(), small_classifier()),
        {"kerasmlpclassifier__learning_rate": loguniform(1e-3, 1e-1)},
        resource="kerasmlpclassifier__epochs",
        n_candidates=3,
        min_resources=2,
        max_resources=6,
        factor=3,
        cv=FOLDS,
        random_state=0,
    ).fit(X, Y)
    assert search.best_estimator_[-1].n_iter_ == 6
    for candidate, parameters in enumerate(search.cv_results_["params"]):
        assert split_scores(search, candidate) == scores_by_hand(
            clone(search.estimator).set_params(**parameters)
        )


def test_a_halving_search_gives_more_rows_to_fewer_candidates():
    search = HalvingGridSearchCV(
        small_classifier(),
        {"learning_rate": [1e-3, 1e-2, 1e-1]},
        min_resources=30,
        factor=3,
        cv=FOLDS,
        random_state=0,
    ).fit(X, Y)
    assert search.n_resources_ == [30, 90]
    results = search.cv_results_
    first = results["iter"] == 0
    best = np.asarray(results["params"])[first][results["mean_test_score"][first].argmax()]
    assert search.best_params_ == best
    assert_same_network(search.best_estimator_, small_classifier(**best).fit(X, Y))


SEARCHES = {
    "grid": lambda: GridSearchCV(
        small_classifier(), {"activation": ["relu", "tanh"], "dropout": [0.0, 0.3]}, cv=FOLDS
    ),
    "random in a pipeline": lambda: RandomizedSearchCV(
        make_pipeline(StandardScaler(), small_classifier()),
        {"kerasmlpclassifier__learning_rate": loguniform(1e-3, 1e-1)},
        n_iter=4,
        cv=FOLDS,
        random_state=0,
    ),
    "halving": lambda: HalvingGridSearchCV(
        small_classifier(), {"learning_rate": [1e-4, 1e-3, 1e-2, 1e-1]}, cv=FOLDS, random_state=0
    ),
}


@pytest.mark.parametrize("make", SEARCHES.values(), ids=SEARCHES)
def test_a_search_in_threads_is_bitwise_the_sequential_one(make):
    sequential = make().fit(X, Y)
    with parallel_config("threading", n_jobs=2):
        in_threads = make().fit(X, Y)
    assert in_threads.best_params_ == sequential.best_params_
    for candidate in range(len(sequential.cv_results_["params"])):
        assert split_scores(in_threads, candidate) == split_scores(sequential, candidate)
    np.testing.assert_array_equal(in_threads.predict_proba(X), sequential.predict_proba(X))


def test_a_search_scored_by_several_metrics():
    metrics = ["accuracy", "roc_auc_ovr", "neg_log_loss"]
    search = GridSearchCV(
        small_classifier(),
        {"learning_rate": [0.001, 0.02]},
        scoring=metrics,
        refit="neg_log_loss",
        cv=FOLDS,
    ).fit(X, Y)
    for candidate, parameters in enumerate(search.cv_results_["params"]):
        for metric in metrics:
            by_hand = scores_by_hand(small_classifier(**parameters), metric)
            assert split_scores(search, candidate, metric) == by_hand
    assert search.best_params_ == {"learning_rate": 0.02}


def test_nested_cross_validation():
    inner = StratifiedKFold(2, shuffle=True, random_state=1)
    search = GridSearchCV(small_classifier(), {"learning_rate": [1e-4, 0.05]}, cv=inner)
    nested = cross_val_score(search, X, Y, cv=FOLDS)
    for score, (train, test) in zip(nested, FOLDS.split(X, Y), strict=True):
        means = [
            cross_val_score(clone(search.estimator).set_params(**p), X[train], Y[train], cv=inner)
            for p in ({"learning_rate": 1e-4}, {"learning_rate": 0.05})
        ]
        rate = (1e-4, 0.05)[int(np.argmax(np.mean(means, axis=1)))]
        best = small_classifier(learning_rate=rate).fit(X[train], Y[train])
        assert score == best.score(X[test], Y[test])


METHODS = ["predict", "predict_proba", "predict_log_proba", "decision_function"]


@pytest.mark.parametrize("method", METHODS)
def test_cross_validated_predictions_are_those_of_each_fold(method):
    predicted = cross_val_predict(small_classifier(), X, Y, cv=FOLDS, method=method)
    for train, test in FOLDS.split(X, Y):
        fitted = small_classifier().fit(X[train], Y[train])
        np.testing.assert_array_equal(predicted[test], getattr(fitted, method)(X[test]))


def test_cross_validation_returns_the_estimators_of_the_folds():
    results = cross_validate(
        small_classifier(), X, Y, cv=FOLDS, return_estimator=True, return_train_score=True
    )
    for fold, (train, _) in enumerate(FOLDS.split(X, Y)):
        fitted = results["estimator"][fold]
        assert_same_network(fitted, small_classifier().fit(X[train], Y[train]))
        assert results["train_score"][fold] == fitted.score(X[train], Y[train])


def test_a_candidate_that_cannot_be_fitted_scores_nan():
    search = GridSearchCV(small_classifier(), {"dropout": [0.0, 1.0]}, cv=FOLDS, error_score=np.nan)
    with (
        pytest.warns(FitFailedWarning, match="The 'dropout' parameter"),
        pytest.warns(UserWarning, match="One or more of the test scores are non-finite"),
    ):
        search.fit(X, Y)
    assert np.isnan(split_scores(search, 1)).all()
    assert split_scores(search, 0) == scores_by_hand(small_classifier())


def test_a_search_of_illegal_candidates_alone_tells_why():
    search = GridSearchCV(small_classifier(), {"dropout": [1.0, -0.5]}, cv=FOLDS)
    with pytest.raises(ValueError, match=r"(?s)All the 6 fits failed.*The 'dropout' parameter"):
        search.fit(X, Y)
