"""How well `recipe("tabular", task="regression")` predicts, beside what it was chosen from.

Those are the defaults, the bundle for classes, and that bundle with less that disturbs training.
Each is scored by R2 in five folds, behind a scaler, on scikit-learn's table diabetes and on 500
rows with noise of each of Friedman's three functions. Standard errors are over seeds.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import numpy as np
from harness import output_file, positive_int
from joblib import Parallel, delayed
from report import command, this_machine, write_results
from sklearn.datasets import load_diabetes, make_friedman1, make_friedman2, make_friedman3
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits
from workers import say

from sk_mnist_mlp import KerasMLPRegressor, recipe
from sk_mnist_mlp.reproduce.markdown import markdown_table

FRIEDMAN = {"n_samples": 500, "random_state": 0}
TABLES = {
    "diabetes": load_diabetes(return_X_y=True),
    "friedman1": make_friedman1(noise=1.0, **FRIEDMAN),
    "friedman2": make_friedman2(noise=125.0, **FRIEDMAN),
    "friedman3": make_friedman3(noise=0.1, **FRIEDMAN),
}
"""With the noise of Friedman (1991)."""

DEFAULT = "KerasMLPRegressor()"
CLASSES = recipe("tabular").get_params()
CALM = {"input_dropout": 0.0, "adversarial": 0.0}
CHANGES: Mapping[str, Mapping[str, Any]] = {
    "the bundle for classes": {},
    "less adversarial": {"adversarial": 0.0},
    "less input_dropout": {"input_dropout": 0.0},
    "less both": CALM,
    **{f"less both, dropout={rate}": CALM | {"dropout": rate} for rate in (0.8, 0.7, 0.5, 0.2, 0)},
}
"""Of the bundle for classes."""


def regressors() -> Mapping[str, KerasMLPRegressor]:
    """What takes part, by its title."""
    known = KerasMLPRegressor().get_params()
    bundle = {name: value for name, value in CLASSES.items() if name in known}
    changed = {title: KerasMLPRegressor(**bundle | changes) for title, changes in CHANGES.items()}
    return {DEFAULT: KerasMLPRegressor()} | changed


def r2_on_table(table: str, regressor: KerasMLPRegressor, seed: int) -> float:
    """Mean over the folds."""
    threadpool_limits(1)  # of this worker, beside others
    pipeline = make_pipeline(StandardScaler(), regressor.set_params(random_state=seed))
    folds = KFold(5, shuffle=True, random_state=0)
    return float(cross_val_score(pipeline, *TABLES[table], scoring="r2", cv=folds).mean())


def measured(seeds: int, jobs: int) -> dict[str, list[list[float]]]:
    """R2 of each regressor with each seed on each table."""
    found = {}
    with Parallel(jobs) as parallel:
        for title, regressor in regressors().items():
            scores = parallel(
                delayed(r2_on_table)(table, regressor, seed)
                for seed in range(seeds)
                for table in TABLES
            )
            found[title] = np.reshape(scores, (seeds, -1)).tolist()
            say(f"{title}: {np.mean(scores):.4f}")
    return found


def table_of(found: Mapping[str, list[list[float]]]) -> str:
    """The mean on each table, and over all with its standard error."""
    rows = []
    for title, scores in found.items():
        means = np.mean(scores, axis=1)
        error = f" ± {np.std(means, ddof=1) / len(means) ** 0.5:.4f}" if len(means) > 1 else ""
        of_tables = (f"{score:.3f}" for score in np.mean(scores, axis=0))
        rows.append((title, *of_tables, f"{means.mean():.4f}{error}"))
    return markdown_table(("regressor", *TABLES, "mean R2"), tuple(rows))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=positive_int, default=5, help="of each fit")
    parser.add_argument("--jobs", type=positive_int, default=2, help="fits at once")
    parser.add_argument("--json", type=output_file, help="file for the results")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    machine = this_machine()
    found = measured(arguments.seeds, arguments.jobs)
    print(f"`{command()}`\n\n{machine.sentence()}\n\n{table_of(found)}")
    write_results(arguments.json, machine, r2=found)


if __name__ == "__main__":
    main()
