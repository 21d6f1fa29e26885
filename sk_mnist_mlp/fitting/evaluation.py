"""How well a network does on examples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.network import inference
from sk_mnist_mlp.network.heads import HEADS
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import Weights


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
    head = HEADS[network.head]
    sums = np.zeros(3)
    for inputs, rows in examples.blocks():
        logits = inference.logits(network, weights, inputs)
        targets = examples.targets[rows]
        right, losses = head.correct(logits, targets), head.losses(logits, targets)
        sums += np.stack([losses, right, right == 1.0]) @ examples.weights[rows]
    loss, accuracy, score = sums / examples.weights.sum()
    return Evaluation(float(loss), float(accuracy), float(score))
