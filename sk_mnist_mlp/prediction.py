"""What a fitted network can be asked: predictions, its start, its export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from sk_mnist_mlp.data.inputs import check_inputs, check_range
from sk_mnist_mlp.data.targets import Targets
from sk_mnist_mlp.fitting.fitted import weights_of
from sk_mnist_mlp.fitting.start import Start
from sk_mnist_mlp.loading import load
from sk_mnist_mlp.network import inference
from sk_mnist_mlp.network.weights import Weights

if TYPE_CHECKING:
    import keras


class PredictionMixin:
    """Methods of an estimator whose fitted attributes are those of `fitted_attributes`."""

    _start: Start
    _targets: Targets
    _dropout: tuple[float, ...]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "coefs_")

    def _logits(self, X: ArrayLike) -> np.ndarray:
        check_is_fitted(self)
        inputs = check_inputs(self, X)
        check_range(inputs, self._start.dtype, "X")
        logits = inference.logits(self._start.network, weights_of(self), inputs)
        if np.isnan(logits).any():
            raise ValueError(_overflow_message(logits, self._start.dtype))
        return logits

    def initial_weights(self) -> Weights:
        """Draw the weights that the last fit started from again from its seed.

        Returns
        -------
        Weights
            ``kernels``, ``biases`` and ``batch_norms``, first layer first.
        """
        check_is_fitted(self)
        return self._start.weights()

    def to_keras(self) -> keras.Sequential:
        """Export the network as a Keras model.

        It gives the probabilities of a classifier's outputs, or what a regressor predicts, in
        the units of y.

        Returns
        -------
        keras.Sequential
            Not compiled; dropout layers, which only matter to training, have
            the rates that the last fit began with.
        """
        check_is_fitted(self)
        load("keras")
        from sk_mnist_mlp.training.export import keras_model

        weights = self._targets.in_units_of_y(weights_of(self))
        return keras_model(self._start.network, weights, self._dropout)


def _overflow_message(logits: np.ndarray, dtype: str) -> str:
    rows = np.flatnonzero(np.isnan(logits).any(axis=1))
    return (
        f"The network gives no number for {len(rows)} of the {len(logits)} rows of X, the first "
        f"of them row {rows[0]}: numbers inside it go beyond the range of {dtype}. Scale X, for "
        "instance with StandardScaler, or fit with an activation that grows less."
    )
