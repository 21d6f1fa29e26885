"""Whether the measured figures are the published ones."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from sk_mnist_mlp.reproduce.results import Fit, GridSearchResult, Results
from sk_mnist_mlp.reproduce.systems import (
    ACCURACY_TOLERANCE,
    BEST_SCORE_TOLERANCE,
    EPOCHS,
    GRID_SEARCH,
    RELATIVE_LOSS_TOLERANCE,
    SYSTEMS,
    System,
)

# Decimals are published: a difference of exactly the tolerance must not fail by rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Comparison:
    """A measured mean beside the published figure.

    Parameters
    ----------
    quantity : str
        What is compared.
    published, measured : float
    tolerance : float or None
        Largest difference that agrees; None where the figure is shown, not judged.
    """

    quantity: str
    published: float
    measured: float
    tolerance: float | None

    @property
    def difference(self) -> float:
        """Measured less published."""
        return self.measured - self.published

    @property
    def agrees(self) -> bool:
        """Whether the difference is within the tolerance, or not judged."""
        return self.tolerance is None or abs(self.difference) <= self.tolerance + _ROUNDING


@dataclass(frozen=True)
class Verdict:
    """The comparisons that decide on one system."""

    key: str
    title: str
    comparisons: tuple[Comparison, ...]

    @property
    def reproduced(self) -> bool:
        """Whether all that is judged agrees."""
        return all(comparison.agrees for comparison in self.comparisons)


def is_comparable(results: Results) -> bool:
    """Whether the run is the notebook's: then the published figures can judge it."""
    return results.data == "mnist" and results.epochs == EPOCHS


def compare_fits(system: System, fits: tuple[Fit, ...]) -> tuple[Comparison, Comparison]:
    """Compare the means over seeds of test accuracy and test loss with the published figures."""
    return (
        Comparison(
            "test accuracy",
            system.test_accuracy,
            fmean(fit.test_accuracy for fit in fits),
            ACCURACY_TOLERANCE,
        ),
        Comparison(
            "test loss",
            system.test_loss,
            fmean(fit.test_loss for fit in fits),
            RELATIVE_LOSS_TOLERANCE * system.test_loss if system.judged_by_loss else None,
        ),
    )


def compare_grid_search(result: GridSearchResult) -> Comparison:
    """Compare the best score with the published one, whichever activation won."""
    return Comparison("best score", GRID_SEARCH.best_score, result.best_score, BEST_SCORE_TOLERANCE)


def judge(results: Results) -> tuple[Verdict, ...]:
    """Judge each system that ran.

    Parameters
    ----------
    results : Results
        Of a run that `is_comparable`.

    Returns
    -------
    tuple of Verdict
        In the notebook's order.
    """
    verdicts = [
        Verdict(system.key, system.title, compare_fits(system, results.experiments[system.key]))
        for system in SYSTEMS
        if system.key in results.experiments
    ]
    if results.grid_search is not None:
        comparison = compare_grid_search(results.grid_search)
        verdicts.append(Verdict(GRID_SEARCH.key, GRID_SEARCH.title, (comparison,)))
    return tuple(verdicts)
