"""What a fitted classifier can be asked beside what any fitted network can."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sk_mnist_mlp.network.class_heads import CLASS_HEADS
from sk_mnist_mlp.network.error_state import regardless_of_error_state
from sk_mnist_mlp.prediction import PredictionMixin


class ClassPredictionMixin(PredictionMixin):
    """Methods of an estimator whose outputs stand for classes."""

    n_outputs_: int

    @regardless_of_error_state
    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Return the raw logits of each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows like those that `fit` was given.

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
        """Predict the most probable class of each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows like those that `fit` was given.

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
        return self._targets.decode(logits)

    @regardless_of_error_state
    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows like those that `fit` was given.

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
        return CLASS_HEADS[self._start.network.head].probabilities(logits)

    @regardless_of_error_state
    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Predict the logarithm of the probability of each class, finite even where that is tiny.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows like those that `fit` was given.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.

        Raises
        ------
        ValueError
            As for `decision_function`.
        """
        logits = self._logits(X)
        return CLASS_HEADS[self._start.network.head].log_probabilities(logits)
