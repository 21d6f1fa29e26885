"""What `verbose=1` shows while training."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sk_mnist_mlp.notebook import NotebookOutput, in_notebook
from sk_mnist_mlp.rounding import rounded

Report = Callable[[Mapping[str, float]], None]

SECONDS_BETWEEN_UPDATES = 0.1
"""Of a notebook, which chokes on a message an epoch where epochs take a millisecond."""

BAR_WIDTH = 20


@dataclass(eq=False)
class Progress:
    """How far a fit is.

    Parameters
    ----------
    n_epochs : int
        At most.
    done : int
        Of these, trained.
    metrics : mapping of str to float
        Of the last one.
    """

    n_epochs: int
    done: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    n_timed: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.start = self.first_end = self.last_end = time.monotonic()

    def after_epoch(self, metrics: Mapping[str, float]) -> None:
        """Take note of an epoch."""
        self.done += 1
        self.n_timed += 1
        self.metrics = metrics
        self.last_end = time.monotonic()
        if self.n_timed == 1:
            self.first_end = self.last_end

    def time_left(self) -> str:
        """In words, by the epochs after the first, which may have had to compile."""
        if self.n_timed < 2:
            return ""
        an_epoch = (self.last_end - self.first_end) / (self.n_timed - 1)
        minutes, seconds = divmod(round(an_epoch * (self.n_epochs - self.done)), 60)
        return f"  {minutes}:{seconds:02d} left"

    def position(self) -> str:
        """The number of the epoch."""
        return f"epoch {self.done:>{len(str(self.n_epochs))}}/{self.n_epochs}"

    def summary(self, finished: bool) -> str:
        """The line that a fit leaves."""
        if finished:
            epochs = f"{self.done} epoch" + "s" * (self.done != 1)
        else:
            epochs = f"broken off after {self.done} of {self.n_epochs} epochs"
        metrics = [f"{name} {rounded(value)}" for name, value in self.metrics.items()]
        return ", ".join([epochs, *metrics, f"{time.monotonic() - self.start:.1f} s"])


@contextmanager
def epoch_progress(n_epochs: int, n_done: int = 0) -> Iterator[Report]:
    """Show a bar over epochs in a terminal or a notebook, a line an epoch elsewhere.

    A bar leaves one line in its place.

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
    progress = Progress(n_epochs, n_done)
    if in_notebook():
        shown = _bar_in_notebook(progress)
    elif sys.stdout.isatty():  # Rich takes a pipe for a terminal where FORCE_COLOR is set
        shown = _bar_in_terminal(progress)
    else:
        shown = _lines(progress)
    with shown as show:

        def report(metrics: Mapping[str, float]) -> None:
            progress.after_epoch(metrics)
            show()

        yield report


@contextmanager
def _lines(progress: Progress) -> Iterator[Callable[[], None]]:
    yield lambda: print(f"{progress.position()}  {_in_words(progress.metrics)}", flush=True)


@contextmanager
def _bar_in_terminal(progress: Progress) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("epoch"),
        MofNCompleteColumn(),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[metrics]}"),
    )
    finished = False
    try:
        with Bar(*columns, console=Console(), transient=True) as bar:
            task = bar.add_task("", total=progress.n_epochs, completed=progress.done, metrics="")
            yield lambda: bar.update(task, advance=1, metrics=_in_words(progress.metrics))
        finished = True
    finally:
        print(progress.summary(finished), flush=True)


@contextmanager
def _bar_in_notebook(progress: Progress) -> Iterator[Callable[[], None]]:
    output = NotebookOutput()
    due = 0.0

    def show() -> None:
        nonlocal due
        if time.monotonic() >= due:
            output.show(_bar(progress))
            due = time.monotonic() + SECONDS_BETWEEN_UPDATES

    show()
    finished = False
    try:
        yield show
        finished = True
    finally:
        output.show({"text/plain": progress.summary(finished)})


def _bar(progress: Progress) -> dict[str, str]:
    position = progress.position()
    rest = f"{_in_words(progress.metrics)}{progress.time_left()}"
    filled = BAR_WIDTH * progress.done // progress.n_epochs
    html = (
        f'<pre>{position}  <progress max="{progress.n_epochs}" value="{progress.done}">'
        f"</progress>  {rest}</pre>"
    )
    return {
        "text/plain": f"{position}  [{'#' * filled:<{BAR_WIDTH}}]  {rest}",
        "text/html": html,
    }


def _in_words(metrics: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {rounded(value)}" for name, value in metrics.items())
