"""What a fitted network can be asked: predictions, its start, its export."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from sk_mnist_mlp.data.inputs import check_inputs, check_range
from sk_mnist_mlp.data.targets import Targets
from sk_mnist_mlp.features import KerasMLPFeatures, hidden_layer
from sk_mnist_mlp.fitting.fitted import weights_of
from sk_mnist_mlp.fitting.start import Start
from sk_mnist_mlp.loading import load
from sk_mnist_mlp.network import inference
from sk_mnist_mlp.network.error_state import regardless_of_error_state
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
        return self._numbers(inference.logits, X)

    def _numbers(self, compute: Callable[..., np.ndarray], X: ArrayLike) -> np.ndarray:
        """What a function of `inference` gives for each row; refuses X where that is no number."""
        if not self.__sklearn_is_fitted__():  # its own look takes as long as a layer does for a row
            check_is_fitted(self)
        inputs = check_inputs(self, X)
        check_range(inputs, self._start.dtype, "X")
        numbers = compute(self._start.network, weights_of(self), inputs)
        if np.isnan(numbers).any():
            raise ValueError(_overflow_message(numbers, self._start.dtype))
        return numbers

    @regardless_of_error_state
    def hidden_activations(self, X: ArrayLike, layer: int = -1) -> np.ndarray:
        """Return what a hidden layer gives to the next for each row.

        That is what the kernel of the next layer, ``coefs_[layer + 1]`` counting from 0,
        is multiplied with: after activation and batch normalisation, in whichever order,
        and without dropout.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows like those that `fit` was given.
        layer : int, default=-1
            Which hidden layer, as Python counts: 0 is the first, -1 the last.

        Returns
        -------
        ndarray of shape (n_samples, n_units)
            In the dtype of the network. What is beyond its range is the largest or
            smallest number of that.

        Raises
        ------
        ValueError
            If there is no such hidden layer, or as for `predict`.
        """
        check_is_fitted(self)
        number = hidden_layer(layer, len(self._start.network.widths))
        return self._numbers(partial(inference.hidden_activations, n_layers=number + 1), X)

    def make_feature_extractor(self, layer: int = -1) -> KerasMLPFeatures:
        """Make a transformer that gives the activations of a hidden layer.

        It is a step of a pipeline before another model, such as a linear one or nearest
        neighbours, which then works on what the network has learned to see.

        Parameters
        ----------
        layer : int, default=-1
            Which hidden layer, as Python counts: 0 is the first, -1 the last.

        Returns
        -------
        KerasMLPFeatures
            Around this estimator. Where it is fitted, the transformer can be used at
            once and keeps it as it is, whatever it is fitted to; where it is not, `fit`
            trains a clone.

        Raises
        ------
        ValueError
            If this estimator is fitted, and has no such hidden layer.
        """
        if not self.__sklearn_is_fitted__():
            return KerasMLPFeatures(self, layer=layer)
        return KerasMLPFeatures(FrozenEstimator(self), layer=layer).fit(None)

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
