"""What the benchmarks learn of an image: which digit it shows, or that digit as a quantity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Problem:
    """A target, and what libraries call what learns it.

    Parameters
    ----------
    kind : {"Classifier", "Regressor"}
        How the names of scikit-learn's estimators end, and those of their likes.
    activation, loss, metric : str
        Keras' names for the output layer, for what is made small and for what is measured
        beside it.
    score_name : str
        Of the score on test rows.
    """

    kind: str
    activation: str
    loss: str
    metric: str
    score_name: str

    @property
    def has_classes(self) -> bool:
        """Whether the target is a class."""
        return self.kind == "Classifier"

    def target(self, digits: np.ndarray) -> np.ndarray:
        """Return what is to be learned."""
        return digits if self.has_classes else digits.astype(np.float32)

    def n_outputs(self, target: np.ndarray) -> int:
        """Units of the output layer."""
        return int(target.max()) + 1 if self.has_classes else 1

    def decode(self, outputs: np.ndarray) -> np.ndarray:
        """Return predictions of the target from what the output layer gives."""
        return outputs.argmax(axis=1) if self.has_classes else outputs[:, 0]

    def score(self, target: np.ndarray, predicted: np.ndarray) -> float:
        """Accuracy or R2."""
        if self.has_classes:
            return float(np.mean(predicted == target))
        return 1.0 - float(np.mean((predicted - target) ** 2) / np.var(target))


CLASSIFICATION = Problem(
    "Classifier", "softmax", "sparse_categorical_crossentropy", "accuracy", "test accuracy"
)
REGRESSION = Problem("Regressor", "linear", "mse", "r2_score", "test R2")
PROBLEMS = {"classification": CLASSIFICATION, "regression": REGRESSION}
