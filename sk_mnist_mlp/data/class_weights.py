"""Weights of classes, which multiply those of their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.data.labels import Labels

ClassWeight = str | Mapping[Any, float] | Sequence[Mapping[Any, float]] | None


def weigh_classes(
    class_weight: ClassWeight, labels: Labels, examples: Examples
) -> list[np.ndarray] | None:
    """Weight of each class, in the order of the labels; None gives all the same.

    Returns
    -------
    list of ndarray or None
        One where each row has one label; for an indicator matrix the weights of 0 and of
        1 in each column.

    Raises
    ------
    ValueError
        If the form is not the one for such labels, or a dict has keys that are no classes
        while classes have no key.
    """
    if class_weight is None:
        return None
    classes = labels.classes if labels.indicator is None else np.arange(2)
    if isinstance(class_weight, str):  # "balanced"
        return [
            _balanced(np.bincount(column, examples.weights, len(classes)))
            for column in _columns(examples)
        ]
    return [
        _given_class_weights(given, classes, name)
        for name, given in _by_column(class_weight, labels).items()
    ]


def _by_column(
    class_weight: Mapping[Any, float] | Sequence[Mapping[Any, float]], labels: Labels
) -> dict[str, Mapping[Any, float]]:
    """Each dict, by its name in messages."""
    if labels.indicator is None:
        if isinstance(class_weight, Mapping):
            return {"class_weight": class_weight}
        raise ValueError(
            "class_weight must be None, 'balanced' or one dict where y has one label a row. Got "
            f"{class_weight!r} instead: a dict for each column is for an indicator matrix."
        )
    n_columns = len(labels.classes)
    one = isinstance(class_weight, Mapping)
    if one or len(class_weight) != n_columns:
        got = f"the dict {class_weight!r}" if one else f"{len(class_weight)} of them"
        raise ValueError(
            f"class_weight must be None, 'balanced' or a sequence of {n_columns} dicts, one for "
            f"each column, where y is an indicator matrix of {n_columns} columns. Got {got} "
            f"instead: give each column its own, such as [{{0: 1, 1: 2}}] * {n_columns}."
        )
    return {f"class_weight[{number}]": given for number, given in enumerate(class_weight)}


def _columns(examples: Examples) -> np.ndarray:
    """Targets of each label, of shape (labels, rows)."""
    return examples.targets.reshape(examples.n_rows, -1).T


def _balanced(totals: np.ndarray) -> np.ndarray:
    """Weights that give all classes the same total; 1 for a class without any."""
    occurs = totals > 0
    share = np.where(occurs, totals, 1.0) * occurs.sum()
    return np.where(occurs, totals.sum() / share, 1.0)


def _given_class_weights(
    class_weight: Mapping[Any, float], classes: np.ndarray, name: str
) -> np.ndarray:
    """Weights of a dict, 1 for a class without a key."""
    # scikit-learn's compute_class_weight, whose rules these are, takes texts of digits for numbers.
    number_of = {label: number for number, label in enumerate(classes)}
    if classes.dtype.kind in "mM":  # before NumPy 2.2 equal dates of different units hash unlike
        number_of = {
            key: number
            for key in class_weight
            for label, number in number_of.items()
            if label == key
        }
    given = {number_of[key]: weight for key, weight in class_weight.items() if key in number_of}
    others = [key for key in class_weight if key not in number_of]
    if others and len(given) < len(classes):
        without = np.delete(classes, list(given)).tolist()
        raise ValueError(
            f"{name} has the keys {others[:20]}, which are none of the classes, and none "
            f"for the classes {without[:20]}. Its keys must be labels as y has them, of the same "
            "type."
        )
    return np.array([given.get(number, 1.0) for number in range(len(classes))], np.float64)


def apply_class_weights(
    class_weights: list[np.ndarray] | None, examples: Examples, name: str
) -> Examples:
    """Multiply the weight of each row by those of its classes.

    Rows that this makes too light to count are left out.

    Raises
    ------
    ValueError
        If nothing is left; says of which argument.
    """
    if class_weights is None:
        return examples
    factors = np.ones(examples.n_rows)
    for weights, column in zip(class_weights, _columns(examples), strict=True):
        factors = factors * weights[column]
        if not factors.any():
            raise ValueError(
                f"class_weight gives every row of {name} a weight of zero: give the classes of "
                "at least one row positive ones."
            )
        factors = factors / factors.max()  # a product over many columns would leave the range
    return examples.weighed(examples.weights * factors)
