"""The command ``sk-mnist-mlp``."""

from __future__ import annotations

import math
import os
import shlex
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from sk_mnist_mlp import __version__
from sk_mnist_mlp.reproduce.systems import EPOCHS, GRID_SEARCH_KEY, KEYS, RECIPE_KEYS

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from sk_mnist_mlp.reproduce.results import Results

SOURCES = ("auto", "mnist", "digits")
INTERRUPTED = 130
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sk-mnist-mlp")
def main() -> None:
    """Multilayer perceptrons for scikit-learn, trained by Keras and TensorFlow."""


@main.command(
    epilog="Exit codes: 0 done, 1 the data or the folder cannot be used, 2 a mistaken option, "
    "130 interrupted."
)
@click.option(
    "--data",
    default="auto",
    show_default=True,
    metavar="auto|mnist|digits|PATH",
    callback=lambda context, parameter, value: _check_data(value),
    help="MNIST, found or downloaded, or scikit-learn's small digits. auto takes MNIST if it is "
    "to be had, else the digits. PATH is Keras' mnist.npz or a folder with the four IDX files.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    default=EPOCHS,
    show_default=True,
    help="Of each fit. Only the notebook's own number can be judged by its figures.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Fits of each network, with random states 0, 1, ... The grid search runs once.",
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
@click.option(
    "--recipes",
    is_flag=True,
    help="Run this package's recipes for the same images too: beyond the notebook.",
)
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False),
    default="reproduction",
    show_default=True,
    metavar="DIR",
    callback=lambda context, parameter, value: _check_folder(value),
    help="Where results and report go; made if need be. Results that are there already are "
    "never overwritten.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the results in DIR: run what is missing, of the same data, epochs and seeds.",
)
@click.version_option(__version__, prog_name="sk-mnist-mlp")
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
) -> None:
    """Run a notebook's eight systems on MNIST beside their published figures.

    Seven networks and a grid search, published in September 2020, are run through
    KerasMLPClassifier and scikit-learn's GridSearchCV. DIR then holds results.json
    (rewritten after each fit), report.html, report.md, and kernels-KEY.npz for the
    pictures of a resumed run.
    """
    if no_grid and GRID_SEARCH_KEY in keys:
        raise click.UsageError(f"--only {GRID_SEARCH_KEY} and --no-grid exclude each other.")
    chosen = [key for key in keys or KEYS if not (no_grid and key == GRID_SEARCH_KEY)]
    if recipes:
        chosen += RECIPE_KEYS
    try:
        results = _run(data, epochs, seeds, chosen, folder, resume)
        _report(folder, results)
    except KeyboardInterrupt:
        click.echo(f"\nInterrupted. {_how_to_go_on(context, folder)}", err=True)
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
    kept = _read_kept(folder, resume)
    bunch = _load(data)
    from sk_mnist_mlp.reproduce.runner import run

    results = _begin(kept, bunch.source, epochs, seeds)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return run(bunch, keys, results, folder)
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be written to: {error}") from error
    except ImportError as error:
        raise click.ClickException(f"TensorFlow or Keras cannot be used: {error}") from error


def _read_kept(folder: Path, resume: bool) -> Results | None:
    from sk_mnist_mlp.reproduce.results_file import ResultsError, read_results

    try:
        kept = read_results(folder)
    except (ResultsError, OSError) as error:
        raise click.ClickException(f"{error}. Choose another --out.") from error
    if kept is None or kept.empty:
        return None
    if not resume:
        raise click.ClickException(
            f"{folder} holds results already. Add --resume to go on with them, or choose another "
            "--out."
        )
    return kept


def _load(data: str) -> Bunch:
    from sk_mnist_mlp import load_mnist

    arguments: dict[str, Any] = {"source": data} if data in SOURCES else {"path": data}
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = lambda message, *_, **__: _warn(str(message))
        try:
            return load_mnist(**arguments)
        except (OSError, ValueError) as error:
            raise click.ClickException(str(error)) from error


def _begin(kept: Results | None, data: str, epochs: int, seeds: int) -> Results:
    from sk_mnist_mlp.reproduce.results import Results, describe_differences
    from sk_mnist_mlp.reproduce.runner import installed_versions

    versions = installed_versions()
    if kept is None:
        return Results(data, epochs, seeds, versions)
    differences = describe_differences(kept, data, epochs, seeds)
    if differences:
        raise click.ClickException(
            f"--resume cannot go on with these results: {'; '.join(differences)}. Give the same "
            "options as before, or choose another --out."
        )
    for name, version in versions.items():
        if kept.versions.get(name) != version:
            _warn(
                f"the results so far were made with {name} {kept.versions.get(name)}, the rest "
                f"will be with {version}."
            )
    return replace(kept, versions=versions)


def _report(folder: Path, results: Results) -> None:
    from sk_mnist_mlp.reproduce.report import HTML_NAME, render_markdown, write_report

    try:
        write_report(folder, results)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"The report cannot be written: {error}") from error
    click.echo(render_markdown(results))
    click.echo(f"The report with its figures: {folder / HTML_NAME}")


def _how_to_go_on(context: click.Context, folder: Path) -> str:
    from sk_mnist_mlp.reproduce.results_file import ResultsError, read_results

    try:
        kept = read_results(folder)
    except (ResultsError, OSError) as error:
        return f"What was finished cannot be used: {error}."
    if kept is None or kept.empty:
        return "Nothing was finished."
    return f"What is finished is kept. Go on with:\n  {shlex.join(_resume_command(context))}"


def _resume_command(context: click.Context) -> list[str]:
    words = ["sk-mnist-mlp", "reproduce"]
    for option in context.command.params:
        name = option.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if name == "resume" or not given:
            continue
        value: Any = context.params[name]
        if value is True:
            words.append(option.opts[0])
        else:
            for each in value if isinstance(value, tuple) else (value,):
                words += [option.opts[0], str(each)]
    return [*words, "--resume"]


def _warn(message: str) -> None:
    click.echo(f"Warning: {message}", err=True)


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--older-than",
    "age",
    metavar="AGE",
    callback=lambda context, parameter, value: _seconds(value),
    help="Only what was written longer ago: a number with s, m, h or d, such as 30d.",
)
@click.option("--delete", is_flag=True, help="Delete what is listed.")
def memory(folder: Path, age: float, delete: bool) -> None:
    """List the fits that memory=FOLDER keeps, oldest first.

    A fit is finished, unfinished (it goes on when it is asked for), stale (of other
    versions, and not used any more), damaged (put aside) or a leftover of a process
    that was killed while it wrote.
    """
    from sk_mnist_mlp.memory.listing import kept_in

    now = time.time()
    listed = [kept for kept in kept_in(folder) if now - kept.modified >= age]
    for kept in listed:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(kept.modified))
        size = f"{kept.n_bytes / 1e6:9.2f} MB"
        click.echo(f"{when} {size}  {kept.state:<10}  {kept.path.name[:12]}  {kept.what}")
    total = sum(kept.n_bytes for kept in listed) / 1e6
    if delete:
        for kept in listed:
            try:
                kept.path.unlink(missing_ok=True)
            except OSError as error:
                raise click.ClickException(f"Cannot be deleted: {error}") from error
    click.echo(f"{len(listed)} files, {total:.2f} MB{', deleted' if delete else ''}")


def _seconds(age: str | None) -> float:
    if age is None:
        return -math.inf  # of files from the future too
    number, unit = age[:-1], age[-1:]
    if unit not in UNITS or not number.isdecimal():
        raise click.BadParameter(f"{age!r} is not a number with s, m, h or d, such as 30d.")
    return int(number) * UNITS[unit]
