"""What parameters of `MLPClassifier`, Keras and its wrappers are called here."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sk_mnist_mlp.domains import near_names

ELSEWHERE: Mapping[str, str] = {
    "activation_function": "'activation'",
    "alpha": "nearest to 'weight_decay'",
    "batch_normalization": "'batch_norm'",
    "beta_1": "optimizer=keras.optimizers.Adam(beta_1=...)",
    "beta_2": "optimizer=keras.optimizers.Adam(beta_2=...)",
    "dropout_rate": "'dropout'",
    "ema_momentum": "'averaging'",
    "epsilon": "optimizer=keras.optimizers.Adam(epsilon=...)",
    "hidden_layer_sizes": "'widths'",
    "hidden_units": "'widths'",
    "kernel_initializer": "'init_stddev'",
    "l2": "nearest to 'weight_decay'",
    "learning_rate_init": "'learning_rate'",
    "learning_rate_schedule": "'schedule'",
    "lr": "'learning_rate'",
    "max_epochs": "'epochs'",
    "max_iter": "'epochs'",
    "min_delta": "'tol'",
    "momentum": "optimizer=keras.optimizers.SGD(momentum=...)",
    "monitor": "'scoring'",
    "n_epochs": "'epochs'",
    "n_hidden": "'depth'",
    "n_iter": "'epochs'",
    "n_layers": "'depth'",
    "nesterov": "optimizer=keras.optimizers.SGD(nesterov=True)",
    "nesterovs_momentum": "optimizer=keras.optimizers.SGD(nesterov=True)",
    "patience": "'n_iter_no_change'",
    "power_t": "nearest to 'schedule'",
    "restore_best_weights": "what 'early_stopping' always does",
    "seed": "'random_state'",
    "solver": "'optimizer'",
    "units": "'widths'",
    "use_ema": "'averaging'",
    "validation_split": "'validation_fraction'",
}
"""Name elsewhere -> what it is here, in words."""


def hint_at_parameter(name: str, known: Collection[str]) -> str:
    """Return a sentence on what a name elsewhere is here, or on the nearest ones, or nothing.

    Parameters
    ----------
    name : str
        That no parameter has; ``"optimizer__learning_rate"`` counts as ``"learning_rate"``.
    known : collection of str
        Names of the parameters.
    """
    last = name.rpartition("__")[2]
    here = ELSEWHERE.get(last) or (repr(last) if last in known else None)
    return near_names(last, known) if here is None else f" {name!r} is {here} here."
