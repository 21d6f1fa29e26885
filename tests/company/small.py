"""Data and a network so small that a test costs little, of one shape to share a program."""

from typing import Any

from sklearn.datasets import make_blobs

from sk_mnist_mlp import KerasMLPClassifier, KerasMLPRegressor
from tests.networks import assert_same_network as assert_same_network

X, Y = make_blobs(90, 4, centers=3, cluster_std=4.0, random_state=0)
"""Three classes that overlap, 90 rows."""

X_BINARY, Y_BINARY = make_blobs([60, 30], 4, centers=None, cluster_std=6.0, random_state=1)
"""Two classes that overlap, 90 rows, the second half as frequent."""


SMALL: dict[str, Any] = {
    "widths": (6,),
    "epochs": 5,
    "batch_size": 16,
    "learning_rate": 0.02,
    "random_state": 0,
}


def small_classifier(**changes: Any) -> KerasMLPClassifier:
    return KerasMLPClassifier(**(SMALL | changes))


def small_regressor(**changes: Any) -> KerasMLPRegressor:
    return KerasMLPRegressor(**(SMALL | changes))
