"""What a run has measured."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Fit:
    """What one fitted network showed on the test images, and what it took.

    Parameters
    ----------
    test_accuracy, test_loss : float
        After the last epoch.
    seconds : float
        Wall time of the fit, validation after each epoch and compilation included.
    n_parameters, n_trainable : int
    history : dict of list of float
        The estimator's `history_`.
    """

    test_accuracy: float
    test_loss: float
    seconds: float
    n_parameters: int
    n_trainable: int
    history: dict[str, list[float]]


@dataclass(frozen=True)
class GridSearchResult:
    """What the grid search found; scores by activation."""

    best_params: dict[str, str]
    best_score: float
    mean_test_score: dict[str, float]
    std_test_score: dict[str, float]
    seconds: float


@dataclass(frozen=True)
class Results:
    """All that a run has measured so far.

    Parameters
    ----------
    data : {"mnist", "digits"}
    epochs : int
        Of each fit.
    seeds : int
        Fits asked for of each system; an interrupted experiment has fewer.
    versions : dict of str
        Of Python and the packages that matter.
    experiments : dict of tuple of Fit
        Fits of each system, and of each recipe, by its key; seed 0 first.
    grid_search : GridSearchResult or None
        None where it did not run.
    """

    data: str
    epochs: int
    seeds: int
    versions: dict[str, str]
    experiments: dict[str, tuple[Fit, ...]] = field(default_factory=dict)
    grid_search: GridSearchResult | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is finished yet."""
        return not self.experiments and self.grid_search is None

    def with_fit(self, key: str, fit: Fit) -> Results:
        """Return these results and one more fit of a system."""
        fits = (*self.experiments.get(key, ()), fit)
        return replace(self, experiments={**self.experiments, key: fits})


def describe_differences(kept: Results, data: str, epochs: int, seeds: int) -> list[str]:
    """Say in what the run that wrote `kept` differs from the one asked for.

    Returns
    -------
    list of str
        Empty if `kept` can be continued.
    """
    pairs = (
        ("data", kept.data, data),
        ("epochs", kept.epochs, epochs),
        ("seeds", kept.seeds, seeds),
    )
    return [
        f"{name} {there} there, {asked} asked for" for name, there, asked in pairs if there != asked
    ]
