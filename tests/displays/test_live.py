"""A live curve: what it shows of fits, when, and what it leaves."""

import base64
import io
import pickle
import re
import subprocess
import sys
from types import SimpleNamespace

import matplotlib.pyplot
import pytest
from joblib import parallel_config
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPRegressor, LiveLossCurve
from sk_mnist_mlp.displays import live, live_output
from sk_mnist_mlp.fitting import run
from tests.company.small import X, Y, assert_same_network, small_classifier
from tests.company.test_callbacks import Recorder, needs_callbacks
from tests.notebooks import notebook as notebook

REFUSED = {
    "another metric": (
        "auc",
        {},
        ValueError,
        "must be 'loss', 'accuracy' or 'r2'.*Got 'auc' instead",
    ),
    "one misspelt": ("acuracy", {}, ValueError, r"Did you mean 'accuracy'\?"),
    "no name": (["loss"], {}, ValueError, r"Got \['loss'\] instead"),
    "no bool": ("loss", {"log_scale": "yes"}, TypeError, "must be a bool. Got 'yes' instead"),
}


@pytest.mark.parametrize(("metric", "others", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_it_cannot_show_is_refused(metric, others, error, message):
    with pytest.raises(error, match=f"parameter of LiveLossCurve {message}|{message}"):
        LiveLossCurve(metric, **others)


def test_it_needs_nothing_of_scikit_learn_which_may_have_no_callbacks():
    code = (
        "import sys, sk_mnist_mlp; sk_mnist_mlp.LiveLossCurve(); sys.exit('sklearn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class Clock:
    """A clock that goes on when it is told to, and when an epoch ends."""

    def __init__(self):
        self.now = 0.0
        self.an_epoch = 0.0

    def monotonic(self):
        return self.now

    def setup(self, estimator, context):
        pass

    teardown = on_fit_task_begin = setup

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "epoch":
            self.now += self.an_epoch


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(live, "time", made)
    return made


def captions(notebook):
    (output,) = notebook.outputs
    return [forms["text/plain"] for forms in output.shown]


def beginnings(texts):
    """What is said before the metrics."""
    return [re.split(", (?:loss|accuracy) ", text)[0] for text in texts]


def pipeline(*callbacks, **changes):
    clf = small_classifier(**changes)
    return make_pipeline(StandardScaler(), clf.set_callbacks(*callbacks) if callbacks else clf)


def grid_search(*callbacks, **settings):
    grid = {"kerasmlpclassifier__epochs": [3, 4]}
    return GridSearchCV(pipeline(*callbacks), grid, **({"cv": 2} | settings))


def refit_of(search):
    return f"refit: {search.best_params_['kerasmlpclassifier__epochs']} epochs"


# In a notebook


@needs_callbacks
def test_a_fit_is_one_picture(notebook):
    clf = small_classifier().set_callbacks(LiveLossCurve())
    clf.fit(X, Y, X_val=X[:20], y_val=Y[:20])
    (output,) = notebook.outputs
    assert output.shown[-1].keys() == {"text/plain", "image/png"}
    assert output.metadata[-1] == {"image/png": {"width": 640, "height": 360}}
    pixels = matplotlib.pyplot.imread(io.BytesIO(base64.b64decode(output.shown[-1]["image/png"])))
    assert pixels.shape[:2] == (720, 1280)
    loss, val_loss = (clf.history_[name][-1] for name in ("loss", "val_loss"))
    assert captions(notebook)[-1] == f"5 epochs, loss {loss:.4f}, val_loss {val_loss:.4f}"
    assert matplotlib.pyplot.get_fignums() == []


@needs_callbacks
def test_accuracy_is_shown_where_it_is_asked_for(notebook):
    clf = small_classifier().set_callbacks(LiveLossCurve("accuracy")).fit(X, Y)
    assert captions(notebook)[-1] == f"5 epochs, accuracy {clf.history_['accuracy'][-1]:.4f}"


def regressor(**changes):
    return KerasMLPRegressor(**{"widths": (4,), "epochs": 2, "random_state": 0} | changes)


@needs_callbacks
def test_r2_of_a_regressor_is_shown(notebook):
    reg = regressor().set_callbacks(LiveLossCurve("r2")).fit(X, X[:, 0])
    assert captions(notebook)[-1] == f"2 epochs, r2 {reg.history_['r2'][-1]:.4f}"


LACKING = {
    "alone": regressor,
    "in a search": lambda: GridSearchCV(regressor(), {"epochs": [1, 2]}, cv=2),
}


@needs_callbacks
@pytest.mark.parametrize("make", LACKING.values(), ids=LACKING)
def test_a_metric_that_the_fits_do_not_have_is_warned_of(make, notebook, capsys):
    estimator = make().set_callbacks(LiveLossCurve("accuracy"))
    message = r"metric must be one of \['loss', 'r2'\]. Got 'accuracy'"
    with pytest.warns(UserWarning, match=message) as warned:
        estimator.fit(X, X[:, 0])
    assert len(warned) == 1
    assert (notebook.outputs, capsys.readouterr().out) == ([], "")


NESTED = {
    "alone": lambda clock: small_classifier(epochs=10).set_callbacks(clock, LiveLossCurve()),
    "in a pipeline": lambda clock: pipeline(clock, epochs=10).set_callbacks(LiveLossCurve()),
}


@needs_callbacks
@pytest.mark.parametrize("make", NESTED.values(), ids=NESTED)
def test_it_is_drawn_at_most_twice_a_second_and_once_more_at_the_end(make, notebook, clock):
    clock.an_epoch = 0.125
    make(clock).fit(X, Y)
    assert beginnings(captions(notebook)) == ["epoch 4/10", "epoch 8/10", "10 epochs"]


@needs_callbacks
def test_after_a_drawing_that_took_long_there_is_a_longer_pause(notebook, clock, monkeypatch):
    def draw_slowly(*arguments):
        clock.now += 0.15
        return really(*arguments)

    really = live_output.draw
    monkeypatch.setattr(live_output, "draw", draw_slowly)
    clock.an_epoch = 1.0
    small_classifier(epochs=8).set_callbacks(clock, LiveLossCurve()).fit(X, Y)
    assert beginnings(captions(notebook)) == [
        *(f"epoch {n}/8" for n in (1, 3, 5, 7)),
        "8 epochs",
    ]


@needs_callbacks
def test_an_estimator_in_mid_fit_is_asked_for_only_when_a_drawing_is_due(
    notebook, clock, monkeypatch
):
    asked = []
    really = run._attributes_so_far
    monkeypatch.setattr(run, "_attributes_so_far", lambda *given: asked.append(1) or really(*given))
    small_classifier().set_callbacks(LiveLossCurve()).fit(X, Y)
    assert len(asked) == 0
    clock.an_epoch = 0.3
    small_classifier().set_callbacks(clock, LiveLossCurve()).fit(X, Y)
    assert len(asked) == 2  # after epochs 2 and 4


@needs_callbacks
def test_a_search_is_one_picture_of_all_its_fits(notebook, monkeypatch):
    drawn = []
    really = live_output.draw
    monkeypatch.setattr(
        live_output, "draw", lambda *given: drawn.append(really(*given)) or drawn[-1]
    )
    search = grid_search().set_callbacks(LiveLossCurve()).fit(X, Y)
    assert beginnings(captions(notebook))[-1] == f"4 of 4 fits; {refit_of(search)}"
    lengths = [len(line.get_ydata()) for line in drawn[-1].axes[0].lines]
    assert lengths[:4] == [3, 3, 4, 4]
    assert len(lengths) == 5


@needs_callbacks
def test_the_fit_that_runs_is_named(notebook, clock):
    clock.an_epoch = 0.25
    grid_search(clock).set_callbacks(LiveLossCurve()).fit(X, Y)
    assert "2 of 4 fits; candidate 2 of 2, fold 1 of 2: epoch 2/4" in beginnings(captions(notebook))


@needs_callbacks
def test_fits_in_threads_are_all_drawn(notebook):
    with parallel_config("threading", n_jobs=4):
        search = grid_search(cv=4).set_callbacks(LiveLossCurve()).fit(X, Y)
    assert beginnings(captions(notebook))[-1] == f"8 of 8 fits; {refit_of(search)}"


@needs_callbacks
def test_each_fit_has_a_picture_of_its_own(notebook):
    clf = small_classifier().set_callbacks(LiveLossCurve())
    clf.fit(X, Y).fit(X, Y)
    assert len(notebook.outputs) == 2


@needs_callbacks
def test_a_warm_start_is_drawn_from_its_first_epoch(notebook, clock):
    clf = small_classifier(warm_start=True).fit(X, Y)
    clock.an_epoch = 1.0
    clf.set_callbacks(clock, LiveLossCurve()).fit(X, Y)
    assert beginnings(captions(notebook)) == [
        *(f"epoch {n}/10" for n in range(6, 11)),
        "10 epochs",
    ]


# In a terminal or a script


@needs_callbacks
def test_elsewhere_a_fit_is_a_line_an_epoch_at_most_twice_a_second(capsys, clock):
    clock.an_epoch = 0.25
    clf = small_classifier().set_callbacks(clock, LiveLossCurve()).fit(X, Y)
    second, fourth, fifth = (clf.history_["loss"][n - 1] for n in (2, 4, 5))
    assert capsys.readouterr().out.splitlines() == [
        f"epoch 2/5, loss {second:.4f}",
        f"epoch 4/5, loss {fourth:.4f}",
        f"5 epochs, loss {fifth:.4f}",
    ]


@needs_callbacks
def test_elsewhere_a_search_is_a_line_a_fit(capsys, clock):
    clock.an_epoch = 1.0
    search = grid_search(clock).set_callbacks(LiveLossCurve()).fit(X, Y)
    assert beginnings(capsys.readouterr().out.splitlines()) == [
        "candidate 1 of 2, fold 1 of 2: 3 epochs",
        "candidate 1 of 2, fold 2 of 2: 3 epochs",
        "candidate 2 of 2, fold 1 of 2: 4 epochs",
        "candidate 2 of 2, fold 2 of 2: 4 epochs",
        refit_of(search),
    ]


@needs_callbacks
def test_a_search_within_a_pipeline_numbers_its_fits(capsys):
    search = RandomizedSearchCV(small_classifier(), {"epochs": [2]}, n_iter=1, cv=2)
    make_pipeline(StandardScaler(), search).set_callbacks(LiveLossCurve()).fit(X, Y)
    assert beginnings(capsys.readouterr().out.splitlines()) == [
        "fit 1 of 2: 2 epochs",
        "fit 2 of 2: 2 epochs",
        "2 epochs",
    ]


@needs_callbacks
def test_where_no_fit_has_a_curve_it_says_so(capsys):
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2)
    search.set_callbacks(LiveLossCurve()).fit(X, Y)
    assert capsys.readouterr().out.startswith("LiveLossCurve: nothing to draw, since no fit in ")


# What it leaves alone


@needs_callbacks
def test_it_changes_no_bit_and_stops_no_fit(notebook, clock):
    clock.an_epoch = 1.0
    watched = small_classifier().set_callbacks(clock, LiveLossCurve()).fit(X, Y)
    assert_same_network(watched, small_classifier().fit(X, Y))


@needs_callbacks
def test_an_error_in_drawing_is_warned_of_once_and_ends_no_fit(notebook, clock, monkeypatch):
    monkeypatch.setattr(live_output, "draw", lambda *given: 1 / 0)
    clock.an_epoch = 1.0
    clf = small_classifier().set_callbacks(clock, LiveLossCurve())
    with pytest.warns(UserWarning, match="draws no more of this fit: ZeroDivision") as caught:
        clf.fit(X, Y)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert clf.n_iter_ == 5
    assert notebook.outputs == []


@needs_callbacks
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_fit_that_is_broken_off_leaves_its_curve_so_far(error, notebook, clock):
    clock.an_epoch = 1.0
    curve = LiveLossCurve()
    clf = small_classifier().set_callbacks(clock, curve, Recorder(fail_after=3, error=error))
    with pytest.raises(error):
        clf.fit(X, Y)
    assert beginnings(captions(notebook)) == ["epoch 1/5", "epoch 2/5", "epoch 3/5"]
    assert curve._runs == {}


@needs_callbacks
def test_a_copy_in_a_worker_process_is_silent_and_asks_for_nothing(notebook, clock, capsys):
    curve = LiveLossCurve("accuracy", log_scale=True)
    context = SimpleNamespace(root_uuid=1, task_name="epoch", parent=None)
    curve.setup(None, context)
    clock.now = 10.0
    there = pickle.loads(pickle.dumps(curve))
    assert (there.metric, there.log_scale) == ("accuracy", True)
    assert curve.on_fit_task_end.__name__ == "_on_task_end_when_due"
    assert there.on_fit_task_end.__name__ == "_on_task_end"
    there.on_fit_task_end(None, context)
    there.teardown(None, context)
    assert notebook.outputs == []
    assert capsys.readouterr().out == ""


@needs_callbacks
def test_a_pickled_one_draws_fits_of_its_own(notebook):
    curve = pickle.loads(pickle.dumps(LiveLossCurve()))
    small_classifier().set_callbacks(curve).fit(X, Y)
    assert beginnings(captions(notebook)) == ["5 epochs"]


@needs_callbacks
@pytest.mark.slow
def test_of_a_search_in_processes_the_refit_is_drawn(notebook, capfd):
    with parallel_config("loky", n_jobs=2):
        search = grid_search().set_callbacks(LiveLossCurve()).fit(X, Y)
    assert beginnings(captions(notebook))[-1] == refit_of(search)
    assert capfd.readouterr().out == ""


@needs_callbacks
def test_scikit_learn_takes_it_for_a_callback_that_is_handed_on():
    from sklearn.callback import AutoPropagatedCallback, FitCallback

    curve = LiveLossCurve()
    assert isinstance(curve, FitCallback)
    assert isinstance(curve, AutoPropagatedCallback)
    assert curve.max_propagation_depth is None
