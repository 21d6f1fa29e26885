"""How far a run is: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress


class RunProgress:
    """Reports a run's fits on the standard error stream, with the time left.

    The time left is guessed from the cost of what is finished, since the fits
    of a run differ widely.

    Parameters
    ----------
    n_fits : int
    total_cost : float
        Sum of what `finish` will be given.
    """

    def __init__(self, n_fits: int, total_cost: float) -> None:
        self._n_fits = n_fits
        self._total_cost = total_cost
        self._n_finished = 0
        self._finished_cost = 0.0
        self._start = time.monotonic()
        self._seconds_finished = 0.0
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = self._make_bar()
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def start(self, label: str) -> None:
        """Announce what is being fitted."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], description=label)

    def finish(self, line: str, cost: float) -> None:
        """Report one finished fit.

        Parameters
        ----------
        line : str
            What it showed.
        cost : float
            Its share of the total cost.
        """
        self._n_finished += 1
        self._finished_cost += cost
        self._seconds_finished = time.monotonic() - self._start
        line = f"[{self._n_finished}/{self._n_fits}] {line}"
        if self._bar is None:
            if self._n_finished < self._n_fits:
                line += f"; about {self._time_left()} left"
            print(line, file=sys.stderr, flush=True)
        else:
            self._bar.print(line, markup=False, highlight=False)
            self._bar.update(self._bar.task_ids[0], completed=self._finished_cost)

    def _time_left(self) -> str:
        if not self._finished_cost:
            return "?:??"
        total = self._seconds_finished * self._total_cost / self._finished_cost
        seconds = max(0, round(total - (time.monotonic() - self._start)))
        return f"{seconds // 60}:{seconds % 60:02d}"

    def _make_bar(self) -> Progress:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            ProgressColumn,
            SpinnerColumn,
            Task,
            TextColumn,
        )
        from rich.text import Text

        progress = self

        class TimeLeftColumn(ProgressColumn):
            max_refresh = 0.5

            def render(self, task: Task) -> Text:
                return Text(f"{progress._time_left()} left", style="progress.remaining")

        bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeLeftColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        bar.add_task("", total=self._total_cost)
        return bar
