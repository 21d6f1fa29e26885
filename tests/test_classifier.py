import json

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, log_loss

from sk_mnist_mlp.network.weights import BatchNorm
from tests.data.test_inputs import LABELS
from tests.small_fits import NO_STEP, Y_BINARY, X, Y, model_of, small, state_of

METHODS = ["predict", "predict_proba", "predict_log_proba", "decision_function"]


@pytest.fixture(scope="module")
def multiclass():
    return small().fit(X, Y)


@pytest.fixture(scope="module")
def binary():
    return small().fit(X, Y_BINARY)


# Changes, labels, shapes of the kernels, units that are normalised, (all, trainable) parameters.
NETWORKS = {
    "multiclass": ({}, Y, [(5, 4), (4, 3)], [], (39, 39)),
    "binary": ({}, Y_BINARY, [(5, 4), (4, 1)], [], (29, 29)),
    "softmax regression": ({"widths": ()}, Y, [(5, 3)], [], (18, 18)),
    "one int of widths": ({"widths": 4, "depth": 1}, Y, [(5, 4), (4, 3)], [], (39, 39)),
    "batch norm": (
        {"widths": (4, 3), "batch_norm": True},
        Y,
        [(5, 4), (4, 3), (3, 3)],
        [4, 3],
        (24 + 15 + 12 + 28, 24 + 15 + 12 + 14),
    ),
}


@pytest.mark.parametrize(
    ("changes", "y", "shapes", "norms", "counts"), NETWORKS.values(), ids=NETWORKS
)
def test_fitted_attributes_tell_the_network(changes, y, shapes, norms, counts):
    clf = small(**changes).fit(X, y)
    n_outputs = shapes[-1][1]
    assert [coef.shape for coef in clf.coefs_] == shapes
    assert [bias.shape for bias in clf.intercepts_] == [(outputs,) for _, outputs in shapes]
    assert [norm.gamma.shape for norm in clf.batch_norms_] == [(units,) for units in norms]
    assert all(isinstance(norm, BatchNorm) for norm in clf.batch_norms_)
    assert clf.n_layers_ == len(shapes) + 1
    assert clf.n_outputs_ == n_outputs
    assert clf.out_activation_ == ("sigmoid" if n_outputs == 1 else "softmax")
    assert (clf.n_parameters_, clf.n_trainable_parameters_) == counts
    assert clf.n_features_in_ == 5
    np.testing.assert_array_equal(clf.classes_, np.unique(y))


def test_a_fit_returns_the_estimator():
    clf = small()
    assert clf.fit(X, Y) is clf


def test_a_fit_leaves_parameters_and_data_alone():
    X_own, y_own = X.copy(), Y.copy()
    widths, weights = [4], np.ones(60)
    clf = small(widths=widths, dropout=[0.5])
    before = clf.get_params()
    clf.fit(X_own, y_own, sample_weight=weights)
    assert all(clf.get_params()[name] is value for name, value in before.items())
    np.testing.assert_array_equal(X_own, X)
    np.testing.assert_array_equal(y_own, Y)
    assert widths == [4]
    assert (weights == 1).all()


def test_parameters_of_the_notebook_network_are_counted_right():
    clf = small(widths=(512, 128), batch_norm=True, epochs=1, dtype="float32")
    clf.fit(np.eye(20, 784), np.arange(20) % 10)
    assert (clf.n_parameters_, clf.n_trainable_parameters_) == (471_434, 470_154)


@pytest.mark.parametrize(
    ("init_stddev", "expected"),
    [
        (None, ((2 / 9) ** 0.5, (2 / 7) ** 0.5)),
        (0.25, (0.25, (2 / 7) ** 0.5)),
        ("he", ((2 / 5) ** 0.5, (2 / 7) ** 0.5)),
        (("lecun", 0.5), ((1 / 5) ** 0.5, 0.5)),
    ],
)
def test_init_stddev_tells_how_each_kernel_was_drawn(init_stddev, expected):
    clf = small(init_stddev=init_stddev).fit(X, Y)
    assert clf.init_stddev_ == pytest.approx(expected, rel=1e-15)


def test_epochs_and_batches_are_counted(multiclass):
    assert multiclass.n_iter_ == 3
    assert multiclass.n_steps_ == 3 * 4


def test_the_history_has_plain_floats_for_each_epoch(multiclass):
    assert list(multiclass.history_) == ["loss", "accuracy"]
    assert [len(values) for values in multiclass.history_.values()] == [3, 3]
    assert {type(value) for values in multiclass.history_.values() for value in values} == {float}
    assert json.loads(json.dumps(multiclass.history_)) == multiclass.history_


def test_the_loss_curve_is_the_loss_of_the_history(multiclass):
    assert multiclass.loss_curve_ == multiclass.history_["loss"]
    assert multiclass.loss_ == multiclass.history_["loss"][-1]


@pytest.mark.parametrize("y", [Y, Y_BINARY], ids=["multiclass", "binary"])
@pytest.mark.parametrize("weights", [None, np.linspace(0.5, 2, 60)], ids=["no weights", "weights"])
def test_the_history_of_a_network_that_stands_still_is_its_score(y, weights):
    clf = small(**NO_STEP).fit(X, y, sample_weight=weights)
    loss = log_loss(y, clf.predict_proba(X), sample_weight=weights)
    accuracy = accuracy_score(y, clf.predict(X), sample_weight=weights)
    assert clf.history_["loss"] == pytest.approx([loss] * 3, rel=1e-12)
    assert clf.history_["accuracy"] == pytest.approx([accuracy] * 3, rel=1e-12)


@pytest.mark.parametrize("weights", [None, np.arange(20.0)], ids=["no weights", "weights"])
def test_validation_data_are_scored_after_each_epoch(weights):
    X_val, y_val = X[:20] + 0.1, Y[:20]
    clf = small().fit(X, Y, X_val=X_val, y_val=y_val, sample_weight_val=weights)
    loss = log_loss(y_val, clf.predict_proba(X_val), sample_weight=weights)
    assert list(clf.history_) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert {len(values) for values in clf.history_.values()} == {3}
    assert {type(value) for values in clf.history_.values() for value in values} == {float}
    assert clf.history_["val_loss"][-1] == pytest.approx(loss, rel=1e-12)
    assert clf.history_["val_accuracy"][-1] == pytest.approx(clf.score(X_val, y_val, weights))


def test_validation_data_change_nothing_in_the_model(multiclass):
    watched = small().fit(X, Y, X_val=X[:20], y_val=Y[:20])
    assert model_of(watched) == model_of(multiclass)
    assert watched.history_["loss"] == multiclass.history_["loss"]


@pytest.mark.parametrize(("y", "dtype"), LABELS.values(), ids=LABELS)
def test_predictions_are_labels_in_their_own_dtype(y, dtype):
    clf = small().fit(X, y)
    predictions = clf.predict(X)
    assert clf.classes_.dtype == predictions.dtype == dtype
    assert set(predictions.tolist()) <= set(np.asarray(y).tolist())


def test_the_kind_of_labels_changes_nothing_in_the_model(multiclass):
    words = small().fit(X, np.array(["ant", "bee", "cat"])[Y])
    assert model_of(words) == model_of(multiclass)


@pytest.mark.parametrize("fitted", ["multiclass", "binary"])
def test_predictions_follow_from_the_decision_function(fitted, request):
    clf = request.getfixturevalue(fitted)
    decision, proba = clf.decision_function(X), clf.predict_proba(X)
    n_classes = len(clf.classes_)
    assert decision.shape == ((60,) if n_classes == 2 else (60, 3))
    assert proba.shape == (60, n_classes)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    chosen = (decision > 0).astype(int) if n_classes == 2 else decision.argmax(axis=1)
    np.testing.assert_array_equal(clf.predict(X), clf.classes_[chosen])
    np.testing.assert_array_equal(clf.predict(X), clf.classes_[proba.argmax(axis=1)])
    np.testing.assert_allclose(clf.predict_log_proba(X), np.log(proba), rtol=1e-12)


def test_it_learns_what_can_be_learnt():
    y = np.digitize(X[:, 0], [-0.5, 0.5])
    clf = small(learning_rate=0.05, epochs=100).fit(X, y)
    assert clf.score(X, y) > 0.95


@pytest.mark.parametrize("method", [*METHODS, "initial_weights", "to_keras"])
def test_an_unfitted_estimator_says_so(method):
    rows = (X,) if method in METHODS else ()
    with pytest.raises(NotFittedError, match="instance is not fitted yet"):
        getattr(small(), method)(*rows)


@pytest.mark.parametrize("method", METHODS)
def test_predicting_adds_nothing_to_the_estimator(method):
    clf = small().fit(X, Y)
    before = state_of(clf)
    getattr(clf, method)(X)
    assert state_of(clf) == before


@pytest.mark.parametrize("method", METHODS)
def test_rows_with_other_columns_are_refused(method, multiclass):
    with pytest.raises(ValueError, match=r"X has 4 features, but .* is expecting 5"):
        getattr(multiclass, method)(X[:, :4])


def test_names_of_columns_are_kept_and_checked():
    frame = pd.DataFrame(X, columns=list("abcde"))
    clf = small().fit(frame, Y)
    assert list(clf.feature_names_in_) == list("abcde")
    np.testing.assert_array_equal(clf.predict_proba(frame), small().fit(X, Y).predict_proba(X))
    with pytest.raises(ValueError, match="feature names should match"):
        clf.predict(frame[list("edcba")])
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        clf.predict(X)


def test_columns_without_names_leave_none(multiclass):
    assert not hasattr(multiclass, "feature_names_in_")


def test_a_refit_replaces_everything():
    frame = pd.DataFrame(X, columns=list("abcde"))
    clf = small(batch_norm=True).fit(frame, Y_BINARY, X_val=frame, y_val=Y_BINARY)
    clf.set_params(batch_norm=False).fit(X[:, :4], Y)
    assert state_of(clf) == state_of(small().fit(X[:, :4], Y))


def test_parameters_set_after_a_fit_wait_for_the_next_one(multiclass):
    expected = multiclass.predict_proba(X)
    clf = small().fit(X, Y).set_params(widths=(9, 9), activation="tanh", dtype="float32")
    np.testing.assert_array_equal(clf.predict_proba(X), expected)
