"""What all kinds of output have, in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Values = Mapping[str, Any]
"""Run-time values of what is switched on, as `parameters.knobs` names them."""


@dataclass(frozen=True)
class Head:
    """A kind of output, by functions of logits of shape (rows, outputs) and targets.

    Its other half, which trains, is in `sk_mnist_mlp.training.losses`. As in
    `activations`, NumPy's error state is for the caller to see to.

    Parameters
    ----------
    activation : str
        Keras' name of what turns logits into what the exported network gives.
    loss : str or None
        Keras' name of what is trained on; None where Keras has none.
    metric : {"accuracy", "r2"}
        What is reported beside the loss.
    losses : callable
        Of logits, targets and values: what is trained on for each row, in float64, as
        Keras reports it; NaN where a logit is.
    measures : callable
        Of logits and targets: numbers of each row, of shape (rows, columns), from whose
        means the metric is worked out. The first is what training measures too.
    loss_of_constant : callable
        Of targets, weights of rows and values: the loss of the best prediction that is
        the same for every row.
    """

    activation: str
    loss: str | None
    metric: str
    losses: Callable[[np.ndarray, np.ndarray, Values], np.ndarray]
    measures: Callable[[np.ndarray, np.ndarray], np.ndarray]
    loss_of_constant: Callable[[np.ndarray, np.ndarray, Values], float]
