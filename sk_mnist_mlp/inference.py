"""The network in NumPy: logits, probabilities, and the losses that follow from them.

As in `activations`, NumPy's error state is for the caller to see to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .activations import ACTIVATIONS, activation_function
from .network import BATCH_NORM_EPSILON, BatchNorm, NetworkSpec, Weights

BLOCK_BYTES = 8 * 2**20
"""Most memory that one layer's activations take."""

ROW_BY_ROW = 32
"""Most rows that are multiplied one at a time."""

ONE_THREAD_PRODUCT = 2**18
"""Multiply-adds up to which OpenBLAS keeps a matrix product to the calling thread."""

SMALL_CALL = 2**27
"""Multiply-adds of a call up to which products of that size are as good as larger ones."""


@dataclass(frozen=True, eq=False)
class _Affine:
    """x -> scale * x + shift, in place; no scale is a scale of 1."""

    scale: np.ndarray | None
    shift: np.ndarray

    def apply(self, x: np.ndarray) -> None:
        if self.scale is not None:
            x *= self.scale
        x += self.shift


def _fold(norm: BatchNorm, bias: np.ndarray | float) -> _Affine:
    """Batch normalisation of x + bias as one scale and shift of x."""
    scale = norm.gamma / np.sqrt(norm.variance + BATCH_NORM_EPSILON)
    return _Affine(scale, (bias - norm.mean) * scale + norm.beta)


def _affines(spec: NetworkSpec, weights: Weights) -> list[tuple[_Affine, _Affine | None]]:
    """Collect what each hidden layer does before and after its activation."""
    biases = weights.biases[:-1]
    if spec.batch_norm is None:
        return [(_Affine(None, bias), None) for bias in biases]
    layers = zip(biases, weights.batch_norms, strict=True)
    if spec.batch_norm == "before":
        return [(_fold(norm, bias), None) for bias, norm in layers]
    return [(_Affine(None, bias), _fold(norm, 0.0)) for bias, norm in layers]


def _row_blocks(n_rows: int, spec: NetworkSpec, itemsize: int) -> list[slice]:
    """Blocks that cover all rows, each of the same size; the last may overlap its neighbour.

    One size for all: a matrix product rounds differently for another number of rows.
    """
    widest = max(spec.n_features, *spec.widths, spec.n_outputs)
    n_blocks = -(-n_rows // max(1, BLOCK_BYTES // (widest * itemsize)))
    size = -(-n_rows // max(1, n_blocks))
    starts = (min(i * size, n_rows - size) for i in range(n_blocks))
    return [slice(start, start + size) for start in starts]


def _dense_rows(X: Any, block: slice, dtype: np.dtype) -> np.ndarray:
    """One block of X as a C-ordered array: the only place where X is sliced."""
    rows = X[block]
    if hasattr(rows, "toarray"):
        rows = rows.toarray()
    return np.ascontiguousarray(rows, dtype)


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
    >>> from sk_mnist_mlp.inference import logits
    >>> from sk_mnist_mlp.network import NetworkSpec, Weights
    >>> spec = NetworkSpec(n_features=2, widths=(1,), n_outputs=2, output="softmax")
    >>> weights = Weights(
    ...     kernels=(np.array([[1.0], [-1.0]]), np.array([[1.0, 2.0]])),
    ...     biases=(np.array([0.5]), np.array([0.0, 1.0])),
    ... )
    >>> logits(spec, weights, np.array([[2, 1], [1, 2]]))
    array([[1.5, 4. ],
           [0. , 1. ]])
    """
    dtype = weights.kernels[0].dtype
    n_rows = X.shape[0]
    result = np.empty((n_rows, spec.n_outputs), dtype)
    blocks = _row_blocks(n_rows, spec, dtype.itemsize)
    buffers = [np.empty((blocks[0].stop, width), dtype) for width in spec.widths] if blocks else []
    affines = _affines(spec, weights)
    activate = activation_function(spec.activation)
    rows = _rows_together(spec, n_rows)
    for block in blocks:
        x = _dense_rows(X, block, dtype)
        for kernel, (before, after), buffer in zip(
            weights.kernels[:-1], affines, buffers, strict=True
        ):
            _multiply(x, kernel, rows, out=buffer)
            before.apply(buffer)
            x = activate(buffer)
            if after is not None:
                after.apply(x)
        _multiply(x, weights.kernels[-1], rows, out=result[block])
        result[block] += weights.biases[-1]
    largest = np.finfo(dtype).max  # in the place of infinity, whose softmax is not a number
    return np.minimum(np.maximum(result, -largest, out=result), largest, out=result)


def probabilities(spec: NetworkSpec, logits: np.ndarray) -> np.ndarray:
    """Probabilities of the classes, or of each label.

    Computed in float64, so that a probability is a monotone function of its logit.

    Parameters
    ----------
    spec : NetworkSpec
    logits : ndarray of shape (n_rows, n_outputs)

    Returns
    -------
    ndarray of shape (n_rows, n_classes) or (n_rows, n_outputs)
        In the dtype of the logits. Softmax outputs: rows sum to one. One sigmoid
        output: the columns 1 - p and p, each to full precision. Several sigmoid
        outputs: strictly inside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from sk_mnist_mlp.inference import probabilities
    >>> from sk_mnist_mlp.network import NetworkSpec
    >>> probabilities(NetworkSpec(4, (), 1, "sigmoid"), np.array([[0.0], [-40.0]]))
    array([[5.00000000e-01, 5.00000000e-01],
           [1.00000000e+00, 4.24835426e-18]])
    """
    exact = logits.astype(np.float64)
    if spec.output == "softmax":
        return ACTIVATIONS["softmax"](exact).astype(logits.dtype)
    sigmoid = ACTIVATIONS["sigmoid"]
    if spec.n_outputs == 1:
        return sigmoid(np.hstack([-exact, exact])).astype(logits.dtype)
    zero, one = logits.dtype.type(0), logits.dtype.type(1)
    inside = np.nextafter(zero, one), np.nextafter(one, zero)
    return np.clip(sigmoid(exact).astype(logits.dtype), *inside)


def _log_softmax(x: np.ndarray) -> np.ndarray:
    x = x - x.max(axis=-1, keepdims=True)
    x -= np.log(np.exp(x).sum(axis=-1, keepdims=True))
    return x


def log_probabilities(spec: NetworkSpec, logits: np.ndarray) -> np.ndarray:
    """Logarithms of `probabilities`, finite even where these round to 0.

    Parameters
    ----------
    spec : NetworkSpec
    logits : ndarray of shape (n_rows, n_outputs)

    Returns
    -------
    ndarray of shape (n_rows, n_classes) or (n_rows, n_outputs)
        In the dtype of the logits, shaped as `probabilities`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_mnist_mlp.inference import log_probabilities
    >>> from sk_mnist_mlp.network import NetworkSpec
    >>> log_probabilities(NetworkSpec(4, (), 2, "softmax"), np.array([[0.0, -1000.0]]))
    array([[    0., -1000.]])
    """
    exact = logits.astype(np.float64)
    if spec.output == "softmax":
        result = np.maximum(_log_softmax(exact), np.finfo(logits.dtype).min)
    elif spec.n_outputs == 1:
        result = ACTIVATIONS["log_sigmoid"](np.hstack([-exact, exact]))
    else:
        result = ACTIVATIONS["log_sigmoid"](exact)
    return result.astype(logits.dtype)


def losses(spec: NetworkSpec, logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Cross-entropy of each row, in nats, as Keras reports it.

    Parameters
    ----------
    spec : NetworkSpec
    logits : ndarray of shape (n_rows, n_outputs)
    targets : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        Softmax outputs: the class of each row as an integer. Sigmoid outputs:
        0 or 1 for each; their cross-entropies are averaged.

    Returns
    -------
    ndarray of shape (n_rows,)
        In float64; NaN where a logit is.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_mnist_mlp.inference import losses
    >>> from sk_mnist_mlp.network import NetworkSpec
    >>> spec = NetworkSpec(4, (), 2, "softmax")
    >>> losses(spec, np.array([[0.0, 0.0], [50.0, 0.0]]), np.array([1, 1])).round(4)
    array([ 0.6931, 50.    ])
    """
    exact = logits.astype(np.float64)
    if spec.output == "softmax":
        return -np.take_along_axis(_log_softmax(exact), targets[:, None], axis=-1)[:, 0]
    # -log(p) for a target of 1 and -log(1 - p) for one of 0.
    return ACTIVATIONS["softplus"]((1 - 2 * targets.astype(np.float64)) * exact).mean(axis=-1)


def correct(spec: NetworkSpec, logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Share of each row's predictions that is right, as Keras' accuracy counts.

    Parameters
    ----------
    spec : NetworkSpec
    logits : ndarray of shape (n_rows, n_outputs)
    targets : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        As for `losses`.

    Returns
    -------
    ndarray of shape (n_rows,)
        Softmax outputs: 1.0 where the largest logit is the target's, else 0.0.
        Sigmoid outputs: the mean over the outputs. A logit of NaN is never right.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_mnist_mlp.inference import correct
    >>> from sk_mnist_mlp.network import NetworkSpec
    >>> spec = NetworkSpec(4, (), 2, "sigmoid")
    >>> correct(spec, np.array([[1.5, -0.5], [2.0, 3.0]]), np.array([[1, 0], [1, 0]]))
    array([1. , 0.5])
    """
    known = ~np.isnan(logits)
    if spec.output == "softmax":
        return ((logits.argmax(axis=-1) == targets) & known.all(axis=-1)).astype(np.float64)
    return (((logits > 0) == targets) & known).mean(axis=-1)
