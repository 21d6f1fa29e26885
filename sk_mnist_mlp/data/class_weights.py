"""Weights of classes, which multiply those of their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.data.labels import Labels


def weigh_classes(
    class_weight: str | Mapping[Any, float] | None, labels: Labels, examples: Examples
) -> np.ndarray | None:
    """Weight of each class, in the order of the labels; None weighs them alike.

    Raises
    ------
    ValueError
        If the labels are an indicator matrix, or a dict has keys that are no
        classes while classes have no key.
    """
    if class_weight is None:
        return None
    if labels.indicator is not None:
        raise ValueError(
            "class_weight must be None where y is an indicator matrix: the classes of a row have "
            "one weight between them. Use sample_weight instead."
        )
    if isinstance(class_weight, str):  # "balanced"
        n_classes = len(labels.classes)
        counts = np.bincount(examples.targets.ravel(), examples.weights, n_classes)
        return counts.sum() / (n_classes * counts)
    return _given_class_weights(class_weight, labels.classes)


def _given_class_weights(class_weight: Mapping[Any, float], classes: np.ndarray) -> np.ndarray:
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
            f"class_weight has the keys {others[:20]}, which are none of the classes, and none "
            f"for the classes {without[:20]}. Its keys must be labels as y has them, of the same "
            "type."
        )
    return np.array([given.get(number, 1.0) for number in range(len(classes))], np.float64)


def apply_class_weights(
    class_weights: np.ndarray | None, examples: Examples, name: str
) -> Examples:
    """Multiply the weight of each row by that of its class; rows too light to count are left out.

    Raises
    ------
    ValueError
        If nothing is left; says of which argument.
    """
    if class_weights is None:
        return examples
    factors = class_weights[examples.targets.ravel()]
    if not factors.any():
        raise ValueError(
            f"class_weight gives every row of {name} a weight of zero: at least one of their "
            "classes must have a positive one."
        )
    return examples.weighed(examples.weights * (factors / factors.max()))
