"""Ensembles and reductions: what each gives follows from its members' fits done by hand."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.semi_supervised import SelfTrainingClassifier

from tests.company.small import X, Y, assert_same_network, small_classifier

INDICATOR = np.stack([Y == 0, X[:, 0] > 0, X[:, 1] + X[:, 2] > 0], axis=1).astype(int)


def test_soft_voting_averages_probabilities():
    members = [("small", small_classifier()), ("wide", small_classifier(widths=(9,)))]
    voting = VotingClassifier(members, voting="soft", weights=[1, 3]).fit(X, Y)
    by_hand = [clone(member).fit(X, Y).predict_proba(X) for _, member in members]
    np.testing.assert_allclose(
        voting.predict_proba(X), (by_hand[0] + 3 * by_hand[1]) / 4, rtol=1e-12
    )


def test_soft_voting_passes_sample_weights_on():
    weights = np.linspace(0.1, 2.0, len(Y))
    voting = VotingClassifier([("mlp", small_classifier())], voting="soft")
    voting.fit(X, Y, sample_weight=weights)
    by_hand = small_classifier().fit(X, Y, sample_weight=weights)
    assert_same_network(voting.estimators_[0], by_hand)


def test_stacking_trains_on_probabilities_of_held_out_rows():
    folds = StratifiedKFold(3)
    stacking = StackingClassifier(
        [("mlp", small_classifier()), ("bayes", GaussianNB())],
        final_estimator=GaussianNB(),
        cv=folds,
    ).fit(X, Y)
    assert stacking.stack_method_ == ["predict_proba", "predict_proba"]
    assert_same_network(stacking.estimators_[0], small_classifier().fit(X, Y))

    held_out = [
        cross_val_predict(member, X, Y, cv=folds, method="predict_proba")
        for member in (small_classifier(), GaussianNB())
    ]
    final = GaussianNB().fit(np.hstack(held_out), Y)
    np.testing.assert_array_equal(stacking.final_estimator_.theta_, final.theta_)


def test_a_stack_ends_in_the_classifier():
    stacking = StackingClassifier(
        [("bayes", GaussianNB())], final_estimator=small_classifier(), cv=3
    ).fit(X, Y)
    of_the_other = cross_val_predict(GaussianNB(), X, Y, cv=3, method="predict_proba")
    assert_same_network(stacking.final_estimator_, small_classifier().fit(of_the_other, Y))


def test_bagging_weighs_rows_by_how_often_they_were_drawn():
    bagging = BaggingClassifier(small_classifier(), n_estimators=3, random_state=0).fit(X, Y)
    for member, drawn in zip(bagging.estimators_, bagging.estimators_samples_, strict=True):
        counts = np.bincount(drawn, minlength=len(Y))
        assert_same_network(member, clone(member).fit(X, Y, sample_weight=counts))
    by_hand = np.mean([member.predict_proba(X) for member in bagging.estimators_], axis=0)
    np.testing.assert_allclose(bagging.predict_proba(X), by_hand, rtol=1e-12)
    first, second, _ = bagging.estimators_
    assert (first.coefs_[0] != second.coefs_[0]).any()


def test_bagging_draws_columns():
    bagging = BaggingClassifier(
        small_classifier(), n_estimators=2, max_features=2, bootstrap=False, random_state=0
    ).fit(X, Y)
    for member, columns in zip(bagging.estimators_, bagging.estimators_features_, strict=True):
        assert_same_network(member, clone(member).fit(X[:, columns], Y))


def test_boosting_weighs_up_the_rows_that_were_wrong():
    n_classes = 3
    boosting = AdaBoostClassifier(small_classifier(), n_estimators=2, random_state=0).fit(X, Y)
    first, second = boosting.estimators_
    wrong = first.predict(X) != Y
    error = wrong.mean()
    assert boosting.estimator_errors_[0] == pytest.approx(error)
    assert boosting.estimator_weights_[0] == pytest.approx(
        np.log((1 - error) / error) + np.log(n_classes - 1)
    )
    boosted = np.where(wrong, np.exp(boosting.estimator_weights_[0]), 1.0)
    by_hand = clone(second).fit(X, Y, sample_weight=boosted)
    np.testing.assert_allclose(second.coefs_[0], by_hand.coefs_[0], rtol=1e-8)


def test_one_vs_rest_trains_a_network_for_each_class():
    one_vs_rest = OneVsRestClassifier(small_classifier()).fit(X, Y)
    for label, member in enumerate(one_vs_rest.estimators_):
        assert_same_network(member, small_classifier().fit(X, label == Y))
    positive = np.stack([m.predict_proba(X)[:, 1] for m in one_vs_rest.estimators_], axis=1)
    normalised = positive / positive.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(one_vs_rest.predict_proba(X), normalised, rtol=1e-12)


def test_one_vs_rest_of_an_indicator_matrix():
    one_vs_rest = OneVsRestClassifier(small_classifier()).fit(X, INDICATOR)
    by_hand = [small_classifier().fit(X, column).predict(X) for column in INDICATOR.T]
    np.testing.assert_array_equal(one_vs_rest.predict(X), np.stack(by_hand, axis=1))


def test_a_chain_trains_on_the_labels_before():
    chain = ClassifierChain(small_classifier(), order=[1, 2, 0]).fit(X, INDICATOR)
    rows = X
    for member, column in zip(chain.estimators_, [1, 2, 0], strict=True):
        assert_same_network(member, small_classifier().fit(rows, INDICATOR[:, column]))
        rows = np.column_stack([rows, INDICATOR[:, column]])


def test_a_chain_predicts_from_its_own_predictions():
    chain = ClassifierChain(small_classifier(), order=[0, 1, 2]).fit(X, INDICATOR)
    rows = X
    for member in chain.estimators_:
        rows = np.column_stack([rows, member.predict(rows)])
    np.testing.assert_array_equal(chain.predict(X), rows[:, 4:])


def test_outputs_of_several_classes_have_a_network_each():
    outputs = np.stack([Y, X[:, 0] > 0], axis=1).astype(int)
    several = MultiOutputClassifier(small_classifier()).fit(X, outputs)
    for i, member in enumerate(several.estimators_):
        by_hand = small_classifier().fit(X, outputs[:, i])
        assert_same_network(member, by_hand)
        np.testing.assert_array_equal(several.predict_proba(X)[i], by_hand.predict_proba(X))
    assert several.predict(X).shape == outputs.shape


def test_several_outputs_are_trained_batch_by_batch():
    outputs = np.stack([Y, X[:, 0] > 0], axis=1).astype(int)
    several = MultiOutputClassifier(small_classifier())
    several.partial_fit(X, outputs, classes=[[0, 1, 2], [0, 1]]).partial_fit(X, outputs)
    for i, member in enumerate(several.estimators_):
        assert_same_network(member, small_classifier(epochs=2).fit(X, outputs[:, i]))


def test_self_training_labels_the_rows_that_it_is_sure_of():
    rows, labels = make_blobs(90, 4, centers=3, cluster_std=1.0, random_state=0)
    some = np.where(np.arange(90) % 3 == 0, labels, -1)
    classifier = small_classifier(epochs=40)
    training = SelfTrainingClassifier(classifier, threshold=0.9).fit(rows, some)
    sure = clone(classifier).fit(rows[some >= 0], some[some >= 0]).predict_proba(rows)
    first_round = (some < 0) & (sure.max(axis=1) > 0.9)
    np.testing.assert_array_equal(training.labeled_iter_ == 1, first_round)
    labelled = training.transduction_ >= 0
    assert labelled.mean() > 0.9
    np.testing.assert_array_equal(training.transduction_[labelled], labels[labelled])
    assert_same_network(
        training.estimator_,
        clone(classifier).fit(rows[labelled], training.transduction_[labelled]),
    )
