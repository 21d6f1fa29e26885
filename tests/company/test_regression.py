"""The regressor in scikit-learn's tools for regression gives what it gives by hand."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingRegressor,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    RandomizedSearchCV,
    cross_val_predict,
    cross_val_score,
)
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.company.small import X, assert_same_network, small_regressor

QUANTITY = X @ np.array([1.0, -2.0, 0.5, 0.0]) + np.sin(X[:, 0])
TWO = np.column_stack([QUANTITY, -QUANTITY])
FOLDS = KFold(3, shuffle=True, random_state=0)


def test_a_pipeline_trains_on_what_its_steps_give():
    pipeline = make_pipeline(StandardScaler(), small_regressor()).fit(X, QUANTITY)
    by_hand = small_regressor().fit(StandardScaler().fit_transform(X), QUANTITY)
    assert_same_network(pipeline[-1], by_hand)


def test_a_grid_search_over_losses_scores_by_r2():
    grid = {"loss": ["squared_error", "huber"], "scale_target": [True, False]}
    search = GridSearchCV(small_regressor(), grid, cv=FOLDS).fit(X, QUANTITY)
    for candidate, found in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        by_hand = cross_val_score(small_regressor(**candidate), X, QUANTITY, cv=FOLDS)
        assert found == pytest.approx(by_hand.mean())


@pytest.mark.parametrize("scoring", ["neg_mean_absolute_error", "neg_root_mean_squared_error"])
def test_a_random_search_in_threads_is_the_sequential_one(scoring):
    def searched(n_jobs):
        search = RandomizedSearchCV(
            small_regressor(),
            {"learning_rate": [0.01, 0.02, 0.05]},
            n_iter=2,
            cv=FOLDS,
            scoring=scoring,
            random_state=0,
            n_jobs=n_jobs,
        )
        from joblib import parallel_backend

        with parallel_backend("threading"):
            return search.fit(X, QUANTITY).cv_results_["mean_test_score"]

    np.testing.assert_array_equal(searched(1), searched(2))


TOOLS = {
    "voting": lambda member: VotingRegressor([("mlp", member), ("linear", LinearRegression())]),
    "stacking": lambda member: StackingRegressor([("mlp", member)], cv=3),
    "bagging": lambda member: BaggingRegressor(member, n_estimators=2, random_state=0),
    "boosting": lambda member: AdaBoostRegressor(member, n_estimators=2, random_state=0),
    "a transformed target": lambda member: TransformedTargetRegressor(
        member, transformer=StandardScaler()
    ),
}


@pytest.mark.parametrize("make", TOOLS.values(), ids=TOOLS)
def test_a_tool_that_holds_it_predicts_the_same_each_time(make):
    tool = make(small_regressor(epochs=20))
    first = clone(tool).fit(X, QUANTITY).predict(X)
    assert np.corrcoef(first, QUANTITY)[0, 1] > 0.9
    np.testing.assert_array_equal(tool.fit(X, QUANTITY).predict(X), first)


def test_a_network_for_each_quantity_is_the_one_trained_on_it_alone():
    several = MultiOutputRegressor(small_regressor()).fit(X, TWO)
    assert_same_network(several.estimators_[1], small_regressor().fit(X, TWO[:, 1]))


def test_a_chain_trains_on_the_quantities_before():
    chain = RegressorChain(small_regressor()).fit(X, TWO)
    by_hand = small_regressor().fit(np.column_stack([X, TWO[:, 0]]), TWO[:, 1])
    assert_same_network(chain.estimators_[1], by_hand)


def test_cross_validated_predictions_are_those_of_each_fold():
    predicted = cross_val_predict(small_regressor(), X, TWO, cv=FOLDS)
    for train, test in FOLDS.split(X):
        fitted = small_regressor().fit(X[train], TWO[train])
        np.testing.assert_array_equal(predicted[test], fitted.predict(X[test]))


def test_inspection_finds_the_column_that_counts_for_nothing():
    fitted = small_regressor(epochs=40).fit(X, QUANTITY)
    importances = permutation_importance(fitted, X, QUANTITY, n_repeats=3, random_state=0)
    assert importances.importances_mean.argmin() == 3
    average = partial_dependence(fitted, X, [1])["average"]
    assert average[0, 0] > average[0, -1]
