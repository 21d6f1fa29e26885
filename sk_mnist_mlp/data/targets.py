"""What y is to a network: how it is checked, and how outputs stand for it."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.network.weights import Weights


class Targets(Protocol):
    """How the network's outputs stand for y, as a fitted estimator keeps it."""

    @property
    def head(self) -> str:
        """Kind of output, one of `HEADS`."""

    @property
    def n_outputs(self) -> int:
        """Number of logits."""

    @property
    def attributes(self) -> dict[str, Any]:
        """Fitted attributes of the estimator that tell of y."""

    @property
    def constant(self) -> str:
        """The best prediction that is the same for every row, in words."""

    @property
    def loss_of_guess(self) -> float | None:
        """Loss of not knowing anything; None where a guess may be anything."""

    def encode(self, y: np.ndarray, name: str) -> np.ndarray:
        """Targets of a checked y of some name."""

    def decode(self, logits: np.ndarray) -> np.ndarray:
        """What logits predict, in the terms and dtype of y."""

    def hold_out(
        self, examples: Examples, fraction: float, rng: np.random.Generator
    ) -> tuple[Examples, Examples]:
        """Part examples into those to train on and those to validate on."""

    def in_units_of_y(self, weights: Weights) -> Weights:
        """The network whose outputs need nothing but the head's activation."""


class Problem(Protocol):
    """What an estimator takes y for."""

    def check(self, y: Any, known: Targets | None) -> np.ndarray:
        """Check a y that has passed scikit-learn's checks.

        Parameters
        ----------
        y : ndarray or CSR matrix
        known : Targets or None
            That it has to agree with.

        Raises
        ------
        ValueError, TypeError
        """

    def targets(self, y: np.ndarray, weights: np.ndarray, known: Targets | None) -> Targets:
        """Find how outputs shall stand for y.

        Parameters
        ----------
        y : ndarray
            Checked.
        weights : ndarray of shape (rows,)
            Rows of weight zero count for nothing.
        known : Targets or None
            Of the network that is to be trained further.

        Raises
        ------
        ValueError, TypeError
        """
