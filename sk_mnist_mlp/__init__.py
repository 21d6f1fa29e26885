"""Multilayer perceptrons for scikit-learn, trained with Keras.

Importing this package loads neither Keras nor its backend: the first fit does.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sk_mnist_mlp.classifier import KerasMLPClassifier
    from sk_mnist_mlp.datasets.mnist import load_mnist
    from sk_mnist_mlp.displays.live import LiveLossCurve
    from sk_mnist_mlp.displays.loss_curve import LossCurveDisplay
    from sk_mnist_mlp.displays.search_display import SearchDisplay
    from sk_mnist_mlp.displays.weights import WeightsDisplay
    from sk_mnist_mlp.features import KerasMLPFeatures
    from sk_mnist_mlp.recipes import recipe
    from sk_mnist_mlp.regressor import KerasMLPRegressor
    from sk_mnist_mlp.search import search_results_frame, search_space
    from sk_mnist_mlp.training.cache import clear_training_cache, training_cache_info
    from sk_mnist_mlp.trusted import SKOPS_TRUSTED

__version__ = "0.1.0"

_MODULES = {
    "KerasMLPClassifier": "classifier",
    "KerasMLPFeatures": "features",
    "KerasMLPRegressor": "regressor",
    "LiveLossCurve": "displays.live",
    "LossCurveDisplay": "displays.loss_curve",
    "SKOPS_TRUSTED": "trusted",
    "SearchDisplay": "displays.search_display",
    "WeightsDisplay": "displays.weights",
    "clear_training_cache": "training.cache",
    "load_mnist": "datasets.mnist",
    "recipe": "recipes",
    "search_results_frame": "search",
    "search_space": "search",
    "training_cache_info": "training.cache",
}

__all__ = [
    "SKOPS_TRUSTED",
    "KerasMLPClassifier",
    "KerasMLPFeatures",
    "KerasMLPRegressor",
    "LiveLossCurve",
    "LossCurveDisplay",
    "SearchDisplay",
    "WeightsDisplay",
    "__version__",
    "clear_training_cache",
    "load_mnist",
    "recipe",
    "search_results_frame",
    "search_space",
    "training_cache_info",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
