"""Scikit-learn's scorers, by which early stopping compares epochs."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import check_scoring

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.domains import is_real
from sk_mnist_mlp.fitting.evaluation import Evaluation
from sk_mnist_mlp.parameters.checked import Hyperparameters

ANOTHER_SCORER = "Mend it, or choose another: scoring='loss' is defined for every y."
WITH_WEIGHTS = (
    "It is given the weights of the rows, of sample_weight or class_weight, as sample_weight: let "
    "it take them, or choose another that does, such as scoring='loss'."
)


@dataclass(frozen=True, eq=False)
class ValidationScorer:
    """A scorer, and what it is given after each epoch.

    Parameters
    ----------
    scoring : str or callable
        As it was given, for messages.
    scorer : callable
        ``scorer(estimator, X, y)``, and with `sample_weight` where that is not None.
    estimator : KerasMLPEstimator
        To be copied, and given what an epoch leaves.
    X : ndarray or CSR matrix
    y : ndarray
        As it was given.
    sample_weight : ndarray or None
        None where all rows weigh alike.
    """

    scoring: str | Callable[..., Any]
    scorer: Callable[..., Any]
    estimator: Any
    X: Any
    y: np.ndarray
    sample_weight: np.ndarray | None

    def score(self, attributes: dict[str, Any], epoch: int) -> float:
        """Score an estimator with some fitted attributes.

        Raises
        ------
        ValueError
            If the scorer fails, or gives anything else than a finite number.
        """
        fitted = copy.copy(self.estimator)
        fitted.__dict__ |= attributes
        weights = {} if self.sample_weight is None else {"sample_weight": self.sample_weight}
        try:
            score = self.scorer(fitted, self.X, self.y, **weights)
        except Exception as error:
            what = f"raised {type(error).__name__}: {str(error).rstrip('.')}"
            of_weights = bool(weights) and "sample_weight" in str(error)
            remedy = WITH_WEIGHTS if of_weights else ANOTHER_SCORER
            raise self._error(epoch, what, remedy) from error
        if hasattr(score, "item"):
            with suppress(ValueError, TypeError):  # an array or tensor of one number
                score = score.item()
        if not is_real(score):
            raise self._error(epoch, f"gave {score!r}, and not a finite number", ANOTHER_SCORER)
        return float(score)

    def _error(self, epoch: int, what: str, remedy: str) -> ValueError:
        name = getattr(self.scoring, "__name__", None) or repr(self.scoring)
        return ValueError(
            f"early_stopping by scoring={name} failed after epoch {epoch}: the scorer {what}. "
            f"{remedy}"
        )


def score_of_evaluation(measured: Evaluation, scoring: Any, epoch: int) -> float:
    """Score on the validation data where it needs no scorer: minus the loss, or for None `score`.

    Raises
    ------
    ValueError
        If it is not finite.
    """
    what, score = ("loss", -measured.loss) if scoring == "loss" else ("score", measured.score)
    if not math.isfinite(score):
        raise ValueError(
            f"early_stopping by scoring={scoring!r} failed after epoch {epoch}: the {what} on the "
            f"validation data is {abs(score)}, since numbers inside the network go beyond their "
            "range for some of the rows. Scale the inputs, for instance with StandardScaler, or, "
            "for a classifier, choose scoring=None, by which such a row is wrong."
        )
    return score


def validation_scorer(
    estimator: Any, hyper: Hyperparameters, validation: Examples | None
) -> ValidationScorer | None:
    """Scorer of early stopping; None where the evaluation of the network has the score.

    Raises
    ------
    ValueError
        If a metric is given in the place of a scorer.
    """
    if validation is None or not hyper.early_stopping or hyper.scoring in ("loss", None):
        return None
    unnamed = copy.copy(estimator)  # as the rows are, whose columns have no names any more
    unnamed.__dict__.pop("feature_names_in_", None)
    rows, weights = validation.index, validation.weights
    return ValidationScorer(
        scoring=hyper.scoring,
        scorer=check_scoring(unnamed, hyper.scoring),
        estimator=unnamed,
        X=validation.inputs if rows is None else validation.inputs[rows],
        y=validation.y,
        sample_weight=None if (weights == weights[0]).all() else weights,
    )
