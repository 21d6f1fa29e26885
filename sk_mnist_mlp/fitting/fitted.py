"""What a fitted estimator consists of, as a value and as attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sk_mnist_mlp.data.targets import Targets
from sk_mnist_mlp.fitting.position import Position
from sk_mnist_mlp.fitting.record import Record
from sk_mnist_mlp.fitting.start import Start
from sk_mnist_mlp.network.heads import HEADS
from sk_mnist_mlp.network.initial_weights import initial_stddevs
from sk_mnist_mlp.network.weights import Weights


@dataclass(frozen=True, eq=False)
class Fitted:
    """All that a fit leaves.

    Parameters
    ----------
    start : Start
    targets : Targets
    feature_names : ndarray of str or None
    dropout : tuple of float
        Rate of the inputs, and of each hidden layer.
    position : Position
    record : Record
    keeps_optimizer_state : bool
        Whether pickles and files hold the optimizer's state, larger than the weights.
    """

    start: Start
    targets: Targets
    feature_names: np.ndarray | None
    dropout: tuple[float, ...]
    position: Position
    record: Record
    keeps_optimizer_state: bool


def fitted_attributes(fitted: Fitted) -> dict[str, Any]:
    """Attributes of a fitted estimator, public and private.

    `feature_names_in_` is among them only where the columns had names.
    """
    network = fitted.start.network
    position, record = fitted.position, fitted.record
    weights = position.weights
    names = {} if fitted.feature_names is None else {"feature_names_in_": fitted.feature_names}
    return names | {
        "_start": fitted.start,
        "_targets": fitted.targets,
        "_dropout": fitted.dropout,
        "_optimizer_state": position.optimizer_state,
        "_keeps_optimizer_state": fitted.keeps_optimizer_state,
        "_n_epochs": position.n_epochs,
        "_n_updates": position.n_updates,
        "n_features_in_": network.n_features,
        **fitted.targets.attributes,
        "n_layers_": len(network.kernel_shapes) + 1,
        "n_outputs_": network.n_outputs,
        "out_activation_": HEADS[network.head].activation,
        "n_parameters_": network.n_parameters,
        "n_trainable_parameters_": network.n_trainable_parameters,
        "init_stddev_": initial_stddevs(network, fitted.start.init_stddev),
        "coefs_": list(weights.kernels),
        "intercepts_": list(weights.biases),
        "batch_norms_": list(weights.batch_norms),
        "history_": record.history,
        "loss_curve_": record.history["loss"],
        "loss_": record.history["loss"][-1],
        "n_iter_": record.n_iter,
        "n_steps_": record.n_steps,
        "validation_scores_": record.validation_scores,
        "best_validation_score_": record.best_validation_score,
    }


def weights_of(estimator: Any) -> Weights:
    """Weights of a fitted estimator, as its attributes have them now."""
    return Weights(
        tuple(estimator.coefs_), tuple(estimator.intercepts_), tuple(estimator.batch_norms_)
    )


def fitted_of(estimator: Any) -> Fitted:
    """Undo `fitted_attributes`."""
    return Fitted(
        start=estimator._start,
        targets=estimator._targets,
        feature_names=getattr(estimator, "feature_names_in_", None),
        dropout=estimator._dropout,
        position=Position(
            weights_of(estimator),
            estimator._optimizer_state,
            estimator._n_epochs,
            estimator._n_updates,
        ),
        record=Record(
            estimator.history_,
            estimator.n_iter_,
            estimator.n_steps_,
            estimator.validation_scores_,
            estimator.best_validation_score_,
        ),
        keeps_optimizer_state=estimator._keeps_optimizer_state,
    )
