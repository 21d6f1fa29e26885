"""Kinds of output that stand for classes: what logits say, and how well, in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from sk_mnist_mlp.network.activations import ACTIVATIONS
from sk_mnist_mlp.network.head import Head, Values


@dataclass(frozen=True, kw_only=True)
class ClassHead(Head):
    """A kind of output that stands for classes, trained on the cross-entropy in nats.

    It measures the share of each row's outputs that is right, as Keras' accuracy counts,
    and whether all of them are. A logit of NaN is never right.

    Parameters
    ----------
    encode : callable
        Targets of class numbers of shape (rows,), or of an indicator matrix.
    predict : callable
        Class numbers, or an indicator matrix, that logits make most probable.
    probabilities : callable
        In the dtype of the logits; worked out in float64, so that a probability is a
        monotone function of its logit.
    log_probabilities : callable
        Their logarithms: 0 where they round to 1, and finite even where they round to 0.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_mnist_mlp.network.class_heads import CLASS_HEADS
    >>> CLASS_HEADS["sigmoid"].probabilities(np.array([[0.0], [-40.0]]))
    array([[5.00000000e-01, 5.00000000e-01],
           [1.00000000e+00, 4.24835426e-18]])
    >>> logits = np.array([[0.0, 0.0], [50.0, 0.0]])
    >>> CLASS_HEADS["softmax"].losses(logits, np.array([1, 1]), {}).round(4)
    array([ 0.6931, 50.    ])
    >>> CLASS_HEADS["sigmoids"].measures(logits - 1, np.array([[0, 0], [1, 1]]))
    array([[1. , 1. ],
           [0.5, 0. ]])
    """

    encode: Callable[[np.ndarray], np.ndarray]
    predict: Callable[[np.ndarray], np.ndarray]
    probabilities: Callable[[np.ndarray], np.ndarray]
    log_probabilities: Callable[[np.ndarray], np.ndarray]


def _both_classes(logits: np.ndarray) -> np.ndarray:
    """Logits of not being and of being of the second class, in float64."""
    exact = logits.astype(np.float64)
    return np.hstack([-exact, exact])


def _softmax(logits: np.ndarray) -> np.ndarray:
    return ACTIVATIONS["softmax"](logits.astype(np.float64)).astype(logits.dtype)


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return ACTIVATIONS["sigmoid"](_both_classes(logits)).astype(logits.dtype)


def _sigmoids(logits: np.ndarray) -> np.ndarray:
    """Probabilities strictly inside (0, 1)."""
    probabilities = ACTIVATIONS["sigmoid"](logits.astype(np.float64)).astype(logits.dtype)
    zero, one = logits.dtype.type(0), logits.dtype.type(1)
    return np.clip(probabilities, np.nextafter(zero, one), np.nextafter(one, zero))


def _exact_log_softmax(logits: np.ndarray) -> np.ndarray:
    exact = logits.astype(np.float64)
    exact -= exact.max(axis=-1, keepdims=True)
    exact -= np.log(np.exp(exact).sum(axis=-1, keepdims=True))
    return exact


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    smallest = np.finfo(logits.dtype).min
    return _rounded(np.maximum(_exact_log_softmax(logits), smallest), logits.dtype)


def _log_sigmoid(logits: np.ndarray) -> np.ndarray:
    return _rounded(ACTIVATIONS["log_sigmoid"](_both_classes(logits)), logits.dtype)


def _log_sigmoids(logits: np.ndarray) -> np.ndarray:
    return ACTIVATIONS["log_sigmoid"](logits.astype(np.float64)).astype(logits.dtype)


def _rounded(logarithms: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Logarithms in a dtype, 0 where what they are of is the dtype's 1."""
    return np.where(np.exp(logarithms).astype(dtype) == 1, 0, logarithms).astype(dtype)


def _categorical_cross_entropy(logits: np.ndarray, targets: np.ndarray, _: Values) -> np.ndarray:
    return -np.take_along_axis(_exact_log_softmax(logits), targets[:, None], axis=-1)[:, 0]


def _binary_cross_entropy(logits: np.ndarray, targets: np.ndarray, _: Values) -> np.ndarray:
    # -log(p) for a target of 1 and -log(1 - p) for one of 0.
    signs = 1 - 2 * targets.astype(np.float64)
    return ACTIVATIONS["softplus"](signs * logits.astype(np.float64)).mean(axis=-1)


def _largest_is_right(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    known = ~np.isnan(logits).any(axis=-1)
    right = (logits.argmax(axis=-1) == targets) & known
    return np.column_stack([right, right]).astype(np.float64)


def _signs_are_right(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    right = ((logits > 0) == targets) & ~np.isnan(logits)
    return np.column_stack([right.mean(axis=-1), right.all(axis=-1)])


def _entropy_of_shares(targets: np.ndarray, weights: np.ndarray, _: Values) -> float:
    """Loss of predicting the shares of the classes for every row, whatever is in it."""
    entropies = []
    for column in targets.reshape(len(targets), -1).T:
        totals = np.bincount(column, weights)
        shares = totals[totals > 0] / totals.sum()
        entropies.append(-(shares * np.log(shares)).sum())
    return float(np.mean(entropies))


CLASS_HEADS: Mapping[str, ClassHead] = {
    "softmax": ClassHead(
        activation="softmax",
        loss="sparse_categorical_crossentropy",
        metric="accuracy",
        encode=lambda numbers: numbers.astype(np.int32),
        predict=lambda logits: logits.argmax(axis=1),
        probabilities=_softmax,
        log_probabilities=_log_softmax,
        losses=_categorical_cross_entropy,
        measures=_largest_is_right,
        loss_of_constant=_entropy_of_shares,
    ),
    "sigmoid": ClassHead(
        activation="sigmoid",
        loss="binary_crossentropy",
        metric="accuracy",
        encode=lambda numbers: numbers.astype(np.int8)[:, None],
        predict=lambda logits: (logits[:, 0] > 0).astype(int),
        probabilities=_sigmoid,
        log_probabilities=_log_sigmoid,
        losses=_binary_cross_entropy,
        measures=_signs_are_right,
        loss_of_constant=_entropy_of_shares,
    ),
    "sigmoids": ClassHead(
        activation="sigmoid",
        loss="binary_crossentropy",
        metric="accuracy",
        encode=lambda indicator: indicator.astype(np.int8),
        predict=lambda logits: logits > 0,
        probabilities=_sigmoids,
        log_probabilities=_log_sigmoids,
        losses=_binary_cross_entropy,
        measures=_signs_are_right,
        loss_of_constant=_entropy_of_shares,
    ),
}
"""One distribution over the classes; one probability, of the second class; and one
independent probability for each label."""
