"""Named bundles of hyperparameters, and the figures that they were chosen by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sk_mnist_mlp.classifier import KerasMLPClassifier
from sk_mnist_mlp.domains import near_names
from sk_mnist_mlp.parameters.elsewhere import hint_at_parameter


@dataclass(frozen=True)
class Figure:
    """What ``benchmarks/ablation.py NAME --only`` measures (``--most-rows 2500`` for tables).

    Parameters
    ----------
    accuracy, standard_error : float
        Mean over the seeds, on rows that were not trained on.
    n_seeds : int
    rows : str
        Which these are.
    """

    accuracy: float
    standard_error: float
    n_seeds: int
    rows: str

    def __str__(self) -> str:
        return f"{self.accuracy:.4f} ± {self.standard_error:.4f} on {self.rows}"


@dataclass(frozen=True)
class Recipe:
    """A bundle of hyperparameters.

    Parameters
    ----------
    meant_for : str
        The data, in words.
    parameters : mapping of str to value
        Of `KerasMLPClassifier`, where they are not its defaults.
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

RECIPES: Mapping[str, Recipe] = {
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
        {
            "widths": (256, 256),
            "init_stddev": "lecun",
            "batch_norm": "before",
            "dropout": 0.9,
            "learning_rate": 1e-2,
            "epochs": 100,
            "schedule": "cosine",
            "input_dropout": 0.2,
            "dropout_schedule": "linear",
            "adversarial": 0.05,
        },
        Figure(0.7989, 0.0015, 5, "11 of the tables that it was designed with"),
    ),
}
"""Each recipe by its name."""


def recipe(name: str, /, **parameters: Any) -> KerasMLPClassifier:
    """Make an unfitted classifier whose hyperparameters are a recipe's.

    Parameters
    ----------
    name : {"notebook", "mnist", "mnist_best", "tabular"}
    **parameters
        Of `KerasMLPClassifier`, beside the recipe's and in the place of them.

    Returns
    -------
    KerasMLPClassifier
        Whose parameters may be set and searched as any other's.

    Raises
    ------
    ValueError
        If there is no recipe of that name.
    TypeError
        If there is no parameter of a name.

    Examples
    --------
    >>> from sk_mnist_mlp import recipe
    >>> clf = recipe("tabular", random_state=0)
    >>> clf.widths, clf.random_state
    ((256, 256), 0)
    """
    if name not in RECIPES:
        raise ValueError(
            f"The 'name' of a recipe must be one of {', '.join(map(repr, RECIPES))}. Got {name!r} "
            f"instead.{near_names(name, RECIPES)}"
        )
    known = KerasMLPClassifier().get_params()
    for unknown in parameters.keys() - known.keys():
        raise TypeError(
            f"KerasMLPClassifier has no parameter {unknown!r}.{hint_at_parameter(unknown, known)}"
        )
    return KerasMLPClassifier(**{**RECIPES[name].parameters, **parameters})
