import numpy as np
import pytest
from sklearn.model_selection import cross_validate

from sk_mnist_mlp import LossCurveDisplay
from sk_mnist_mlp.displays.loss_curve import LossCurve
from sk_mnist_mlp.displays.style import METRICS
from tests.displays.fitted import X, Y, fitted_network, fitted_pipeline, fitted_regressor, network


def legend(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


DRAWN = {
    "loss": fitted_network,
    "accuracy": fitted_network,
    "loss of a regressor": fitted_regressor,
    "r2": fitted_regressor,
}


@pytest.mark.parametrize("case", DRAWN)
def test_history_is_drawn(case):
    fitted, metric = DRAWN[case](), case.split()[0]
    display = LossCurveDisplay.from_estimator(fitted, metric=metric)
    for lines, name in (
        (display.training_lines_, metric),
        (display.validation_lines_, f"val_{metric}"),
    ):
        (line,) = lines
        assert line.get_xdata().tolist() == [1, 2, 3]
        assert line.get_ydata().tolist() == fitted.history_[name]
    assert display.ax_.get_ylabel() == METRICS[metric]


def test_without_validation_data_there_is_one_line():
    display = LossCurveDisplay.from_estimator(fitted_pipeline())
    assert display.validation_lines_ == []
    assert legend(display) == ["training"]


def test_a_name_is_in_the_legend_and_plot_may_give_another():
    display = LossCurveDisplay.from_estimator(fitted_network(), name="narrow")
    assert legend(display) == ["narrow, training", "narrow, validation"]
    assert legend(display.plot(name="other")) == ["other, training", "other, validation"]


def test_folds_share_a_place_in_the_legend():
    results = cross_validate(network(), X, Y, cv=3, return_estimator=True)
    display = LossCurveDisplay.from_cv_results(results)
    assert len(display.training_lines_) == 3
    assert legend(display) == ["training"]
    assert display.frame()["fit"].unique().tolist() == [0, 1, 2]


def test_folds_without_their_estimators_are_refused():
    with pytest.raises(ValueError, match="Call cross_validate with return_estimator=True"):
        LossCurveDisplay.from_cv_results({"test_score": np.ones(3)})


def test_the_epoch_that_early_stopping_went_back_to_is_marked():
    clf = network(early_stopping=True, epochs=30, learning_rate=0.3, n_iter_no_change=4).fit(X, Y)
    best = int(np.argmax(clf.validation_scores_))
    assert best < clf.n_iter_ - 1
    (line,) = LossCurveDisplay.from_estimator(clf).kept_lines_
    assert line.get_xdata() == [best + 1, best + 1]


def test_epochs_of_a_warm_start_without_validation_data_are_gaps():
    clf = network(warm_start=True).fit(X, Y)
    display = LossCurveDisplay.from_estimator(clf.fit(X, Y, X_val=X, y_val=Y))
    (line,) = display.validation_lines_
    assert np.isnan(line.get_ydata()).tolist() == [True] * 3 + [False] * 3
    assert display.kept_lines_ == []


@pytest.mark.parametrize(("losses", "scale"), [([1.0, 0.02], "linear"), ([1.0, 0.01], "log")])
def test_a_loss_that_falls_by_two_decades_has_a_log_axis(losses, scale):
    assert LossCurveDisplay(curves=[LossCurve(losses)]).plot().ax_.get_yscale() == scale


def test_what_rises_by_two_decades_has_a_linear_axis():
    display = LossCurveDisplay(curves=[LossCurve([0.005, 0.9])], metric="r2").plot()
    assert display.ax_.get_yscale() == "linear"


def test_one_epoch_is_a_point():
    (line,) = LossCurveDisplay(curves=[LossCurve([1.0])]).plot().training_lines_
    assert line.get_marker() == "o"


def test_frame_has_a_row_for_each_epoch_and_kind_of_data():
    frame = LossCurveDisplay.from_estimator(fitted_network()).frame()
    assert frame.columns.tolist() == ["fit", "data", "epoch", "loss"]
    validation = frame[frame["data"] == "validation"]
    assert validation["loss"].tolist() == fitted_network().history_["val_loss"]
    assert validation["epoch"].tolist() == [1, 2, 3]


LACKING = {
    "one misspelt": (
        fitted_network,
        "acuracy",
        r"one of \['loss', 'accuracy'\]. Got 'acuracy'. Did you mean 'accuracy'\?",
    ),
    "R2 of classes": (fitted_network, "r2", r"one of \['loss', 'accuracy'\]. Got 'r2'\."),
    "accuracy of quantities": (
        fitted_regressor,
        "accuracy",
        r"one of \['loss', 'r2'\]. Got 'accuracy'\.",
    ),
}


@pytest.mark.parametrize(("fitted", "metric", "message"), LACKING.values(), ids=LACKING)
def test_a_metric_that_history_lacks_is_refused(fitted, metric, message):
    with pytest.raises(ValueError, match=f"metric must be {message}"):
        LossCurveDisplay.from_estimator(fitted(), metric=metric)
