"""What a run has measured, and the file that keeps it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from sk_mnist_mlp.reproduce.systems import GRID_SEARCH, SYSTEMS
from sk_mnist_mlp.whole_files import replacing

RESULTS_NAME = "results.json"


class ResultsError(ValueError):
    """A results file that cannot be used, and why."""


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
        Fits of each system by its key, seed 0 first.
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


def to_json(results: Results) -> str:
    """Write results as strict JSON, each experiment beside its published figures."""
    content = {
        "data": results.data,
        "epochs": results.epochs,
        "seeds": results.seeds,
        "versions": results.versions,
        "experiments": {
            system.key: {
                **_fits_as_lists(results.experiments[system.key]),
                "published": {
                    "test_accuracy": system.test_accuracy,
                    "test_loss": system.test_loss,
                },
            }
            for system in SYSTEMS
            if system.key in results.experiments
        },
        "grid_search": results.grid_search
        and {
            **asdict(results.grid_search),
            "published": {
                "best_params": GRID_SEARCH.best_params,
                "best_score": GRID_SEARCH.best_score,
                "mean_test_score": GRID_SEARCH.mean_test_score,
                "std_test_score": GRID_SEARCH.std_test_score,
            },
        },
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _fits_as_lists(fits: tuple[Fit, ...]) -> dict[str, Any]:
    return {
        "test_accuracy": [fit.test_accuracy for fit in fits],
        "test_loss": [fit.test_loss for fit in fits],
        "fit_seconds": [fit.seconds for fit in fits],
        "n_parameters": fits[0].n_parameters,
        "n_trainable": fits[0].n_trainable,
        "history": [fit.history for fit in fits],
    }


def from_json(text: str) -> Results:
    """Read what `to_json` wrote.

    Raises
    ------
    ResultsError
        If the text is not JSON, or not of this shape.
    """
    try:
        content = json.loads(text)
        return Results(
            data=str(content["data"]),
            epochs=int(content["epochs"]),
            seeds=int(content["seeds"]),
            versions={str(name): str(number) for name, number in content["versions"].items()},
            experiments={
                system.key: _fits_from_lists(content["experiments"][system.key])
                for system in SYSTEMS
                if system.key in content["experiments"]
            },
            grid_search=_grid_search_from_json(content["grid_search"]),
        )
    except json.JSONDecodeError as error:
        raise ResultsError(f"it is not JSON ({error})") from None
    except KeyError as error:
        raise ResultsError(f"the key {error} is missing") from None
    except (AttributeError, TypeError, ValueError) as error:
        raise ResultsError(f"a value is not of its kind ({error})") from None


def _fits_from_lists(entry: dict[str, Any]) -> tuple[Fit, ...]:
    columns = (entry["test_accuracy"], entry["test_loss"], entry["fit_seconds"], entry["history"])
    return tuple(
        Fit(
            test_accuracy=float(test_accuracy),
            test_loss=float(test_loss),
            seconds=float(seconds),
            n_parameters=int(entry["n_parameters"]),
            n_trainable=int(entry["n_trainable"]),
            history={str(name): [float(value) for value in history[name]] for name in history},
        )
        for test_accuracy, test_loss, seconds, history in zip(*columns, strict=True)
    )


def _grid_search_from_json(entry: dict[str, Any] | None) -> GridSearchResult | None:
    if entry is None:
        return None
    return GridSearchResult(
        best_params=dict(entry["best_params"]),
        best_score=float(entry["best_score"]),
        mean_test_score={name: float(score) for name, score in entry["mean_test_score"].items()},
        std_test_score={name: float(score) for name, score in entry["std_test_score"].items()},
        seconds=float(entry["seconds"]),
    )


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


def read_results(folder: Path) -> Results | None:
    """Read a folder's results.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Results or None
        None if the folder has none.

    Raises
    ------
    ResultsError
        If there is a file of that name that is no results file.
    """
    path = folder / RESULTS_NAME
    if not path.exists():
        return None
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except (ResultsError, UnicodeDecodeError) as error:
        raise ResultsError(f"{path} holds no results of this command: {error}") from None


def write_results(folder: Path, results: Results) -> None:
    """Replace a folder's results, whole."""
    with replacing(folder / RESULTS_NAME) as file:
        file.write(to_json(results).encode())
