"""The network in NumPy: logits, and what hidden layers give.

As in `activations`, NumPy's error state is for the caller to see to.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from sk_mnist_mlp.network.activations import activation_function
from sk_mnist_mlp.network.sparse import as_dense
from sk_mnist_mlp.network.spec import BATCH_NORM_EPSILON, NetworkSpec
from sk_mnist_mlp.network.weights import BatchNorm, Weights

BLOCK_BYTES = 8 * 2**20
"""Most memory that one layer's activations take."""

ROW_BY_ROW = 32
"""Most rows that are multiplied one at a time."""

ONE_THREAD_PRODUCT = 2**18
"""Multiply-adds up to which OpenBLAS keeps a matrix product to the calling thread."""

SMALL_CALL = 2**27
"""Multiply-adds of a call up to which products of that size are as good as larger ones."""


class _Affine(NamedTuple):
    """x -> scale * x + shift, in place; no scale is a scale of 1."""

    scale: np.ndarray | None
    shift: np.ndarray

    def apply(self, x: np.ndarray) -> None:
        if self.scale is not None:
            x *= self.scale
        x += self.shift


def scale_and_shift(norm: BatchNorm, bias: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Batch normalisation of x + bias as one scale and shift of x."""
    scale = norm.gamma / np.sqrt(norm.variance + BATCH_NORM_EPSILON)
    return scale, (bias - norm.mean) * scale + norm.beta


def _affines(spec: NetworkSpec, weights: Weights) -> list[tuple[_Affine, _Affine | None]]:
    """Collect what each hidden layer does before and after its activation."""
    biases = weights.biases[:-1]
    if spec.batch_norm is None:
        return [(_Affine(None, bias), None) for bias in biases]
    layers = zip(biases, weights.batch_norms, strict=True)
    if spec.batch_norm == "before":
        return [(_Affine(*scale_and_shift(norm, bias)), None) for bias, norm in layers]
    return [(_Affine(None, bias), _Affine(*scale_and_shift(norm, 0.0))) for bias, norm in layers]


def _row_blocks(n_rows: int, spec: NetworkSpec, itemsize: int) -> list[slice]:
    """Blocks that cover all rows, each of the same size; the last may overlap its neighbour.

    One size for all: a matrix product rounds differently for another number of rows.
    """
    widest = max(spec.n_features, *spec.widths, spec.n_outputs)
    most = max(1, BLOCK_BYTES // (widest * itemsize))
    if n_rows <= most:
        return [slice(0, n_rows)]
    n_blocks = -(-n_rows // most)
    size = -(-n_rows // n_blocks)
    starts = (min(i * size, n_rows - size) for i in range(n_blocks))
    return [slice(start, start + size) for start in starts]


def _dense_rows(X: Any, block: slice, dtype: np.dtype) -> np.ndarray:
    """One block of X as a C-ordered array: the only place where X is sliced."""
    return np.ascontiguousarray(as_dense(X[block]), dtype)


def _rows_together(spec: NetworkSpec, n_rows: int) -> int:
    """How many rows a single matrix product takes.

    After a product in several threads OpenBLAS' own keep a core busy for a
    tenth of a second, waiting for the next: more than a small call takes, and
    a core that the fits of a search would use.
    """
    if n_rows <= ROW_BY_ROW:
        return 1
    one_thread = ONE_THREAD_PRODUCT // max(math.prod(shape) for shape in spec.kernel_shapes)
    is_small = n_rows * spec.n_weights <= SMALL_CALL
    return one_thread if is_small and one_thread >= 4 else n_rows


def _multiply(x: np.ndarray, kernel: np.ndarray, rows: int, out: np.ndarray) -> None:
    """Multiply so many rows at a time."""
    if rows >= len(x):
        np.matmul(x, kernel, out=out)
        return
    whole = len(x) - len(x) % rows
    stacked = out[:whole].reshape(-1, rows, kernel.shape[1])
    np.matmul(x[:whole].reshape(-1, rows, kernel.shape[0]), kernel, out=stacked)
    if whole < len(x):
        np.matmul(x[whole:], kernel, out=out[whole:])


def logits(spec: NetworkSpec, weights: Weights, X: Any) -> np.ndarray:
    """Compute the outputs of the network before softmax or sigmoid.

    Rows are taken in blocks of at most `BLOCK_BYTES` in the widest layer, and only
    a block is ever converted to the dtype of the weights. Up to `ROW_BY_ROW` rows
    are multiplied one at a time, so that each row's logits are bitwise what the row
    alone gives; in a larger `X` they also depend on the row's place, by rounding, as
    in every fast matrix product.

    Parameters
    ----------
    spec : NetworkSpec
    weights : Weights
    X : array or sparse matrix of shape (n_rows, n_features)
        Of any real dtype and memory order, mapped into memory or not; a sparse
        matrix has to support slices of rows.

    Returns
    -------
    ndarray of shape (n_rows, n_outputs)
        In the dtype of the weights. What is beyond its range is its largest or
        smallest number, or NaN where infinities cancel inside the network.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_mnist_mlp.network.inference import logits
    >>> from sk_mnist_mlp.network.spec import NetworkSpec
    >>> from sk_mnist_mlp.network.weights import Weights
    >>> spec = NetworkSpec(n_features=2, widths=(1,), n_outputs=2, head="softmax")
    >>> weights = Weights(
    ...     kernels=(np.array([[1.0], [-1.0]]), np.array([[1.0, 2.0]])),
    ...     biases=(np.array([0.5]), np.array([0.0, 1.0])),
    ... )
    >>> logits(spec, weights, np.array([[2, 1], [1, 2]]))
    array([[1.5, 4. ],
           [0. , 1. ]])
    """
    n_rows = X.shape[0]
    result = np.empty((n_rows, spec.n_outputs), weights.kernels[0].dtype)
    rows = _rows_together(spec, n_rows)
    for block, x in _hidden_blocks(spec, weights, X, len(spec.widths)):
        outputs = result[block]
        _multiply(x, weights.kernels[-1], rows, out=outputs)
        outputs += weights.biases[-1]
    return _within_range(result)


def hidden_activations(spec: NetworkSpec, weights: Weights, X: Any, n_layers: int) -> np.ndarray:
    """Compute what the last of the first hidden layers gives to the next.

    Parameters
    ----------
    spec : NetworkSpec
    weights : Weights
    X : array or sparse matrix of shape (n_rows, n_features)
        As for `logits`.
    n_layers : int
        How many hidden layers to go through, at least one.

    Returns
    -------
    ndarray of shape (n_rows, units of that layer)
        Blocks, dtype and range as of `logits`.
    """
    result = np.empty((X.shape[0], spec.widths[n_layers - 1]), weights.kernels[0].dtype)
    for block, x in _hidden_blocks(spec, weights, X, n_layers):
        result[block] = x
    return _within_range(result)


def _hidden_blocks(
    spec: NetworkSpec, weights: Weights, X: Any, n_layers: int
) -> Iterator[tuple[slice, np.ndarray]]:
    """Each block of rows, and what the first hidden layers make of it, until the next block."""
    dtype = weights.kernels[0].dtype
    n_rows = X.shape[0]
    blocks = _row_blocks(n_rows, spec, dtype.itemsize)
    widths = spec.widths[:n_layers]
    buffers = [np.empty((blocks[0].stop, width), dtype) for width in widths]
    affines = _affines(spec, weights)[:n_layers]
    activations = list(map(activation_function, spec.activations[:n_layers]))
    rows = _rows_together(spec, n_rows)
    for block in blocks:
        x = _dense_rows(X, block, dtype)
        for kernel, activate, (before, after), buffer in zip(
            weights.kernels[:n_layers], activations, affines, buffers, strict=True
        ):
            _multiply(x, kernel, rows, out=buffer)
            before.apply(buffer)
            x = activate(buffer)
            if after is not None:
                after.apply(x)
        yield block, x


def _within_range(result: np.ndarray) -> np.ndarray:
    """Put the largest number in the place of infinity, whose softmax is not a number."""
    if math.isfinite(result.sum()):
        return result
    largest = np.finfo(result.dtype).max
    return np.minimum(np.maximum(result, -largest, out=result), largest, out=result)
