"""Named bundles of hyperparameters, and the figures that they were chosen by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, overload

from sk_mnist_mlp.classifier import KerasMLPClassifier
from sk_mnist_mlp.domains import check_task, near_names
from sk_mnist_mlp.parameters.elsewhere import hint_at_parameter
from sk_mnist_mlp.regressor import KerasMLPRegressor


@dataclass(frozen=True)
class Figure:
    """What ``benchmarks/ablation.py NAME --only`` measures (``--most-rows 2500`` for tables).

    For regression it is ``benchmarks/regression.py``.

    Parameters
    ----------
    score, standard_error : float
        Mean accuracy, or R2, over the seeds, on rows that were not trained on.
    n_seeds : int
    rows : str
        Which these are.
    """

    score: float
    standard_error: float
    n_seeds: int
    rows: str

    def __str__(self) -> str:
        return f"{self.score:.4f} ± {self.standard_error:.4f} on {self.rows}"


@dataclass(frozen=True)
class Recipe:
    """A bundle of hyperparameters.

    Parameters
    ----------
    meant_for : str
        The data, in words.
    parameters : mapping of str to value
        Of the task's estimator, where they are not its defaults.
    figure : Figure
    """

    meant_for: str
    parameters: Mapping[str, Any]
    figure: Figure


_HELD_OUT = "the last 10,000 training images of MNIST"

_IMAGES = {
    "init_stddev": "he",
    "batch_norm": "before",
    "learning_rate": 5e-3,
    "epochs": 20,
    "schedule": "cosine",
    "warmup": 0.2,
    "weight_decay": 0.15,
    "adversarial": 0.05,
}

_TABLES = {
    "widths": (256, 256),
    "init_stddev": "lecun",
    "batch_norm": "before",
    "learning_rate": 1e-2,
    "epochs": 100,
    "schedule": "cosine",
    "dropout_schedule": "linear",
}

RECIPES: Mapping[str, Mapping[str, Recipe]] = {
    "classification": {
        "notebook": Recipe(
            "the notebook's best ReLU network on MNIST, to compare with",
            {"init_stddev": (0.062, 0.125), "epochs": 20},
            Figure(0.9779, 0.0007, 5, _HELD_OUT),
        ),
        "mnist": Recipe(
            "MNIST and images like it, with the notebook's network and epochs",
            _IMAGES,
            Figure(0.9905, 0.0002, 5, _HELD_OUT),
        ),
        "mnist_best": Recipe(
            "MNIST and images like it, with a wider network",
            _IMAGES | {"widths": (1024, 1024)},
            Figure(0.9913, 0.0002, 5, _HELD_OUT),
        ),
        "tabular": Recipe(
            "tables of 100 to 100,000 rows, behind a scaler",
            _TABLES | {"dropout": 0.9, "input_dropout": 0.2, "adversarial": 0.05},
            Figure(0.7989, 0.0015, 5, "11 of the tables that it was designed with"),
        ),
    },
    "regression": {
        "tabular": Recipe(
            "tables of quantities, behind a scaler",
            _TABLES | {"dropout": 0.7},
            Figure(0.7594, 0.0008, 5, "the 4 tables that it was chosen on"),
        ),
    },
}
"""Each recipe by its task and name."""

ESTIMATORS = {"classification": KerasMLPClassifier, "regression": KerasMLPRegressor}


@overload
def recipe(
    name: str, /, *, task: Literal["classification"] = ..., **parameters: Any
) -> KerasMLPClassifier: ...


@overload
def recipe(
    name: str, /, *, task: Literal["regression"], **parameters: Any
) -> KerasMLPRegressor: ...


def recipe(
    name: str, /, *, task: str = "classification", **parameters: Any
) -> KerasMLPClassifier | KerasMLPRegressor:
    """Make an unfitted estimator whose hyperparameters are a recipe's.

    Parameters
    ----------
    name : {"notebook", "mnist", "mnist_best", "tabular"}
        For regression ``"tabular"`` alone.
    task : {"classification", "regression"}, default="classification"
    **parameters
        Of the estimator, beside the recipe's and in the place of them.

    Returns
    -------
    KerasMLPClassifier or KerasMLPRegressor
        Whose parameters may be set and searched as any other's.

    Raises
    ------
    ValueError
        If there is no such task, or no recipe of that name for it.
    TypeError
        If there is no parameter of a name.

    Examples
    --------
    >>> from sk_mnist_mlp import recipe
    >>> clf = recipe("tabular", random_state=0)
    >>> clf.widths, clf.random_state
    ((256, 256), 0)
    >>> recipe("tabular", task="regression").loss
    'squared_error'
    """
    check_task(task)
    recipes, estimator = RECIPES[task], ESTIMATORS[task]
    if name not in recipes:
        raise ValueError(
            f"The 'name' of a recipe for {task} must be one of {', '.join(map(repr, recipes))}. "
            f"Got {name!r} instead.{near_names(name, recipes)}"
        )
    known = estimator().get_params()
    for unknown in parameters.keys() - known.keys():
        raise TypeError(
            f"{estimator.__name__} has no parameter {unknown!r}.{hint_at_parameter(unknown, known)}"
        )
    return estimator(**{**recipes[name].parameters, **parameters})
