"""Training goes on where it stopped: `partial_fit`, `warm_start`, copies, pickles and failures."""

import copy

import numpy as np
import pytest

from tests.keeping import KEPT, saved_and_loaded
from tests.small_fits import ALL_OF_IT, X, Y, model_of, small

NETWORKS = {
    "all that does not move": ALL_OF_IT
    | {"schedule": None, "warmup": 0.0, "dropout_schedule": None},
    "plain": {},
    "batch norm and dropout": {"batch_norm": True, "dropout": 0.3},
    "float32": {"dtype": "float32"},
    "sgd": {"optimizer": "sgd"},
    "muon": {"optimizer": "muon"},
    "averaging": {
        "averaging": 0.9,
        "batch_norm": True,
        "weight_decay": 0.1,
        "label_smoothing": 0.2,
    },
}


def assert_same_training(one, other):
    assert model_of(one) == model_of(other)
    assert one.history_ == other.history_
    assert one.n_iter_ == other.n_iter_
    assert one.n_steps_ == other.n_steps_


@pytest.mark.parametrize("changes", NETWORKS.values(), ids=NETWORKS)
def test_a_fit_and_calls_of_partial_fit_are_one_fit_of_all_epochs(changes):
    whole = small(**changes, epochs=4).fit(X, Y)
    assert_same_training(small(**changes, epochs=3).fit(X, Y).partial_fit(X, Y), whole)


def test_a_fit_goes_on_with_a_warm_start_that_is_set_later():
    whole = small(epochs=4).fit(X, Y)
    in_parts = small(epochs=3).fit(X, Y).set_params(warm_start=True, epochs=1).fit(X, Y)
    assert model_of(in_parts) == model_of(whole)
    assert in_parts.history_ == whole.history_


@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT)
def test_going_on_from_a_kept_plain_fit_warns_that_the_optimizer_begins_afresh(keep, tmp_path):
    clf = small().fit(X, Y)
    kept = keep(clf, tmp_path)
    with pytest.warns(UserWarning, match=r"state is missing, .* fit with warm_start=True or by"):
        kept.partial_fit(X, Y)
    assert model_of(kept) != model_of(clf.partial_fit(X, Y))
    kept.partial_fit(X, Y)  # has a state of its own now


@pytest.mark.parametrize("changes", [{}, ALL_OF_IT], ids=["plain", "all of it"])
@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT)
def test_what_was_trained_to_go_on_is_kept_whole(keep, changes, tmp_path):
    clf = small(**changes, warm_start=True).fit(X, Y)
    kept = keep(clf, tmp_path)
    assert_same_training(kept.partial_fit(X, Y), clf.partial_fit(X, Y))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_goes_on_as_the_estimator_does(copied):
    clf = small().fit(X, Y)
    other = copied(clf)
    before = model_of(clf)
    assert_same_training(other.partial_fit(X, Y), small(epochs=4).fit(X, Y))
    assert model_of(clf) == before


def test_a_changed_optimizer_begins_afresh_and_says_so():
    clf = small(warm_start=True, epochs=1).fit(X, Y).set_params(optimizer="sgd")
    with pytest.warns(UserWarning, match="The optimizer was changed, and its state begins afresh"):
        clf.fit(X, Y)


VALIDATION = {"X_val": X[:12], "y_val": Y[:12]}


def test_a_warm_start_keeps_an_entry_of_every_curve_for_each_epoch():
    clf = small(warm_start=True, epochs=1)
    clf.fit(X, Y).fit(X, Y, **VALIDATION).fit(X, Y).partial_fit(X, Y)
    assert list(clf.history_) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    for name in ("val_loss", "val_accuracy"):
        before, measured, *after = clf.history_[name]
        assert isinstance(measured, float)
        assert (before, after) == (None, [None, None])
    assert None not in clf.history_["loss"] + clf.history_["accuracy"]
    assert clf.validation_scores_ is None


def test_a_warm_start_keeps_a_score_for_each_epoch():
    clf = small(warm_start=True, epochs=1, early_stopping=True).fit(X, Y, **VALIDATION)
    first = clf.validation_scores_
    clf.set_params(early_stopping=False).fit(X, Y)
    assert clf.validation_scores_ == [*first, None]
    assert clf.best_validation_score_ is None
    clf.set_params(early_stopping=True).fit(X, Y, **VALIDATION)
    assert clf.validation_scores_ == [*first, None, clf.best_validation_score_]


def test_curves_with_gaps_come_back_from_a_file(tmp_path):
    clf = small(warm_start=True, epochs=1, early_stopping=True).fit(X, Y, **VALIDATION)
    clf.set_params(early_stopping=False).fit(X, Y)
    loaded = saved_and_loaded(clf, tmp_path)
    assert loaded.history_ == clf.history_
    assert loaded.validation_scores_ == clf.validation_scores_


def rows_beyond_float32(clf):
    clf.set_params(dtype="float32").fit(X * 1e300, Y)


REFUSED_FITS = {
    "range of X": rows_beyond_float32,
    "hold-out": lambda clf: clf.set_params(early_stopping=True).fit(X[:3], Y[:3]),
    "optimizer": lambda clf: clf.set_params(optimizer="adm").fit(X, Y),
    "divergence": lambda clf: clf.set_params(optimizer="sgd", learning_rate=1e300).fit(X, Y),
    "partial_fit": lambda clf: clf.partial_fit(X * np.nan, Y, classes=[0, 1, 2]),
}


@pytest.mark.parametrize("refused_fit", REFUSED_FITS.values(), ids=REFUSED_FITS)
def test_a_refused_fit_leaves_a_RandomState_where_it_stood(refused_fit):
    random_state = np.random.RandomState(0)
    clf = small(random_state=random_state)
    settings = clf.get_params()
    with pytest.raises(ValueError):
        refused_fit(clf)
    clf.set_params(**settings).fit(X, Y)
    assert model_of(clf) == model_of(small(random_state=np.random.RandomState(0)).fit(X, Y))


def test_the_exported_model_has_the_dropout_of_the_fit(tmp_path):
    clf = small(dropout=0.25).fit(X, Y).set_params(dropout=[0.5, 0.1])
    for fitted in (clf, saved_and_loaded(clf, tmp_path)):
        rates = [layer.rate for layer in fitted.to_keras().layers if hasattr(layer, "rate")]
        assert rates == [0.25]
