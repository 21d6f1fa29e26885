"""The site: each public name has a page where links lead, and pictures are fit for dark pages."""

import importlib
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

import sk_mnist_mlp
from sk_mnist_mlp import KerasMLPClassifier

ROOT = Path(__file__).parents[2]


@pytest.fixture
def api_reference(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    return importlib.import_module("api_reference")


def test_each_public_name_has_a_row(api_reference):
    names = [
        name for section in api_reference.SECTIONS for name in (*section.names, *section.constants)
    ]
    assert len(names) == len(set(names))
    assert {name for name in names if "." not in name} == {
        name for name in sk_mnist_mlp.__all__ if name != "__version__"
    }


def test_the_html_display_links_to_the_page_that_is_written(api_reference, tmp_path):
    api_reference.write_pages(tmp_path / "api")
    link = urlsplit(KerasMLPClassifier()._get_doc_link())
    page = tmp_path / "api" / Path(link.path).with_suffix(".md").name
    assert link.path.startswith("/en/stable/api/")
    module, _, name = link.fragment.rpartition(".")
    assert f".. currentmodule:: {module}\n\n.. autoclass:: {name}\n" in page.read_text()


def test_pages_of_names_that_are_gone_are_removed(api_reference, tmp_path):
    (tmp_path / "sk_mnist_mlp.gone.md").touch()
    api_reference.write_pages(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(api_reference.pages())


@pytest.fixture
def gallery_pictures(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    return importlib.import_module("gallery_pictures")


def test_on_dark_pages_greys_are_turned_and_colours_kept(gallery_pictures):
    figure = Figure()
    ax = figure.subplots()
    (black,) = ax.plot([0, 1], color="black")
    (blue,) = ax.plot([1, 0], color="C0")
    points = ax.scatter([0, 1], [0, 1], facecolor="white", edgecolor="C1")
    mapped = ax.scatter([0, 1], [0, 1], c=[0, 1], cmap="gray")
    label = ax.annotate("label", (0, 0), bbox={"facecolor": "white", "alpha": 0.7})
    gallery_pictures.turn_dark(figure)
    ink, paper = to_rgba(gallery_pictures.INK), to_rgba(gallery_pictures.PAPER)
    assert black.get_color() == label.get_color() == pytest.approx(ink)
    assert ax.xaxis.label.get_color() == ax.spines["left"].get_edgecolor() == pytest.approx(ink)
    assert ax.get_facecolor() == figure.get_facecolor() == pytest.approx(paper)
    assert points.get_facecolor()[0] == pytest.approx(paper)
    assert label.get_bbox_patch().get_facecolor() == pytest.approx((*paper[:3], 0.7))
    assert blue.get_color() == "C0"
    assert points.get_edgecolor()[0] == pytest.approx(to_rgba("C1"))
    assert list(mapped.get_array()) == [0, 1]


def test_each_figure_of_the_gallery_is_saved_for_light_and_for_dark_pages(
    gallery_pictures, tmp_path
):
    plt.close("all")  # those of other tests
    _, (left, right) = plt.subplots(1, 2)
    left.set(title="curves", xlabel="epoch", ylabel="loss")
    right.set(xlabel="epoch", ylabel="loss")
    paths = (str(tmp_path / "images" / f"{number}.png") for number in count(1))
    (tmp_path / "images").mkdir()
    shown = gallery_pictures.light_and_dark(
        None, {"image_path_iterator": paths}, {"src_dir": str(tmp_path)}
    )
    assert sorted(path.name for path in tmp_path.glob("images/*")) == ["1.png", "2.png"]
    assert "/images/1.png\n   :alt: curves, loss by epoch\n" in shown
    assert shown.index("only-light") < shown.index("/images/2.png") < shown.index("only-dark")
    assert not plt.get_fignums()
