"""scikit-learn's own tools work on the classifier as on any other."""

import pickle

import joblib
import keras
import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPClassifier
from tests.small_fits import Y_BINARY, X, Y, model_of, small, state_of

PARAMETERS = {
    "widths": [4, 3],
    "depth": None,
    "activation": keras.activations.tanh,
    "init_stddev": ("he", 0.5),
    "batch_norm": "before",
    "dropout": (0.1, 0.2),
    "optimizer": "sgd",
    "learning_rate": 0.5,
    "epochs": 7,
    "batch_size": 5,
    "class_weight": {0: 1.0, 1: 2.0},
    "early_stopping": True,
    "validation_fraction": 0.2,
    "n_iter_no_change": 3,
    "tol": 0.01,
    "warm_start": True,
    "dtype": "float32",
    "random_state": 3,
    "verbose": 1,
}


def test_parameters_are_stored_as_they_are_given():
    clf = KerasMLPClassifier(**PARAMETERS)
    assert clf.get_params() == PARAMETERS
    assert all(getattr(clf, name) is value for name, value in PARAMETERS.items())


def test_parameters_can_be_set():
    assert KerasMLPClassifier().set_params(**PARAMETERS).get_params() == PARAMETERS


def test_an_unknown_parameter_cannot_be_set():
    with pytest.raises(ValueError, match="Invalid parameter 'hidden_layer_sizes'"):
        KerasMLPClassifier().set_params(hidden_layer_sizes=(4,))


def test_widths_may_be_given_by_position():
    assert KerasMLPClassifier((4,)).widths == (4,)


def test_a_clone_has_the_parameters_and_no_fit():
    copy = clone(small(dropout=0.5).fit(X, Y))
    assert vars(copy) == vars(small(dropout=0.5))


def test_a_clone_has_an_optimizer_of_its_own_that_trains_alike():
    clf = small(optimizer=keras.optimizers.SGD(0.1, momentum=0.9))
    copy = clone(clf)
    assert copy.optimizer is not clf.optimizer
    assert model_of(copy.fit(X, Y)) == model_of(clf.fit(X, Y))


def test_a_fit_leaves_its_optimizer_unbuilt():
    optimizer = keras.optimizers.Adam(0.1)
    small(optimizer=optimizer).fit(X, Y)
    assert not optimizer.built
    assert optimizer.iterations == 0


def test_the_representation_shows_what_differs_from_the_defaults():
    clf = KerasMLPClassifier(widths=(64,), dropout=0.5)
    assert repr(clf) == "KerasMLPClassifier(dropout=0.5, widths=(64,))"
    assert repr(KerasMLPClassifier()) == "KerasMLPClassifier()"


@pytest.mark.parametrize("changes", [{}, {"batch_norm": True, "dropout": 0.5, "dtype": "float32"}])
@pytest.mark.parametrize("copy", [pickle.dumps, None], ids=["pickle", "joblib"])
def test_a_fitted_estimator_survives_a_file(copy, changes, tmp_path):
    clf = small(**changes).fit(X, Y)
    if copy:
        again = pickle.loads(copy(clf))
    else:
        joblib.dump(clf, tmp_path / "clf")
        again = joblib.load(tmp_path / "clf")
    assert state_of(again) == state_of(clf)
    np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
    assert model_of(again.fit(X, Y)) == model_of(clf)


def test_a_fitted_estimator_with_an_optimizer_instance_pickles():
    clf = small(optimizer=keras.optimizers.Adam(0.1)).fit(X, Y)
    again = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
    assert model_of(again.fit(X, Y)) == model_of(clf)


def test_it_is_a_classifier():
    assert is_classifier(KerasMLPClassifier())


def test_in_a_pipeline_it_sees_the_transformed_rows():
    pipeline = make_pipeline(StandardScaler(), small()).fit(X * 7 + 3, Y)
    scaled = StandardScaler().fit_transform(X * 7 + 3)
    expected = small().fit(scaled, Y).predict_proba(scaled)
    np.testing.assert_array_equal(pipeline.predict_proba(X * 7 + 3), expected)


def test_a_pipeline_passes_weights_on():
    weights = np.linspace(1, 2, 60)
    pipeline = make_pipeline(small()).fit(X, Y, kerasmlpclassifier__sample_weight=weights)
    assert model_of(pipeline[-1]) == model_of(small().fit(X, Y, sample_weight=weights))


def test_a_grid_search_picks_and_refits_the_best():
    y = (X[:, 0] > 0).astype(int)
    grid = {
        "kerasmlpclassifier__learning_rate": [1e-9, 0.05],
        "kerasmlpclassifier__dropout": [0.0, 0.1],
    }
    pipeline = make_pipeline(StandardScaler(), small(epochs=30))
    search = GridSearchCV(pipeline, grid, cv=3, error_score="raise").fit(X, y)
    assert search.best_params_["kerasmlpclassifier__learning_rate"] == 0.05
    assert search.best_score_ > 0.8
    expected = clone(pipeline).set_params(**search.best_params_).fit(X, y)
    np.testing.assert_array_equal(search.predict_proba(X), expected.predict_proba(X))


def test_out_of_fold_probabilities_are_those_of_each_folds_fit():
    first, last = np.arange(30), np.arange(30, 60)
    folds = [(first, last), (last, first)]
    proba = cross_val_predict(small(), X, Y, cv=folds, method="predict_proba")
    np.testing.assert_array_equal(proba[30:], small().fit(X[:30], Y[:30]).predict_proba(X[30:]))
    np.testing.assert_array_equal(proba[:30], small().fit(X[30:], Y[30:]).predict_proba(X[:30]))


def test_scorers_that_need_probabilities_work():
    scores = cross_val_score(small(), X, Y, cv=3, scoring="neg_log_loss", error_score="raise")
    assert np.isfinite(scores).all()
    auc = cross_val_score(small(), X, Y_BINARY, cv=3, scoring="roc_auc", error_score="raise")
    assert ((auc >= 0) & (auc <= 1)).all()


META_ESTIMATORS = {
    "bagging": BaggingClassifier(small(), n_estimators=2, random_state=0),
    "voting": VotingClassifier([("a", small()), ("b", small(random_state=1))], voting="soft"),
    "calibration": CalibratedClassifierCV(small(), cv=3),
    "one versus rest": OneVsRestClassifier(small()),
}


@pytest.mark.parametrize("meta", META_ESTIMATORS.values(), ids=META_ESTIMATORS)
def test_meta_estimators_work(meta):
    proba = clone(meta).fit(X, Y).predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert log_loss(Y, proba) < 2
