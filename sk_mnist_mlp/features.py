"""What a hidden layer gives, as features for other models."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    MetaEstimatorMixin,
    TransformerMixin,
    clone,
)
from sklearn.frozen import FrozenEstimator
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_is_fitted

from sk_mnist_mlp.domains import is_int
from sk_mnist_mlp.parameters.checked import check_parameters


def hidden_layer(layer: Any, n_hidden: int) -> int:
    """Count a hidden layer from the first.

    Parameters
    ----------
    layer : int
        As Python counts: -1 is the last.
    n_hidden : int
        How many there are.

    Returns
    -------
    int
        From 0 on.

    Raises
    ------
    ValueError
        If there is no such layer.
    """
    if n_hidden == 0:
        raise ValueError(
            "The network has no hidden layer, whose activations could be given: fit with one, "
            "such as widths=(64,)."
        )
    if not is_int(layer, -n_hidden) or layer >= n_hidden:
        raise ValueError(
            f"layer must be an int from {-n_hidden} to {n_hidden - 1}, as the network has "
            f"{n_hidden} hidden layer{'s' * (n_hidden > 1)}: 0 is the first, -1 the last. Got "
            f"{layer!r} instead."
        )
    return range(n_hidden)[layer]


class KerasMLPFeatures(
    ClassNamePrefixFeaturesOutMixin, MetaEstimatorMixin, TransformerMixin, BaseEstimator
):
    """Transformer that gives what a hidden layer of a network gives to the next.

    The network is trained on ``y`` as ever; its hidden layers then are features that
    another model, such as a linear one or nearest neighbours, may learn from.

    Parameters
    ----------
    estimator : KerasMLPClassifier, KerasMLPRegressor or FrozenEstimator
        `fit` trains a clone of it. One that is fitted already is kept as it is within
        scikit-learn's `FrozenEstimator`, as `make_feature_extractor` does.
    layer : int, default=-1
        Which hidden layer, as Python counts: 0 is the first, -1 the last.

    Attributes
    ----------
    estimator_ : KerasMLPClassifier, KerasMLPRegressor or FrozenEstimator
        The fitted network.
    n_features_in_ : int
        Columns seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, where `X` had names that are strings.

    See Also
    --------
    KerasMLPClassifier.make_feature_extractor : The same around a fitted estimator.
    KerasMLPClassifier.hidden_activations : What it transforms rows to.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sk_mnist_mlp import KerasMLPClassifier, KerasMLPFeatures
    >>> X, y = load_digits(return_X_y=True)
    >>> network = KerasMLPClassifier(widths=(32, 16), epochs=10, random_state=0)
    >>> neighbours = make_pipeline(KerasMLPFeatures(network), KNeighborsClassifier())
    >>> neighbours.fit(X[:1000] / 16, y[:1000]).score(X[1000:] / 16, y[1000:]) > 0.8
    True
    >>> neighbours[0].transform(X / 16).shape
    (1797, 16)
    """

    def __init__(self, estimator: Any, *, layer: int = -1) -> None:
        self.estimator = estimator
        self.layer = layer

    def fit(self, X: ArrayLike | None, y: ArrayLike | None = None, **fit_params: Any) -> Self:
        """Train a clone of the estimator, unless it is frozen.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Training rows, as the estimator's `fit` takes them.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            What the network learns to predict. A frozen estimator looks at neither.
        **fit_params : dict
            For the estimator's `fit`, such as ``sample_weight`` or ``X_val``. With
            metadata routing, those that the estimator requests.

        Returns
        -------
        self : object
            Fitted.

        Raises
        ------
        ValueError, TypeError
            If `estimator` is none of this package's, or has no such hidden layer; or as
            the estimator's `fit`.
        """
        is_class = isinstance(self.estimator, type)
        if is_class or not hasattr(self.estimator, "hidden_activations"):
            raise ValueError(
                f"The 'estimator' parameter of {type(self).__name__} must be a KerasMLPClassifier "
                f"or KerasMLPRegressor, or one within FrozenEstimator. Got {self.estimator!r} "
                "instead: put the steps before the network into a pipeline, before this one."
            )
        layer = hidden_layer(self.layer, _n_hidden(self.estimator))
        if get_config()["enable_metadata_routing"]:
            fit_params = process_routing(self, "fit", **fit_params).estimator.fit
        fitted = clone(self.estimator).fit(X, y, **fit_params)
        self.estimator_ = fitted
        self.n_features_in_ = fitted.n_features_in_
        self._layer = layer
        self._n_features_out = fitted.coefs_[layer].shape[1]
        if hasattr(fitted, "feature_names_in_"):
            self.feature_names_in_ = fitted.feature_names_in_
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Return what the hidden layer gives for each row.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Rows like those that `fit` was given.

        Returns
        -------
        ndarray of shape (n_samples, n_units)
            In the dtype of the network.

        Raises
        ------
        ValueError
            As for the estimator's `hidden_activations`.
        """
        check_is_fitted(self)
        return self.estimator_.hidden_activations(X, layer=self._layer)

    def get_metadata_routing(self) -> MetadataRouter:
        """Say which metadata go to the estimator.

        Returns
        -------
        MetadataRouter
            From `fit` and `fit_transform` to its `fit`.
        """
        to_fit = MethodMapping().add(caller="fit", callee="fit")
        to_fit.add(caller="fit_transform", callee="fit")
        return MetadataRouter(owner=self).add(estimator=self.estimator, method_mapping=to_fit)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        of_estimator = get_tags(self.estimator)
        tags.input_tags = of_estimator.input_tags
        tags.target_tags = of_estimator.target_tags
        tags.transformer_tags.preserves_dtype = []  # it is the network's
        return tags


def _n_hidden(estimator: Any) -> int:
    """How many hidden layers it has, or will have."""
    if isinstance(estimator, FrozenEstimator):
        check_is_fitted(estimator)
        return estimator.n_layers_ - 2
    parameters = estimator.get_params(deep=False)
    return len(check_parameters(type(estimator).__name__, parameters).widths)
