"""The same network for those who stay with scikeras."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import check_random_state

from sk_mnist_mlp.classifier import KerasMLPClassifier
from sk_mnist_mlp.data.labels import Labels
from sk_mnist_mlp.fitting.start import Start, network_spec
from sk_mnist_mlp.loading import load
from sk_mnist_mlp.network.class_heads import CLASS_HEADS
from sk_mnist_mlp.parameters.checked import check_parameters

if TYPE_CHECKING:
    import keras

    Activation = str | Callable[[Any], Any]


def build_mlp(
    meta: Mapping[str, Any],
    *,
    compile_kwargs: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    widths: int | Sequence[int] = (512, 128),
    depth: int | None = None,
    activation: Activation | Sequence[Activation] = "relu",
    init_stddev: float | str | Sequence[float | str | None] | None = None,
    batch_norm: bool | str = False,
    dropout: float | Sequence[float] = 0.0,
    input_dropout: float = 0.0,
) -> keras.Sequential:
    """Build the network of `KerasMLPClassifier` for `scikeras.wrappers.KerasClassifier`.

    Layers and initial weights are those of a `KerasMLPClassifier` with the same
    parameters and `random_state`, in Keras' `floatx`. What trains them is
    scikeras and Keras: `optimizer`, `epochs`, `batch_size` and the like are set
    there.

    Parameters
    ----------
    meta : mapping
        What scikeras knows of the data: ``n_features_in_``, ``target_type_``,
        ``n_classes_`` and ``X_shape_``.
    compile_kwargs : mapping, default=None
        Arguments of `keras.Model.compile`, which scikeras passes by itself. A
        ``loss`` of None is binary cross-entropy for two classes and for
        indicator matrices, and sparse categorical cross-entropy for more
        classes.
    params : mapping, default=None
        Parameters of the scikeras estimator, which it passes by itself; the
        initial weights are drawn from its ``random_state``.
    widths, depth, activation, init_stddev, batch_norm, dropout, input_dropout : object
        As in `KerasMLPClassifier`. Set them as ``model__widths`` and so on.

    Returns
    -------
    keras.Sequential
        Compiled; its outputs are the softmax of the classes, or a sigmoid for
        two classes and for each column of an indicator matrix.

    Raises
    ------
    ValueError
        If a parameter is illegal, X is not a table or the targets are not
        those of a classifier.

    Examples
    --------
    >>> meta = {"n_features_in_": 4, "target_type_": "multiclass", "n_classes_": 3}
    >>> model = build_mlp(meta, widths=(5,))
    >>> model.count_params()
    43
    """
    keras = load("keras")
    from sk_mnist_mlp.training.export import keras_model

    estimator = KerasMLPClassifier(
        widths,
        depth=depth,
        activation=activation,
        init_stddev=init_stddev,
        batch_norm=batch_norm,
        dropout=dropout,
        input_dropout=input_dropout,
    )
    hyper = check_parameters("build_mlp", estimator.get_params(deep=False))
    random_state = params["random_state"] if params else None
    start = Start(
        network=network_spec(hyper, _n_features(meta), _labels(meta)),
        init_stddev=hyper.init_stddev,
        dtype=keras.config.floatx(),
        seed=int(check_random_state(random_state).randint(2**31 - 1)),
    )
    rates = (hyper.input_dropout, *hyper.dropout)
    model = keras_model(start.network, start.weights(), rates)
    arguments = dict(compile_kwargs or {})
    if arguments.get("loss") is None:
        arguments["loss"] = CLASS_HEADS[start.network.head].loss
    model.compile(**arguments)
    return model


def _n_features(meta: Mapping[str, Any]) -> int:
    shape = meta.get("X_shape_", ())
    if len(shape) > 2:
        raise ValueError(
            f"build_mlp takes X with two dimensions. Got X of shape {shape} instead: reshape it "
            f"to {(shape[0], math.prod(shape[1:]))}."
        )
    return int(meta["n_features_in_"])


def _labels(meta: Mapping[str, Any]) -> Labels:
    target_type = meta["target_type_"]
    if target_type not in ("binary", "multiclass", "multilabel-indicator"):
        raise ValueError(
            "build_mlp builds classifiers of one label a row, or of an indicator matrix. Got y of "
            f"type {target_type!r} instead: fit one classifier for each column."
        )
    indicator = "int64" if target_type == "multilabel-indicator" else None
    return Labels(np.arange(meta["n_classes_"]), indicator)
