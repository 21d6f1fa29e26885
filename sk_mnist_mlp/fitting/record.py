"""The book of a fit: what each epoch came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Record:
    """How training went.

    Parameters
    ----------
    history : dict of str to list of float or None
        Metrics of each epoch; None for an epoch that was not measured so.
    n_iter, n_steps : int
        Epochs and batches of the last fit, and of the calls of `partial_fit` since.
    validation_scores : list of float or None
        Of each epoch; None for an epoch without a score, or where none has one.
    best_validation_score : float or None
        Of the last fit.
    """

    history: dict[str, list[float | None]] = field(default_factory=dict)
    n_iter: int = 0
    n_steps: int = 0
    validation_scores: list[float | None] | None = None
    best_validation_score: float | None = None

    @property
    def judgements(self) -> list[tuple[str, float]]:
        """By what each epoch that `n_iter` counts was judged, and its score there.

        The score of early stopping, or minus the loss on validation data, or minus that
        on the training data.
        """
        n_epochs = len(self.history.get("loss", ()))
        nothing: list[float | None] = [None] * n_epochs
        columns = {
            "score": self.validation_scores or nothing,
            "val_loss": _negated(self.history.get("val_loss", nothing)),
            "loss": _negated(self.history.get("loss", nothing)),
        }
        judgements = []
        for epoch in range(n_epochs - self.n_iter, n_epochs):
            scores = ((name, column[epoch]) for name, column in columns.items())
            judgements.append(next((name, score) for name, score in scores if score is not None))
        return judgements

    @property
    def scores(self) -> list[float]:
        """Of early stopping in the epochs that `n_iter` counts."""
        scores = self.validation_scores or []
        return [score for score in scores[len(scores) - self.n_iter :] if score is not None]

    def for_a_new_fit(self) -> Record:
        """The same curves, for a fit that counts its own epochs and batches."""
        return replace(self, n_iter=0, n_steps=0)

    def followed_by(
        self,
        metrics: Sequence[dict[str, float]],
        scores: Sequence[float] | None,
        n_steps: int,
    ) -> Record:
        """Record of further epochs too.

        Parameters
        ----------
        metrics : sequence of dict of str to float
            Of each epoch.
        scores : sequence of float or None
            Of each epoch; None without early stopping.
        n_steps : int
            Batches of all of them.
        """
        n_before = len(self.history.get("loss", ()))
        names = dict.fromkeys([*self.history, *(name for row in metrics for name in row)])
        earlier = self.validation_scores
        if earlier is None and scores is not None:
            earlier = [None] * n_before
        later: list[float | None] = [None] * len(metrics) if scores is None else list(scores)
        return Record(
            history={
                name: [
                    *self.history.get(name, [None] * n_before),
                    *(row.get(name) for row in metrics),
                ]
                for name in names
            },
            n_iter=self.n_iter + len(metrics),
            n_steps=self.n_steps + n_steps,
            validation_scores=None if earlier is None else earlier + later,
            best_validation_score=None if scores is None else max([*self.scores, *scores]),
        )


def _negated(values: Sequence[float | None]) -> list[float | None]:
    return [None if value is None else -value for value in values]
