"""The fitted network that a display is to draw."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sk_mnist_mlp.estimator import KerasMLPEstimator


def fitted_network(estimator: Any) -> KerasMLPEstimator:
    """Find the network in an estimator.

    Parameters
    ----------
    estimator : KerasMLPClassifier, Pipeline or search
        Itself, the last step of a pipeline, or the best estimator of a search.

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
        elif hasattr(network, "cv_results_") or hasattr(network, "refit"):
            check_is_fitted(network, "best_estimator_")
            network = network.best_estimator_
        else:
            raise TypeError(
                f"estimator must be a KerasMLPClassifier, or a pipeline or search whose last step "
                f"or best estimator is one. Got {estimator!r}."
            )
    check_is_fitted(network)
    return network
