"""The forward pass while training: weighted batch normalisation and dropout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
from keras import ops

from sk_mnist_mlp.backends.loaded import backend
from sk_mnist_mlp.network.spec import BATCH_NORM_EPSILON, NetworkSpec
from sk_mnist_mlp.network.weights import Weights

GOLDEN_RATIO = 0x9E3779B9


def forward(
    spec: NetworkSpec,
    weights: Weights,
    inputs: Any,
    row_weights: Any,
    values: Mapping[str, Any],
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
    values : mapping of str to tensor
        The step's own and the knobs of what is switched on.

    Returns
    -------
    logits : tensor of shape (rows, outputs)
    moments : dict of str to tensor
        By their names among the network's tensors.
    """
    moments: dict[str, Any] = {}
    hidden = inputs
    n_rows = inputs.shape[0]
    if (masking := _masking("input_dropout", values)) is not None:
        hidden = _dropout(hidden, values["mask_key"], n_rows * sum(spec.widths), *masking)
    masking = _masking("dropout", values)
    for layer, activation in enumerate(map(_activation, spec.activations)):
        hidden = hidden @ weights.kernels[layer] + weights.biases[layer]
        if spec.batch_norm != "before":
            hidden = activation(hidden)
        if spec.batch_norm:
            norm = weights.batch_norms[layer]
            mean, variance = weighted_moments(hidden, row_weights)
            scale = norm.gamma * ops.rsqrt(variance + BATCH_NORM_EPSILON)
            hidden = (hidden - mean) * scale + norm.beta
            for part, moving, value in (
                ("mean", norm.mean, mean),
                ("variance", norm.variance, variance),
            ):
                moments[f"batch_norms/{layer}/{part}"] = _moving_average(
                    moving, value, values["moments_momentum"]
                )
        if spec.batch_norm == "before":
            hidden = activation(hidden)
        if masking is not None:
            threshold, scale = (array[layer] for array in masking)
            first = n_rows * sum(spec.widths[:layer])
            hidden = _dropout(hidden, values["mask_key"], first, threshold, scale)
    return hidden @ weights.kernels[-1] + weights.biases[-1], moments


def _activation(given: str | Callable[[Any], Any]) -> Callable[[Any], Any]:
    return backend.ACTIVATIONS.get(given) or keras.activations.get(given)


def _masking(name: str, values: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Least random word that keeps a unit, and the factor of the units kept; None where off."""
    if f"{name}_rate" in values:
        rate = values[f"{name}_rate"] * values["dropout_factor"]
        return ops.cast(rate * 2.0**32, "uint32"), 1.0 / (1.0 - rate)
    if f"{name}_threshold" in values:
        return values[f"{name}_threshold"], values[f"{name}_scale"]
    return None


def _dropout(units: Any, key: Any, first: int, threshold: Any, scale: Any) -> Any:
    keep = random_words(key, first, units.shape) >= threshold
    return ops.where(keep, units * scale, ops.zeros_like(units))


def weighted_moments(values: Any, weights: Any) -> tuple[Any, Any]:
    """Mean and biased variance of each column, rows counted by their weight."""
    # This form is the fastest of its equals where XLA compiles for a CPU.
    share = (weights / ops.sum(weights))[:, None]
    mean = ops.sum(values * share, axis=0)
    return mean, ops.sum(ops.square(values - mean) * share, axis=0)


def _moving_average(moving: Any, value: Any, momentum: Any) -> Any:
    return moving * momentum + ops.stop_gradient(value) * (1.0 - momentum)


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
    row_starts = ops.arange(first, first + rows * columns, columns, dtype="int32")
    columns_within = ops.arange(columns, dtype="int32")
    counter = ops.cast(row_starts[:, None] + columns_within[None, :], "uint32")
    # Spread first: neighbouring counters under similar keys then share no structure.
    mixed = _mix(counter * _word(GOLDEN_RATIO) + key[0])
    return _mix(ops.bitwise_xor(mixed, key[1]))


def _mix(word: Any) -> Any:
    """Bijection of 32-bit words in which each input bit changes half of the output bits."""
    for shift, multiplier in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        word = ops.bitwise_xor(word, ops.right_shift(word, _word(shift)))
        word = word * _word(multiplier)
    return ops.bitwise_xor(word, ops.right_shift(word, _word(16)))


def _word(value: int) -> Any:
    return ops.convert_to_tensor(value, "uint32")
