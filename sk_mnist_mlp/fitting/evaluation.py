"""How well a network does on examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.network import inference
from sk_mnist_mlp.network.head import Values
from sk_mnist_mlp.network.heads import HEADS
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import Weights


@dataclass(frozen=True)
class Evaluation:
    """Weighted means over examples.

    Parameters
    ----------
    loss : float
    metric : float
        That of the network's head, as training reports it.
    score : float
        As the estimator's own method `score` gives it.
    """

    loss: float
    metric: float
    score: float


@dataclass(frozen=True)
class Metric:
    """What the mean measures of a head come to on examples.

    Parameters
    ----------
    reported : callable
        Of the first, as training reports it.
    score : callable
        Of the others, as scikit-learn scores it.
    """

    reported: Callable[[float, Examples], float]
    score: Callable[[np.ndarray, Examples], float]


def _explained(errors: np.ndarray, variances: np.ndarray) -> float:
    """Mean coefficient of determination, by the rules of scikit-learn's `r2_score`."""
    varies = variances > 0
    shares = errors / np.where(varies, variances, 1.0)
    return float(np.where(varies, 1.0 - shares, errors == 0).mean())


METRICS: Mapping[str, Metric] = {
    "accuracy": Metric(lambda measure, _: measure, lambda measures, _: float(measures[0])),
    "r2": Metric(
        lambda error, examples: _explained(np.array(error), examples.variances.mean()),
        lambda errors, examples: _explained(errors, examples.variances),
    ),
}
"""Of each head's metric by its name: for the accuracy, that of single outputs as Keras
reports it, and the share of rows all of whose outputs are right; for R2, that of all outputs
together, and the mean of those of each."""


def evaluate(
    network: NetworkSpec, weights: Weights, examples: Examples, values: Values
) -> Evaluation:
    """Measure a network on examples, by the run-time values that its loss depends on."""
    head = HEADS[network.head]
    metric = METRICS[head.metric]
    sums = np.zeros(1)
    for inputs, rows in examples.blocks():
        logits = inference.logits(network, weights, inputs)
        targets = examples.targets[rows]
        losses, measures = head.losses(logits, targets, values), head.measures(logits, targets)
        sums = sums + examples.weights[rows] @ np.column_stack([losses, measures])
    loss, measure, *others = sums / examples.weights.sum()
    return Evaluation(
        float(loss),
        metric.reported(float(measure), examples),
        metric.score(np.array(others), examples),
    )
