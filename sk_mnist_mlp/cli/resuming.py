"""How a reproduction goes on with results that are there, and says how to."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from sk_mnist_mlp.cli.messages import warn

if TYPE_CHECKING:
    from sk_mnist_mlp.reproduce.results import Results


def read_kept(folder: Path, resume: bool) -> Results | None:
    """Results in a folder, if there are any.

    Raises
    ------
    click.ClickException
        If they cannot be read, or are there and nobody asked to go on with them.
    """
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


def begin(kept: Results | None, data: str, epochs: int, seeds: int) -> Results:
    """Results to add to: those kept, with the versions of now, or none yet.

    Raises
    ------
    click.ClickException
        If those kept are of other data, epochs or seeds.
    """
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
            warn(
                f"the results so far were made with {name} {kept.versions.get(name)}, the rest "
                f"will be with {version}."
            )
    return replace(kept, versions=versions)


def how_to_go_on(context: click.Context, folder: Path) -> str:
    """Sentence on what an interrupt left, with the command that goes on."""
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
