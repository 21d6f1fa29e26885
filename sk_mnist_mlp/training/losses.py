"""Kinds of output while training: the other half of `sk_mnist_mlp.network.heads`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from keras import ops

from sk_mnist_mlp.network.quantity_heads import HUBER_DELTA


@dataclass(frozen=True)
class TrainedHead:
    """A kind of output, by functions of logits and targets that give a number for each row.

    Parameters
    ----------
    targets : {"numbers", "outputs"}
        Whether a row's target is one class number, or one number of the network's
        dtype for each output.
    losses : callable
        Of logits, targets and run-time values.
    measures : callable
        The first of the measures in NumPy, in the dtype of the logits.
    even_losses : callable or None
        Of logits alone: the cross-entropy with a target spread evenly over the outcomes,
        to which label smoothing (Szegedy et al. 2016) moves the target; None where there
        are no outcomes.
    """

    targets: str
    losses: Callable[[Any, Any, Mapping[str, Any]], Any]
    measures: Callable[[Any, Any], Any]
    even_losses: Callable[[Any], Any] | None = None


def _categorical_cross_entropy(logits: Any, targets: Any, _: Any) -> Any:
    return ops.sparse_categorical_crossentropy(targets, logits, from_logits=True)


def _even_categorical_cross_entropy(logits: Any) -> Any:
    return ops.logsumexp(logits, axis=1) - _mean(logits)


def _binary_cross_entropy(logits: Any, targets: Any, _: Any) -> Any:
    return _mean(ops.binary_crossentropy(targets, logits, from_logits=True))


def _even_binary_cross_entropy(logits: Any) -> Any:
    return _binary_cross_entropy(logits, ops.full_like(logits, 0.5), None)


def _mean(outputs: Any) -> Any:
    # Keras' own, on JAX, is one of float32.
    return ops.sum(outputs, axis=1) / outputs.shape[1]


def _largest_is_right(logits: Any, targets: Any) -> Any:
    found = ops.cast(ops.argmax(logits, axis=1), targets.dtype)
    return ops.cast(found == targets, logits.dtype)


def _signs_are_right(logits: Any, targets: Any) -> Any:
    return _mean(ops.cast((logits > 0) == (targets > 0.5), logits.dtype))


def _squared_error(logits: Any, targets: Any, _: Any) -> Any:
    return _mean(ops.square(targets - logits))


def _absolute_error(logits: Any, targets: Any, _: Any) -> Any:
    return _mean(ops.abs(targets - logits))


def _huber(logits: Any, targets: Any, _: Any) -> Any:
    errors = ops.abs(targets - logits)
    near = ops.minimum(errors, HUBER_DELTA)
    return _mean(near * (errors - near / 2))


def _poisson(logits: Any, targets: Any, _: Any) -> Any:
    return _mean(ops.exp(logits) - targets * logits)


def _pinball(logits: Any, targets: Any, values: Mapping[str, Any]) -> Any:
    errors, quantile = targets - logits, values["quantile"]
    return _mean(ops.maximum(quantile * errors, (quantile - 1) * errors))


def _squared_errors(logits: Any, targets: Any) -> Any:
    return _squared_error(logits, targets, None)


def _squared_errors_of_exponentials(logits: Any, targets: Any) -> Any:
    return _squared_error(ops.exp(logits), targets, None)


_SIGMOIDS = TrainedHead(
    "outputs", _binary_cross_entropy, _signs_are_right, _even_binary_cross_entropy
)

TRAINED_HEADS: Mapping[str, TrainedHead] = {
    "softmax": TrainedHead(
        "numbers", _categorical_cross_entropy, _largest_is_right, _even_categorical_cross_entropy
    ),
    "sigmoid": _SIGMOIDS,
    "sigmoids": _SIGMOIDS,
    "squared_error": TrainedHead("outputs", _squared_error, _squared_errors),
    "absolute_error": TrainedHead("outputs", _absolute_error, _squared_errors),
    "huber": TrainedHead("outputs", _huber, _squared_errors),
    "poisson": TrainedHead("outputs", _poisson, _squared_errors_of_exponentials),
    "quantile": TrainedHead("outputs", _pinball, _squared_errors),
}
