"""What each ingredient of a recipe is worth: the recipe without it, beside the whole.

An ingredient is left out by giving its parameter the default of `KerasMLPClassifier`. A recipe for
MNIST is trained on the first 50,000 training images and scored on the last 10,000; the test images
are not read. The recipe for tables is scored in five stratified folds on the tables that it was
designed with. Standard errors are over seeds.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from harness import output_file, positive_int
from joblib import Parallel, delayed
from quality import Scores, score_on_table, scored
from report import command, this_machine, write_results
from tables import keel_tables
from workers import say

from sk_mnist_mlp import KerasMLPClassifier, load_mnist, recipe
from sk_mnist_mlp.recipes import RECIPES
from sk_mnist_mlp.reproduce.markdown import markdown_table

FRAME = ("widths", "epochs")
"""Parameters that are no ingredients."""

N_VALIDATED = 10_000
WHOLE = "(whole)"


@dataclass(frozen=True)
class Variant:
    """A recipe, whole or without an ingredient; its scores are of a seed each."""

    left_out: str
    accuracy: list[float]
    log_loss: list[float]


def variants(name: str) -> Mapping[str, dict[str, Any]]:
    """Changes of a recipe's parameters, by the ingredient that they leave out."""
    defaults = KerasMLPClassifier().get_params()
    ingredients = [key for key in RECIPES["classification"][name].parameters if key not in FRAME]
    return {WHOLE: {}} | {key: {key: defaults[key]} for key in ingredients}


def on_mnist(name: str, path: str | None, seeds: int, chosen: list[str] | None) -> list[Variant]:
    """Score the variants on held-out training images."""
    mnist = load_mnist(path, source="mnist")
    training = slice(None, -N_VALIDATED)
    validation = slice(-N_VALIDATED, None)
    found = []
    for left_out, changes in chosen_variants(name, chosen).items():
        scores = [
            scored(
                recipe(name, **changes, random_state=seed),
                (mnist.X_train[training], mnist.y_train[training]),
                (mnist.X_train[validation], mnist.y_train[validation]),
            )
            for seed in range(seeds)
        ]
        accuracies, losses, seconds = zip(*scores, strict=True)
        found.append(Variant(left_out, list(accuracies), list(losses)))
        say(f"{left_out}: {np.mean(accuracies):.4f}, {np.mean(seconds):.0f} s a fit")
    return found


def on_tables(
    name: str, jobs: int, seeds: int, chosen: list[str] | None, most_rows: int
) -> list[Variant]:
    """Score the variants on the tables of the design, the mean over these."""
    tables = [table for table in keel_tables() if table.design and table.n_rows_whole <= most_rows]
    tables.sort(key=lambda table: -len(table.y))
    say(f"tables: {', '.join(table.name for table in tables)}")
    found = []
    for left_out, changes in chosen_variants(name, chosen).items():
        scores: list[Scores] = Parallel(jobs)(
            delayed(score_on_table)(
                table, left_out, partial(recipe, name, **changes, random_state=seed)
            )
            for seed in range(seeds)
            for table in tables
        )
        accuracy, losses = (
            np.reshape([getattr(entry, measure) for entry in scores], (seeds, -1)).mean(axis=1)
            for measure in ("accuracy", "log_loss")
        )
        found.append(Variant(left_out, accuracy.tolist(), losses.tolist()))
        say(f"{left_out}: {accuracy.mean():.4f}, {losses.mean():.4f}")
    return found


def chosen_variants(name: str, chosen: list[str] | None) -> Mapping[str, dict[str, Any]]:
    """Those asked for, the whole recipe first."""
    every = variants(name)
    return {key: every[key] for key in every if chosen is None or key in (WHOLE, *chosen)}


def table_of(found: list[Variant]) -> str:
    """Means, their standard errors, and the paired differences from the whole recipe."""
    whole = found[0]
    rows = [
        (
            variant.left_out,
            mean_and_error(variant.accuracy),
            mean_and_error(np.subtract(variant.accuracy, whole.accuracy), signed=True),
            mean_and_error(variant.log_loss),
            mean_and_error(np.subtract(variant.log_loss, whole.log_loss), signed=True),
        )
        for variant in found
    ]
    return markdown_table(("left out", "accuracy", "change", "log loss", "change"), tuple(rows))


def mean_and_error(values: Any, signed: bool = False) -> str:
    """Mean and standard error, where there is more than one value."""
    mean = f"{np.mean(values):+.4f}" if signed else f"{np.mean(values):.4f}"
    if len(values) == 1:
        return mean
    return f"{mean} ± {np.std(values, ddof=1) / len(values) ** 0.5:.4f}"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", choices=RECIPES["classification"])
    parser.add_argument("--seeds", type=positive_int, default=5, help="of each fit")
    parser.add_argument("--data", help="MNIST's file or folder; found or downloaded by default")
    parser.add_argument("--jobs", type=positive_int, default=2, help="fits on tables at once")
    parser.add_argument("--most-rows", type=positive_int, default=20_000, help="of a table")
    parser.add_argument("--only", nargs="*", help="ingredients to leave out; all by default")
    parser.add_argument("--json", type=output_file, help="file for the results")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    if arguments.recipe == "tabular":
        found = on_tables(
            arguments.recipe,
            arguments.jobs,
            arguments.seeds,
            arguments.only,
            arguments.most_rows,
        )
    else:
        found = on_mnist(arguments.recipe, arguments.data, arguments.seeds, arguments.only)
    machine = this_machine()
    print(f"`{command()}`\n\n{machine.sentence()}\n\n{table_of(found)}")
    write_results(arguments.json, machine, variants=found)


if __name__ == "__main__":
    main()
