from xml.etree import ElementTree

import matplotlib
import matplotlib.pyplot as plt
import pytest

from sk_mnist_mlp.reproduce.figures import draw_kernel_violin, draw_loss_curves
from tests.reproduce.made_results import make_kernels

HISTORY = {"loss": [0.9, 0.5, 0.3], "val_loss": [0.8, 0.5, 0.4]}


def draw_violin():
    return draw_kernel_violin(make_kernels()[0])


drawings = pytest.mark.parametrize(
    "draw",
    [
        draw_violin,
        lambda: draw_loss_curves([HISTORY]),
        lambda: draw_loss_curves([HISTORY] * 5),
        lambda: draw_loss_curves([{"loss": [0.9], "val_loss": [0.8]}]),
    ],
    ids=["violin", "curves", "curves of five seeds", "curves of one epoch"],
)


@drawings
def test_figure_is_an_svg_of_its_own(draw):
    svg = draw()
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
    assert "<!DOCTYPE" not in svg
    assert "<metadata" not in svg
    assert "data:" not in svg


@drawings
def test_ink_follows_the_theme(draw):
    svg = draw()
    assert "prefers-color-scheme:dark" in svg
    assert svg.count("currentColor") > 10
    assert "#010203" not in svg


@drawings
def test_figure_is_the_same_each_time(draw):
    assert draw() == draw()


@drawings
def test_matplotlibs_state_is_left_alone(draw):
    before = dict(matplotlib.rcParams)
    draw()
    assert dict(matplotlib.rcParams) == before
    assert plt.get_fignums() == []


def test_five_seeds_have_five_curves_of_each_kind():
    one, five = (
        len(ElementTree.fromstring(draw_loss_curves([HISTORY] * n)).findall(".//*[@id]"))
        for n in (1, 5)
    )
    assert five - one == 2 * 4
