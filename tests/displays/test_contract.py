"""What all displays have in common, as scikit-learn's own do."""

import inspect
from dataclasses import dataclass
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPRegressor, LossCurveDisplay, SearchDisplay, WeightsDisplay
from tests.displays.fitted import (
    X,
    Y,
    fitted_network,
    fitted_pipeline,
    fitted_regressor,
    fitted_search,
    fitted_transformed,
    network,
)


@dataclass(frozen=True)
class Case:
    """A way to make a display.

    Parameters
    ----------
    make : callable
        Of what is drawn and keyword arguments.
    fitted, unfitted : callable
        Give what is drawn.
    styles : dict of str to str
        Keyword of a style -> the attribute with the artists that have it.
    """

    make: Any
    fitted: Any
    unfitted: Any
    styles: dict[str, str]


CURVES = {"training_kwargs": "training_lines_", "validation_kwargs": "validation_lines_"}
VIOLINS = {"initial_kwargs": "initial_violins_", "trained_kwargs": "trained_violins_"}
CANDIDATES = {"candidate_kwargs": "candidates_", "best_kwargs": "best_"}


def unfitted_pipeline():
    return make_pipeline(StandardScaler(), network())


def unfitted_transformed():
    return TransformedTargetRegressor(KerasMLPRegressor())


def unfitted_search():
    return GridSearchCV(network(), {"dropout": [0.1, 0.2]})


def folds():
    parameters = {"X_val": X, "y_val": Y}
    return cross_validate(network(), X, Y, cv=2, return_estimator=True, params=parameters)


def unfitted_folds():
    return {"estimator": [network()]}


def of_kind(kind):
    def make(search, **parameters):
        return SearchDisplay.from_search(search, kind=kind, **parameters)

    return make


CASES = {
    "loss": Case(LossCurveDisplay.from_estimator, fitted_network, network, CURVES),
    "loss of a regressor": Case(
        LossCurveDisplay.from_estimator, fitted_regressor, unfitted_transformed, CURVES
    ),
    "loss of folds": Case(LossCurveDisplay.from_cv_results, folds, unfitted_folds, CURVES),
    "weights": Case(WeightsDisplay.from_estimator, fitted_network, unfitted_pipeline, VIOLINS),
    "weights of a regressor": Case(
        WeightsDisplay.from_estimator, fitted_regressor, unfitted_transformed, VIOLINS
    ),
    "parallel": Case(of_kind("parallel"), fitted_search, unfitted_search, CANDIDATES),
    "slices": Case(of_kind("slices"), fitted_search, unfitted_search, CANDIDATES),
    "surface": Case(of_kind("surface"), fitted_search, unfitted_search, CANDIDATES),
}
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
OF_ESTIMATORS = [CASES["loss"], CASES["weights"]]
of_estimators = pytest.mark.parametrize("case", OF_ESTIMATORS, ids=["loss", "weights"])


@each_case
def test_a_new_figure_of_pyplots_is_made(case):
    display = case.make(case.fitted())
    assert display.figure_ is plt.gcf()
    assert display.ax_ in display.figure_.axes


@each_case
def test_given_axes_are_drawn_on(case):
    figure, (left, right) = plt.subplots(1, 2)
    display = case.make(case.fitted(), ax=right)
    assert display.ax_ is right
    assert display.figure_ is figure
    assert plt.get_fignums() == [figure.number]
    assert not left.has_data()


@each_case
def test_a_second_plot_draws_anew_and_returns_the_display(case):
    display = case.make(case.fitted())
    first = display.ax_
    kind = {"kind": "slices"} if isinstance(display, SearchDisplay) else {}
    assert display.plot(**kind) is display
    assert display.ax_ is not first


@each_case
def test_nothing_but_what_is_drawn_is_kept_before_a_plot(case):
    display = case.make(case.fitted())
    given = {name: value for name, value in vars(display).items() if not name.endswith("_")}
    assert given.keys() == inspect.signature(type(display)).parameters.keys()
    assert vars(type(display)(**given)) == given


@each_case
def test_what_is_not_fitted_is_refused(case):
    with pytest.raises(NotFittedError):
        case.make(case.unfitted())
    assert plt.get_fignums() == []


@of_estimators
def test_the_network_of_a_pipeline_or_a_search_is_found(case):
    in_pipeline = case.make(fitted_pipeline()).frame()
    pd.testing.assert_frame_equal(in_pipeline, case.make(fitted_pipeline()[-1]).frame())
    best = case.make(fitted_search()).frame()
    pd.testing.assert_frame_equal(best, case.make(fitted_search().best_estimator_).frame())
    within = case.make(fitted_transformed().regressor_[-1]).frame()
    pd.testing.assert_frame_equal(case.make(fitted_transformed()).frame(), within)


@of_estimators
def test_what_has_no_network_is_refused(case):
    with pytest.raises(
        TypeError, match=r"must be a KerasMLPClassifier or Keras.*Got StandardScaler\(\)"
    ):
        case.make(StandardScaler().fit(X))


@each_case
def test_styles_are_those_given_aliases_too(case):
    for keyword, artists in case.styles.items():
        display = case.make(case.fitted(), **{keyword: {"lw": 3.5, "zorder": 7}})
        drawn = getattr(display, artists)
        assert drawn
        for artist in drawn:
            assert artist.get_zorder() == 7
            assert set(matplotlib.cbook.flatten([artist.get_linewidth()])) == {3.5}


@each_case
def test_a_style_that_does_not_exist_is_refused_by_matplotlib(case):
    keyword = next(iter(case.styles))
    with pytest.raises(AttributeError, match="colr"):
        case.make(case.fitted(), **{keyword: {"colr": "red"}})


@each_case
def test_colours_may_be_set(case):
    for keyword, artists in case.styles.items():
        display = case.make(case.fitted(), **{keyword: {"color": "red"}})
        for artist in getattr(display, artists):
            artist.figure.canvas.draw()
            is_line = isinstance(artist, matplotlib.lines.Line2D)
            colours = [artist.get_color()] if is_line else [*artist.get_edgecolors()]
            assert {matplotlib.colors.to_hex(colour) for colour in colours} == {"#ff0000"}


@each_case
def test_matplotlibs_state_is_left_alone(case):
    before = dict(matplotlib.rcParams)
    case.make(case.fitted())
    assert dict(matplotlib.rcParams) == before


@each_case
def test_axes_are_labelled_and_the_picture_can_be_written(case, tmp_path):
    display = case.make(case.fitted())
    axes = [ax for ax in display.figure_.axes if ax.axison]
    for ax in axes:
        marked = [label.get_text() for label in ax.get_xticklabels()]
        assert ax.get_xlabel() or any(marked) or ax.get_ylabel()
    assert any(ax.get_ylabel() for ax in axes) or "score" in marked
    display.figure_.savefig(tmp_path / "picture.png", dpi=50)


@each_case
def test_the_frame_is_a_new_one_each_time(case):
    display = case.make(case.fitted())
    frame = display.frame()
    before = frame.copy()
    frame["another"] = 1
    pd.testing.assert_frame_equal(display.frame(), before)


@each_case
def test_missing_matplotlib_is_told(case, monkeypatch):
    fitted = case.fitted()

    def without_matplotlib(name):
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr("sk_mnist_mlp.displays.style.import_module", without_matplotlib)
    with pytest.raises(ImportError, match=r"Display.plot requires (matplotlib|seaborn)\. You can"):
        case.make(fitted)
