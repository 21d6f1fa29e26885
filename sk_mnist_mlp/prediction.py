"""What a fitted network can be asked: predictions, its start, its export, its file."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from sk_mnist_mlp import inference
from sk_mnist_mlp.error_state import regardless_of_error_state
from sk_mnist_mlp.inputs import check_inputs, check_range
from sk_mnist_mlp.labels import Labels
from sk_mnist_mlp.network import BatchNorm, OptimizerState, Weights
from sk_mnist_mlp.persistence import (
    AnyPath,
    load_estimator,
    save_estimator,
    with_version,
    without_version,
)
from sk_mnist_mlp.session import Start

if TYPE_CHECKING:
    import keras


class PredictionMixin:
    """Methods of an estimator whose fitted attributes are those of `KerasMLPClassifier`."""

    _start: Start
    _labels: Labels
    _dropout: tuple[float, ...]
    _optimizer_state: OptimizerState | None
    _keeps_optimizer_state: bool
    n_outputs_: int
    coefs_: list[np.ndarray]
    intercepts_: list[np.ndarray]
    batch_norms_: list[BatchNorm]

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "coefs_")

    def _logits(self, X: ArrayLike) -> np.ndarray:
        check_is_fitted(self)
        inputs = check_inputs(self, X)
        check_range(inputs, self._start.dtype, "X")
        logits = inference.logits(self._start.network, self._weights, inputs)
        if np.isnan(logits).any():
            raise ValueError(_overflow_message(logits, self._start.dtype))
        return logits

    @property
    def _weights(self) -> Weights:
        return Weights(tuple(self.coefs_), tuple(self.intercepts_), tuple(self.batch_norms_))

    @regardless_of_error_state
    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Raw logits of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            One-dimensional for two classes: positive where ``classes_[1]`` is
            the more probable. A logit beyond the range of the network's dtype
            is the largest or smallest number of that.

        Raises
        ------
        ValueError
            If X is illegal, or so large that the network gives no number for a row.
        """
        logits = self._logits(X)
        return logits[:, 0] if self.n_outputs_ == 1 else logits

    @regardless_of_error_state
    def predict(self, X: ArrayLike) -> np.ndarray:
        """Most probable class of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
            In the dtype of the labels.

        Raises
        ------
        ValueError
            As for `decision_function`.
        """
        logits = self._logits(X)
        return self._labels.decode(logits)

    @regardless_of_error_state
    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`; rows sum to one.

        Raises
        ------
        ValueError
            As for `decision_function`.
        """
        logits = self._logits(X)
        return inference.probabilities(self._start.network, logits)

    @regardless_of_error_state
    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Logarithm of the probability of each class, finite even where that is tiny.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)

        Raises
        ------
        ValueError
            As for `decision_function`.
        """
        logits = self._logits(X)
        return inference.log_probabilities(self._start.network, logits)

    def initial_weights(self) -> Weights:
        """Weights that the last fit started from, drawn again from its seed.

        Returns
        -------
        Weights
            ``kernels``, ``biases`` and ``batch_norms``, first layer first.
        """
        check_is_fitted(self)
        return self._start.weights()

    def to_keras(self) -> keras.Sequential:
        """Export the network as a Keras model, which gives the probabilities of its outputs.

        Returns
        -------
        keras.Sequential
            Not compiled; dropout layers, which only matter to training, have
            the rates of the last fit.
        """
        from sk_mnist_mlp.training.export import keras_model

        check_is_fitted(self)
        return keras_model(self._start.network, self._weights, self._dropout)

    def save(self, path: AnyPath) -> None:
        """Write the fitted estimator to a file, from which `load` gives it back.

        The file is a zip archive of JSON and npy arrays, without pickles or code.
        It takes the name when it is whole. Training goes on from what was loaded
        bitwise as it would have from this estimator, where that was trained with
        `warm_start` or by `partial_fit`; after a plain `fit` the optimizer's state,
        larger than the weights, is left out, and going on begins with a fresh one.

        Parameters
        ----------
        path : path-like
            Its ending is free, such as ``.zip``, but for those of other formats
            (``.keras``, ``.pkl`` and so on). A file that is there is replaced, and
            keeps its mode; through a symbolic link its target is.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator was not fitted.
        ValueError
            If a parameter cannot be written down, such as an activation that
            is a callable; says which, and what to do. If `path` is empty or
            has the ending of another format.
        OSError
            If the file cannot be written.

        Notes
        -----
        Callbacks and requests of metadata routing are not saved.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from sk_mnist_mlp import KerasMLPClassifier
        >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["low", "low", "high", "high"]
        >>> clf = KerasMLPClassifier(widths=(8,), epochs=50, random_state=0).fit(X, y)
        >>> with TemporaryDirectory() as folder:
        ...     clf.save(Path(folder, "model.zip"))
        ...     loaded = KerasMLPClassifier.load(Path(folder, "model.zip"))
        >>> bool((loaded.predict_proba(X) == clf.predict_proba(X)).all())
        True
        """
        check_is_fitted(self)
        save_estimator(self, path)

    @classmethod
    def load(cls, path: AnyPath) -> Self:
        """Read a fitted estimator from a file that `save` wrote.

        The file may come from anyone: it is checked against its own digests and
        what the network needs, and nothing in it is run. Loading needs neither
        TensorFlow nor Keras, unless a parameter is an optimizer instance.

        Parameters
        ----------
        path : path-like

        Returns
        -------
        KerasMLPClassifier

        Raises
        ------
        OSError
            If there is no file, or it cannot be read.
        ValueError
            If the file is damaged, altered, of a later format or anything else
            than `save` writes; names the entry and the reason. If `path` is empty.
        """
        return load_estimator(cls, path)

    @property
    def _kept_optimizer_state(self) -> OptimizerState | None:
        """What a pickle or file holds of the optimizer, several times as large as the weights."""
        return self._optimizer_state if self._keeps_optimizer_state else None

    def __getstate__(self) -> dict[str, Any]:
        state = with_version(super().__getstate__())  # type: ignore[arg-type]
        if self.__sklearn_is_fitted__():
            state["_optimizer_state"] = self._kept_optimizer_state
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(without_version(state, type(self).__name__))  # type: ignore[misc]

    def __copy__(self) -> Self:
        other = type(self).__new__(type(self))
        other.__dict__ |= self.__dict__
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        other = type(self).__new__(type(self))
        memo[id(self)] = other
        other.__dict__ |= copy.deepcopy(self.__dict__, memo)
        return other


def _overflow_message(logits: np.ndarray, dtype: str) -> str:
    rows = np.flatnonzero(np.isnan(logits).any(axis=1))
    return (
        f"The network gives no number for {len(rows)} of the {len(logits)} rows of X, the first "
        f"of them row {rows[0]}: numbers inside it go beyond the range of {dtype}. Scale X, for "
        "instance with StandardScaler, or fit with an activation that grows less."
    )
