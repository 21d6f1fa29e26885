"""Searches over hyperparameters, beside other libraries.

Each search of each peer runs in a process of its own, building and compiling included, importing
left out. Peers take turns, so that a machine whose speed drifts slows all of them alike, and
ratios are computed round by round. A peer whose search takes over half a minute has one turn; over
a minute, and it is left out of the larger search over the same data.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from harness import (
    Data,
    data_folder,
    import_seconds,
    installed,
    output_file,
    parse_task_and_peers,
    peak_megabytes,
    positive_int,
)
from peers import OURS, OURS_ON_JAX, PEERS, Peer
from problems import PROBLEMS
from report import command, this_machine, write_results
from searches import SEARCHES, Search
from tuners import TUNERS
from workers import Channel, WorkerGroup, say, serve

from sk_mnist_mlp.reproduce.markdown import markdown_table

SCRIPT = Path(__file__)
ONE_TURN_SECONDS = 30.0
SLOW_SECONDS = 60.0


@dataclass(frozen=True)
class Contestant:
    """A peer in a task, and how many fits it makes at once, in what."""

    task: str
    peer: str
    n_jobs: int = 1
    backend: Literal["threading", "loky"] = "threading"

    @property
    def library(self) -> Peer:
        """What the peer is."""
        return PEERS[self.task][self.peer]

    @property
    def title(self) -> str:
        """Name for the table."""
        if self.n_jobs == 1:
            return self.library.title
        workers = {"threading": "threads", "loky": "processes"}[self.backend]
        return f"{self.library.title}, {self.n_jobs} {workers}"


ALONE = PEERS["classification"][OURS].title


def of_ours(task: str, peer: str) -> list[Contestant]:
    """Our estimator alone, in threads and in processes."""
    alone = Contestant(task, peer)
    return [alone, replace(alone, n_jobs=2), replace(alone, n_jobs=2, backend="loky")]


@dataclass(frozen=True)
class Assignment:
    """What a worker is to do."""

    search: str
    contestant: Contestant
    epochs: int
    folder: str

    def to_json(self) -> str:
        """Write as one word of a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Assignment:
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        return cls(**fields | {"contestant": Contestant(**fields["contestant"])})


@dataclass(frozen=True)
class Run:
    """What a worker answers.

    Parameters
    ----------
    import_seconds, search_seconds, best_score, peak_megabytes : float
    programs : int or None
        How many programs this process compiled; None for other libraries, and
        where other processes fitted.
    compile_seconds : float or None
    """

    import_seconds: float
    search_seconds: float
    best_score: float
    peak_megabytes: float
    programs: int | None = None
    compile_seconds: float | None = None


@dataclass(frozen=True)
class Report:
    """What one search came to.

    Parameters
    ----------
    search : str
        Key of `SEARCHES`.
    epochs : int
    runs : dict of str to list of (Run or None)
        By the contestant's title, one a round; None where it had no turn.
    failed : dict of str to str
        Error of each contestant that failed.
    absent, left_out : list of str
        Titles of peers that are not installed, and that were slow before.
    """

    search: str
    epochs: int
    runs: dict[str, list[Run | None]]
    failed: dict[str, str]
    absent: list[str]
    left_out: list[str]


def work(channel: Channel, assignment: Assignment) -> None:
    """Import, search, answer."""
    from joblib import parallel_config
    from sklearn.exceptions import ConvergenceWarning

    channel.wait()
    contestant = assignment.contestant
    importing = import_seconds(contestant.library.imports)
    search, problem = SEARCHES[assignment.search], PROBLEMS[contestant.task]
    X, digits = training_rows(search, Path(assignment.folder))
    y = problem.target(digits)
    space = replace(search.space, epochs=assignment.epochs, problem=problem)
    tuned = TUNERS[contestant.peer](space)
    prepared = search.make(tuned)
    with warnings.catch_warnings(), parallel_config(contestant.backend, n_jobs=contestant.n_jobs):
        warnings.simplefilter("ignore", ConvergenceWarning)  # MLPClassifier's, at its last epoch
        start = time.perf_counter()
        prepared.fit(X, y, **tuned.fit_arguments)
        seconds = time.perf_counter() - start
    run = Run(importing, seconds, float(prepared.best_score_), peak_megabytes())
    if contestant.peer in (OURS, OURS_ON_JAX) and contestant.backend == "threading":
        from sk_mnist_mlp import training_cache_info

        info = training_cache_info()
        run = replace(run, programs=info.compilations, compile_seconds=info.seconds)
    channel.answer(**asdict(run))
    channel.wait()


def training_rows(search: Search, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Rows that a search trains on, and their digits."""
    if search.on_mnist:
        data = Data.load(folder)
        return data.X_train, data.y_train
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


def measure(
    key: str, contestants: list[Contestant], folder: Path, rounds: int, epochs: int
) -> Report:
    """Let contestants search in turns."""
    runs: dict[str, list[Run | None]] = {contestant.title: [] for contestant in contestants}
    failed: dict[str, str] = {}
    for number in range(rounds):
        say(f"{key}: round {number + 1} of {rounds}")
        for contestant in contestants:
            title = contestant.title
            first = runs[title][0] if runs[title] else None
            if title in failed or (first and first.search_seconds > ONE_TURN_SECONDS):
                runs[title].append(None)
                continue
            assignment = Assignment(key, contestant, epochs, str(folder))
            with WorkerGroup(indispensable=(ALONE,)) as group:
                arguments = "--worker", assignment.to_json()
                group.start(title, SCRIPT, *arguments, backend=contestant.library.backend)
                answer = group.ask(title)
                failed |= group.failures
            runs[title].append(Run(**answer) if answer else None)
            if answer:
                say(f"{title}: {answer['search_seconds']:.1f} s")
    return Report(key, epochs, runs, failed, absent=[], left_out=[])


def slow_contestants(report: Report) -> set[str]:
    """Titles of those whose search took over a minute."""
    return {
        title
        for title, runs in report.runs.items()
        if any(run and run.search_seconds > SLOW_SECONDS for run in runs)
    }


def median_of(runs: Iterable[Run | None], value: Callable[[Run], float]) -> float:
    """Median over the turns that a contestant had."""
    return statistics.median(value(run) for run in runs if run)


def ratio_to_ours(report: Report, title: str) -> float:
    """Median over the rounds of the ratio of times."""
    pairs = zip(report.runs[title], report.runs[ALONE], strict=True)
    return statistics.median(
        run.search_seconds / ours.search_seconds for run, ours in pairs if run and ours
    )


def in_words(report: Report) -> str:
    """Report of one search in Markdown."""
    search = SEARCHES[report.search]
    header = (
        *("", "import CPU s", "search s", "ratio", "ms a fit"),
        *("best score", "programs", "compiling s", "peak MB"),
    )
    rows = []
    for title, runs in report.runs.items():
        done = [run for run in runs if run]
        if not done:
            continue
        seconds = median_of(done, lambda run: run.search_seconds)
        ours = done[0].programs is not None
        rows.append(
            (
                title,
                f"{median_of(done, lambda run: run.import_seconds):.1f}",
                f"{seconds:.3g}",
                f"{ratio_to_ours(report, title):.2f}",
                f"{1e3 * seconds / search.n_fits:.3g}",
                f"{done[0].best_score:.4f}",
                str(done[0].programs) if ours else "",
                f"{median_of(done, lambda run: run.compile_seconds or 0.0):.2f}" if ours else "",
                f"{median_of(done, lambda run: run.peak_megabytes):.0f}",
            )
        )
    turns = max(sum(run is not None for run in runs) for runs in report.runs.values())
    sentence = (
        f"{search.n_fits} fits of {report.epochs} epochs, the refit included; medians of {turns} "
        "turns, ratios to the first row round by round."
    )
    notes = [
        *(f"- {title} failed: {error}" for title, error in report.failed.items()),
        *(f"- {title} is not installed." for title in report.absent),
        *(f"- {title} took over a minute for the smaller search." for title in report.left_out),
    ]
    parts = [f"### {search.title}", sentence, markdown_table(header, rows), "\n".join(notes)]
    return "\n\n".join(part for part in parts if part)


def contestants_of(search: Search, task: str, peers: list[str]) -> list[Contestant]:
    """Who runs a search."""
    on_jax = of_ours(task, OURS_ON_JAX) if OURS_ON_JAX in peers else []
    others = [] if search.ours_only else [key for key in peers if key != OURS_ON_JAX]
    return [*of_ours(task, OURS), *on_jax, *(Contestant(task, key) for key in others)]


def run_searches(arguments: argparse.Namespace, folder: Path) -> list[Report]:
    """Run all that were asked for, the smaller before the larger."""
    reports: dict[str, Report] = {}
    for key in [key for key in SEARCHES if key in arguments.search]:
        search = SEARCHES[key]
        contestants = contestants_of(search, arguments.task, arguments.peers)
        absent = [c for c in contestants if not installed(c.library.imports)]
        slow = slow_contestants(reports[search.after]) if search.after in reports else set()
        able = [c for c in contestants if c not in absent and c.title not in slow]
        report = measure(key, able, folder, arguments.rounds, epochs_of(search, arguments))
        reports[key] = replace(report, absent=[c.title for c in absent], left_out=sorted(slow))
    return list(reports.values())


def epochs_of(search: Search, arguments: argparse.Namespace) -> int:
    """Epochs of each fit: fewer in a quick or smoke run."""
    if arguments.smoke:
        return 1
    return 2 if arguments.quick and search.on_mnist else search.space.epochs


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", metavar="PATH", help="of MNIST, as of load_mnist")
    parser.add_argument(
        "--search", nargs="+", choices=SEARCHES, default=list(SEARCHES), help="these only"
    )
    parser.add_argument("--rounds", type=positive_int, default=3, help="turns of each peer")
    parser.add_argument("--quick", action="store_true", help="2 epochs on MNIST instead of 20")
    parser.add_argument("--json", type=output_file, metavar="PATH", help="to write the results to")
    parser.add_argument("--smoke", action="store_true", help="one epoch, on the small digits")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    searching = {task: [key for key in peers if key in TUNERS] for task, peers in PEERS.items()}
    return parse_task_and_peers(parser, searching, always=OURS)


def main() -> None:
    arguments = parse_arguments()
    if arguments.worker:
        assignment = Assignment.from_json(arguments.worker)
        return serve(lambda channel: work(channel, assignment))
    machine = this_machine()
    needs_mnist = any(SEARCHES[key].on_mnist for key in arguments.search)
    with data_folder(arguments.data, arguments.smoke or not needs_mnist) as folder:
        reports = run_searches(arguments, folder)
    print(f"`{command()}`", machine.sentence(), sep="\n\n")
    for report in reports:
        print("", in_words(report), sep="\n")
    write_results(arguments.json, machine, reports=reports)


if __name__ == "__main__":
    main()
