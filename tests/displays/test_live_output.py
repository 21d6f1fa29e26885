"""The picture of a live curve."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from sk_mnist_mlp.displays.live_output import REFIT, Curves, FitCurve, draw
from sk_mnist_mlp.displays.style import FIRST_COLOUR, SECOND_COLOUR


def fit(*training, validation=(), ended=True, label="", metric="loss"):
    return FitCurve(metric, training, validation, 9, ended, label)


def axes_of(*fits, log_scale=False):
    figure = draw(Curves(fits, fits[-1], len(fits)), log_scale)
    figure.draw_without_rendering()
    (ax,) = figure.axes
    return ax


def colours(ax):
    return [to_hex(line.get_color()) for line in ax.lines]


def test_one_fit_is_drawn_with_its_validation():
    ax = axes_of(fit(2.0, 1.0, 0.5, validation=(2.5, 1.5, 1.0)))
    assert [line.get_ydata().tolist() for line in ax.lines] == [[2.0, 1.0, 0.5], [2.5, 1.5, 1.0]]
    assert [line.get_xdata().tolist() for line in ax.lines] == [[1, 2, 3]] * 2
    assert colours(ax) == [FIRST_COLOUR, SECOND_COLOUR]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")
    assert ax.get_title("left") == "3 epochs, loss 0.5000, val_loss 1.0000"


@pytest.mark.parametrize("n_epochs", [1, 2, 3, 20, 300])
def test_epochs_are_integers(n_epochs):
    ticks = axes_of(fit(*np.linspace(1.0, 0.5, n_epochs))).get_xticks()
    np.testing.assert_array_equal(ticks, np.round(ticks))


def test_one_epoch_is_a_point():
    assert axes_of(fit(1.0)).lines[0].get_marker() == "o"
    assert axes_of(fit(1.0, 0.5)).lines[0].get_marker() == "None"


def test_an_epoch_that_was_not_measured_is_a_gap():
    ax = axes_of(fit(2.0, 1.0, validation=(None, 1.5)))
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), [np.nan, 1.5])


MANY = {
    "training loss": (fit(2.0, 1.0), fit(3.0, 1.0)),
    "validation loss": (fit(2.0, validation=(1.0,)), fit(3.0, validation=(2.0,))),
    "loss": (fit(2.0, validation=(1.0,)), fit(3.0)),
}


@pytest.mark.parametrize("label", MANY)
def test_of_many_fits_each_is_one_line_of_validation_where_there_is(label):
    ax = axes_of(*MANY[label])
    assert ax.get_ylabel() == label
    assert len(ax.lines) == 2
    assert [line.get_ydata()[0] for line in ax.lines] == [fit.shown[0] for fit in MANY[label]]


def test_the_fit_that_runs_stands_out_and_so_does_the_refit():
    first, second = fit(2.0, 1.0), fit(2.0, 0.5)
    for last in (fit(2.0, 0.4, ended=False), fit(2.0, 0.4, label=REFIT)):
        assert colours(axes_of(first, second, last)) == [FIRST_COLOUR, FIRST_COLOUR, SECOND_COLOUR]
    assert colours(axes_of(first, second)) == [FIRST_COLOUR] * 2


DIVERGED = {
    "loss": ([(2.0, 1.0), (2.0, 0.5), (900.0, 1e6)], 4.0),
    "a negative loss": ([(-0.5, -1.0), (-0.5, -1.5), (900.0, 1e6)], 0.5),
    "r2": ([(0.0, 0.5), (0.0, 0.8), (-900.0, -1e6)], -1.0),
}


@pytest.mark.parametrize("case", DIVERGED)
def test_a_fit_that_diverges_does_not_flatten_the_others(case):
    metric = "r2" if case == "r2" else "loss"
    curves, limit = DIVERGED[case]
    ax = axes_of(*(fit(*curve, metric=metric) for curve in curves))
    best = 0.8 if metric == "r2" else min(map(min, curves))
    assert ax.get_ylim() == tuple(sorted([limit, best - 0.05 * (limit - best)]))


def test_no_accuracy_leaves_the_picture():
    ax = axes_of(*(fit(0.1, value, metric="accuracy") for value in (0.1, 0.1, 0.9)))
    assert ax.get_ylim()[1] > 0.9


def test_a_logarithmic_axis_has_room_for_all():
    ax = axes_of(fit(2.0, 1.0), fit(2.0, 0.5), fit(900.0, 1e6), log_scale=True)
    assert ax.get_yscale() == "log"
    assert ax.get_ylim()[1] > 1e6
    assert axes_of(fit(1.0, 0.5)).get_yscale() == "linear"
