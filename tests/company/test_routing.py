"""Validation data and weights on their way through pipelines and searches."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.metrics import get_scorer, make_scorer
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_validate
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.company.small import X, Y, assert_same_network, small_classifier

FOLDS = StratifiedKFold(3)
WEIGHTS = np.linspace(0.1, 2.0, len(Y))
X_VAL, Y_VAL = X[::3] + 1.0, Y[::3]
WEIGHTS_VAL = np.linspace(2.0, 0.1, len(Y_VAL))


@pytest.fixture
def routing():
    with config_context(enable_metadata_routing=True):
        yield


def stopping(**changes):
    return small_classifier(early_stopping=True, epochs=8, n_iter_no_change=2, **changes)


def last_validation_loss(estimator, X, y):
    return estimator.history_["val_loss"][-1]


def test_a_pipeline_transforms_validation_rows_and_no_labels(routing):
    pipeline = make_pipeline(StandardScaler(), stopping(), transform_input=["X_val"])
    pipeline.fit(X, Y, X_val=X_VAL, y_val=Y_VAL, sample_weight_val=WEIGHTS_VAL)
    scaler = StandardScaler().fit(X)
    by_hand = stopping().fit(
        scaler.transform(X),
        Y,
        X_val=scaler.transform(X_VAL),
        y_val=Y_VAL,
        sample_weight_val=WEIGHTS_VAL,
    )
    assert pipeline[-1].history_ == by_hand.history_
    assert_same_network(pipeline[-1], by_hand)


def test_validation_labels_are_left_as_they_are(routing):
    names = np.array(["low", "mid", "top"])
    pipeline = make_pipeline(StandardScaler(), stopping(), transform_input=["X_val"])
    pipeline.fit(X, names[Y], X_val=X_VAL, y_val=names[Y_VAL])
    as_numbers = make_pipeline(StandardScaler(), stopping(), transform_input=["X_val"])
    as_numbers.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    assert pipeline[-1].history_ == as_numbers[-1].history_


def test_a_pipeline_without_routing_takes_transformed_rows_by_the_name_of_the_step():
    scaler = StandardScaler().fit(X)
    pipeline = Pipeline([("scale", StandardScaler()), ("mlp", stopping())])
    pipeline.fit(X, Y, mlp__X_val=scaler.transform(X_VAL), mlp__y_val=Y_VAL)
    with config_context(enable_metadata_routing=True):
        routed = make_pipeline(StandardScaler(), stopping(), transform_input=["X_val"])
        routed.fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    assert_same_network(pipeline[-1], routed[-1])


def test_sample_weights_are_routed_where_they_are_asked_for(routing):
    pipeline = make_pipeline(
        StandardScaler().set_fit_request(sample_weight=False),
        small_classifier().set_fit_request(sample_weight=True),
    )
    pipeline.fit(X, Y, sample_weight=WEIGHTS)
    scaled = StandardScaler().fit_transform(X)
    assert_same_network(pipeline[-1], small_classifier().fit(scaled, Y, sample_weight=WEIGHTS))


def test_sample_weights_go_by_another_name_where_that_is_asked_for(routing):
    pipeline = make_pipeline(
        StandardScaler().set_fit_request(sample_weight=False),
        small_classifier().set_fit_request(sample_weight="importance"),
    )
    pipeline.fit(X, Y, importance=WEIGHTS)
    scaled = StandardScaler().fit_transform(X)
    assert_same_network(pipeline[-1], small_classifier().fit(scaled, Y, sample_weight=WEIGHTS))


def test_sample_weights_that_nobody_asked_for_are_an_error(routing):
    pipeline = make_pipeline(small_classifier())
    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        pipeline.fit(X, Y, sample_weight=WEIGHTS)


def test_a_search_cuts_weights_to_its_folds(routing):
    classifier = small_classifier().set_fit_request(sample_weight=True)
    classifier.set_score_request(sample_weight=True)
    search = GridSearchCV(
        classifier,
        {"learning_rate": [0.02]},
        scoring=make_scorer(weighted_accuracy).set_score_request(sample_weight=True),
        cv=FOLDS,
    ).fit(X, Y, sample_weight=WEIGHTS)
    for fold, (train, test) in enumerate(FOLDS.split(X, Y)):
        by_hand = small_classifier().fit(X[train], Y[train], sample_weight=WEIGHTS[train])
        expected = by_hand.score(X[test], Y[test], sample_weight=WEIGHTS[test])
        assert search.cv_results_[f"split{fold}_test_score"][0] == pytest.approx(expected)
    whole = small_classifier().fit(X, Y, sample_weight=WEIGHTS)
    assert_same_network(search.best_estimator_, whole)


def weighted_accuracy(y_true, y_predicted, sample_weight):
    return np.average(y_true == y_predicted, weights=sample_weight)


def fitted_in_folds(search):
    """The networks of a search's folds, by what each validated on."""
    return [search.cv_results_[f"split{fold}_test_score"][0] for fold in range(3)]


@pytest.mark.parametrize("enabled", [False, True], ids=["without routing", "with routing"])
def test_a_search_passes_validation_rows_whole(enabled):
    with config_context(enable_metadata_routing=enabled):
        search = GridSearchCV(
            stopping(), {"learning_rate": [0.02]}, scoring=last_validation_loss, cv=FOLDS
        ).fit(X, Y, X_val=X_VAL, y_val=Y_VAL)
    by_hand = [
        stopping().fit(X[train], Y[train], X_val=X_VAL, y_val=Y_VAL).history_["val_loss"][-1]
        for train, _ in FOLDS.split(X, Y)
    ]
    assert fitted_in_folds(search) == by_hand


@pytest.mark.parametrize("enabled", [False, True], ids=["without routing", "with routing"])
def test_a_search_cuts_as_many_validation_rows_as_training_rows_to_its_folds(enabled):
    """scikit-learn takes an argument as long as X for one value a row, whatever its name."""
    X_val, y_val = X + 1.0, Y
    with config_context(enable_metadata_routing=enabled):
        search = GridSearchCV(
            stopping(), {"learning_rate": [0.02]}, scoring=last_validation_loss, cv=FOLDS
        ).fit(X, Y, X_val=X_val, y_val=y_val)
    by_hand = [
        stopping()
        .fit(X[train], Y[train], X_val=X_val[train], y_val=y_val[train])
        .history_["val_loss"][-1]
        for train, _ in FOLDS.split(X, Y)
    ]
    assert fitted_in_folds(search) == by_hand
    refitted = stopping().fit(X, Y, X_val=X_val, y_val=y_val)
    assert search.best_estimator_.history_ == refitted.history_


def test_a_search_over_a_pipeline_scales_the_validation_rows_fold_by_fold(routing):
    pipeline = make_pipeline(StandardScaler(), stopping(), transform_input=["X_val"])
    results = cross_validate(
        pipeline, X, Y, cv=FOLDS, params={"X_val": X_VAL, "y_val": Y_VAL}, return_estimator=True
    )
    for fitted, (train, _) in zip(results["estimator"], FOLDS.split(X, Y), strict=True):
        scaler = StandardScaler().fit(X[train])
        by_hand = stopping().fit(
            scaler.transform(X[train]), Y[train], X_val=scaler.transform(X_VAL), y_val=Y_VAL
        )
        assert fitted[-1].history_ == by_hand.history_
        assert_same_network(fitted[-1], by_hand)


REQUESTS = {
    "fit": {"sample_weight": None, "X_val": True, "y_val": True, "sample_weight_val": True},
    "partial_fit": {"classes": None, "sample_weight": None},
    "score": {"sample_weight": None},
}


@pytest.mark.parametrize("method", REQUESTS)
def test_what_each_method_requests(method):
    requests = small_classifier().get_metadata_routing()
    assert getattr(requests, method).requests == REQUESTS[method]


def test_weights_are_routed_to_partial_fit(routing):
    one_vs_rest = OneVsRestClassifier(
        small_classifier().set_partial_fit_request(sample_weight=True)
    )
    for _ in range(2):
        one_vs_rest.partial_fit(X, Y, classes=[0, 1, 2], sample_weight=WEIGHTS)
    for label, member in enumerate(one_vs_rest.estimators_):
        by_hand = small_classifier(epochs=2).fit(X, label == Y, sample_weight=WEIGHTS)
        assert_same_network(member, by_hand)


def test_a_scorer_of_scikit_learn_scores_with_routed_weights(routing):
    scorer = get_scorer("accuracy").set_score_request(sample_weight=True)
    fitted = small_classifier().fit(X, Y)
    assert scorer(fitted, X, Y, sample_weight=WEIGHTS) == pytest.approx(
        fitted.score(X, Y, sample_weight=WEIGHTS)
    )
