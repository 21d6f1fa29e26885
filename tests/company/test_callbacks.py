"""scikit-learn's callbacks: who hears of a fit and its epochs, and who may stop it."""

import threading

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.company.small import X, Y, assert_same_network, small_classifier

HAS_CALLBACKS = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)


def test_callbacks_are_set_where_scikit_learn_has_them():
    assert hasattr(small_classifier(), "set_callbacks") is HAS_CALLBACKS


if HAS_CALLBACKS:
    from sklearn.callback import ProgressBar, ScoringMonitor

needs_callbacks = pytest.mark.skipif(
    not HAS_CALLBACKS, reason="scikit-learn has callbacks since 1.9"
)


class Recorder:
    """Notes what it hears; may ask to stop or raise after some epochs."""

    def __init__(self, stop_after=None, fail_after=None, error=RuntimeError):
        self.stop_after, self.fail_after, self.error = stop_after, fail_after, error
        self.heard = []
        self.networks = []
        self.given = []

    def setup(self, estimator, context):
        self.heard.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.heard.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        self.heard.append(f"end {context.task_name}")
        self.given.append((X, y, metadata))
        self.networks.append(fitted_estimator)
        n_epochs = self.heard.count("end epoch")
        if self.fail_after is not None and n_epochs >= self.fail_after:
            raise self.error("the recorder fails")
        return self.stop_after is not None and n_epochs >= self.stop_after

    def teardown(self, estimator, context):
        self.heard.append("teardown")


@needs_callbacks
def test_a_fit_that_callbacks_may_stop_is_kept_in_no_folder(tmp_path):
    clf = small_classifier(memory=tmp_path).set_callbacks(Recorder(stop_after=1))
    with pytest.warns(UserWarning, match="keeps nothing of this fit: callbacks may stop it"):
        clf.fit(X, Y)
    assert clf.n_iter_ == 1
    assert not list(tmp_path.iterdir())


class Setter(Recorder):
    """Sets a parameter and an attribute of the estimator after each epoch."""

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        if context.task_name == "epoch":
            estimator.set_params(tol=0.25)
            estimator.note = "mine"
        return False


def as_heard(n_epochs):
    epochs = ["begin epoch", "end epoch"] * n_epochs
    return ["setup", "begin fit", *epochs, "end fit", "teardown"]


FITS = {
    "fit": (lambda clf: clf.fit(X, Y), 5),
    "partial_fit": (lambda clf: clf.partial_fit(X, Y, classes=[0, 1, 2]), 1),
    "a warm start": (lambda clf: clf.set_params(warm_start=True, epochs=2).fit(X, Y), 2),
}


@needs_callbacks
@pytest.mark.parametrize(("fit", "n_epochs"), FITS.values(), ids=FITS)
def test_a_fit_is_a_task_of_one_task_an_epoch(fit, n_epochs):
    recorder = Recorder()
    fit(small_classifier().set_callbacks(recorder))
    assert recorder.heard == as_heard(n_epochs)


@needs_callbacks
def test_a_callback_that_listens_changes_no_bit():
    listened = small_classifier().set_callbacks(Recorder()).fit(X, Y)
    assert_same_network(listened, small_classifier().fit(X, Y))


@needs_callbacks
def test_after_each_epoch_there_is_an_estimator_that_predicts():
    recorder = Recorder()
    fitted = small_classifier(epochs=3).set_callbacks(recorder).fit(X, Y)
    for n_epochs, network in enumerate(recorder.networks[:3], start=1):
        by_hand = small_classifier(epochs=n_epochs).fit(X, Y)
        np.testing.assert_array_equal(network.predict_proba(X), by_hand.predict_proba(X))
    assert_same_network(recorder.networks[-1], fitted)


MID_FITS = {
    "a first fit": lambda clf: clf.fit(X, Y),
    "a refit": lambda clf: clf.fit(X[:60, :3], Y[:60] % 2).fit(X, Y),
    "a warm start": lambda clf: clf.fit(X, Y).set_params(warm_start=True, epochs=2).fit(X, Y),
}


@needs_callbacks
@pytest.mark.parametrize("fit", MID_FITS.values(), ids=MID_FITS)
def test_the_estimator_in_mid_fit_is_what_fit_gives_with_so_many_epochs(fit, tmp_path):
    recorder = Recorder()
    clf = small_classifier(epochs=3, batch_norm=True)
    finished = fit(clone(clf).set_callbacks(recorder))
    second_to_last = recorder.networks[-3]
    assert finished.n_iter_ - second_to_last.n_iter_ == 1
    assert second_to_last.history_ == {
        name: curve[:-1] for name, curve in finished.history_.items()
    }
    second_to_last.save(tmp_path / "model.zip")
    np.testing.assert_array_equal(
        type(clf).load(tmp_path / "model.zip").predict_proba(X), second_to_last.predict_proba(X)
    )
    assert_same_network(second_to_last.partial_fit(X, Y), finished)


@needs_callbacks
def test_what_is_set_in_mid_fit_stays_set():
    clf = small_classifier(epochs=2).set_callbacks(Setter())
    clf.fit(X, Y)
    assert (clf.tol, clf.note) == (0.25, "mine")


@needs_callbacks
def test_callbacks_get_the_data_as_the_user_gave_them():
    frame, names = pd.DataFrame(X, columns=list("abcd")), np.array(["low", "mid", "top"])[Y]
    weights = np.linspace(0.1, 2.0, len(Y))
    recorder = Recorder()
    small_classifier(epochs=1).set_callbacks(recorder).fit(frame, names, sample_weight=weights)
    assert len(recorder.given) == 2  # of the epoch, and of the fit
    for given_rows, given_labels, metadata in recorder.given:
        assert given_rows is frame
        assert given_labels is names
        assert metadata.keys() == {"sample_weight"}
        assert metadata["sample_weight"] is weights


@needs_callbacks
def test_a_callback_that_asks_to_stop_is_obeyed():
    recorder = Recorder(stop_after=2)
    stopped = small_classifier().set_callbacks(recorder).fit(X, Y)
    assert recorder.heard == as_heard(2)
    assert stopped.n_iter_ == 2
    assert_same_network(stopped, small_classifier(epochs=2).fit(X, Y))


@needs_callbacks
def test_early_stopping_leaves_no_epoch_open():
    recorder = Recorder()
    classifier = small_classifier(early_stopping=True, n_iter_no_change=1, tol=1.0, epochs=9)
    stopped = classifier.set_callbacks(recorder).fit(X, Y)
    assert stopped.n_iter_ < 9
    assert recorder.heard == as_heard(stopped.n_iter_)


@needs_callbacks
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_fit_that_a_callback_breaks_off_tears_down_and_leaves_the_estimator(error):
    recorder = Recorder(fail_after=2, error=error)
    classifier = small_classifier().set_callbacks(recorder)
    before = dict(vars(classifier))
    with pytest.raises(error, match="the recorder fails"):
        classifier.fit(X, Y)
    assert recorder.heard[-1] == "teardown"
    assert vars(classifier) == before
    assert_same_network(classifier.set_callbacks().fit(X, Y), small_classifier().fit(X, Y))


@needs_callbacks
def test_a_fit_that_is_refused_is_none_that_a_callback_hears_of():
    recorder = Recorder()
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        small_classifier().set_callbacks(recorder).fit(X, Y[:-1])
    assert recorder.heard == []


@needs_callbacks
def test_an_illegal_parameter_is_refused_before_a_callback_hears_of_it():
    recorder = Recorder()
    with pytest.raises(ValueError, match="The 'epochs' parameter"):
        small_classifier(epochs=0).set_callbacks(recorder).fit(X, Y)
    assert recorder.heard == []


@needs_callbacks
def test_callbacks_are_kept_by_a_fit_and_a_clone():
    recorder = Recorder()
    classifier = small_classifier(epochs=1).set_callbacks(recorder)
    classifier.fit(X, Y).fit(X, Y)
    clone(classifier).fit(X, Y)
    assert recorder.heard == as_heard(1) * 3


def with_progress(classifier):
    return classifier.set_callbacks(ProgressBar(max_propagation_depth=None))


IN_COMPANY = {
    "alone": lambda: with_progress(small_classifier()),
    "in a pipeline": lambda: with_progress(make_pipeline(StandardScaler(), small_classifier())),
    "in a search": lambda: with_progress(
        GridSearchCV(small_classifier(), {"learning_rate": [0.01, 0.02]}, cv=2)
    ),
    "in a pipeline in a search": lambda: with_progress(
        GridSearchCV(
            make_pipeline(StandardScaler(), small_classifier()),
            {"kerasmlpclassifier__epochs": [1, 3]},
            cv=2,
        )
    ),
}


def working_threads():
    """All threads but daemons: scikit-learn's callbacks listen in one as long as they live."""
    return [thread for thread in threading.enumerate() if not thread.daemon]


@needs_callbacks
@pytest.mark.parametrize("make", IN_COMPANY.values(), ids=IN_COMPANY)
def test_a_progress_bar_reaches_its_end_and_leaves_no_thread(make, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    before = working_threads()
    make().fit(X, Y)
    assert working_threads() == before
    shown = capsys.readouterr().out
    assert "KerasMLPClassifier" in shown
    bars = [line for line in shown.splitlines() if "KerasMLPClassifier" in line]
    assert all("100%" in bar for bar in bars)


@needs_callbacks
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_progress_bar_of_a_broken_off_fit_leaves_no_thread(error, capsys):
    before = working_threads()
    classifier = small_classifier()
    classifier.set_callbacks(ProgressBar(), Recorder(fail_after=2, error=error))
    with pytest.raises(error):
        classifier.fit(X, Y)
    assert working_threads() == before


def training_scores(epochs, rows=X, labels=Y):
    return [
        small_classifier(epochs=n).fit(rows, labels).score(rows, labels)
        for n in range(1, epochs + 1)
    ]


def logged_scores(monitor):
    """Scores of epochs, and scores of whole fits, by task."""
    frame = monitor.get_logs().data_as_pandas
    return {name: group["accuracy"].tolist() for name, group in frame.groupby("task_name")}


@needs_callbacks
def test_a_scoring_monitor_scores_each_epoch():
    monitor = ScoringMonitor(scoring="accuracy")
    small_classifier().set_callbacks(monitor).fit(X, Y)
    scores = training_scores(5)
    assert logged_scores(monitor) == {"epoch": scores, "fit": scores[-1:]}


@needs_callbacks
def test_a_scoring_monitor_of_frames_and_weights_scores_without_a_warning():
    monitor = ScoringMonitor(scoring="accuracy")
    weights = np.linspace(0.1, 2.0, len(Y))
    frame = pd.DataFrame(X, columns=list("abcd"))
    fitted = small_classifier().set_callbacks(monitor).fit(frame, Y, sample_weight=weights)
    final = fitted.score(frame, Y, sample_weight=weights)
    assert logged_scores(monitor)["epoch"][-1] == pytest.approx(final)


@needs_callbacks
def test_a_scoring_monitor_in_a_pipeline_scores_the_transformed_rows():
    monitor = ScoringMonitor(scoring="accuracy")
    make_pipeline(StandardScaler(), small_classifier().set_callbacks(monitor)).fit(X, Y)
    scaled = StandardScaler().fit_transform(X)
    assert logged_scores(monitor)["epoch"] == training_scores(5, scaled)


@needs_callbacks
def test_a_scoring_monitor_in_a_search_scores_the_epochs_of_every_fit():
    monitor = ScoringMonitor(scoring="accuracy")
    search = GridSearchCV(small_classifier().set_callbacks(monitor), {"epochs": [2, 3]}, cv=2).fit(
        X, Y
    )
    logs = monitor.get_logs(select="all")
    n_scores = sum(len(log.data_as_pandas) for log in logs)
    n_epochs = 2 * (2 + 3) + search.best_params_["epochs"]
    n_fits = 2 * 2 + 1
    assert n_scores == n_epochs + n_fits
