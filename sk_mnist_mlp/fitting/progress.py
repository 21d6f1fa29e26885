"""What `verbose=1` shows while training."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

Report = Callable[[Mapping[str, float]], None]


@contextmanager
def epoch_progress(n_epochs: int, n_done: int = 0) -> Iterator[Report]:
    """Show a bar over epochs in a terminal, a line an epoch elsewhere.

    Parameters
    ----------
    n_epochs : int
    n_done : int, default=0
        Of these, trained before.

    Yields
    ------
    callable
        To be called after each epoch with its metrics by name.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console()
    # Rich takes a pipe for a terminal where FORCE_COLOR is set.
    if sys.stdout.isatty() and not console.is_jupyter:
        columns = (
            TextColumn("epoch"),
            MofNCompleteColumn(),
            BarColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[metrics]}"),
        )
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("", total=n_epochs, completed=n_done, metrics="")
            yield lambda metrics: progress.update(task, advance=1, metrics=_in_words(metrics))
    else:
        width = len(str(n_epochs))
        done = n_done

        def print_line(metrics: Mapping[str, float]) -> None:
            nonlocal done
            done += 1
            print(f"epoch {done:>{width}}/{n_epochs}  {_in_words(metrics)}", flush=True)

        yield print_line


def _in_words(metrics: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.4f}" for name, value in metrics.items())
