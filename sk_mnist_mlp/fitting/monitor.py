"""What happens after each epoch, and what all epochs came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass, field, replace
from typing import TYPE_CHECKING

from sk_mnist_mlp.fitting.evaluation import METRICS, Evaluation, evaluate
from sk_mnist_mlp.fitting.fitted import fitted_attributes
from sk_mnist_mlp.fitting.plateau import AdaptiveRate
from sk_mnist_mlp.fitting.position import Position
from sk_mnist_mlp.fitting.record import Record
from sk_mnist_mlp.fitting.scoring import score_of_evaluation
from sk_mnist_mlp.fitting.snapshot import Snapshot
from sk_mnist_mlp.fitting.stopping import BestEpoch, Patience
from sk_mnist_mlp.fitting.task import Task
from sk_mnist_mlp.network.heads import HEADS
from sk_mnist_mlp.network.weights import Weights

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
    kept : Trainer or None
        After the best epoch so far, of a fit that goes on.
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
    kept: InitVar[Trainer | None] = None
    best: BestEpoch | None = field(init=False, default=None)
    adaptive: AdaptiveRate | None = field(init=False, default=None)
    judged_by: str | None = field(init=False, default=None)
    patience: Patience = field(init=False)
    metrics: list[dict[str, float]] = field(init=False, default_factory=list)

    def __post_init__(self, kept: Trainer | None) -> None:
        hyper, record = self.task.hyper, self.task.record
        if hyper.early_stopping:
            self.best = BestEpoch(record.scores, kept)
        if hyper.schedule == "adaptive" and self.learning_rate is not None:
            self.adaptive = AdaptiveRate(self.learning_rate)
        for judged_by, score in record.judgements:
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
        network = self.task.start.network
        name = HEADS[network.head].metric
        self.metrics += [
            {
                "loss": epoch.loss,
                name: METRICS[name].reported(epoch.measure, self.task.training),
            }
            for epoch in epochs
        ]
        judged_by, score = "loss", -epochs[-1].loss
        if self.task.validation is not None:
            weights = trainer.weights()
            measured = evaluate(network, weights, self.task.validation, self.task.values)
            self.metrics[-1] |= {"val_loss": measured.loss, f"val_{name}": measured.metric}
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
        so_far = len(self.metrics), trainer.n_updates
        return self._position(kept, *so_far), self._record(*so_far)

    def snapshot(self, trainer: Trainer) -> Callable[[], Snapshot]:
        """Where training stands now, to be worked out whenever that is asked for."""
        n_epochs, n_updates = len(self.metrics), trainer.n_updates
        best = self.best.trainer if self.best else None

        def worked_out() -> Snapshot:
            return Snapshot(
                self._position(trainer, n_epochs, n_updates),
                self._record(n_epochs, n_updates),
                None if best is None else self._position(best, n_epochs, n_updates),
            )

        return worked_out

    def _score(self, measured: Evaluation, weights: Weights, trainer: Trainer) -> float:
        """Score of the last epoch, by which early stopping compares it."""
        scorer = self.task.scorer
        if scorer is not None:
            # A scorer has no use for the optimizer's state, larger than all else.
            n_epochs = self.task.position.n_epochs + len(self.metrics)
            position = Position(weights, None, n_epochs, trainer.n_updates)
            record = self._record(len(self.metrics), trainer.n_updates, scored=False)
            fitted = self.task.fitted(position, record)
            attributes = fitted_attributes(replace(fitted, feature_names=None))
            return scorer.score(attributes, self.task.n_done + len(self.metrics))
        epoch = self.task.n_done + len(self.metrics)
        return score_of_evaluation(measured, self.task.hyper.scoring, epoch)

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

    def _position(self, kept: Trainer, n_epochs: int, n_updates: int) -> Position:
        n_epochs += self.task.position.n_epochs
        return Position(kept.weights(), kept.optimizer_state(), n_epochs, n_updates)

    def _record(self, n_epochs: int, n_updates: int, scored: bool = True) -> Record:
        """The book after so many epochs, of which the last may have no score yet."""
        scores = None
        if self.best is not None and scored:
            scores = self.best.scores[self.task.n_done :][:n_epochs]
        n_steps = n_updates - self.task.position.n_updates
        return self.task.record.followed_by(self.metrics[:n_epochs], scores, n_steps)
