import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from sk_mnist_mlp.reproduce.kernels import kernels_path, write_kernels
from sk_mnist_mlp.reproduce.report import render_html, render_markdown, write_report
from sk_mnist_mlp.reproduce.systems import SLIPS, SYSTEMS
from tests.reproduce.made_results import make_kernels, make_results, with_recipes

VOID_TAGS = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Elements, text and attributes of a page whose tags must all be closed in order."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open_tags, self.elements, self.placed_texts = [], [], []
        self.feed(html)
        self.close()
        assert self.open_tags == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID_TAGS:
            self.open_tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open_tags.pop() == tag

    def handle_data(self, data):
        if self.open_tags and self.open_tags[-1] != "style":
            self.placed_texts.append((self.open_tags[-1], data.strip()))

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(text for _, text in self.placed_texts))

    def attributes(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def mnist_page():
    kernels = {system.key: make_kernels()[: len(system.widths) + 1] for system in SYSTEMS}
    return Page(render_html(make_results(), kernels))


@pytest.fixture(scope="module")
def digits_page():
    return Page(render_html(make_results(data="digits", epochs=1), {}))


@pytest.fixture(scope="module")
def html_of_five_seeds():
    return render_html(make_results(seeds=5), {"relu_sgd": make_kernels()})


def test_page_needs_no_network_and_no_script(mnist_page):
    names = {name for name, _ in mnist_page.elements}
    assert names.isdisjoint({"script", "link", "iframe", "object", "embed", "base"})
    for _, attributes in mnist_page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        address = attributes.get("src") or attributes.get("href") or "#"
        assert address.startswith(("#", "data:image/svg+xml;base64,"))


def test_page_of_five_seeds_names_no_address(html_of_five_seeds):
    assert "http" not in html_of_five_seeds
    assert "url(" not in html_of_five_seeds
    assert "@import" not in html_of_five_seeds


def test_links_lead_to_parts_of_the_page(mnist_page):
    ids = [attributes["id"] for _, attributes in mnist_page.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    for link in mnist_page.attributes("a"):
        assert link["href"].removeprefix("#") in ids
    for _, attributes in mnist_page.elements:
        assert attributes.get("aria-labelledby", ids[0]) in ids


@pytest.mark.parametrize("page", ["mnist_page", "digits_page"])
def test_the_contents_have_the_words_of_the_headings(page, request):
    page = request.getfixturevalue(page)
    contents = [text for place, text in page.placed_texts if place == "a"]
    headings = [text for place, text in page.placed_texts if place in {"h2", "h3"}]
    assert contents == [heading for heading in headings if heading in contents]
    assert len(contents) == len(page.attributes("a"))


def test_images_are_whole_and_described(mnist_page):
    images = mnist_page.attributes("img")
    # The made kernels have two layers, of which the softmax regression shows one.
    assert len(images) == 7 + 6 * 2 + 1
    for image in images:
        svg = base64.b64decode(image["src"].partition("base64,")[2])
        assert ElementTree.fromstring(svg).tag.endswith("svg")
        assert len(image["alt"]) > 40


def test_page_stays_small(html_of_five_seeds):
    assert len(html_of_five_seeds) < 3_000_000


def test_tables_have_headers(mnist_page):
    n_tables = len(mnist_page.attributes("table"))
    assert n_tables == 1 + len(SYSTEMS) + 1
    assert len(mnist_page.attributes("caption")) == n_tables
    assert {header["scope"] for header in mnist_page.attributes("th")} == {"col", "row"}


def test_answer_comes_first(mnist_page):
    order = [
        mnist_page.text.index(words)
        for words in (
            "Did it reproduce? Yes. All 8 systems are within tolerance.",
            "Published and measured Test images, after the last epoch.",
            "Loss by epoch",
            "Accuracy on held-out folds.",
            SLIPS[0].title,
        )
    ]
    assert order == sorted(order)


def test_page_has_each_system_with_its_counts(mnist_page):
    for system in SYSTEMS:
        assert system.title in mnist_page.text
        assert f"{system.n_parameters:,}" in mnist_page.text
        assert f"{system.n_trainable:,}" in mnist_page.text


def test_page_has_the_published_figures(mnist_page):
    for system in SYSTEMS:
        assert f"{system.test_accuracy:.4f}" in mnist_page.text
        assert f"{system.test_loss:.4f}" in mnist_page.text
    assert "published: relu, 0.975633" in mnist_page.text


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.title)
def test_page_has_the_slips(slip, mnist_page, digits_page):
    assert slip.text in mnist_page.text
    assert slip.text in digits_page.text


def test_page_of_digits_says_so_before_all_else(digits_page):
    text = digits_page.text
    assert text.index("These are not MNIST.") < text.index("Did it reproduce?")
    assert "This run cannot tell." in text


def test_page_of_digits_leaves_the_published_column_out(digits_page):
    labels = {cell.get("data-label") for cell in digits_page.attributes("td")}
    assert not [label for label in labels if label and "ublished" in label]
    assert "published: relu" not in digits_page.text
    assert "Published and measured" not in digits_page.text


def test_page_without_kernels_says_so():
    page = Page(render_html(make_results(), {}))
    assert page.text.count("were not kept, so there are no violins") == len(SYSTEMS)


def test_page_of_a_subset_leaves_the_rest_out():
    results = make_results()
    subset = replace(
        results, experiments={"softmax": results.experiments["softmax"]}, grid_search=None
    )
    page = Page(render_html(subset, {}))
    assert "#relu_sgd" not in [link["href"] for link in page.attributes("a")]
    assert "The one system that ran is within tolerance" in page.text
    assert "held-out folds" not in page.text


def test_page_of_the_grid_search_alone():
    page = Page(render_html(replace(make_results(), experiments={}), {}))
    assert "None of the seven networks ran." in page.text
    assert "held-out folds" in page.text


def test_recipes_stand_beyond_the_notebook_and_change_no_verdict():
    results = make_results()
    without, page = Page(render_html(results, {})), Page(render_html(with_recipes(results), {}))
    assert "Beyond the notebook" not in without.text
    assert "chosen on held-out training images" in page.text
    rows = markdown_rows(render_markdown(with_recipes(results)))
    assert rows[-1][1:] == ["1,871,882", "0.9881", "0.0400", "30.0"]
    assert "All 8 systems are within tolerance" in page.text


def test_versions_are_named(mnist_page):
    assert "python 3.11.9, sk_mnist_mlp 0.1.0, keras 3.15.1" in mnist_page.text


def markdown_rows(text):
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]


def test_markdown_has_the_table():
    rows = markdown_rows(render_markdown(make_results()))
    assert rows[0][:4] == ["System", "Accuracy", "Published", "Difference"]
    assert [row[0] for row in rows[2:9]] == [system.title for system in SYSTEMS]
    assert rows[2][1:4] == ["0.9093", "0.9093", "+0.0000"]


def test_markdown_is_aligned():
    lines = render_markdown(make_results(seeds=2)).splitlines()
    tables = [line for line in lines if line.startswith("|")]
    assert len({len(line) for line in tables[:10]}) == 1
    assert all(set(line) <= set("|-: ") for line in (tables[1], tables[11]))


def test_markdown_of_digits_leaves_the_published_column_out():
    text = render_markdown(make_results(data="digits"))
    assert "Published" not in text
    assert "This run cannot tell." in text


def test_reports_are_written_beside_the_results(tmp_path):
    write_kernels(kernels_path(tmp_path, "softmax"), make_kernels()[:1])
    write_report(tmp_path, make_results())
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Softmax regression, output layer: violins" in html
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == render_markdown(make_results())


def test_damaged_kernels_are_named(tmp_path):
    kernels_path(tmp_path, "softmax").write_bytes(b"no zip")
    with pytest.raises(ValueError, match=r"kernels-softmax\.npz holds no kernels"):
        write_report(tmp_path, make_results())
