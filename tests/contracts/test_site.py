"""The site's pages of the API: each public name has one, under the address that is linked to."""

import importlib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import sk_mnist_mlp
from sk_mnist_mlp import KerasMLPClassifier

ROOT = Path(__file__).parents[2]


@pytest.fixture
def api_reference(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    return importlib.import_module("api_reference")


def test_each_public_name_has_a_row(api_reference):
    names = [name for section in api_reference.SECTIONS for name in section.names]
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
