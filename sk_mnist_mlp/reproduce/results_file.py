"""The file that keeps what a run has measured; what is read may be damaged in any way."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sk_mnist_mlp.disk.whole_files import naming, replacing
from sk_mnist_mlp.reproduce.results import Fit, GridSearchResult, Results
from sk_mnist_mlp.reproduce.systems import DATA_SETS, GRID_SEARCH, RECIPE_KEYS, SYSTEMS

RESULTS_NAME = "results.json"

# More than any loss, time or count of a run: sums stay finite.
_LARGEST = 10**9
_TRAINING_CURVES: tuple[str, ...] = ("loss", "accuracy")
_CURVES = (*_TRAINING_CURVES, "val_loss", "val_accuracy")


class ResultsError(ValueError):
    """A results file that cannot be used, and why."""


def to_json(results: Results) -> str:
    """Write results as strict JSON, each experiment beside its published figures."""
    experiments: dict[str, Any] = {
        key: _fits_as_lists(fits) for key, fits in results.experiments.items()
    }
    for system in SYSTEMS:
        if system.key in experiments:
            experiments[system.key]["published"] = {
                "test_accuracy": system.test_accuracy,
                "test_loss": system.test_loss,
            }
    content = {
        "data": results.data,
        "epochs": results.epochs,
        "seeds": results.seeds,
        "versions": results.versions,
        "experiments": experiments,
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
        If the text is anything else; says where and what.
    """
    try:
        content = json.loads(text)
    except RecursionError:
        raise ResultsError("its values are nested too deeply") from None
    except ValueError as error:
        raise ResultsError(f"it is not JSON ({error})") from None
    results = _Value("results", content)
    epochs, seeds = results["epochs"].count(), results["seeds"].count()
    grid_search = results["grid_search"]
    curves = {system.key: _CURVES for system in SYSTEMS}
    curves |= {key: _TRAINING_CURVES for key in RECIPE_KEYS}
    return Results(
        data=results["data"].one_of(DATA_SETS),
        epochs=epochs,
        seeds=seeds,
        versions={name: number.text() for name, number in results["versions"].members().items()},
        experiments={
            _Value("the name of a system", key).one_of(curves): _read_fits(
                fits, epochs, seeds, curves[key]
            )
            for key, fits in results["experiments"].members().items()
        },
        grid_search=None if grid_search.content is None else _read_grid_search(grid_search),
    )


def _read_fits(
    experiment: _Value, epochs: int, seeds: int, curves: tuple[str, ...]
) -> tuple[Fit, ...]:
    accuracies = experiment["test_accuracy"].elements(1, seeds)
    losses, seconds, histories = (
        experiment[name].elements(len(accuracies), len(accuracies))
        for name in ("test_loss", "fit_seconds", "history")
    )
    return tuple(
        Fit(
            test_accuracy=accuracies[i].share(),
            test_loss=losses[i].number(),
            seconds=seconds[i].number(),
            n_parameters=experiment["n_parameters"].count(),
            n_trainable=experiment["n_trainable"].count(),
            history={
                name: [value.number() for value in histories[i][name].elements(epochs, epochs)]
                for name in curves
            },
        )
        for i in range(len(accuracies))
    )


def _read_grid_search(found: _Value) -> GridSearchResult:
    activations = GRID_SEARCH.param_grid["activation"]
    means, stddevs = found["mean_test_score"], found["std_test_score"]
    return GridSearchResult(
        best_params={"activation": found["best_params"]["activation"].one_of(activations)},
        best_score=found["best_score"].share(),
        mean_test_score={name: means[name].share() for name in activations},
        std_test_score={name: stddevs[name].share() for name in activations},
        seconds=found["seconds"].number(),
    )


@dataclass(frozen=True, eq=False)
class _Value:
    """A value of the file, and where it stands.

    Each of its methods raises `ResultsError` where the value is of another kind.
    """

    place: str
    content: Any

    def __getitem__(self, name: str) -> _Value:
        members = self.members()
        if name not in members:
            raise ResultsError(f"{self.place}[{name!r}] is missing")
        return members[name]

    def members(self) -> dict[str, _Value]:
        self._require(isinstance(self.content, dict), "an object")
        return {
            name: _Value(f"{self.place}[{reprlib.repr(name)}]", value)
            for name, value in self.content.items()
        }

    def elements(self, at_least: int, at_most: int) -> list[_Value]:
        content = self.content
        whole = isinstance(content, list) and at_least <= len(content) <= at_most
        length = f"{at_least}" if at_least == at_most else f"{at_least} to {at_most}"
        self._require(whole, f"a list of length {length}")
        return [_Value(f"{self.place}[{i}]", element) for i, element in enumerate(content)]

    def count(self) -> int:
        whole = type(self.content) is int and 1 <= self.content <= _LARGEST
        self._require(whole, f"an int from 1 to {_LARGEST}")
        return self.content

    def number(self, at_most: int = _LARGEST) -> float:
        within = type(self.content) in (int, float) and 0 <= self.content <= at_most
        self._require(within, f"a number from 0 to {at_most}")
        return float(self.content)

    def share(self) -> float:
        return self.number(1)

    def text(self) -> str:
        self._require(isinstance(self.content, str) and self.content.isprintable(), "a line")
        return self.content

    def one_of(self, allowed: Collection[str]) -> str:
        known = isinstance(self.content, str) and self.content in allowed
        self._require(known, " or ".join(map(repr, allowed)))
        return self.content

    def _require(self, condition: bool, allowed: str) -> None:
        if not condition:
            found = reprlib.repr(self.content)
            raise ResultsError(f"{self.place} is {found}; expected {allowed}")


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
    OSError
        If the file cannot be read.
    ResultsError
        If there is a file of that name that is no results file.
    """
    path = folder / RESULTS_NAME
    if not path.exists():
        return None
    with naming(path):
        content = path.read_bytes()
    try:
        return from_json(content.decode())
    except (ResultsError, UnicodeDecodeError) as error:
        raise ResultsError(f"{path} holds no results of this command: {error}") from None


def write_results(folder: Path, results: Results) -> None:
    """Replace a folder's results, whole."""
    with replacing(folder / RESULTS_NAME) as file:
        file.write(to_json(results).encode())
