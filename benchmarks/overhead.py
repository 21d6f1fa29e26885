"""A further fit of an architecture: its training steps, and all that is beside them.

The steps are the calls of the compiled program, until their results are there. Beside them are
the checks of parameters and data, the drawing of initial weights and orders, the copying and
gathering of rows, and the history.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np
from harness import positive_int
from report import command, this_machine
from searches import DIGITS, NOTEBOOK
from sklearn.datasets import load_digits
from tuners import tune_sk_mnist_mlp

from sk_mnist_mlp import load_mnist
from sk_mnist_mlp.reproduce.markdown import markdown_table
from sk_mnist_mlp.training.program import Program


@contextmanager
def timed_steps() -> Iterator[list[float]]:
    """Collect the seconds of each call of a program."""
    seconds: list[float] = []
    run = Program.run

    def timed(self: Program, *arguments: Any) -> Any:
        start = time.perf_counter()
        state, totals = run(self, *arguments)
        totals.numpy()  # until it is there
        seconds.append(time.perf_counter() - start)
        return state, totals

    with mock.patch.object(Program, "run", timed):
        yield seconds


@dataclass(frozen=True)
class Fit:
    """Seconds of a fit, and of the steps in it."""

    whole: float
    steps: float


def measure(classifier: Any, X: np.ndarray, y: np.ndarray, rounds: int) -> list[Fit]:
    """Fit again and again, the first not counted."""
    results = []
    for _ in range(rounds + 1):
        with timed_steps() as steps:
            start = time.perf_counter()
            classifier.fit(X, y)
            results.append(Fit(time.perf_counter() - start, sum(steps)))
    return results[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", metavar="PATH", help="of MNIST, as of load_mnist")
    parser.add_argument("--rounds", type=positive_int, default=9)
    arguments = parser.parse_args()
    machine = this_machine()
    mnist = load_mnist(arguments.data, source="mnist")
    X, y = load_digits(return_X_y=True)
    cases = {
        "digits, 64-64-128-10, 20 epochs": (DIGITS, (X / 16).astype(np.float32), y),
        "MNIST, 784-512-128-10, 20 epochs": (NOTEBOOK, mnist.X_train, mnist.y_train),
    }
    rows = []
    for name, (space, inputs, classes) in cases.items():
        fits = measure(tune_sk_mnist_mlp(space).estimator, inputs, classes, arguments.rounds)
        figures = (
            statistics.median(1e3 * fit.whole for fit in fits),
            statistics.median(1e3 * fit.steps for fit in fits),
            statistics.median(1e3 * (fit.whole - fit.steps) for fit in fits),
        )
        share = statistics.median(1 - fit.steps / fit.whole for fit in fits)
        rows.append((name, *(f"{figure:.1f}" for figure in figures), f"{share:.1%}"))
    header = ("", "fit ms", "its steps ms", "beside them ms", "share of the fit")
    print(f"`{command()}`", machine.sentence(), markdown_table(header, rows), sep="\n\n")


if __name__ == "__main__":
    main()
