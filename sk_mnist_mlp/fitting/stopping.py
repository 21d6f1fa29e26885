"""Early stopping by a score on validation data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sk_mnist_mlp.training.trainer import Trainer


@dataclass(eq=False)
class EarlyStopping:
    """Keeps the best epoch, and tells when epochs stopped getting better.

    Parameters
    ----------
    patience : int or inf
        Consecutive epochs without improvement after which to stop.
    tol : float
        An epoch improves if it exceeds the best score by at least this much.
    scores : list of float
        Of each epoch so far.
    best : Trainer or None
        Of the epoch with the best score.
    """

    patience: float
    tol: float
    scores: list[float] = field(default_factory=list)
    best: Trainer | None = None
    best_score: float = float("-inf")
    n_without_improvement: int = 0

    def stops_after(self, score: float, trainer: Trainer) -> bool:
        """Take note of an epoch's score; returns whether to stop."""
        self.scores.append(score)
        improved = score >= self.best_score + self.tol
        self.n_without_improvement = 0 if improved else self.n_without_improvement + 1
        if score > self.best_score:
            self.best_score, self.best = score, trainer
        return self.n_without_improvement >= self.patience
