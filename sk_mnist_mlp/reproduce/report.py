"""The report: one HTML file, and its table in Markdown."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sk_mnist_mlp.disk.whole_files import replacing
from sk_mnist_mlp.reproduce.figures import draw_kernel_violin, draw_loss_curves
from sk_mnist_mlp.reproduce.kernels import Kernel, kernels_path, read_kernels
from sk_mnist_mlp.reproduce.markdown import markdown_table
from sk_mnist_mlp.reproduce.results import Fit, Results
from sk_mnist_mlp.reproduce.systems import (
    BATCH_SIZE,
    DATA_SETS,
    GRID_SEARCH,
    SLIPS,
    SYSTEMS,
    DataSet,
    Layer,
    System,
    layer_summary,
)
from sk_mnist_mlp.reproduce.tables import (
    describe_extent,
    grid_search_table,
    recipes_table,
    results_table,
    summarize,
)

HTML_NAME = "report.html"
MARKDOWN_NAME = "report.md"
RECIPES_NOTE = (
    "These recipes of the package were chosen on held-out training images; the test images are "
    "read once, after training."
)


@dataclass(frozen=True)
class Picture:
    """An image in the page, and what it says to who cannot see it."""

    uri: str
    alternative: str
    caption: str


@dataclass(frozen=True)
class Section:
    """One system's part of the page."""

    key: str
    title: str
    settings: str
    curves: Picture
    violins: tuple[Picture, ...]
    layers: tuple[Layer, ...]
    n_parameters: int
    n_trainable: int


def write_report(folder: Path, results: Results) -> None:
    """Write a folder's two reports from its results and kept kernels.

    Parameters
    ----------
    folder : Path
    results : Results
        At least one experiment or the grid search.

    Raises
    ------
    ValueError
        If a file of kernels is damaged.
    """
    kernels = {
        system.key: read_kernels(kernels_path(folder, system.key), len(system.widths) + 1)
        for system in SYSTEMS
        if system.key in results.experiments and kernels_path(folder, system.key).exists()
    }
    pages = {MARKDOWN_NAME: render_markdown(results), HTML_NAME: render_html(results, kernels)}
    for name, page in pages.items():
        with replacing(folder / name) as file:
            file.write(page.encode())


def render_markdown(results: Results) -> str:
    """Render the answer and the table of results.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str
        Markdown that is aligned for a terminal, too.
    """
    summary = summarize(results)
    table = results_table(results)
    parts = [
        "# Keras - MLPs on MNIST, reproduced",
        f"{describe_extent(results)}.",
        f"**Did it reproduce? {summary.answer}**",
        "\n".join(f"- {note}" for note in summary.notes),
        markdown_table(table.columns, table.rows),
    ]
    if results.grid_search is not None:
        table = grid_search_table(results.grid_search, published=results.data == "mnist")
        parts += ["Grid search:", markdown_table(table.columns, table.rows)]
    recipes = recipes_table(results)
    if recipes is not None:
        parts += [
            f"Beyond the notebook. {RECIPES_NOTE}",
            markdown_table(recipes.columns, recipes.rows),
        ]
    return "\n\n".join(parts) + "\n"


def render_html(results: Results, kernels: Mapping[str, Sequence[Kernel]]) -> str:
    """Render the whole report as one page that needs no other file.

    Parameters
    ----------
    results : Results
    kernels : mapping of sequence of Kernel
        By the key of the system; one that is missing has no violins.

    Returns
    -------
    str
        HTML.
    """
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files("sk_mnist_mlp.reproduce").joinpath("report.html.j2").read_text(encoding="utf-8")
    data_set = DATA_SETS[results.data]
    grid_search = results.grid_search
    return environment.from_string(source).render(
        results=results,
        is_mnist=results.data == "mnist",
        data_set=data_set,
        extent=describe_extent(results),
        summary=summarize(results),
        table=results_table(results),
        sections=[
            _section(system, results.experiments[system.key], kernels.get(system.key, ()), data_set)
            for system in SYSTEMS
            if system.key in results.experiments
        ],
        grid_search_table=grid_search
        and grid_search_table(grid_search, published=results.data == "mnist"),
        grid_search=GRID_SEARCH,
        recipes_table=recipes_table(results),
        recipes_note=RECIPES_NOTE,
        slips=SLIPS,
    )


def _section(
    system: System, fits: Sequence[Fit], kernels: Sequence[Kernel], data_set: DataSet
) -> Section:
    return Section(
        key=system.key,
        title=system.title,
        settings=_describe_settings(system),
        curves=_curves(system, fits),
        violins=_violins(system, kernels, data_set),
        layers=tuple(layer_summary(system, data_set)),
        n_parameters=fits[0].n_parameters,
        n_trainable=fits[0].n_trainable,
    )


def _describe_settings(system: System) -> str:
    if not system.widths:
        parts = ["No hidden layer", "Glorot uniform kernel"]
    else:
        widths = " and ".join(map(str, system.widths))
        parts = [f"Hidden layers of {widths}, {system.activation}"]
        if system.batch_norm:
            parts.append("batch normalisation after each activation")
        if system.dropout:
            parts.append(f"dropout {system.dropout:g} after each batch normalisation")
        if system.init_stddev is None:
            parts.append("Glorot uniform kernels")
        else:
            normals = " and ".join(f"N(0, {stddev:g})" for stddev in system.init_stddev)
            parts.append(f"kernels from {normals}, the output's Glorot uniform")
    optimizer = {"sgd": "SGD", "adam": "Adam"}[system.optimizer]
    return "; ".join([*parts, f"{optimizer}, batches of {BATCH_SIZE}"]) + "."


def _curves(system: System, fits: Sequence[Fit]) -> Picture:
    histories = [fit.history for fit in fits]
    first = histories[0]
    n_epochs = len(first["loss"])
    last = ", ".join(
        f"{name} from {first[key][0]:.3f} to {first[key][-1]:.3f}"
        for name, key in (("training", "loss"), ("validation", "val_loss"))
    )
    seeds = "" if len(fits) == 1 else f", {len(fits)} seeds"
    return Picture(
        uri=_data_uri(draw_loss_curves(histories)),
        alternative=f"{system.title}: loss over {n_epochs} epochs{seeds}; seed 0: {last}.",
        caption=f"Loss by epoch{seeds}",
    )


def _violins(system: System, kernels: Sequence[Kernel], data_set: DataSet) -> tuple[Picture, ...]:
    sizes = (data_set.n_features, *system.widths, data_set.n_classes)
    pictures = []
    for i, kernel in enumerate(kernels):
        layer = f"Hidden layer {i + 1}" if i < len(system.widths) else "Output layer"
        initial, trained = kernel.stddevs
        spread = f"stddev {initial:.3f} at first, {trained:.3f} trained"
        pictures.append(
            Picture(
                uri=_data_uri(draw_kernel_violin(kernel)),
                alternative=(
                    f"{system.title}, {layer.lower()}: violins of the kernel's entries; {spread}; "
                    f"trained from {kernel.trained[0]:.2f} to {kernel.trained[-1]:.2f}."
                ),
                caption=f"{layer}, {sizes[i]} x {sizes[i + 1]}: {spread}",
            )
        )
    return tuple(pictures)


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
