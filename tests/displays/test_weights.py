import numpy as np
import pytest

from sk_mnist_mlp import WeightsDisplay
from sk_mnist_mlp.displays.weights import N_QUANTILES, quantiles
from tests.displays.fitted import X, Y, fitted_network, network


def test_each_layer_has_a_violin_of_its_initial_and_one_of_its_trained_kernel():
    display = WeightsDisplay.from_estimator(network(widths=(4, 3)).fit(X, Y))
    labels = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert labels == ["hidden 1", "hidden 2", "output"]
    assert len(display.initial_violins_) == len(display.trained_violins_) == 3
    for initial, trained in zip(display.initial_violins_, display.trained_violins_, strict=True):
        middle = trained.get_paths()[0].vertices[:, 0].min()
        assert initial.get_paths()[0].vertices[:, 0].max() < middle


def test_violins_end_where_the_kernels_do():
    clf = fitted_network()
    display = WeightsDisplay.from_estimator(clf)
    drawn = display.trained_violins_[0].get_paths()[0].vertices[:, 1]
    assert drawn.min() == pytest.approx(clf.coefs_[0].min(), rel=1e-5)
    assert drawn.max() == pytest.approx(clf.coefs_[0].max(), rel=1e-5)


def test_frame_has_quantiles_of_the_kernels_before_and_after_training():
    clf = fitted_network()
    frame = WeightsDisplay.from_estimator(clf).frame()
    kernels = {"initial": clf.initial_weights().kernels, "trained": clf.coefs_}
    for state, of_layers in kernels.items():
        for layer, kernel in zip(("hidden 1", "output"), of_layers, strict=True):
            rows = frame[(frame["layer"] == layer) & (frame["state"] == state)]
            np.testing.assert_array_equal(rows["weight"], quantiles(kernel))


def test_quantiles_keep_the_distribution_and_its_extremes():
    kernel = np.random.default_rng(0).normal(size=(100, 50))
    sample = quantiles(kernel)
    assert sample.shape == (N_QUANTILES,)
    assert sample[[0, 500, -1]] == pytest.approx([kernel.min(), np.median(kernel), kernel.max()])
    assert sample.std() == pytest.approx(kernel.std(), rel=0.01)


def test_the_legend_names_both_states_once():
    display = WeightsDisplay.from_estimator(fitted_network())
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts == ["initial", "trained"]
