"""When epochs have stopped improving, and which of them was the best."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sk_mnist_mlp.training.trainer import Trainer


@dataclass(eq=False)
class Patience:
    """Counts consecutive epochs without improvement.

    Parameters
    ----------
    epochs : int or inf
        That it lasts.
    tol : float
        An epoch improves if it exceeds the best score by at least this much.
    best_score : float
        So far, by however little.
    n_without_improvement : int
        Of the last epochs.
    """

    epochs: float
    tol: float
    best_score: float = -math.inf
    n_without_improvement: int = 0

    def ends_after(self, score: float) -> bool:
        """Take note of an epoch's score; returns whether patience ends, to begin anew."""
        improved = score >= self.best_score + self.tol
        self.best_score = max(self.best_score, score)
        self.n_without_improvement = 0 if improved else self.n_without_improvement + 1
        ends = self.n_without_improvement >= self.epochs
        if ends:
            self.n_without_improvement = 0
        return ends


@dataclass(eq=False)
class BestEpoch:
    """Keeps the first epoch with the best score, and the scores of all.

    Parameters
    ----------
    scores : list of float
        Of each epoch so far.
    trainer : Trainer or None
        After the best one.
    """

    scores: list[float] = field(default_factory=list)
    trainer: Trainer | None = None

    def observe(self, score: float, trainer: Trainer) -> None:
        """Take note of an epoch's score, and keep what is better than all before."""
        if score > max(self.scores, default=-math.inf):
            self.trainer = trainer
        self.scores.append(score)
