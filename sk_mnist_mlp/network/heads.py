"""Kinds of output: what logits say, and how well, in NumPy.

Each has its other half, which trains, in `sk_mnist_mlp.training.losses`. As in
`activations`, NumPy's error state is for the caller to see to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from sk_mnist_mlp.network.activations import ACTIVATIONS


@dataclass(frozen=True)
class Head:
    """A kind of output, by functions of logits of shape (rows, outputs).

    Parameters
    ----------
    activation : str
        Keras' name of what turns logits into what the exported network gives.
    loss : str
        Keras' name of what is trained on.
    encode : callable
        Targets of class numbers of shape (rows,), or of an indicator matrix.
    predict : callable
        Class numbers, or an indicator matrix, that logits make most probable.
    probabilities : callable
        In the dtype of the logits; worked out in float64, so that a probability is a
        monotone function of its logit.
    log_probabilities : callable
        Their logarithms: 0 where they round to 1, and finite even where they round to 0.
    losses : callable
        Of logits and targets: the cross-entropy of each row in nats, in float64, as
        Keras reports it; NaN where a logit is.
    correct : callable
        Of logits and targets: the share of each row's outputs that is right, as
        Keras' accuracy counts. A logit of NaN is never right.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_mnist_mlp.network.heads import HEADS
    >>> HEADS["sigmoid"].probabilities(np.array([[0.0], [-40.0]]))
    array([[5.00000000e-01, 5.00000000e-01],
           [1.00000000e+00, 4.24835426e-18]])
    >>> HEADS["softmax"].losses(np.array([[0.0, 0.0], [50.0, 0.0]]), np.array([1, 1])).round(4)
    array([ 0.6931, 50.    ])
    >>> HEADS["sigmoids"].correct(np.array([[1.5, -0.5], [2.0, 3.0]]), np.array([[1, 0], [1, 0]]))
    array([1. , 0.5])
    """

    activation: str
    loss: str
    encode: Callable[[np.ndarray], np.ndarray]
    predict: Callable[[np.ndarray], np.ndarray]
    probabilities: Callable[[np.ndarray], np.ndarray]
    log_probabilities: Callable[[np.ndarray], np.ndarray]
    losses: Callable[[np.ndarray, np.ndarray], np.ndarray]
    correct: Callable[[np.ndarray, np.ndarray], np.ndarray]


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


def _categorical_cross_entropy(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return -np.take_along_axis(_exact_log_softmax(logits), targets[:, None], axis=-1)[:, 0]


def _binary_cross_entropy(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    # -log(p) for a target of 1 and -log(1 - p) for one of 0.
    signs = 1 - 2 * targets.astype(np.float64)
    return ACTIVATIONS["softplus"](signs * logits.astype(np.float64)).mean(axis=-1)


def _largest_is_right(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    known = ~np.isnan(logits).any(axis=-1)
    return ((logits.argmax(axis=-1) == targets) & known).astype(np.float64)


def _signs_are_right(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    return (((logits > 0) == targets) & ~np.isnan(logits)).mean(axis=-1)


HEADS: Mapping[str, Head] = {
    "softmax": Head(
        activation="softmax",
        loss="sparse_categorical_crossentropy",
        encode=lambda numbers: numbers.astype(np.int32),
        predict=lambda logits: logits.argmax(axis=1),
        probabilities=_softmax,
        log_probabilities=_log_softmax,
        losses=_categorical_cross_entropy,
        correct=_largest_is_right,
    ),
    "sigmoid": Head(
        activation="sigmoid",
        loss="binary_crossentropy",
        encode=lambda numbers: numbers.astype(np.int8)[:, None],
        predict=lambda logits: (logits[:, 0] > 0).astype(int),
        probabilities=_sigmoid,
        log_probabilities=_log_sigmoid,
        losses=_binary_cross_entropy,
        correct=_signs_are_right,
    ),
    "sigmoids": Head(
        activation="sigmoid",
        loss="binary_crossentropy",
        encode=lambda indicator: indicator.astype(np.int8),
        predict=lambda logits: logits > 0,
        probabilities=_sigmoids,
        log_probabilities=_log_sigmoids,
        losses=_binary_cross_entropy,
        correct=_signs_are_right,
    ),
}
"""One distribution over the classes; one probability, of the second class; and one
independent probability for each label."""
