"""What happens after each epoch: validation, early stopping, reports, callbacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sk_mnist_mlp import inference
from sk_mnist_mlp.callbacks import FitTasks
from sk_mnist_mlp.examples import Examples
from sk_mnist_mlp.network import NetworkSpec, Weights
from sk_mnist_mlp.stopping import EarlyStopping

if TYPE_CHECKING:
    from sk_mnist_mlp.training.loop import Epoch, Snapshot


@dataclass(eq=False)
class Monitor:
    """Watches a fit.

    Parameters
    ----------
    network : NetworkSpec
    n_epochs : int
        At most.
    validation : Examples or None
    stopping : EarlyStopping or None
        Needs validation.
    report : callable or None
        Called with each epoch's metrics by name.
    tasks : FitTasks or None
    fitted_attributes : callable
        Gives the attributes of an estimator with some weights.
    history : dict of str to list of float
        The validation metrics of each epoch.
    """

    network: NetworkSpec
    n_epochs: int
    validation: Examples | None
    stopping: EarlyStopping | None
    report: Callable[[Mapping[str, float]], None] | None
    tasks: FitTasks | None
    fitted_attributes: Callable[[Weights], dict[str, Any]]
    history: dict[str, list[float]] = field(init=False)

    def __post_init__(self) -> None:
        names = () if self.validation is None else ("val_loss", "val_accuracy")
        self.history = {name: [] for name in names}

    @property
    def watches(self) -> bool:
        """Whether there is anything to do after an epoch."""
        watchers = (self.validation, self.report, self.tasks)
        return any(watcher is not None for watcher in watchers)

    def begin(self) -> None:
        """Take note that the first epoch begins."""
        if self.tasks is not None:
            self.tasks.begin_epoch()

    def observe(self, epoch: Epoch, snapshot: Snapshot) -> bool:
        """Take note of an epoch; returns whether to stop."""
        metrics = {"loss": epoch.loss, "accuracy": epoch.accuracy}
        stops = False
        if self.validation is not None:
            measured = evaluate(self.network, snapshot.weights(), self.validation)
            self.history["val_loss"].append(measured.loss)
            self.history["val_accuracy"].append(measured.accuracy)
            metrics |= {"val_loss": measured.loss, "val_accuracy": measured.accuracy}
            if self.stopping is not None:
                stops = self.stopping.stops_after(measured.score, snapshot)
        if self.report is not None:
            self.report(metrics)
        if self.tasks is not None:
            stops |= self.tasks.end_epoch(lambda: self.fitted_attributes(snapshot.weights()))
            self.n_epochs -= 1
            if self.n_epochs and not stops:
                self.tasks.begin_epoch()
        return stops


@dataclass(frozen=True)
class Evaluation:
    """Weighted means over examples.

    Parameters
    ----------
    loss : float
    accuracy : float
        Of single outputs, as Keras reports it.
    score : float
        Share of rows all of whose outputs are right, as scikit-learn scores it.
    """

    loss: float
    accuracy: float
    score: float


def evaluate(network: NetworkSpec, weights: Weights, examples: Examples) -> Evaluation:
    """Measure a network on examples."""
    sums = np.zeros(3)
    for inputs, rows in examples.blocks():
        logits = inference.logits(network, weights, inputs)
        targets = examples.targets[rows]
        right = inference.correct(network, logits, targets)
        losses = inference.losses(network, logits, targets)
        sums += np.stack([losses, right, right == 1.0]) @ examples.weights[rows]
    loss, accuracy, score = sums / examples.weights.sum()
    return Evaluation(float(loss), float(accuracy), float(score))
