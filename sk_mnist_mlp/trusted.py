"""What skops is told to trust."""

from __future__ import annotations

from sk_mnist_mlp.classifier import KerasMLPClassifier
from sk_mnist_mlp.data.labels import Labels
from sk_mnist_mlp.data.quantities import Quantities
from sk_mnist_mlp.features import KerasMLPFeatures
from sk_mnist_mlp.fitting.start import Start
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import BatchNorm, OptimizerState, Weights
from sk_mnist_mlp.regressor import KerasMLPRegressor

SKOPS_TRUSTED = tuple(
    f"{kind.__module__}.{kind.__qualname__}"
    for kind in (
        KerasMLPClassifier,
        KerasMLPFeatures,
        KerasMLPRegressor,
        BatchNorm,
        Labels,
        NetworkSpec,
        OptimizerState,
        Quantities,
        Start,
        Weights,
    )
)
"""This package's types in a skops file of its estimators, as `skops.io.load` takes them.

They hold arrays, settings and each other, and run nothing when they are loaded.
"""
