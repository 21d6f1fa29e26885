"""Quantities to predict, and how the network's outputs stand for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from sklearn.utils import check_array, column_or_1d

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.data.hold_out import hold_out
from sk_mnist_mlp.data.targets import Targets
from sk_mnist_mlp.network.quantity_heads import QUANTITY_HEADS
from sk_mnist_mlp.network.sparse import as_dense
from sk_mnist_mlp.network.weights import Weights

FLOATS = ("float16", "float32", "float64")


@dataclass(frozen=True, eq=False)
class Quantities:
    """One quantity a row, or several, as outputs of a network that is trained on them scaled.

    Parameters
    ----------
    head : str
        Kind of output, one of `QUANTITY_HEADS`.
    dtype : str
        Of predictions.
    is_flat : bool
        Whether predictions are of shape (rows,).
    mean, scale : ndarray of float64 of shape (outputs,)
        What is taken from each quantity, and by what it is then divided; a scale of zero
        is that of a quantity that never varied.
    """

    head: str
    dtype: str
    is_flat: bool
    mean: np.ndarray
    scale: np.ndarray

    constant: ClassVar[str] = "one and the same number"
    loss_of_guess: ClassVar[None] = None

    @property
    def n_outputs(self) -> int:
        """Number of logits, one a quantity."""
        return len(self.mean)

    @property
    def attributes(self) -> dict[str, Any]:
        """Fitted attributes of the estimator that tell of y: none."""
        return {}

    def encode(self, y: np.ndarray, name: str) -> np.ndarray:
        """Scale quantities.

        Parameters
        ----------
        y : ndarray of float64 of shape (rows,) or (rows, outputs)
        name : str
            Of the argument, for messages.

        Returns
        -------
        ndarray of float64 of shape (rows, outputs)

        Raises
        ------
        ValueError
            If there are others than so many outputs, or the loss is not defined for some.
        """
        columns = y.reshape(len(y), -1)
        if columns.shape[1] != self.n_outputs:
            raise ValueError(
                f"{name} must have {self.n_outputs} quantities a row. Got shape {y.shape} instead."
            )
        if QUANTITY_HEADS[self.head].is_positive and columns.min() < 0:
            raise ValueError(
                f"{name} must be >= 0 where loss={self.head!r}. Got {columns.min():g} instead: "
                "choose another loss, such as 'squared_error'."
            )
        return (columns - self.mean) / np.where(self.scale > 0, self.scale, 1.0)

    def decode(self, logits: np.ndarray) -> np.ndarray:
        """What logits predict, in the units and dtype of y."""
        predicted = QUANTITY_HEADS[self.head].predict(logits) * self.scale + self.mean
        return (predicted[:, 0] if self.is_flat else predicted).astype(self.dtype)

    def in_units_of_y(self, weights: Weights) -> Weights:
        """The network whose last layer gives predictions in the units of y."""
        dtype = weights.kernels[-1].dtype
        kernel = weights.kernels[-1].astype(np.float64)
        bias = weights.biases[-1].astype(np.float64)
        if QUANTITY_HEADS[self.head].is_positive:
            bias = bias + np.log(np.maximum(self.scale, np.finfo(np.float64).tiny))
        else:
            kernel, bias = kernel * self.scale, bias * self.scale + self.mean
        return replace(
            weights,
            kernels=(*weights.kernels[:-1], kernel.astype(dtype)),
            biases=(*weights.biases[:-1], bias.astype(dtype)),
        )

    def hold_out(
        self, examples: Examples, fraction: float, rng: np.random.Generator
    ) -> tuple[Examples, Examples]:
        """Part examples into those to train on and those to validate on."""
        return hold_out(examples, fraction, rng)


@dataclass(frozen=True)
class Regression:
    """What a regressor takes y for: a quantity a row, or several.

    Parameters
    ----------
    loss : str
        One of `QUANTITY_HEADS`.
    scales : bool
        Whether the network is trained on standardised quantities; on those divided by
        their mean where the loss is for quantities >= 0.
    """

    loss: str
    scales: bool

    def check(self, y: Any, known: Targets | None) -> np.ndarray:
        """Check y; gives floats of one dimension, or of two for several quantities a row."""
        y = np.asarray(as_dense(y))
        if y.dtype.kind not in "biuf":
            y = _numbers(y)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return y if y.dtype.name in FLOATS else y.astype(np.float64)

    def targets(self, y: np.ndarray, weights: np.ndarray, known: Targets | None) -> Quantities:
        """Find the scale of the rows that count.

        A network that is trained further keeps it, but for quantities that varied for
        the first time.

        Raises
        ------
        ValueError
            If y is so large that its variance is not a number.
        """
        counted = weights > 0
        columns = y.reshape(len(y), -1)[counted].astype(np.float64)
        n_outputs = columns.shape[1]
        before = None
        if isinstance(known, Quantities) and known.n_outputs == n_outputs:
            before = known
        mean, scale = np.zeros(n_outputs), np.ones(n_outputs)
        if self.scales:
            mean, scale = self._mean_and_scale(columns, weights[counted], before)
        if before is not None:
            scale = np.where(before.scale > 0, before.scale, scale)
            return replace(before, head=self.loss, mean=before.mean, scale=scale)
        return Quantities(self.loss, y.dtype.name, y.ndim == 1, mean, scale)

    def _mean_and_scale(
        self, columns: np.ndarray, weights: np.ndarray, before: Quantities | None
    ) -> tuple[np.ndarray, np.ndarray]:
        average = np.average(columns, axis=0, weights=weights)
        if QUANTITY_HEADS[self.loss].is_positive:
            return np.zeros_like(average), np.maximum(average, 0.0)
        first = columns[0]
        varies = (columns != first).any(axis=0)
        mean = np.where(varies, average, first) if before is None else before.mean
        variance = np.average(np.square(columns - mean), axis=0, weights=weights)
        if not np.isfinite(variance).all():
            raise ValueError(
                f"y is too large to be scaled: it reaches {np.abs(columns).max():g}, and its "
                "variance is beyond the range of float64. Divide it by a constant."
            )
        return mean, np.sqrt(variance)


def _numbers(y: np.ndarray) -> np.ndarray:
    """Numbers that are Python objects as floats."""
    try:
        if y.dtype.kind != "O":
            raise TypeError
        y = y.astype(np.float64)
    except (TypeError, ValueError):
        kinds = ", ".join(sorted({type(entry).__name__ for entry in y.ravel()[:1000]}))
        raise ValueError(
            f"y must have numbers. Got {kinds} in an array of dtype {y.dtype} instead: for labels "
            "of classes, fit KerasMLPClassifier."
        ) from None
    return check_array(y, ensure_2d=False, input_name="y")
