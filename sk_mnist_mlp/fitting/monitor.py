"""What happens after each epoch, and what all epochs came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sk_mnist_mlp.fitting.evaluation import evaluate
from sk_mnist_mlp.fitting.position import Position
from sk_mnist_mlp.fitting.record import Record
from sk_mnist_mlp.fitting.stopping import EarlyStopping
from sk_mnist_mlp.fitting.task import Task

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
    stopping : EarlyStopping or None
    metrics : list of dict of str to float
        Of each epoch so far.
    rate_factor : float
        Of the learning rate of the next epoch.
    """

    task: Task
    report: Callable[[Mapping[str, float]], None] | None
    stopping: EarlyStopping | None = field(init=False)
    metrics: list[dict[str, float]] = field(init=False, default_factory=list)
    rate_factor: float = field(init=False, default=1.0)

    def __post_init__(self) -> None:
        hyper = self.task.hyper
        stops = hyper.early_stopping
        self.stopping = EarlyStopping(hyper.n_iter_no_change, hyper.tol) if stops else None

    @property
    def watches(self) -> bool:
        """Whether there is anything to do after each epoch."""
        return self.task.validation is not None or self.report is not None

    def observe(self, epochs: list[Epoch], trainer: Trainer) -> bool:
        """Take note of epochs, where it watches of one; returns whether to stop."""
        self.metrics += [{"loss": epoch.loss, "accuracy": epoch.accuracy} for epoch in epochs]
        stops = False
        if self.task.validation is not None:
            network = self.task.start.network
            measured = evaluate(network, trainer.weights(), self.task.validation)
            self.metrics[-1] |= {"val_loss": measured.loss, "val_accuracy": measured.accuracy}
            if self.stopping is not None:
                stops = self.stopping.stops_after(measured.score, trainer)
        if self.report is not None:
            self.report(self.metrics[-1])
        return stops

    def outcome(self, trainer: Trainer) -> tuple[Position, Record]:
        """Where training stands, or stood after its best epoch; and the book."""
        kept = (self.stopping.best if self.stopping else None) or trainer
        position = Position(
            kept.weights(),
            kept.optimizer_state(),
            self.task.position.n_epochs + len(self.metrics),
            trainer.n_updates,
        )
        record = self.task.record.followed_by(
            self.metrics,
            self.stopping.scores if self.stopping else None,
            trainer.n_updates - self.task.position.n_updates,
        )
        return position, record
