"""Kinds of output that stand for quantities: what logits say, and how well, in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from sk_mnist_mlp.network.head import Head, Values

HUBER_DELTA = 1.0
"""Error from which Huber's loss grows in a line, in the units of the targets."""


@dataclass(frozen=True, kw_only=True)
class QuantityHead(Head):
    """A kind of output that stands for quantities, measured by their squared errors.

    Parameters
    ----------
    is_positive : bool
        Whether it stands for quantities >= 0, by the exponential of its logits.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_mnist_mlp.network.quantity_heads import QUANTITY_HEADS
    >>> logits, targets = np.array([[0.0], [3.0]]), np.array([[0.5], [1.0]])
    >>> QUANTITY_HEADS["huber"].losses(logits, targets, {})
    array([0.125, 1.5  ])
    >>> QUANTITY_HEADS["quantile"].losses(logits, targets, {"quantile": 0.75})
    array([0.375, 0.5  ])
    >>> QUANTITY_HEADS["poisson"].predict(np.array([[0.0]]))
    array([[1.]])
    """

    is_positive: bool = False

    def predict(self, logits: np.ndarray) -> np.ndarray:
        """Quantities in the units of the targets, in float64."""
        exact = logits.astype(np.float64)
        return np.exp(exact) if self.is_positive else exact


def _squared_error(logits: np.ndarray, targets: np.ndarray, _: Values) -> np.ndarray:
    return np.square(targets - logits).mean(axis=1)


def _absolute_error(logits: np.ndarray, targets: np.ndarray, _: Values) -> np.ndarray:
    return np.abs(targets - logits).mean(axis=1)


def _huber(logits: np.ndarray, targets: np.ndarray, _: Values) -> np.ndarray:
    errors = np.abs(targets - logits)
    near = np.minimum(errors, HUBER_DELTA)
    return (near * (errors - near / 2)).mean(axis=1)


def _poisson(logits: np.ndarray, targets: np.ndarray, _: Values) -> np.ndarray:
    return (np.exp(logits.astype(np.float64)) - targets * logits).mean(axis=1)


def _pinball(logits: np.ndarray, targets: np.ndarray, values: Values) -> np.ndarray:
    errors = targets - logits
    return np.maximum(values["quantile"] * errors, (values["quantile"] - 1) * errors).mean(axis=1)


def _mean(targets: np.ndarray, weights: np.ndarray, _: Values) -> np.ndarray:
    return np.average(targets, axis=0, weights=weights)


def _log_mean(targets: np.ndarray, weights: np.ndarray, values: Values) -> np.ndarray:
    return np.log(np.maximum(_mean(targets, weights, values), np.finfo(np.float64).tiny))


def _quantile(targets: np.ndarray, weights: np.ndarray, values: Values) -> np.ndarray:
    """Of each output, its median where no other is asked for."""
    order = np.argsort(targets, axis=0)
    cumulative = np.cumsum(weights[order], axis=0)
    reached = cumulative >= values.get("quantile", 0.5) * cumulative[-1]
    return np.take_along_axis(targets, order, axis=0)[reached.argmax(axis=0), range(len(order.T))]


def _head(
    losses: Callable[[np.ndarray, np.ndarray, Values], np.ndarray],
    constant: Callable[[np.ndarray, np.ndarray, Values], np.ndarray],
    *,
    loss: str | None,
    is_positive: bool = False,
) -> QuantityHead:
    """A head by its losses and the logits of its best prediction that all rows share."""

    def measures(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
        errors = np.square(targets - head.predict(logits))
        return np.column_stack([errors.mean(axis=1), errors])

    def loss_of_constant(targets: np.ndarray, weights: np.ndarray, values: Values) -> float:
        logits = np.broadcast_to(constant(targets, weights, values), targets.shape)
        return float(np.average(losses(logits, targets, values), weights=weights))

    head = QuantityHead(
        activation="exponential" if is_positive else "linear",
        loss=loss,
        metric="r2",
        losses=losses,
        measures=measures,
        loss_of_constant=loss_of_constant,
        is_positive=is_positive,
    )
    return head


QUANTITY_HEADS: Mapping[str, QuantityHead] = {
    "squared_error": _head(_squared_error, _mean, loss="mean_squared_error"),
    "absolute_error": _head(_absolute_error, _quantile, loss="mean_absolute_error"),
    "huber": _head(_huber, _quantile, loss="huber"),
    "poisson": _head(_poisson, _log_mean, loss="poisson", is_positive=True),
    "quantile": _head(_pinball, _quantile, loss=None),
}
"""By the names that scikit-learn has for their losses, each a mean over a row's outputs."""
