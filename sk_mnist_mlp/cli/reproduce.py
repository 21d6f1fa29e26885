"""``sk-mnist-mlp reproduce``: the notebook's systems, run and reported."""

from __future__ import annotations

import os
import sys
import warnings
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sk_mnist_mlp import __version__
from sk_mnist_mlp.cli.messages import warn
from sk_mnist_mlp.cli.resuming import begin, how_to_go_on, read_kept
from sk_mnist_mlp.reproduce.systems import EPOCHS, GRID_SEARCH_KEY, KEYS, RECIPE_KEYS

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from sk_mnist_mlp.reproduce.results import Results

SOURCES = ("auto", "mnist", "digits")
INTERRUPTED = 130


@click.command(
    short_help="Run a notebook's eight systems on MNIST, and report.",
    epilog="Exit codes: 0 done, 1 unusable data or folder, 2 wrong option, 130 Ctrl-C.",
)
@click.option(
    "--data",
    default="auto",
    show_default=True,
    metavar="SOURCE",
    callback=lambda context, parameter, value: _check_data(value),
    help="mnist, digits (small, scikit-learn's), auto (MNIST where it can be had), or a path: "
    "Keras' mnist.npz or a folder of the IDX files.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    default=EPOCHS,
    show_default=True,
    metavar="N",
    help=f"Of each fit. Only {EPOCHS} can be judged.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Fits of each network; one grid search.",
)
@click.option(
    "--only",
    "keys",
    type=click.Choice(KEYS),
    multiple=True,
    metavar="KEY",
    help=f"Run this system; may be repeated. One of {', '.join(KEYS)}.",
)
@click.option("--no-grid", is_flag=True, help="Leave out the grid search.")
@click.option("--recipes", is_flag=True, help="Run this package's recipes for MNIST too.")
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False),
    default="reproduction",
    show_default=True,
    metavar="DIR",
    callback=lambda context, parameter, value: _check_folder(value),
    help="Where to write; never overwrites.",
)
@click.option(
    "--resume", is_flag=True, help="Add what DIR lacks, with the same data, epochs and seeds."
)
@click.option("--open", "opens", is_flag=True, help="Show the report in the browser.")
@click.version_option(__version__, prog_name="sk-mnist-mlp", hidden=True)
@click.pass_context
def reproduce(
    context: click.Context,
    *,
    data: str,
    epochs: int,
    seeds: int,
    keys: tuple[str, ...],
    no_grid: bool,
    recipes: bool,
    folder: Path,
    resume: bool,
    opens: bool,
) -> None:
    """Run a notebook's eight systems on MNIST beside their published figures.

    DIR then holds report.html, report.md, results.json and kernels-KEY.npz.
    """
    if no_grid and GRID_SEARCH_KEY in keys:
        raise click.UsageError(f"--only {GRID_SEARCH_KEY} and --no-grid exclude each other.")
    chosen = [key for key in keys or KEYS if not (no_grid and key == GRID_SEARCH_KEY)]
    if recipes:
        chosen += RECIPE_KEYS
    try:
        results = _run(data, epochs, seeds, chosen, folder, resume)
        report = _report(folder, results)
        if opens and not webbrowser.open(report.absolute().as_uri()):
            warn("no browser could be opened.")
    except KeyboardInterrupt:
        click.echo(f"\nInterrupted. {how_to_go_on(context, folder)}", err=True)
        sys.exit(INTERRUPTED)


def _check_data(value: str) -> str:
    if value in SOURCES or os.path.exists(os.path.expanduser(value)):
        return value
    raise click.BadParameter(f"{value!r} is neither {', '.join(SOURCES)} nor a path that exists.")


def _check_folder(value: str) -> Path:
    if not value:
        raise click.BadParameter("'' names no folder. Give a name, or '.' for the current folder.")
    return Path(value)


def _run(
    data: str, epochs: int, seeds: int, keys: list[str], folder: Path, resume: bool
) -> Results:
    kept = read_kept(folder, resume)
    bunch = _load(data)
    from sk_mnist_mlp.reproduce.runner import run

    results = begin(kept, bunch.source, epochs, seeds)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return run(bunch, keys, results, folder)
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be written to: {error}") from error
    except ImportError as error:
        raise click.ClickException(f"Keras cannot be used: {error}") from error


def _load(data: str) -> Bunch:
    from sk_mnist_mlp import load_mnist

    arguments: dict[str, Any] = {"source": data} if data in SOURCES else {"path": data}
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = lambda message, *_, **__: warn(str(message))
        try:
            return load_mnist(**arguments)
        except (OSError, ValueError) as error:
            raise click.ClickException(str(error)) from error


def _report(folder: Path, results: Results) -> Path:
    from sk_mnist_mlp.reproduce.report import HTML_NAME, render_markdown, write_report

    try:
        write_report(folder, results)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"The report cannot be written: {error}") from error
    click.echo(render_markdown(results))
    click.echo(f"The report with its figures: {folder / HTML_NAME}")
    return folder / HTML_NAME
