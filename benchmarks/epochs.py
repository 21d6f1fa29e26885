"""How many steps the default estimator should make on little data.

scikit-learn's embedded sets and stratified parts of them, behind `StandardScaler`, in five
stratified folds: accuracy and log loss of the default estimator where its fits make at least so
many steps, beside `MLPClassifier()`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from harness import output_file, positive_int
from joblib import Parallel, delayed
from quality import MODELS, Scores, score_on_table
from report import command, this_machine, write_results
from sklearn.model_selection import train_test_split
from tables import EMBEDDED, Table, embedded_tables

from sk_mnist_mlp import KerasMLPClassifier
from sk_mnist_mlp.fitting.epochs import EPOCHS
from sk_mnist_mlp.reproduce.markdown import markdown_table

LEAST_STEPS = (0, 40, 80, 100, 120, 150, 200, 300)
PARTS = (50, 100, 200, 300, 500, 1000, 1500)
BATCH_SIZE = 128
FOLDS_SHARE = 0.8


def sets_and_parts() -> Iterator[Table]:
    """Whole sets, and parts that are clearly smaller."""
    for table in embedded_tables():
        yield table
        for n_rows in PARTS:
            if n_rows < 0.9 * len(table.y):
                X, _, y, _ = train_test_split(
                    table.X, table.y, train_size=n_rows, stratify=table.y, random_state=0
                )
                yield replace(table, name=f"{table.name}, {n_rows} rows", X=X, y=y)


def of_least_steps(table: Table, least_steps: int) -> Scores:
    """Score the default estimator with epochs that make so many steps."""
    steps = -(-FOLDS_SHARE * len(table.y) // BATCH_SIZE)
    epochs = max(EPOCHS, int(-(-least_steps // steps)))
    make = partial(KerasMLPClassifier, epochs=epochs, batch_size=BATCH_SIZE, random_state=0)
    return score_on_table(table, str(least_steps), make)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=positive_int, default=2, help="fits at once")
    parser.add_argument("--json", type=output_file, help="file for the results")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    tables = list(sets_and_parts())
    tasks = [delayed(of_least_steps)(table, steps) for table in tables for steps in LEAST_STEPS]
    tasks += [delayed(score_on_table)(table, "mlp", MODELS["mlp"].make) for table in tables]
    scores: list[Scores] = Parallel(arguments.jobs)(tasks)
    rows = []
    for model in (*map(str, LEAST_STEPS), "mlp"):
        found = {entry.table: entry for entry in scores if entry.model == model}
        rows.append(
            (
                MODELS["mlp"].title if model == "mlp" else model,
                f"{np.mean([entry.accuracy for entry in found.values()]):.4f}",
                f"{np.mean([entry.log_loss for entry in found.values()]):.4f}",
                *(f"{found[name].accuracy:.3f}" for name in EMBEDDED),
            )
        )
    machine = this_machine()
    columns = ("at least so many steps", "accuracy", "log loss", *EMBEDDED)
    print(f"`{command()}`\n\n{machine.sentence()}\n\n{markdown_table(columns, tuple(rows))}")
    write_results(arguments.json, machine, scores=scores)


if __name__ == "__main__":
    main()
