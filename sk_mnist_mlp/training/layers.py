"""The forward pass while training: weighted batch normalisation, dropout, losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from sk_mnist_mlp.network import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM, NetworkSpec, Weights

GOLDEN_RATIO = 0x9E3779B9


@dataclass(frozen=True, eq=False)
class DropoutKnobs:
    """Run-time values of dropout.

    Parameters
    ----------
    key : tensor of uint32 of shape (2,)
        Selects this step's masks.
    thresholds : tensor of uint32 of shape (hidden layers,)
        A unit is kept where its random word is at least this.
    scales : tensor of shape (hidden layers,)
        Factor of the units kept, 1 / (1 - rate).
    """

    key: Any
    thresholds: Any
    scales: Any


def forward(
    spec: NetworkSpec,
    weights: Weights,
    inputs: Any,
    row_weights: Any,
    dropout: DropoutKnobs | None,
) -> tuple[Any, dict[str, Any]]:
    """Logits of a batch, and the moving moments after it.

    Parameters
    ----------
    spec : NetworkSpec
    weights : Weights
        Of tensors.
    inputs : tensor of shape (rows, features)
    row_weights : tensor of shape (rows,)
        Zero for padding, which no moment sees.
    dropout : DropoutKnobs or None

    Returns
    -------
    logits : tensor of shape (rows, outputs)
    moments : dict of str to tensor
        By their names among the network's tensors.
    """
    activation = keras.activations.get(spec.activation)
    moments: dict[str, Any] = {}
    hidden = inputs
    for layer, width in enumerate(spec.widths):
        hidden = hidden @ weights.kernels[layer] + weights.biases[layer]
        if spec.batch_norm != "before":
            hidden = activation(hidden)
        if spec.batch_norm:
            norm = weights.batch_norms[layer]
            mean, variance = weighted_moments(hidden, row_weights)
            scale = norm.gamma * tf.math.rsqrt(variance + BATCH_NORM_EPSILON)
            hidden = (hidden - mean) * scale + norm.beta
            moments[f"batch_norms/{layer}/mean"] = _moving_average(norm.mean, mean)
            moments[f"batch_norms/{layer}/variance"] = _moving_average(norm.variance, variance)
        if spec.batch_norm == "before":
            hidden = activation(hidden)
        if dropout is not None:
            first_word = hidden.shape[0] * sum(spec.widths[:layer])
            words = random_words(dropout.key, first_word, (hidden.shape[0], width))
            keep = words >= dropout.thresholds[layer]
            hidden = tf.where(keep, hidden * dropout.scales[layer], tf.zeros_like(hidden))
    return hidden @ weights.kernels[-1] + weights.biases[-1], moments


def weighted_moments(values: Any, weights: Any) -> tuple[Any, Any]:
    """Mean and biased variance of each column, rows counted by their weight."""
    # This form is the fastest of its equals where XLA compiles for a CPU.
    share = (weights / tf.reduce_sum(weights))[:, None]
    mean = tf.reduce_sum(values * share, axis=0)
    return mean, tf.reduce_sum(tf.square(values - mean) * share, axis=0)


def _moving_average(moving: Any, value: Any) -> Any:
    return moving * BATCH_NORM_MOMENTUM + tf.stop_gradient(value) * (1.0 - BATCH_NORM_MOMENTUM)


def random_words(key: Any, first: int, shape: tuple[int, int]) -> Any:
    """Independent uniform 32-bit words, the same with and without XLA.

    A counter is hashed with each half of the key in turn, by the finaliser
    "lowbias32" of Wellons (2018). TensorFlow's own generators either are many
    times slower than a training step or run on one side of XLA only.

    Parameters
    ----------
    key : tensor of uint32 of shape (2,)
    first : int
        Counter of the first word: words of one key that must differ take
        ranges that do not overlap.
    shape : tuple of int

    Returns
    -------
    tensor of uint32
    """
    rows, columns = shape
    row_starts = tf.range(first, first + rows * columns, columns)
    counter = tf.cast(row_starts[:, None] + tf.range(columns)[None, :], tf.uint32)
    # Spread first: neighbouring counters under similar keys then share no structure.
    mixed = _mix(counter * _word(GOLDEN_RATIO) + key[0])
    return _mix(tf.bitwise.bitwise_xor(mixed, key[1]))


def _mix(word: Any) -> Any:
    """Bijection of 32-bit words in which each input bit changes half of the output bits."""
    for shift, multiplier in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        word = tf.bitwise.bitwise_xor(word, tf.bitwise.right_shift(word, _word(shift)))
        word = word * _word(multiplier)
    return tf.bitwise.bitwise_xor(word, tf.bitwise.right_shift(word, _word(16)))


def _word(value: int) -> Any:
    return tf.constant(value, tf.uint32)


def row_losses(spec: NetworkSpec, logits: Any, targets: Any) -> Any:
    """Cross-entropy of each row: categorical, or binary averaged over the outputs.

    Parameters
    ----------
    spec : NetworkSpec
    logits : tensor of shape (rows, outputs)
    targets : tensor
        Class numbers of shape (rows,) for softmax; 0 or 1 in the dtype of the
        logits, of shape (rows, outputs), for sigmoid.

    Returns
    -------
    tensor of shape (rows,)
    """
    if spec.output == "softmax":
        return tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(targets, logits), axis=1)


def row_accuracies(spec: NetworkSpec, logits: Any, targets: Any) -> Any:
    """Share of each row's outputs that are right, in the dtype of the logits."""
    if spec.output == "softmax":
        found = tf.argmax(logits, axis=1, output_type=targets.dtype)
        return tf.cast(found == targets, logits.dtype)
    right = (logits > 0) == (targets > 0.5)
    return tf.reduce_mean(tf.cast(right, logits.dtype), axis=1)
