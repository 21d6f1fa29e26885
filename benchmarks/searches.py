"""The searches of the benchmarks: what is trained, over which data, in which folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tuners import Space, Tuned

DIGITS = Space(
    widths=(64, 128),
    batch_size=32,
    epochs=20,
    activations=("relu", "tanh", "sigmoid"),
    learning_rates=(1e-3, 3e-3),
)
MANY_RATES = replace(
    DIGITS, learning_rates=tuple(3e-4 * (1e-2 / 3e-4) ** (i / 7) for i in range(8))
)
NOTEBOOK = Space(
    widths=(512, 128),
    batch_size=128,
    epochs=20,
    activations=("sigmoid", "relu"),
    init_stddev=(0.062, 0.125),
)


def grid_search(tuned: Tuned, n_folds: int) -> Any:
    """Search the whole grid, in shuffled folds."""
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    folds = StratifiedKFold(n_folds, shuffle=True, random_state=0)
    return GridSearchCV(tuned.estimator, tuned.grid, cv=folds)


def notebook_search(tuned: Tuned) -> Any:
    """Search the whole grid, in the notebook's folds of consecutive rows."""
    from sklearn.model_selection import GridSearchCV, KFold

    return GridSearchCV(tuned.estimator, tuned.grid, cv=KFold(3))


def random_search(tuned: Tuned) -> Any:
    """Search what this package passes at run time, in 60 candidates."""
    from scipy.stats import loguniform, uniform
    from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold

    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    distributions = {
        "learning_rate": loguniform(3e-4, 1e-2),
        "dropout": uniform(0.0, 0.5),
        "init_stddev": [None, "he", "lecun", "glorot"],
        "random_state": range(5),
    }
    return RandomizedSearchCV(tuned.estimator, distributions, n_iter=60, cv=folds, random_state=0)


@dataclass(frozen=True)
class Search:
    """A search that peers run.

    Parameters
    ----------
    title : str
    space : Space
    make : callable
        Gives the search over an estimator.
    n_fits : int
    on_mnist : bool
        On MNIST or on scikit-learn's digits.
    after : str or None
        Key of a search; who was slow there is left out here.
    ours_only : bool
    """

    title: str
    space: Space
    make: Callable[[Tuned], Any]
    n_fits: int
    on_mnist: bool = False
    after: str | None = None
    ours_only: bool = False


SEARCHES = {
    "digits": Search(
        "The digits, 6 candidates in 3 folds",
        DIGITS,
        lambda tuned: grid_search(tuned, n_folds=3),
        19,
    ),
    "more_digits": Search(
        "The digits, 24 candidates in 5 folds",
        MANY_RATES,
        lambda tuned: grid_search(tuned, n_folds=5),
        121,
        after="digits",
    ),
    "random": Search(
        "The digits, 60 random candidates of one architecture in 3 folds",
        replace(DIGITS, activations=("relu",), learning_rates=(1e-3,)),
        random_search,
        181,
        ours_only=True,
    ),
    "notebook": Search(
        "The notebook's grid on MNIST, 2 candidates in 3 folds",
        NOTEBOOK,
        notebook_search,
        7,
        on_mnist=True,
    ),
}
