"""The report's tables and sentences as text, shared by its two formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from sk_mnist_mlp.reproduce.results import Fit, GridSearchResult, Results
from sk_mnist_mlp.reproduce.systems import (
    ACCURACY_TOLERANCE,
    BEST_SCORE_TOLERANCE,
    BEYOND,
    DATA_SETS,
    EPOCHS,
    GRID_SEARCH,
    KEYS,
    RELATIVE_LOSS_TOLERANCE,
    SYSTEMS,
    System,
)
from sk_mnist_mlp.reproduce.verdict import (
    Comparison,
    Verdict,
    compare_fits,
    compare_grid_search,
    is_comparable,
    judge,
)

_NOTHING = "-"


@dataclass(frozen=True)
class Table:
    """Cells that are ready to print; the first of each row names it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Summary:
    """The answer to "did it reproduce?", and what one has to know of it."""

    answer: str
    notes: tuple[str, ...]


def describe_extent(results: Results) -> str:
    """Name the data, the epochs and the seeds of a run."""
    return (
        f"{DATA_SETS[results.data].title}; {count(results.epochs, 'epoch')} a fit, "
        f"{count(results.seeds, 'seed')} a system"
    )


def summarize(results: Results) -> Summary:
    """Say whether the run reproduced the notebook.

    Parameters
    ----------
    results : Results

    Returns
    -------
    Summary
    """
    if results.data != "mnist":
        return Summary(
            "This run cannot tell.",
            (
                f"It used {DATA_SETS[results.data].title}, and the notebook's figures are of "
                "MNIST. They are left out here.",
            ),
        )
    if results.epochs != EPOCHS:
        return Summary(
            "This run cannot tell.",
            (
                f"Each fit had {count(results.epochs, 'epoch')}, the notebook's {EPOCHS}. The "
                "published figures stand beside the measured ones, but judge nothing.",
            ),
        )
    verdicts = judge(results)
    return Summary(_answer(verdicts), tuple(_notes(results, verdicts)))


def _answer(verdicts: Sequence[Verdict]) -> str:
    n_reproduced, n_ran = sum(verdict.reproduced for verdict in verdicts), len(verdicts)
    if n_reproduced < n_ran:
        return f"Not wholly. Within tolerance: {n_reproduced} of {count(n_ran, 'system')}."
    if n_ran == 1:
        return "Yes. The one system that ran is within tolerance."
    which = "All" if n_ran == len(KEYS) else "Of those that ran, all"
    return f"Yes. {which} {n_ran} systems are within tolerance."


def _notes(results: Results, verdicts: Sequence[Verdict]) -> list[str]:
    notes = [
        f"{verdict.title}: the {comparison.quantity} is {comparison.measured:.4f}, published "
        f"{comparison.published:.4f}; a difference of {comparison.difference:+.4f}, "
        f"{comparison.tolerance:.4f} allowed."
        for verdict in verdicts
        for comparison in verdict.comparisons
        if comparison.tolerance is not None and not comparison.agrees
    ]
    missing = [key for key in KEYS if key not in {verdict.key for verdict in verdicts}]
    if missing:
        notes.append(f"Not run: {', '.join(missing)}.")
    notes.append(
        f"A system is reproduced if its test accuracy is within {ACCURACY_TOLERANCE} of the "
        f"published one and, with SGD, its test loss within {RELATIVE_LOSS_TOLERANCE:.0%}; the "
        f"grid search, if its best score is within {BEST_SCORE_TOLERANCE}."
    )
    if results.seeds < 5:
        notes.append(
            f"These tolerances are meant for the mean of five seeds. This run has "
            f"{count(results.seeds, 'seed')}, so a seed's own noise is in the differences."
        )
    return notes


def count(number: int, noun: str) -> str:
    """Write a number of things, in the plural unless it is one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def results_table(results: Results) -> Table:
    """List what each system measured, beside the published figures where there are any.

    Parameters
    ----------
    results : Results

    Returns
    -------
    Table
    """
    if results.data == "mnist":
        return _published_table(results)
    rows = [
        (
            system.title,
            f"{fits[0].n_parameters:,}",
            _mean([fit.test_accuracy for fit in fits]),
            _mean([fit.test_loss for fit in fits]),
            _seconds(fits),
        )
        for system, fits in _fits(results)
    ]
    return Table(("System", "Parameters", "Accuracy", "Loss", "Seconds"), tuple(rows))


def recipes_table(results: Results) -> Table | None:
    """List what each recipe measured, beyond the notebook; None where none ran."""
    rows = [
        (
            f"{beyond.title} {beyond.key}",
            f"{fits[0].n_parameters:,}",
            _mean([fit.test_accuracy for fit in fits]),
            _mean([fit.test_loss for fit in fits]),
            _seconds(fits),
        )
        for beyond in BEYOND
        if (fits := results.experiments.get(beyond.key))
    ]
    columns = ("Recipe", "Parameters", "Accuracy", "Loss", "Seconds")
    return Table(columns, tuple(rows)) if rows else None


def _published_table(results: Results) -> Table:
    columns = (
        "System",
        "Accuracy",
        "Published",
        "Difference",
        "Loss",
        "Published",
        "Difference",
        "Seconds",
        "Reproduced",
    )
    judged = is_comparable(results)
    rows = []
    for system, fits in _fits(results):
        accuracy, loss = compare_fits(system, fits)
        rows.append(
            (
                system.title,
                _mean([fit.test_accuracy for fit in fits]),
                f"{accuracy.published:.4f}",
                f"{accuracy.difference:+.4f}",
                _mean([fit.test_loss for fit in fits]),
                f"{loss.published:.4f}",
                f"{loss.difference / loss.published:+.1%}",
                _seconds(fits),
                _yes_or_no(judged, accuracy, loss),
            )
        )
    if results.grid_search is not None:
        score = compare_grid_search(results.grid_search)
        rows.append(
            (
                f"{GRID_SEARCH.title}, best score",
                f"{score.measured:.4f}",
                f"{score.published:.4f}",
                f"{score.difference:+.4f}",
                *(_NOTHING,) * 3,
                f"{results.grid_search.seconds:.1f}",
                _yes_or_no(judged, score),
            )
        )
    return Table(columns, tuple(rows))


def _fits(results: Results) -> list[tuple[System, tuple[Fit, ...]]]:
    return [
        (system, results.experiments[system.key])
        for system in SYSTEMS
        if system.key in results.experiments
    ]


def _mean(values: Sequence[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.4f}"
    return f"{fmean(values):.4f} ± {stdev(values):.4f}"


def _seconds(fits: Sequence[Fit]) -> str:
    return f"{fmean(fit.seconds for fit in fits):.1f}"


def _yes_or_no(judged: bool, *comparisons: Comparison) -> str:
    if not judged:
        return "not judged"
    return "yes" if all(comparison.agrees for comparison in comparisons) else "no"


def grid_search_table(result: GridSearchResult, *, published: bool) -> Table:
    """List the grid search's scores by activation.

    Parameters
    ----------
    result : GridSearchResult
    published : bool
        Whether the published scores stand beside them.

    Returns
    -------
    Table
    """
    columns: tuple[str, ...] = ("Activation", "Mean score", "Std over folds")
    if published:
        columns += ("Published mean", "Published std", "Difference")
    rows = []
    for activation, score in result.mean_test_score.items():
        row: tuple[str, ...] = (
            activation,
            f"{score:.6f}",
            f"{result.std_test_score[activation]:.6f}",
        )
        if published:
            expected = GRID_SEARCH.mean_test_score[activation]
            row += (
                f"{expected:.6f}",
                f"{GRID_SEARCH.std_test_score[activation]:.6f}",
                f"{score - expected:+.6f}",
            )
        rows.append(row)
    return Table(columns, tuple(rows))
