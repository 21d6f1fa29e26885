"""What a training step makes small, and where inputs are moved to make it large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keras import ops

from sk_mnist_mlp.backends.loaded import backend
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import Weights
from sk_mnist_mlp.training.layers import forward
from sk_mnist_mlp.training.losses import TRAINED_HEADS


@dataclass(frozen=True, eq=False)
class Batch:
    """Rows of one step.

    Parameters
    ----------
    inputs : tensor of shape (rows, features)
    targets : tensor of shape (rows,) or (rows, outputs)
    weights : tensor of shape (rows,)
        Zero for padding.
    """

    inputs: Any
    targets: Any
    weights: Any


def objective(
    network: NetworkSpec, weights: Weights, batch: Batch, values: Mapping[str, Any]
) -> tuple[Any, tuple[dict[str, Any], tuple[Any, Any, Any]]]:
    """Trace the loss of a batch, the moving moments after it, and its totals.

    Parameters
    ----------
    network : NetworkSpec
    weights : Weights
        Of tensors.
    batch : Batch
    values : mapping of str to tensor
        The step's own and the knobs of what is switched on.

    Returns
    -------
    loss : tensor
        Weighted mean of the head's loss, with labels smoothed where they are to be.
    moments : dict of str to tensor
    totals : tuple of tensor
        Sums of weight * loss, weight * measure and weight.
    """
    head = TRAINED_HEADS[network.head]
    logits, moments = forward(network, weights, batch.inputs, batch.weights, values)
    losses = head.losses(logits, batch.targets, values)
    total_loss = ops.sum(losses * batch.weights)
    total_measure = ops.sum(head.measures(logits, batch.targets) * batch.weights)
    total_weight = ops.sum(batch.weights)
    minimised = total_loss
    if "label_smoothing" in values and head.even_losses is not None:
        share = values["label_smoothing"]
        smoothed = losses + share * (head.even_losses(logits) - losses)
        minimised = ops.sum(smoothed * batch.weights)
    return minimised / total_weight, (moments, (total_loss, total_measure, total_weight))


def half_adversarial(
    network: NetworkSpec, weights: Weights, batch: Batch, values: Mapping[str, Any]
) -> Batch:
    """Trace a batch with every other row moved to where its loss grows fastest.

    Each input of such a row moves by the same length, along the sign of the gradient:
    the fast gradient sign method of Goodfellow et al. (2015). The rows that are moved
    come first. Where dropout is on, the gradient has other masks than the step in all
    layers but the first: they are drawn for half as many rows.
    """
    moved, kept = (
        Batch(batch.inputs[first::2], batch.targets[first::2], batch.weights[first::2])
        for first in (0, 1)
    )

    def loss(inputs: list[Any]) -> tuple[Any, None]:
        rows = Batch(inputs[0], moved.targets, moved.weights)
        return objective(network, weights, rows, values)[0], None

    (gradient,), _ = backend.gradients(loss, [moved.inputs])
    inputs = moved.inputs + values["adversarial"] * ops.sign(gradient)
    return Batch(
        ops.concatenate([inputs, kept.inputs]),
        ops.concatenate([moved.targets, kept.targets]),
        ops.concatenate([moved.weights, kept.weights]),
    )
