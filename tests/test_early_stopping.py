"""Early stopping by any scorer: whole fits."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.metrics import average_precision_score, fbeta_score, get_scorer, make_scorer
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

from sk_mnist_mlp import KerasMLPClassifier, training_cache_info
from tests.networks import assert_same_network
from tests.small_fits import Y_BINARY, X, Y, model_of, small, state_of

RNG = np.random.default_rng(3)
FOREVER = {"early_stopping": True, "n_iter_no_change": float("inf"), "epochs": 4}
X_VAL = RNG.normal(size=(30, 5))
ROWS = np.arange(30)


def share_of_right_rows(estimator, X, y, sample_weight=None):
    right = (estimator.predict(X) == y).reshape(len(y), -1).all(axis=1)
    return np.average(right, weights=sample_weight)


ANY_LABELS = ["accuracy", "f1_macro", share_of_right_rows]
TARGETS = {
    "binary": (Y_BINARY, ROWS % 2, [*ANY_LABELS, "average_precision", "roc_auc", "neg_log_loss"]),
    "two names": (
        np.array(["no", "yes"])[Y_BINARY],
        np.array(["no", "yes"])[ROWS % 2],
        [
            *ANY_LABELS,
            "balanced_accuracy",
            "roc_auc",
            "neg_log_loss",
            make_scorer(
                average_precision_score,
                response_method=("decision_function", "predict_proba"),
                pos_label="yes",
            ),
            make_scorer(fbeta_score, beta=2, pos_label="yes"),
        ],
    ),
    "multiclass": (
        np.array(["low", "mid", "top"])[Y],
        np.array(["low", "mid", "top"])[ROWS % 3],
        [*ANY_LABELS, "balanced_accuracy", "roc_auc_ovr", "neg_log_loss"],
    ),
    "multilabel": (
        RNG.integers(0, 2, (60, 3)),
        RNG.integers(0, 2, (30, 3)),
        [*ANY_LABELS, "average_precision", "roc_auc"],
    ),
}
CASES = [
    pytest.param(y, y_val, scoring, id=f"{kind}-{getattr(scoring, '__name__', scoring)}")
    for kind, (y, y_val, scorings) in TARGETS.items()
    for scoring in scorings
]
WEIGHTS_VAL = np.linspace(0.1, 2.0, 30)


@pytest.mark.parametrize("weights", [None, WEIGHTS_VAL], ids=["alike", "weights"])
@pytest.mark.parametrize(("y", "y_val", "scoring"), CASES)
def test_scores_are_those_of_the_network_after_each_epoch(y, y_val, scoring, weights):
    validation = {"X_val": X_VAL, "y_val": y_val, "sample_weight_val": weights}
    clf = small(scoring=scoring, **FOREVER).fit(X, y, **validation)
    arguments = {} if weights is None else {"sample_weight": weights}
    scorer, by_epoch, expected = get_scorer(scoring), small(), []
    for _ in range(4):
        by_epoch.partial_fit(X, y, classes=clf.classes_)
        expected.append(scorer(by_epoch, X_VAL, y_val, **arguments))
    np.testing.assert_allclose(clf.validation_scores_, expected, rtol=1e-12)
    assert clf.best_validation_score_ == max(clf.validation_scores_)
    best = scorer(clf, X_VAL, y_val, **arguments)
    np.testing.assert_allclose(best, clf.best_validation_score_, rtol=1e-12)


def test_by_default_the_score_is_minus_the_loss():
    clf = small(**FOREVER, learning_rate=0.3).fit(X, Y, X_val=X_VAL, y_val=ROWS % 3)
    assert clf.validation_scores_ == [-loss for loss in clf.history_["val_loss"]]
    assert clf.best_validation_score_ == -min(clf.history_["val_loss"])


def test_class_weights_weigh_what_a_scorer_is_given():
    labels = np.repeat(["rare", "common", "many"], [6, 20, 34])
    clf = small(scoring="balanced_accuracy", class_weight="balanced", **FOREVER)
    given = np.linspace(0.5, 1.0, 30)
    clf.fit(X, labels, X_val=X[::2], y_val=labels[::2], sample_weight_val=given)
    weights = given * compute_sample_weight("balanced", labels)[::2]
    expected = get_scorer("balanced_accuracy")(clf, X[::2], labels[::2], sample_weight=weights)
    assert clf.best_validation_score_ == pytest.approx(expected, rel=1e-12)


def unweighted(estimator, X, y):
    return estimator.score(X, y)


def test_a_scorer_without_weights_serves_where_all_rows_weigh_alike():
    clf = small(scoring=unweighted, class_weight={0: 2, 1: 2, 2: 2}, **FOREVER)
    clf.fit(X, Y, sample_weight=np.full(60, 3.0))
    assert len(clf.validation_scores_) == 4


def test_a_scorer_without_weights_is_refused_where_there_are_some():
    message = "scoring=unweighted failed after epoch 1.*given the weights of the rows, of sample_w"
    with pytest.raises(ValueError, match=message):
        small(scoring=unweighted, class_weight={0: 2}, **FOREVER).fit(X, Y)


@pytest.mark.parametrize("routing", [False, True])
def test_weights_need_no_request_of_metadata_routing(routing):
    clf = small(scoring="roc_auc", **FOREVER)
    with config_context(enable_metadata_routing=routing):
        clf.fit(X, Y_BINARY, X_val=X, y_val=Y_BINARY, sample_weight_val=np.arange(60))
    expected = get_scorer("roc_auc")(clf, X, Y_BINARY, sample_weight=np.arange(60))
    assert clf.best_validation_score_ == pytest.approx(expected, rel=1e-12)


FRAMES = {
    "rows held out": {},
    "rows given": {"X_val": pd.DataFrame(X_VAL, columns=list("abcde")), "y_val": ROWS % 3},
}


@pytest.mark.parametrize("validation", FRAMES.values(), ids=FRAMES)
def test_names_of_columns_cause_no_warning(validation):
    frame = pd.DataFrame(X, columns=list("abcde"))
    clf = small(scoring="neg_log_loss", **FOREVER).fit(frame, Y, **validation)
    assert clf.feature_names_in_.tolist() == list("abcde")
    without = {name: np.asarray(given) for name, given in validation.items()}
    by_arrays = small(scoring="neg_log_loss", **FOREVER).fit(X, Y, **without)
    assert clf.validation_scores_ == by_arrays.validation_scores_


@pytest.mark.parametrize("given", [False, True], ids=["rows held out", "rows given"])
def test_sparse_rows_are_scored_as_dense_ones(given):
    rows = np.where(X > 0, X, 0.0)
    dense = {"X_val": rows[:30], "y_val": Y[:30]} if given else {}
    clf = small(scoring="roc_auc_ovr", **FOREVER).fit(rows, Y, **dense)
    thin = {"X_val": sparse.csc_array(rows[:30]), "y_val": Y[:30]} if given else {}
    other = small(scoring="roc_auc_ovr", **FOREVER).fit(sparse.csr_array(rows), Y, **thin)
    np.testing.assert_allclose(clf.validation_scores_, other.validation_scores_)


def test_the_scorer_sees_the_estimator_of_each_epoch():
    seen = []

    def remembers(estimator, X, y):
        seen.append(estimator)
        return -len(seen)

    clf = small(scoring=remembers, **FOREVER).fit(X, Y)
    assert [estimator.n_iter_ for estimator in seen] == [1, 2, 3, 4]
    assert all(len(estimator.history_["val_loss"]) == estimator.n_iter_ for estimator in seen)
    assert len({estimator.coefs_[0].tobytes() for estimator in seen}) == 4
    assert clf not in seen
    assert_same_network(clf, seen[0])
    assert not hasattr(clone(seen[0]), "coefs_")


def test_a_scorer_changes_nothing_but_the_choice_of_the_epoch():
    never = small(epochs=4).fit(X, Y, X_val=X_VAL, y_val=ROWS % 3)
    programs = training_cache_info()
    last = small(scoring=lambda estimator, X, y: estimator.n_iter_, **FOREVER)
    last.fit(X, Y, X_val=X_VAL, y_val=ROWS % 3)
    assert model_of(last) == model_of(never)
    assert last.history_ == never.history_
    assert training_cache_info().compilations == programs.compilations


def test_a_fit_goes_on_from_before_with_scores_of_its_own():
    clf = small(scoring="accuracy", warm_start=True, **FOREVER).fit(X, Y)
    first = clf.validation_scores_
    clf.set_params(scoring="neg_log_loss").fit(X, Y)
    assert clf.validation_scores_[:4] == first
    assert clf.best_validation_score_ == max(clf.validation_scores_[4:]) < 0


def test_partial_fit_asks_no_scorer():
    def fails(estimator, X, y):
        raise AssertionError

    clf = small(scoring=fails, early_stopping=True).partial_fit(X, Y, classes=[0, 1, 2])
    assert clf.validation_scores_ is None


def test_a_scorer_that_fails_ends_the_fit_after_its_first_epoch_and_leaves_the_estimator(capsys):
    epochs = []

    def fails(estimator, X, y):
        epochs.append(estimator.n_iter_)
        raise ZeroDivisionError("no luck")

    clf = small(epochs=2).fit(X, Y)
    clf.set_params(scoring=fails, early_stopping=True)
    before = state_of(clf.set_params(scoring=None))
    clf.set_params(scoring=fails)
    message = "early_stopping by scoring=fails failed after epoch 1: the scorer raised ZeroDivision"
    with pytest.raises(ValueError, match=message) as caught:
        clf.fit(X[:, :3], Y_BINARY)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert epochs == [1]
    assert state_of(clf.set_params(scoring=None)) == before


def test_a_metric_in_the_place_of_a_scorer_is_refused_before_training(monkeypatch):
    monkeypatch.setattr("sk_mnist_mlp.training.trainer.program_for", None)
    with pytest.raises(ValueError, match=r"metric function rather than a scorer.*make_scorer"):
        small(scoring=average_precision_score, early_stopping=True).fit(X, Y_BINARY)


def test_a_search_may_choose_the_scorer():
    scores = cross_val_score(small(scoring="roc_auc", **FOREVER), X, Y_BINARY, scoring="roc_auc")
    assert np.isfinite(scores).all()


# Rare classes


def average_precision(seed, **settings):
    """Of a network that was trained on 4,000 rows, 3% of them positive, on others."""
    rows, labels = make_classification(
        12_000, 20, n_informative=5, weights=[0.97], random_state=seed
    )
    rows = StandardScaler().fit(rows[:4_000]).transform(rows)
    clf = KerasMLPClassifier((64,), random_state=seed, **settings)
    clf.fit(rows[:4_000], labels[:4_000])
    return average_precision_score(labels[4_000:], clf.predict_proba(rows[4_000:])[:, 1])


def test_early_stopping_costs_little_on_rare_positives():
    never = [average_precision(seed) for seed in range(4)]
    stopping = [average_precision(seed, early_stopping=True) for seed in range(4)]
    assert np.mean(stopping) >= np.mean(never) - 0.04


@pytest.mark.parametrize("scoring", ["loss", None, "neg_log_loss"])
def test_a_fit_that_diverges_says_so_whatever_it_is_stopped_by(scoring):
    diverging = {"optimizer": "sgd", "learning_rate": 1e300, "dtype": "float32"}
    clf = small(**diverging, batch_size=64, early_stopping=True, scoring=scoring)
    with pytest.raises(ValueError, match="became NaN or infinite in epoch 1"):
        clf.fit(X, Y)
