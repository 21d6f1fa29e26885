"""Resident memory over many fits of one architecture, and of each further architecture.

Each measurement runs in a process of its own, on scikit-learn's digits.
"""

from __future__ import annotations

import argparse
import gc
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from harness import output_file
from report import command, this_machine, write_results
from workers import Channel, WorkerGroup, say, serve

from sk_mnist_mlp.reproduce.markdown import markdown_table

SCRIPT = Path(__file__)


@dataclass(frozen=True)
class Task:
    """What a worker is to do.

    Parameters
    ----------
    work : {"fits", "architectures"}
        Fit one architecture again and again, or each architecture once.
    checkpoints : tuple of int
        After how many fits to look at the memory.
    threads : int
    batch_size : int
        On the digits, XLA compiles a program up to 71 rows.
    """

    title: str
    work: str
    checkpoints: tuple[int, ...]
    threads: int = 1
    batch_size: int = 32


SAME = (10, 50, 100, 150, 200)
FURTHER = (10, 30, 60, 90, 120)
TASKS = (
    Task("one thread", "fits", SAME),
    Task("two threads", "fits", SAME, threads=2),
    Task("one thread, without XLA", "fits", SAME, batch_size=128),
    Task("with XLA", "architectures", FURTHER),
    Task("without XLA", "architectures", FURTHER, batch_size=128),
)


def classifiers(task: Task) -> Iterable[Any]:
    """Estimators to fit, one after the other."""
    from sk_mnist_mlp import KerasMLPClassifier

    rng = np.random.default_rng(0)
    for number in range(task.checkpoints[-1]):
        widths = (64, 128) if task.work == "fits" else (64, 65 + number)
        yield KerasMLPClassifier(
            widths,
            batch_size=task.batch_size,
            epochs=5,
            learning_rate=10 ** rng.uniform(-4, -2),
            dropout=rng.uniform(0.1, 0.5),
            dtype="float32",
            random_state=number,
        )


def work(channel: Channel, task: Task) -> None:
    """Fit, and answer with the memory in MB at each checkpoint and after the cache was cleared."""
    from joblib import Parallel, delayed
    from sklearn.datasets import load_digits

    from sk_mnist_mlp import clear_training_cache

    channel.wait()
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    fits = iter(classifiers(task))
    resident = []
    with Parallel(n_jobs=task.threads, backend="threading") as parallel:
        for before, after in pairwise((0, *task.checkpoints)):
            parallel(delayed(fit)(next(fits), X, y) for _ in range(after - before))
            resident.append(resident_megabytes())
    clear_training_cache()
    channel.answer(resident=resident, cleared=resident_megabytes())
    channel.wait()


def fit(classifier: Any, X: np.ndarray, y: np.ndarray) -> None:
    """Fit, and keep nothing."""
    classifier.fit(X, y)


def resident_megabytes() -> float:
    """Memory that this process holds now, in units of 2**20 bytes."""
    import psutil

    gc.collect()
    return psutil.Process().memory_info().rss / 2**20


@dataclass(frozen=True)
class Measured:
    """What one task came to, in MB."""

    task: Task
    resident: list[float]
    cleared: float


def measure(tasks: Iterable[Task]) -> list[Measured]:
    """Run each task in a process of its own."""
    results = []
    for task in tasks:
        say(f"{task.work}: {task.title}")
        with WorkerGroup(indispensable=(task.title,)) as group:
            group.start(task.title, SCRIPT, "--worker", json.dumps(asdict(task)))
            answer = group.ask(task.title)
        assert answer is not None
        results.append(Measured(task, **answer))
    return results


def growth(measured: Measured) -> float:
    """MB between the first and the last checkpoint."""
    return measured.resident[-1] - measured.resident[0]


def each(measured: Measured) -> float:
    """MB of a further architecture."""
    first, *_, last = measured.task.checkpoints
    return growth(measured) / (last - first)


def section(
    heading: str,
    results: list[Measured],
    last_columns: dict[str, Callable[[Measured], str]],
) -> str:
    """One table in Markdown."""
    noun = "fit" if results[0].task.work == "fits" else "architecture"
    checkpoints = results[0].task.checkpoints
    header = ("", *(f"{noun} {n}, MB" for n in checkpoints), *last_columns)
    rows = [
        (
            result.task.title,
            *(f"{megabytes:.0f}" for megabytes in result.resident),
            *(cell(result) for cell in last_columns.values()),
        )
        for result in results
    ]
    return f"### {heading}\n\n{markdown_table(header, rows)}"


def in_words(results: list[Measured]) -> str:
    """Report in Markdown."""
    fits = [result for result in results if result.task.work == "fits"]
    architectures = [result for result in results if result.task.work == "architectures"]
    first = fits[0].task.checkpoints[0]
    return "\n\n".join(
        [
            section(
                "Fits of one architecture",
                fits,
                {f"growth from fit {first}, MB": lambda result: f"{growth(result):.1f}"},
            ),
            section(
                "Further architectures",
                architectures,
                {
                    "each, MB": lambda result: f"{each(result):.2f}",
                    "after clear_training_cache, MB": lambda result: f"{result.cleared:.0f}",
                },
            ),
        ]
    )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=output_file, metavar="PATH", help="to write the results to")
    parser.add_argument("--smoke", action="store_true", help="a few fits each")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    if arguments.worker:
        task = Task(**json.loads(arguments.worker))
        return serve(lambda channel: work(channel, task))
    machine = this_machine()
    tasks = TASKS
    if arguments.smoke:
        tasks = tuple(Task(t.title, t.work, (1, 2), t.threads, t.batch_size) for t in TASKS[1::2])
    results = measure(tasks)
    print(f"`{command()}`", machine.sentence(), in_words(results), sep="\n\n")
    write_results(arguments.json, machine, results=results)


if __name__ == "__main__":
    main()
