"""``sk-mnist-mlp memory``: what a folder of fits holds."""

from __future__ import annotations

import math
import time
from pathlib import Path

import click

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@click.command()
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
