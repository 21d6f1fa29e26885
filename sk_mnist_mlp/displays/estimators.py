"""The fitted network that a display is to draw."""

from __future__ import annotations

from typing import Any

from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sk_mnist_mlp.estimator import KerasMLPEstimator


def fitted_network(estimator: Any) -> KerasMLPEstimator:
    """Find the network in an estimator.

    Parameters
    ----------
    estimator : KerasMLPClassifier, KerasMLPRegressor, Pipeline or search
        Itself, the last step of a pipeline, the best estimator of a search, or the
        regressor of a `TransformedTargetRegressor`.

    Returns
    -------
    KerasMLPEstimator

    Raises
    ------
    TypeError
        If there is none.
    sklearn.exceptions.NotFittedError
        If it was not fitted.
    """
    network = estimator
    while not isinstance(network, KerasMLPEstimator):
        if isinstance(network, Pipeline):
            network = network.steps[-1][1]
        elif isinstance(network, TransformedTargetRegressor):
            check_is_fitted(network, "regressor_")
            network = network.regressor_
        elif hasattr(network, "cv_results_") or hasattr(network, "refit"):
            check_is_fitted(network, "best_estimator_")
            network = network.best_estimator_
        else:
            raise TypeError(
                "estimator must be a KerasMLPClassifier or KerasMLPRegressor, or a pipeline or "
                f"search whose last step or best estimator is one. Got {estimator!r}."
            )
    check_is_fitted(network)
    return network
