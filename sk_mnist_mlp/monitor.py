"""What is measured after each epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sk_mnist_mlp import inference
from sk_mnist_mlp.inputs import Examples
from sk_mnist_mlp.network import NetworkSpec, Weights

if TYPE_CHECKING:
    from sk_mnist_mlp.training.loop import Epoch, Snapshot


@dataclass
class Monitor:
    """Watches a fit: measures on validation data and reports.

    Parameters
    ----------
    network : NetworkSpec
    validation : Examples or None
    report : callable or None
        Called with each epoch's metrics by name.
    history : dict of str to list of float
        The validation metrics of each epoch.
    """

    network: NetworkSpec
    validation: Examples | None
    report: Callable[[Mapping[str, float]], None] | None
    history: dict[str, list[float]] = field(init=False)

    def __post_init__(self) -> None:
        names = () if self.validation is None else ("val_loss", "val_accuracy")
        self.history = {name: [] for name in names}

    @property
    def watches(self) -> bool:
        """Whether there is anything to do after an epoch."""
        return self.validation is not None or self.report is not None

    def observe(self, epoch: Epoch, snapshot: Snapshot) -> bool:
        """Take note of an epoch; returns whether to stop."""
        metrics = {"loss": epoch.loss, "accuracy": epoch.accuracy}
        if self.validation is not None:
            loss, accuracy = evaluate(self.network, snapshot.weights(), self.validation)
            self.history["val_loss"].append(loss)
            self.history["val_accuracy"].append(accuracy)
            metrics |= {"val_loss": loss, "val_accuracy": accuracy}
        if self.report is not None:
            self.report(metrics)
        return False


def evaluate(network: NetworkSpec, weights: Weights, examples: Examples) -> tuple[float, float]:
    """Weighted mean loss and accuracy of a network on examples."""
    logits = inference.logits(network, weights, examples.inputs)
    losses = inference.losses(network, logits, examples.targets)
    accuracies = inference.correct(network, logits, examples.targets)
    return (
        float(np.average(losses, weights=examples.weights)),
        float(np.average(accuracies, weights=examples.weights)),
    )
