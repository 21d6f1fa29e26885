"""How learning rate and dropout move over a fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sk_mnist_mlp.parameters.checked import Hyperparameters
from sk_mnist_mlp.training.steps import StepFactors


def _constant(share: np.ndarray) -> np.ndarray:
    return np.ones_like(share)


SHAPES: Mapping[str | None, Callable[[np.ndarray], np.ndarray]] = {
    None: _constant,
    "linear": lambda share: 1 - share,
    "cosine": lambda share: (1 + np.cos(np.pi * share)) / 2,
    "adaptive": _constant,  # falls between epochs, by how they went
}
"""Factor after a share of the steps; for the learning rate, of those that follow the warmup."""


def step_factors(hyper: Hyperparameters, epoch: int, n_epochs: int, n_steps: int) -> StepFactors:
    """Factors of learning rate and dropout for each step of an epoch.

    Parameters
    ----------
    hyper : Hyperparameters
    epoch : int
        Counted from the beginning of the fit; beyond the last all stays as it was at
        the end.
    n_epochs, n_steps : int
        Epochs of the fit, and steps of each.

    Returns
    -------
    StepFactors
        Arrays of shape (n_steps,).

    Examples
    --------
    >>> from sk_mnist_mlp import KerasMLPClassifier
    >>> from sk_mnist_mlp.parameters.checked import check_parameters
    >>> given = KerasMLPClassifier(schedule="linear", warmup=0.25).get_params()
    >>> hyper = check_parameters("KerasMLPClassifier", given)
    >>> epochs = [step_factors(hyper, epoch, n_epochs=4, n_steps=2) for epoch in range(5)]
    >>> [factors.learning_rate.round(2).tolist() for factors in epochs]
    [[0.5, 1.0], [1.0, 0.83], [0.67, 0.5], [0.33, 0.17], [0.17, 0.17]]
    """
    n_total = n_epochs * n_steps
    step = np.minimum(epoch * n_steps + np.arange(n_steps), n_total - 1)
    n_rising = hyper.warmup * n_total
    share = np.clip((step - n_rising) / (n_total - n_rising), 0, None)
    rising = np.minimum((step + 1) / n_rising, 1) if n_rising else 1.0
    return StepFactors(
        learning_rate=SHAPES[hyper.schedule](share) * rising,
        dropout=SHAPES[hyper.dropout_schedule](step / n_total),
    )
