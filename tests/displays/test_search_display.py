import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.experimental import enable_halving_search_cv  # noqa: F401, for its effect
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import HalvingGridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import SearchDisplay
from tests.displays.fitted import X, Y, fitted_grid, fitted_search

LINEAR = LogisticRegression(solver="liblinear")
GRID = {"C": [0.01, 0.1, 1.0], "class_weight": [None, "balanced"]}
draw = SearchDisplay.from_search


def names_on_axis(ax):
    return [label.get_text() for label in ax.get_xticklabels()]


def test_parallel_has_a_line_a_candidate_through_each_parameter_and_the_score():
    display = draw(fitted_search())
    assert names_on_axis(display.ax_) == ["activation", "learning rate", "score"]
    (lines,) = display.candidates_
    assert [len(line) for line in lines.get_segments()] == [3] * 6
    (best,) = display.best_
    scores = [line[-1, 1] for line in lines.get_segments()]
    assert best.get_ydata()[-1] == max(scores) == scores[-1] == 1.0


def test_parallel_keeps_ties_apart():
    display = draw(fitted_grid({"fit_intercept": [True, False], "warm_start": [True, False]}))
    (lines,) = display.candidates_
    starts = {line[0, 1] for line in lines.get_segments()}
    assert len(starts) == 4


def test_slices_have_the_score_against_each_parameter():
    search = fitted_grid(GRID)
    display = draw(search, kind="slices")
    assert [ax.get_xlabel() for ax in display.axes_] == ["C", "class weight"]
    assert names_on_axis(display.axes_[1]) == ["None", "balanced"]
    for points, ring in zip(display.candidates_, display.best_, strict=True):
        scores = points.get_offsets()[:, 1]
        assert sorted(scores) == pytest.approx(sorted(search.cv_results_["mean_test_score"]))
        assert ring.get_offsets()[0, 1] == pytest.approx(search.best_score_)


def test_slices_may_be_given_an_axes_for_each_parameter():
    _, axes = plt.subplots(1, 2)
    display = draw(fitted_grid(GRID), kind="slices", ax=axes)
    assert display.axes_.tolist() == axes.tolist()
    assert display.plot(display.axes_, kind="slices").axes_.tolist() == axes.tolist()
    with pytest.raises(ValueError, match=r"ax must be one axes, or 2, one a parameter. Got 3"):
        display.plot(plt.subplots(1, 3)[1], kind="slices")


def test_surface_has_two_parameters_and_fills_the_plane_between_numbers():
    search = fitted_grid({"C": [0.01, 0.1, 1.0], "tol": [0.0001, 0.01], "max_iter": [50]})
    display = draw(search, kind="surface")
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("C", "tol")
    (points,) = display.candidates_
    assert len(points.get_offsets()) == 6
    assert len(display.ax_.collections) > 2


@pytest.mark.parametrize(
    "grid",
    [GRID, [{"C": [0.1], "tol": [0.1]}, {"C": [1.0], "tol": [0.2]}]],
    ids=["names", "on a line"],
)
def test_surface_fills_nothing_where_nothing_lies_between(grid):
    display = draw(fitted_grid(grid), kind="surface")
    assert len(display.ax_.collections) == 2


def test_candidates_at_one_point_of_the_plane_count_by_their_mean():
    grid = {"C": [0.01, 0.1, 1.0], "tol": [0.0001, 0.01], "fit_intercept": [True, False]}
    display = draw(fitted_grid(grid), kind="surface", parameters=["C", "tol"])
    assert len(display.candidates_[0].get_offsets()) == 12


def test_a_parameter_that_does_not_vary_is_left_out_unless_it_is_named():
    search = fitted_grid({"C": [0.1, 1.0], "tol": [0.01]})
    assert draw(search).frame().columns[0] == "C"
    assert names_on_axis(draw(search).ax_) == ["C", "score"]
    assert names_on_axis(draw(search, parameters=["tol"]).ax_) == ["tol", "score"]


def test_candidates_without_a_parameter_are_drawn_as_such():
    display = draw(fitted_grid([{"C": [0.1, 1.0]}, {"tol": [0.01, 0.1]}]), kind="slices")
    assert names_on_axis(display.axes_[0]) == ["not set", "0.1", "1"]


def test_steps_of_a_pipeline_are_left_out_of_the_names():
    pipeline = make_pipeline(StandardScaler(), LINEAR)
    grid = {"logisticregression__C": [0.1, 1.0], "standardscaler__with_std": [True, False]}
    search = RandomizedSearchCV(pipeline, grid, n_iter=3, cv=2, random_state=0).fit(X, Y)
    display = draw(search)
    assert names_on_axis(display.ax_) == ["C", "with std", "score"]
    assert display.frame().columns[0] == "logisticregression__C"


def test_names_that_two_steps_share_stay_whole():
    pipeline = make_pipeline(StandardScaler(), StandardScaler(), LINEAR)
    steps = ["standardscaler-1__with_std", "standardscaler-2__with_std"]
    search = RandomizedSearchCV(
        pipeline, {name: [True, False] for name in steps}, n_iter=3, cv=2, random_state=0
    ).fit(X, Y)
    assert names_on_axis(draw(search).ax_) == [*steps, "score"]


def test_failed_candidates_are_drawn_in_grey_and_are_never_the_best():
    def fails_for_large_c(estimator, X, y):
        return np.nan if estimator.C == 1.0 else estimator.score(X, y)

    with pytest.warns(UserWarning, match="non-finite"):
        search = fitted_grid({"C": [0.1, 1.0], "tol": [0.01, 0.1]}, scoring=fails_for_large_c)
    display = draw(search)
    assert "failed" in [text.get_text() for text in display.ax_.texts]
    for kind in ("slices", "surface"):
        display = draw(search, kind=kind)
        display.figure_.canvas.draw()
        grey = [
            colour for colour in display.candidates_[0].get_facecolors() if len({*colour[:3]}) == 1
        ]
        assert len(grey) == 2
    assert display.frame()["C"].tolist()[:2] == [0.1, 0.1]


def test_a_search_that_failed_wholly_has_no_best():
    with pytest.warns(UserWarning, match="non-finite"):
        search = fitted_grid({"C": [0.1, 1.0]}, scoring=lambda *_: np.nan, refit=False)
    for kind in ("parallel", "slices"):
        assert draw(search, kind=kind).best_ == []


def test_a_halving_search_has_each_candidate_once_where_it_was_compared_last():
    search = HalvingGridSearchCV(
        LINEAR, GRID, cv=2, factor=2, min_resources=10, random_state=0
    ).fit(X, Y)
    frame = draw(search).frame()
    assert len(frame) == 6
    assert frame["iter"].max() == max(search.cv_results_["iter"])
    assert frame.columns.tolist()[-2:] == ["iter", "n_resources"]


def test_one_of_several_metrics_may_be_drawn():
    metrics = ["neg_log_loss", "accuracy"]
    search = fitted_grid(GRID, scoring=metrics, refit="accuracy")
    assert draw(search).frame().columns.tolist()[-2:] == ["mean_test_accuracy", "std_test_accuracy"]
    display = draw(search, metric="neg_log_loss", kind="slices")
    assert display.axes_[0].get_ylabel() == "neg log loss"
    scores = display.frame()["mean_test_neg_log_loss"]
    assert scores.is_monotonic_decreasing


def test_a_score_is_called_by_the_name_that_the_search_was_given():
    display = draw(fitted_grid(GRID, scoring="balanced_accuracy"), kind="slices")
    assert display.axes_[0].get_ylabel() == "balanced accuracy"


REFUSED = {
    "kind": ({"kind": "slice"}, r"kind must be one of .*Got 'slice'. Did you mean 'slices'\?"),
    "parameter": ({"parameters": ["c"]}, r"were searched, \['C', 'class_weight'\]. Got 'c'."),
    "metric": ({"metric": "scor"}, r"metric must be one of \['score'\]. Got 'scor'. Did you mean"),
    "too few": (
        {"parameters": ["C"], "kind": "surface"},
        r"kind='surface' needs 2 or more parameters that vary. Got \['C'\]",
    ),
    "none": ({"parameters": []}, r"kind='parallel' needs 1 or more parameters that vary. Got \[\]"),
}


@pytest.mark.parametrize(("parameters", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_drawn_is_refused_before_a_figure_is_made(parameters, message):
    with pytest.raises(ValueError, match=message):
        draw(fitted_grid(GRID), **parameters)
    assert plt.get_fignums() == []
