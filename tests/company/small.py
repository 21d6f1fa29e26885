"""Data and a network so small that a test costs little, of one shape to share a program."""

from typing import Any

import numpy as np
from sklearn.datasets import make_blobs

from sk_mnist_mlp import KerasMLPClassifier

X, Y = make_blobs(90, 4, centers=3, cluster_std=4.0, random_state=0)
"""Three classes that overlap, 90 rows."""

X_BINARY, Y_BINARY = make_blobs([60, 30], 4, centers=None, cluster_std=6.0, random_state=1)
"""Two classes that overlap, 90 rows, the second half as frequent."""


def small_classifier(**changes: Any) -> KerasMLPClassifier:
    settings: dict[str, Any] = {
        "widths": (6,),
        "epochs": 5,
        "batch_size": 16,
        "learning_rate": 0.02,
        "random_state": 0,
    }
    return KerasMLPClassifier(**(settings | changes))


def arrays(fitted: KerasMLPClassifier) -> list[np.ndarray]:
    norms = [array for norm in fitted.batch_norms_ for array in vars(norm).values()]
    return [*fitted.coefs_, *fitted.intercepts_, *norms]


def assert_same_network(left: KerasMLPClassifier, right: KerasMLPClassifier) -> None:
    """Fail unless all weights are bitwise the same."""
    for a, b in zip(arrays(left), arrays(right), strict=True):
        np.testing.assert_array_equal(a, b)
