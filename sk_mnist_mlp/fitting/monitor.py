"""What happens after each epoch, and what all epochs came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sk_mnist_mlp.fitting.evaluation import Evaluation, evaluate
from sk_mnist_mlp.fitting.fitted import fitted_attributes
from sk_mnist_mlp.fitting.plateau import AdaptiveRate
from sk_mnist_mlp.fitting.position import Position
from sk_mnist_mlp.fitting.record import Record
from sk_mnist_mlp.fitting.scoring import score_of_loss
from sk_mnist_mlp.fitting.stopping import BestEpoch, Patience
from sk_mnist_mlp.fitting.task import Task
from sk_mnist_mlp.network.weights import OptimizerState, Weights

if TYPE_CHECKING:
    from sk_mnist_mlp.training.loop import Epoch
    from sk_mnist_mlp.training.trainer import Trainer


@dataclass(eq=False)
class Monitor:
    """Watches a fit, and keeps its book.

    Parameters
    ----------
    task : Task
    report : callable or None
        Called with each epoch's metrics by name.
    learning_rate : float or None
        With which training begins; None where the optimizer has a schedule.
    best : BestEpoch or None
        Of early stopping.
    adaptive : AdaptiveRate or None
        Where that is the schedule.
    judged_by : str or None
        What the last epoch was judged by.
    patience : Patience
        Of both.
    metrics : list of dict of str to float
        Of each epoch so far.
    """

    task: Task
    report: Callable[[Mapping[str, float]], None] | None
    learning_rate: float | None
    best: BestEpoch | None = field(init=False, default=None)
    adaptive: AdaptiveRate | None = field(init=False, default=None)
    judged_by: str | None = field(init=False, default=None)
    patience: Patience = field(init=False)
    metrics: list[dict[str, float]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        hyper = self.task.hyper
        if hyper.early_stopping:
            self.best = BestEpoch()
        if hyper.schedule == "adaptive" and self.learning_rate is not None:
            self.adaptive = AdaptiveRate(self.learning_rate)
            for judged_by, score in self.task.record.judgements:
                self._stops_by(judged_by, score)

    @property
    def watches(self) -> bool:
        """Whether there is anything to do after each epoch."""
        return any(
            thing is not None for thing in (self.task.validation, self.report, self.adaptive)
        )

    @property
    def rate_factor(self) -> float:
        """Of the learning rate of the next epoch."""
        return 1.0 if self.adaptive is None else self.adaptive.factor

    def observe(self, epochs: list[Epoch], trainer: Trainer) -> bool:
        """Take note of epochs, where it watches of one; returns whether to stop.

        Raises
        ------
        ValueError
            If early stopping finds no score.
        """
        self.metrics += [{"loss": epoch.loss, "accuracy": epoch.accuracy} for epoch in epochs]
        judged_by, score = "loss", -epochs[-1].loss
        if self.task.validation is not None:
            weights = trainer.weights()
            measured = evaluate(self.task.start.network, weights, self.task.validation)
            self.metrics[-1] |= {"val_loss": measured.loss, "val_accuracy": measured.accuracy}
            judged_by, score = "val_loss", -measured.loss
            if self.best is not None:
                judged_by, score = "score", self._score(measured, weights, trainer)
                self.best.observe(score, trainer)
        if self.report is not None:
            self.report(self.metrics[-1])
        return self._stops_by(judged_by, score)

    def outcome(self, trainer: Trainer) -> tuple[Position, Record]:
        """Where training stands, or stood after its best epoch; and the book."""
        kept = (self.best.trainer if self.best else None) or trainer
        position = self._position(kept.weights(), kept.optimizer_state(), trainer)
        return position, self._record(self.best.scores if self.best else None, trainer)

    def _score(self, measured: Evaluation, weights: Weights, trainer: Trainer) -> float:
        """Score of the last epoch, by which early stopping compares it."""
        scorer = self.task.scorer
        if scorer is not None:
            # A scorer has no use for the optimizer's state, larger than all else.
            position = self._position(weights, None, trainer)
            fitted = self.task.fitted(position, self._record(None, trainer))
            attributes = fitted_attributes(replace(fitted, feature_names=None))
            return scorer.score(attributes, len(self.metrics))
        if self.task.hyper.scoring is None:
            return measured.score
        return score_of_loss(measured.loss, len(self.metrics))

    def _stops_by(self, judged_by: str, score: float) -> bool:
        """Take note of an epoch's score; returns whether to stop, if no rate falls instead.

        Scores of another kind are no better or worse than those before: patience begins anew.
        """
        if judged_by != self.judged_by:
            hyper = self.task.hyper
            longer = self.adaptive is not None  # as in MLPClassifier
            self.judged_by = judged_by
            self.patience = Patience(hyper.n_iter_no_change + longer, hyper.tol)
        if not self.patience.ends_after(score):
            return False
        falls = self.adaptive is not None and self.adaptive.falls()
        return self.best is not None and not falls

    def _position(
        self, weights: Weights, optimizer_state: OptimizerState | None, trainer: Trainer
    ) -> Position:
        n_epochs = self.task.position.n_epochs + len(self.metrics)
        return Position(weights, optimizer_state, n_epochs, trainer.n_updates)

    def _record(self, scores: Sequence[float] | None, trainer: Trainer) -> Record:
        n_steps = trainer.n_updates - self.task.position.n_updates
        return self.task.record.followed_by(self.metrics, scores, n_steps)
