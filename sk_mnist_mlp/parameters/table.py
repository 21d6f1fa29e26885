"""The table of legal values of each hyperparameter."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer_names

from sk_mnist_mlp.domains import (
    Domain,
    is_bool,
    is_int,
    is_one_of,
    is_positive,
    is_rate,
    is_sequence,
    is_weight,
)
from sk_mnist_mlp.network.activations import ACTIVATIONS
from sk_mnist_mlp.network.initial_weights import STDDEV_RULES
from sk_mnist_mlp.network.quantity_heads import QUANTITY_HEADS

FALLING = ("linear", "cosine")
SCHEDULES = (*FALLING, "adaptive")


def is_width(value: Any) -> bool:
    """Whether a value is a number of units."""
    return is_int(value, 1)


def is_activation(value: Any) -> bool:
    """Whether a value is the activation of one layer."""
    return is_one_of(value, ACTIVATIONS) or callable(value)


def is_stddev(value: Any) -> bool:
    """Whether a value says how the kernel of one layer is drawn."""
    return value is None or is_one_of(value, STDDEV_RULES) or is_positive(value)


def is_class_weights(value: Any) -> bool:
    """Whether a value is a weight for each of some labels."""
    return isinstance(value, Mapping) and all(map(is_weight, value.values()))


def _is_folder(value: Any) -> bool:
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    return isinstance(path, str) and path != ""


def _is_random_state(value: Any) -> bool:
    return (
        value is None
        or isinstance(value, np.random.RandomState)
        or (is_int(value, 0) and value < 2**32)
    )


_RULES = ", ".join(repr(rule) for rule in STDDEV_RULES)
_SCORINGS = ("loss", *get_scorer_names())

DOMAINS: Mapping[str, Domain] = {
    "widths": Domain(
        "a sequence of ints >= 1, one a hidden layer, or one int >= 1 for `depth` equal layers",
        lambda value: is_width(value) or is_sequence(value, is_width),
    ),
    "depth": Domain(
        "None, or an int >= 0 where `widths` is an int",
        lambda value: value is None or is_int(value, 0),
    ),
    "loss": Domain(
        "one of " + ", ".join(map(repr, QUANTITY_HEADS)),
        lambda value: is_one_of(value, QUANTITY_HEADS),
        QUANTITY_HEADS,
        {
            "mse": "'squared_error'",
            "mean_squared_error": "'squared_error'",
            "l2": "'squared_error'",
            "mae": "'absolute_error'",
            "mean_absolute_error": "'absolute_error'",
            "l1": "'absolute_error'",
            "pinball": "'quantile'",
        },
    ),
    "quantile": Domain(
        "a float in (0, 1) where loss='quantile', and None elsewhere",
        lambda value: value is None or (is_positive(value) and value < 1),
    ),
    "scale_target": Domain("a bool", is_bool),
    "activation": Domain(
        "the name of an elementwise Keras activation or 'softmax', a callable of tensors, or a "
        "sequence of these, one for each hidden layer",
        lambda value: is_activation(value) or is_sequence(value, is_activation),
        ACTIVATIONS,
        {"logistic": "'sigmoid'", "identity": "'linear'", "none": "'linear'"},
    ),
    "init_stddev": Domain(
        f"None, a float > 0, one of {_RULES}, or a sequence of these, one for each hidden layer "
        "or one for each layer with the output",
        lambda value: is_stddev(value) or is_sequence(value, is_stddev),
        STDDEV_RULES,
        {
            "he_normal": "'he'",
            "he_uniform": "'he', a normal of that stddev",
            "kaiming": "'he'",
            "lecun_normal": "'lecun'",
            "lecun_uniform": "'lecun', a normal of that stddev",
            "glorot_normal": "'glorot'",
            "glorot_uniform": "None",
            "xavier": "None, Glorot's uniform, or 'glorot', a normal of that stddev",
            "xavier_normal": "'glorot'",
            "xavier_uniform": "None",
        },
    ),
    "batch_norm": Domain(
        "False, True, 'after' (the activation; the same as True) or 'before'",
        lambda value: is_bool(value) or is_one_of(value, ("after", "before")),
        ("after", "before"),
    ),
    "dropout": Domain(
        "a float in [0, 1), or a sequence of one for each hidden layer",
        lambda value: is_rate(value) or is_sequence(value, is_rate),
    ),
    "optimizer": Domain(
        "the name of a Keras optimizer or an unbuilt keras.optimizers.Optimizer",
        lambda value: (
            isinstance(value, str) or (hasattr(value, "get_config") and not isinstance(value, type))
        ),
    ),
    "learning_rate": Domain(
        "None (the optimizer's own) or a float > 0",
        lambda value: value is None or is_positive(value),
    ),
    "epochs": Domain(
        "None (by the number of rows) or an int >= 1",
        lambda value: value is None or is_int(value, 1),
        synonyms={"auto": "None"},
    ),
    "batch_size": Domain("an int >= 1", lambda value: is_int(value, 1)),
    "schedule": Domain(
        "None (a constant rate), 'linear', 'cosine' or 'adaptive'",
        lambda value: value is None or is_one_of(value, SCHEDULES),
        SCHEDULES,
        {
            "constant": "None",
            "invscaling": "'linear' or 'cosine'",
            "exponential": "'linear' or 'cosine'",
            "cosine_decay": "'cosine'",
            "cosine_annealing": "'cosine'",
            "one_cycle": "'cosine' or 'linear' with warmup",
            "plateau": "'adaptive'",
            "reduce_lr_on_plateau": "'adaptive'",
        },
    ),
    "warmup": Domain("a float in [0, 1)", is_rate),
    "weight_decay": Domain("a float >= 0", is_weight),
    "label_smoothing": Domain("a float in [0, 1)", is_rate),
    "input_dropout": Domain("a float in [0, 1)", is_rate),
    "dropout_schedule": Domain(
        "None (constant rates), 'linear' or 'cosine'",
        lambda value: value is None or is_one_of(value, FALLING),
        FALLING,
    ),
    "adversarial": Domain("a float >= 0", is_weight),
    "averaging": Domain(
        "None or a float in (0, 1)",
        lambda value: value is None or (is_positive(value) and value < 1),
    ),
    "class_weight": Domain(
        "None, 'balanced', a dict of class labels to numbers >= 0, or, where y is an indicator "
        "matrix, a sequence of one for each column",
        lambda value: (
            value is None
            or is_one_of(value, ("balanced",))
            or is_class_weights(value)
            or is_sequence(value, is_class_weights)
        ),
        ("balanced",),
        {"auto": "'balanced'", "balanced_subsample": "'balanced'"},
    ),
    "early_stopping": Domain("a bool", is_bool),
    "scoring": Domain(
        "'loss', None (what `score` gives), the name of one of scikit-learn's scorers or a "
        "callable",
        lambda value: value is None or is_one_of(value, _SCORINGS) or callable(value),
        _SCORINGS,
        {
            "val_loss": "'loss'",
            "log_loss": "'loss'",
            "val_accuracy": "None, the accuracy of a classifier",
            "val_acc": "None, the accuracy of a classifier",
            "acc": "None, the accuracy of a classifier",
            "auc": "'roc_auc'",
            "mse": "'neg_mean_squared_error'",
            "mae": "'neg_mean_absolute_error'",
            "rmse": "'neg_root_mean_squared_error'",
        },
    ),
    "validation_fraction": Domain(
        "a float in (0, 1)", lambda value: is_positive(value) and value < 1
    ),
    "n_iter_no_change": Domain(
        "an int >= 1 or infinity",
        lambda value: is_int(value, 1) or (isinstance(value, float) and value == math.inf),
    ),
    "tol": Domain("a float >= 0", is_weight),
    "warm_start": Domain("a bool", is_bool),
    "dtype": Domain(
        "'auto', 'float32' or 'float64'",
        lambda value: is_one_of(value, ("auto", "float32", "float64")),
        ("auto", "float32", "float64"),
        {"double": "'float64'", "single": "'float32'"},
    ),
    "memory": Domain(
        "None or the path of a folder", lambda value: value is None or _is_folder(value)
    ),
    "random_state": Domain(
        "None, an int in [0, 2**32 - 1] or a numpy.random.RandomState", _is_random_state
    ),
    "verbose": Domain(
        "a bool or an int >= 0, where 0 is silent",
        lambda value: is_bool(value) or is_int(value, 0),
        synonyms={"auto": "1"},
    ),
}
"""Legal domain of each parameter of `KerasMLPClassifier` and `KerasMLPRegressor`."""
