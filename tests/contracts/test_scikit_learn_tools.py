"""Parameters, clones and representation are as scikit-learn wants them of any estimator."""

import keras
import pytest
from sklearn.base import clone, is_classifier, is_regressor

from sk_mnist_mlp import KerasMLPClassifier, KerasMLPRegressor
from tests.small_fits import X, Y, small

PARAMETERS = {
    "widths": [4, 3],
    "depth": None,
    "activation": keras.activations.tanh,
    "init_stddev": ("he", 0.5),
    "batch_norm": "before",
    "dropout": (0.1, 0.2),
    "optimizer": "sgd",
    "learning_rate": 0.5,
    "epochs": 7,
    "batch_size": 5,
    "schedule": "cosine",
    "warmup": 0.1,
    "weight_decay": 0.01,
    "label_smoothing": 0.1,
    "input_dropout": 0.05,
    "dropout_schedule": "linear",
    "adversarial": 0.01,
    "averaging": 0.9,
    "class_weight": {0: 1.0, 1: 2.0},
    "early_stopping": True,
    "scoring": "f1_macro",
    "validation_fraction": 0.2,
    "n_iter_no_change": 3,
    "tol": 0.01,
    "warm_start": True,
    "dtype": "float32",
    "memory": "fits",
    "random_state": 3,
    "verbose": 1,
}


OF_REGRESSOR = PARAMETERS | {"loss": "quantile", "quantile": 0.9, "scale_target": False}
for name in ("label_smoothing", "class_weight"):
    del OF_REGRESSOR[name]
each_estimator = pytest.mark.parametrize(
    ("estimator", "parameters"),
    [(KerasMLPClassifier, PARAMETERS), (KerasMLPRegressor, OF_REGRESSOR)],
)


@each_estimator
def test_parameters_are_stored_as_they_are_given(estimator, parameters):
    made = estimator(**parameters)
    assert made.get_params() == parameters
    assert all(getattr(made, name) is value for name, value in parameters.items())


@each_estimator
def test_parameters_can_be_set(estimator, parameters):
    assert estimator().set_params(**parameters).get_params() == parameters


def test_an_unknown_parameter_cannot_be_set():
    with pytest.raises(ValueError, match="Invalid parameter 'hidden_layer_sizes'"):
        KerasMLPClassifier().set_params(hidden_layer_sizes=(4,))


def test_widths_may_be_given_by_position():
    assert KerasMLPClassifier((4,)).widths == (4,)


def test_a_clone_has_the_parameters_and_no_fit():
    copy = clone(small(dropout=0.5).fit(X, Y))
    assert vars(copy) == vars(small(dropout=0.5))


def test_the_representation_shows_what_differs_from_the_defaults():
    clf = KerasMLPClassifier(widths=(64,), dropout=0.5)
    assert repr(clf) == "KerasMLPClassifier(dropout=0.5, widths=(64,))"
    assert repr(KerasMLPClassifier()) == "KerasMLPClassifier()"


def test_each_is_of_its_kind():
    assert is_classifier(KerasMLPClassifier())
    assert is_regressor(KerasMLPRegressor())
