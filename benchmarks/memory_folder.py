"""What it costs to keep fits in a folder, and what reading them back saves.

Each case runs three ways in turns: without a folder, with one that is empty, and again with what
that left. All fits are of programs compiled before.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import median_ratio, output_file, positive_int
from report import command, this_machine, write_results
from searches import DIGITS, NOTEBOOK, grid_search
from sklearn.base import clone
from sklearn.datasets import load_digits
from tuners import tune_sk_mnist_mlp
from workers import say

from sk_mnist_mlp import load_mnist
from sk_mnist_mlp.reproduce.markdown import markdown_table


@dataclass(frozen=True)
class Turn:
    """Seconds of a case without a folder, with an empty and with a filled one."""

    without: float
    kept: float
    read_back: float
    megabytes: float


def measure(make: Callable[[str | None], Any], X: Any, y: Any, rounds: int) -> list[Turn]:
    """Fit what is made for each folder, again and again, the first turn not counted."""
    turns = []
    for number in range(rounds + 1):
        say(f"turn {number} of {rounds}")
        with tempfile.TemporaryDirectory() as folder:
            without, kept, read_back = (
                _seconds(make(memory), X, y) for memory in (None, folder, folder)
            )
            size = sum(file.stat().st_size for file in Path(folder).glob("*.zip"))
        turns.append(Turn(without, kept, read_back, size / 2**20))
    return turns[1:]


def _seconds(estimator: Any, X: Any, y: Any) -> float:
    start = time.perf_counter()
    estimator.fit(X, y)
    return time.perf_counter() - start


def fit_of_notebook(memory: str | None) -> Any:
    return clone(tune_sk_mnist_mlp(NOTEBOOK).estimator).set_params(memory=memory)


def search_of_digits(memory: str | None) -> Any:
    search = grid_search(tune_sk_mnist_mlp(DIGITS), n_folds=3)
    return search.set_params(estimator__memory=memory)


def row(name: str, turns: list[Turn]) -> tuple[str, ...]:
    """Describe a case, by medians and by medians of the turns' ratios."""
    without = [turn.without for turn in turns]
    kept = [turn.kept for turn in turns]
    read_back = [turn.read_back for turn in turns]
    return (
        name,
        *(f"{statistics.median(seconds):.2f}" for seconds in (without, kept, read_back)),
        f"{median_ratio(kept, without) - 1:+.1%}",
        f"{median_ratio(read_back, kept):.1%}",
        f"{turns[0].megabytes:.1f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", metavar="PATH", help="of MNIST, as of load_mnist")
    parser.add_argument("--rounds", type=positive_int, default=7)
    parser.add_argument("--json", type=output_file, help="file for the results")
    arguments = parser.parse_args()
    machine = this_machine()
    mnist = load_mnist(arguments.data, source="mnist")
    X, y = load_digits(return_X_y=True)
    cases = {
        "fit of 784-512-128-10 on MNIST, 20 epochs": measure(
            fit_of_notebook, mnist.X_train, mnist.y_train, arguments.rounds
        ),
        "search over the digits, 19 fits of 20 epochs": measure(
            search_of_digits, (X / 16).astype("float32"), y, arguments.rounds
        ),
    }
    header = ("", "without s", "kept s", "read back s", "cost", "read back of kept", "MB kept")
    table = markdown_table(header, [row(*case) for case in cases.items()])
    print(f"`{command()}`", machine.sentence(), table, sep="\n\n")
    write_results(arguments.json, machine, cases=cases)


if __name__ == "__main__":
    main()
