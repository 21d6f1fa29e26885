import functools
import inspect
import os
import re
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPClassifier, KerasMLPRegressor
from sk_mnist_mlp.network.activations import ACTIVATIONS
from sk_mnist_mlp.parameters.checked import check_parameters
from sk_mnist_mlp.parameters.elsewhere import ELSEWHERE
from sk_mnist_mlp.parameters.table import DOMAINS

DEFAULTS = KerasMLPRegressor().get_params() | KerasMLPClassifier().get_params()
NAN, INF = float("nan"), float("inf")
with os.scandir(os.fsencode(__file__).rpartition(b"/")[0]) as entries:
    BYTES_PATH = next(entries)  # path-like, of bytes
HUGE = 10**400  # an int that no float can hold


@dataclass(frozen=True)
class Cases:
    legal: list
    illegal: list


# Legal or not by itself; what depends on another parameter is in the tables below.
CASES = {
    "widths": Cases(
        legal=[(512, 128), [4], (), 4, np.int64(4), np.array([4, 3]), range(1, 3)],
        illegal=[
            *(0, -4, 4.0, True, "4", b"ab", None, {4}, iter([4])),
            *((0,), (4, -1), (4.0,), (True,), (None,), ((4, 3),)),
            *(np.array(4), np.array([4.0]), np.array([[4]])),
        ],
    ),
    "depth": Cases(legal=[None, 0, 3, np.int32(2)], illegal=[-1, 1.0, True, "1", (1,), NAN]),
    "loss": Cases(
        legal=["squared_error", "absolute_error", "huber", "poisson", "quantile"],
        illegal=["", "mse", "Poisson", None, 1, True, ("huber",), max],
    ),
    "quantile": Cases(
        legal=[None, 0.5, 1e-9, np.float32(0.9)],
        illegal=[0, 0.0, 1, 1.0, -0.1, 2, NAN, INF, True, "0.5", (0.5,)],
    ),
    "scale_target": Cases(legal=[True, False, np.True_], illegal=[None, 1, "yes"]),
    "activation": Cases(
        legal=[
            *(*sorted(ACTIVATIONS), keras.ops.tanh, keras.activations.relu, lambda x: x),
            *((), ("relu", "tanh"), ["relu", keras.ops.tanh], np.array(["relu"])),
        ],
        illegal=[
            *("", "rel", "Relu", "glu", "log_softmax", None, 1, {"relu"}),
            *(("rel",), ("relu", None), [["relu"]], np.array([["relu"]])),
        ],
    ),
    "init_stddev": Cases(
        legal=[
            *(None, 0.1, 1, np.float32(0.1), "he", "lecun", "glorot"),
            *((), (0.1, None), ["he", 2], np.array([0.1, 0.2])),
        ],
        illegal=[
            *(0, 0.0, -0.1, NAN, INF, True, "xavier", b"he", 1j, {0.1}),
            *((0.0,), ("xavier",), ((0.1,),), np.array(0.1), np.array([[0.1]]), HUGE),
        ],
    ),
    "batch_norm": Cases(
        legal=[False, True, np.True_, "after", "before"],
        illegal=[None, 0, 1, "", "After", "both", ("after",)],
    ),
    "dropout": Cases(
        legal=[0, 0.0, 0.5, 0.999, np.float32(0.5), (), (0.1, 0.2), [0], np.array([0.1])],
        illegal=[
            *(1, 1.0, 2, -0.1, NAN, INF, True, None, "0.5", 0.5j, {0.5}),
            *((1.0,), (NAN,), ("0.5",), np.array([[0.5]])),
        ],
    ),
    "optimizer": Cases(
        legal=["adam", "SGD", keras.optimizers.Adam(), keras.optimizers.SGD(0.1, momentum=0.9)],
        illegal=[None, 1, ("adam",), keras.optimizers.Adam, {"class_name": "Adam"}, b"adam"],
    ),
    "learning_rate": Cases(
        legal=[None, 1e-3, 1, np.float32(0.1)],
        illegal=[0, 0.0, -1e-3, NAN, INF, HUGE, True, "0.1", (0.1,), 1j, np.array([0.1])],
    ),
    "epochs": Cases(
        legal=[None, 1, 20, np.int64(3)], illegal=[0, -1, 1.0, True, "1", "auto", (1,), INF, NAN]
    ),
    "batch_size": Cases(legal=[1, np.int64(3)], illegal=[0, -1, 1.0, True, None, "auto", (1,)]),
    "schedule": Cases(
        legal=[None, "linear", "cosine", "adaptive"],
        illegal=[
            "",
            "Linear",
            "constant",
            "invscaling",
            True,
            False,
            0,
            0.5,
            ("linear",),
            b"cosine",
        ],
    ),
    "warmup": Cases(
        legal=[0, 0.0, 0.2, 0.999, np.float32(0.5)],
        illegal=[1, 1.0, -0.1, 5, NAN, INF, True, None, "0.1", (0.1,)],
    ),
    "weight_decay": Cases(
        legal=[0, 0.0, 0.2, 2, np.float32(0.5)],
        illegal=[-0.1, NAN, INF, HUGE, True, None, "0.1", (0.1,), np.array([0.1])],
    ),
    "label_smoothing": Cases(
        legal=[0, 0.0, 0.1, 0.999, np.float32(0.5)],
        illegal=[1, 1.0, -0.1, NAN, INF, True, None, "0.1", (0.1,)],
    ),
    "input_dropout": Cases(
        legal=[0, 0.0, 0.1, 0.999, np.float32(0.5)],
        illegal=[1, 1.0, -0.1, NAN, INF, True, None, "0.1", (0.1,)],
    ),
    "dropout_schedule": Cases(
        legal=[None, "linear", "cosine"],
        illegal=["", "Linear", "adaptive", True, False, 0, 0.5, ("linear",), b"cosine"],
    ),
    "adversarial": Cases(
        legal=[0, 0.0, 0.05, 2, np.float32(0.5)],
        illegal=[-0.1, NAN, INF, HUGE, True, None, "0.1", (0.1,)],
    ),
    "averaging": Cases(
        legal=[None, 0.9, 1e-9, 1 - 1e-9, np.float32(0.5)],
        illegal=[0, 0.0, 1, 1.0, -0.1, 2, NAN, INF, True, False, "0.9", (0.9,)],
    ),
    "class_weight": Cases(
        legal=[None, "balanced", {0: 1.0, 1: 2}, {}, {"ant": 0}, [{0: 1, 1: 2}] * 2, ({1: 3},), []],
        illegal=[
            *("balance", 1.0, [1, 2], {0: -1.0}, {0: NAN}, {0: "1"}, True),
            *([{0: -1.0}], [{}, None], ["balanced"], {1}),
        ],
    ),
    "early_stopping": Cases(legal=[True, False, np.True_], illegal=[None, 1, "yes", 0.5]),
    "scoring": Cases(
        legal=[
            "loss",
            None,
            "accuracy",
            "roc_auc",
            "average_precision",
            make_scorer(f1_score),
            max,
        ],
        illegal=[
            "",
            "Loss",
            "val_loss",
            "acc",
            1,
            True,
            ("loss",),
            ["accuracy", "f1"],
            {"a": "f1"},
        ],
    ),
    "validation_fraction": Cases(
        legal=[0.1, 0.999, np.float32(0.5)], illegal=[0, 0.0, 1, 1.0, -0.1, NAN, None, "0.1", True]
    ),
    "n_iter_no_change": Cases(
        legal=[1, 10, np.int64(3), INF], illegal=[0, -1, 1.5, NAN, None, True, "10"]
    ),
    "tol": Cases(legal=[0, 0.0, 1e-4, 2], illegal=[-1e-4, NAN, INF, None, True, "0"]),
    "warm_start": Cases(legal=[True, False, np.True_], illegal=[None, 1, "yes"]),
    "dtype": Cases(
        legal=["auto", "float32", "float64"],
        illegal=["float16", "Float32", "", None, np.float32, np.dtype("float32"), 32],
    ),
    "memory": Cases(
        legal=[None, "fits", "~/fits", Path("fits")],
        illegal=["", 0, True, b"fits", BYTES_PATH, ["fits"], {}],
    ),
    "random_state": Cases(
        legal=[None, 0, 2**32 - 1, np.int64(7), np.random.RandomState(0)],
        illegal=[-1, 2**32, 1.0, True, "0", np.random.default_rng(0), np.random, (0,)],
    ),
    "verbose": Cases(legal=[0, 1, True, np.True_, 10], illegal=[-1, 1.0, None, "1", (1,)]),
}


def case(name, value):
    return pytest.param(name, value, id=f"{name}={repr(value).split(' at 0x')[0]:.40}")


LEGAL = [case(name, value) for name, cases in CASES.items() for value in cases.legal]
ILLEGAL = [case(name, value) for name, cases in CASES.items() for value in cases.illegal]


def check(**changes):
    return check_parameters("Owner", {**DEFAULTS, **changes})


def message_of(**changes):
    with pytest.raises(ValueError) as caught:
        check(**changes)
    return str(caught.value)


def test_every_parameter_has_a_domain_and_cases_of_both_kinds():
    assert list(CASES) == list(DOMAINS)
    assert all(cases.legal and cases.illegal for cases in CASES.values())


ALONE = {
    KerasMLPClassifier: ["label_smoothing", "class_weight"],
    KerasMLPRegressor: ["loss", "quantile", "scale_target"],
}


@pytest.mark.parametrize("estimator", ALONE)
def test_an_estimator_has_all_parameters_but_those_of_the_other_alone(estimator):
    others = [name for other in ALONE.keys() - {estimator} for name in ALONE[other]]
    expected = [name for name in DOMAINS if name not in others]
    assert list(inspect.signature(estimator).parameters) == expected


def test_what_both_estimators_have_has_the_same_default():
    of_regressor = KerasMLPRegressor().get_params()
    for name, default in KerasMLPClassifier().get_params().items():
        assert of_regressor.get(name, default) == default


@pytest.mark.parametrize(("loss", "quantile"), [("quantile", None), ("huber", 0.5)])
def test_a_quantile_is_for_its_loss(loss, quantile):
    assert message_of(loss=loss, quantile=quantile) == (
        "The 'quantile' parameter of Owner must be a float in (0, 1) where loss='quantile', and "
        f"None elsewhere. Got {quantile!r} instead."
    )


def test_the_defaults_are_legal():
    assert all(DOMAINS[name].contains(value) for name, value in DEFAULTS.items())


@pytest.mark.parametrize(("name", "value"), LEGAL)
def test_a_legal_value_is_in_its_domain(name, value):
    assert DOMAINS[name].contains(value)


@pytest.mark.parametrize(("name", "value"), ILLEGAL)
def test_an_illegal_value_raises_with_parameter_owner_domain_and_value(name, value):
    assert message_of(**{name: value}).startswith(
        f"The {name!r} parameter of Owner must be {DOMAINS[name].allowed}. Got {value!r} instead."
    )


MESSAGES = {
    "widths": (
        0,
        "a sequence of ints >= 1, one a hidden layer, or one int >= 1 for `depth` equal layers",
    ),
    "depth": (-1, "None, or an int >= 0 where `widths` is an int"),
    "loss": (1, "one of 'squared_error', 'absolute_error', 'huber', 'poisson', 'quantile'"),
    "quantile": (1.0, "a float in (0, 1) where loss='quantile', and None elsewhere"),
    "scale_target": (1, "a bool"),
    "activation": (
        1,
        "the name of an elementwise Keras activation or 'softmax', a callable of tensors, or a "
        "sequence of these, one for each hidden layer",
    ),
    "init_stddev": (
        -0.1,
        "None, a float > 0, one of 'he', 'lecun', 'glorot', or a sequence of these, one for each "
        "hidden layer or one for each layer with the output",
    ),
    "batch_norm": (1, "False, True, 'after' (the activation; the same as True) or 'before'"),
    "dropout": (1.0, "a float in [0, 1), or a sequence of one for each hidden layer"),
    "optimizer": (None, "the name of a Keras optimizer or an unbuilt keras.optimizers.Optimizer"),
    "learning_rate": (0.0, "None (the optimizer's own) or a float > 0"),
    "epochs": (0, "None (by the number of rows) or an int >= 1"),
    "batch_size": (0, "an int >= 1"),
    "schedule": ("step", "None (a constant rate), 'linear', 'cosine' or 'adaptive'"),
    "warmup": (1.0, "a float in [0, 1)"),
    "weight_decay": (-0.1, "a float >= 0"),
    "label_smoothing": (1.0, "a float in [0, 1)"),
    "input_dropout": (1.0, "a float in [0, 1)"),
    "dropout_schedule": ("adaptive", "None (constant rates), 'linear' or 'cosine'"),
    "adversarial": (-0.1, "a float >= 0"),
    "averaging": (1.0, "None or a float in (0, 1)"),
    "class_weight": (
        "x",
        "None, 'balanced', a dict of class labels to numbers >= 0, or, where y is an indicator "
        "matrix, a sequence of one for each column",
    ),
    "early_stopping": (1, "a bool"),
    "scoring": (
        1,
        "'loss', None (what `score` gives), the name of one of scikit-learn's scorers or a "
        "callable",
    ),
    "validation_fraction": (1.0, "a float in (0, 1)"),
    "n_iter_no_change": (0, "an int >= 1 or infinity"),
    "tol": (-1.0, "a float >= 0"),
    "warm_start": (1, "a bool"),
    "dtype": (16, "'auto', 'float32' or 'float64'"),
    "memory": ("", "None or the path of a folder"),
    "random_state": (-1, "None, an int in [0, 2**32 - 1] or a numpy.random.RandomState"),
    "verbose": (-1, "a bool or an int >= 0, where 0 is silent"),
}


def test_every_parameter_has_its_message_pinned():
    assert list(MESSAGES) == list(DOMAINS)


@pytest.mark.parametrize(("name", "given", "allowed"), [(n, *m) for n, m in MESSAGES.items()])
def test_the_message_says_what_is_allowed_in_these_words(name, given, allowed):
    expected = f"The {name!r} parameter of Owner must be {allowed}. Got {given!r} instead."
    assert message_of(**{name: given}) == expected


HINTS = [
    ("activation", "rleu", "Did you mean 'relu' or 'relu6'?"),
    ("activation", "ReLU", "Did you mean 'relu' or 'relu6' or 'elu'?"),
    ("activation", "tahn", "Did you mean 'tanh'?"),
    ("activation", "leakyrelu", "Did you mean 'leaky_relu'"),
    ("init_stddev", "Glorot_", "Did you mean 'glorot'?"),
    ("batch_norm", "Befor", "Did you mean 'before'?"),
    ("dtype", "float_64", "Did you mean 'float64'"),
    ("schedule", "Cosin", "Did you mean 'cosine'?"),
    ("scoring", "roc_auk", "Did you mean 'roc_auc'"),
]

# Of MLPClassifier, Keras and others.
SYNONYMS = [
    ("activation", "logistic", "'sigmoid'"),
    ("activation", "Identity", "'linear'"),
    ("init_stddev", "he_normal", "'he'"),
    ("init_stddev", "he_uniform", "'he', a normal of that stddev"),
    ("init_stddev", "lecun_normal", "'lecun'"),
    ("init_stddev", "glorot_normal", "'glorot'"),
    ("init_stddev", "glorot_uniform", "None"),
    ("init_stddev", "xavier", "None, Glorot's uniform, or 'glorot', a normal of that stddev"),
    ("epochs", "auto", "None"),
    ("schedule", "constant", "None"),
    ("schedule", "invscaling", "'linear' or 'cosine'"),
    ("schedule", "cosine_decay", "'cosine'"),
    ("schedule", "reduce_lr_on_plateau", "'adaptive'"),
    ("class_weight", "balanced_subsample", "'balanced'"),
    ("loss", "MSE", "'squared_error'"),
    ("loss", "l1", "'absolute_error'"),
    ("scoring", "rmse", "'neg_root_mean_squared_error'"),
    ("scoring", "val_loss", "'loss'"),
    ("scoring", "val_accuracy", "None, the accuracy of a classifier"),
    ("scoring", "auc", "'roc_auc'"),
    ("dtype", "double", "'float64'"),
    ("verbose", "auto", "1"),
]


@pytest.mark.parametrize(("name", "given", "hint"), HINTS)
def test_a_misspelt_name_is_answered_with_the_nearest(name, given, hint):
    assert f"Got {given!r} instead. {hint}" in message_of(**{name: given})


@pytest.mark.parametrize(("name", "given", "meant"), SYNONYMS)
def test_a_name_of_another_package_is_answered_with_the_one_here(name, given, meant):
    assert message_of(**{name: given}).endswith(f"Got {given!r} instead. Did you mean {meant}?")


@pytest.mark.parametrize("domain", DOMAINS.values(), ids=DOMAINS)
def test_a_synonym_is_no_legal_value_and_found_in_any_case(domain):
    for synonym in domain.synonyms:
        assert not domain.contains(synonym)
        assert domain.hint(synonym.upper()) == domain.hint(synonym) != ""


def test_a_name_far_from_all_gets_no_hint():
    assert message_of(activation="zzz").endswith("Got 'zzz' instead.")


WIDTHS = [
    ((512, 128), None, (512, 128)),
    ([4], None, (4,)),
    ((), None, ()),
    (np.array([4, 3]), None, (4, 3)),
    (range(1, 4), None, (1, 2, 3)),
    (4, None, (4,)),
    (4, 0, ()),
    (4, 3, (4, 4, 4)),
    (np.int64(4), np.int32(2), (4, 4)),
]


@pytest.mark.parametrize(("widths", "depth", "resolved"), WIDTHS)
def test_widths_and_depth_become_a_tuple_of_ints(widths, depth, resolved):
    result = check(widths=widths, depth=depth).widths
    assert result == resolved
    assert all(type(width) is int for width in result)


def test_a_depth_needs_an_int_of_widths():
    assert message_of(widths=(4, 3), depth=2) == (
        "The 'depth' parameter of Owner must be None where 'widths' is a sequence, whose length is "
        "the depth. Got 2 instead."
    )


INIT_STDDEVS = [
    (None, (None, None, None)),
    (1, (1.0, 1.0, None)),
    (np.float32(0.5), (0.5, 0.5, None)),
    ("he", ("he", "he", None)),
    ((0.1, "he"), (0.1, "he", None)),
    ([None, 2], (None, 2.0, None)),
    ((0.1, 0.2, 0.3), (0.1, 0.2, 0.3)),
    (np.array([0.5, 0.25]), (0.5, 0.25, None)),
    (("lecun", None, "glorot"), ("lecun", None, "glorot")),
]


@pytest.mark.parametrize(("given", "resolved"), INIT_STDDEVS, ids=repr)
def test_init_stddev_becomes_one_entry_a_layer_with_the_output(given, resolved):
    result = check(widths=(4, 3), init_stddev=given).init_stddev
    assert result == resolved
    assert all(entry is None or type(entry) in (float, str) for entry in result)


@pytest.mark.parametrize(
    ("widths", "given"), [((4, 3), (0.1,)), ((4, 3), (0.1,) * 4), ((), (0.1, 0.2)), (4, ())]
)
def test_an_init_stddev_of_the_wrong_length_tells_both_right_ones(widths, given):
    n_hidden = len(check(widths=widths).widths)
    assert message_of(widths=widths, init_stddev=given) == (
        f"The 'init_stddev' parameter of Owner must be of length {n_hidden} (hidden layers) or "
        f"{n_hidden + 1} (with the output) where it is a sequence and 'widths' has {n_hidden} "
        f"layers. Got {given!r} instead."
    )


@pytest.mark.parametrize(
    ("given", "resolved"),
    [(False, None), (np.False_, None), (True, "after"), ("after", "after"), ("before", "before")],
)
def test_batch_norm_becomes_its_place(given, resolved):
    assert check(batch_norm=given).batch_norm == resolved


@pytest.mark.parametrize(
    ("given", "resolved"), [(0, (0.0, 0.0)), (0.5, (0.5, 0.5)), ([0, 0.25], (0.0, 0.25))]
)
def test_dropout_becomes_one_rate_a_hidden_layer(given, resolved):
    result = check(widths=(4, 3), dropout=given).dropout
    assert result == resolved
    assert all(type(rate) is float for rate in result)


def test_a_rate_of_dropout_is_harmless_where_there_is_no_hidden_layer():
    assert check(widths=(), dropout=0.5).dropout == ()


@pytest.mark.parametrize(("widths", "given"), [((4, 3), (0.1,)), ((4,), (0.1, 0.2)), (4, ())])
def test_a_dropout_of_the_wrong_length_tells_the_right_one(widths, given):
    n_hidden = len(check(widths=widths).widths)
    assert message_of(widths=widths, dropout=given) == (
        f"The 'dropout' parameter of Owner must be of length {n_hidden} (hidden layers) where it "
        f"is a sequence. Got {given!r} instead."
    )


def test_numbers_of_numpy_become_plain_ones():
    hyper = check(epochs=np.int64(3), batch_size=np.int32(5))
    assert (hyper.epochs, hyper.batch_size) == (3, 5)
    assert all(type(value) is int for value in (hyper.epochs, hyper.batch_size))


def test_a_callable_activation_passes_as_it_is():
    activation = functools.partial(keras.activations.relu, negative_slope=0.1)
    assert check(widths=(4, 3), activation=activation).activation == (activation, activation)


@pytest.mark.parametrize(
    ("given", "resolved"), [("tanh", ("tanh", "tanh")), (["relu", "tanh"], ("relu", "tanh"))]
)
def test_activation_becomes_one_a_hidden_layer(given, resolved):
    assert check(widths=(4, 3), activation=given).activation == resolved


@pytest.mark.parametrize(("widths", "given"), [((4, 3), ("relu",)), ((), ("relu",)), (4, ())])
def test_activations_of_the_wrong_length_tell_the_right_one(widths, given):
    n_hidden = len(check(widths=widths).widths)
    assert message_of(widths=widths, activation=given) == (
        f"The 'activation' parameter of Owner must be of length {n_hidden} (hidden layers) where "
        f"it is a sequence. Got {given!r} instead."
    )


OTHER_PARAMETERS = {
    "alpha": "'alpha' is nearest to 'weight_decay' here.",
    "hidden_layer_sizes": "'hidden_layer_sizes' is 'widths' here.",
    "kernel_initializer": "'kernel_initializer' is 'init_stddev' here.",
    "learning_rate_init": "'learning_rate_init' is 'learning_rate' here.",
    "lr": "'lr' is 'learning_rate' here.",
    "max_iter": "'max_iter' is 'epochs' here.",
    "min_delta": "'min_delta' is 'tol' here.",
    "momentum": "'momentum' is optimizer=keras.optimizers.SGD(momentum=...) here.",
    "monitor": "'monitor' is 'scoring' here.",
    "patience": "'patience' is 'n_iter_no_change' here.",
    "solver": "'solver' is 'optimizer' here.",
    "optimizer__learning_rate": "'optimizer__learning_rate' is 'learning_rate' here.",
    "optimizer__beta_1": "'optimizer__beta_1' is optimizer=keras.optimizers.Adam(beta_1=...) here.",
    "model__widths": "'model__widths' is 'widths' here.",
    "fit__epochs": "'fit__epochs' is 'epochs' here.",
    "learning_rat": "Did you mean 'learning_rate'?",
}


@pytest.mark.parametrize(("name", "hint"), OTHER_PARAMETERS.items())
def test_a_parameter_of_another_package_is_answered_with_the_one_here(name, hint):
    with pytest.raises(ValueError, match=f"^Invalid parameter .* {re.escape(hint)}$"):
        KerasMLPClassifier().set_params(**{name: 1})


@pytest.mark.parametrize("name", ["alpha", "optimizer__learning_rate"])
def test_so_it_is_in_a_grid_over_a_pipeline(name):
    pipeline = make_pipeline(StandardScaler(), KerasMLPClassifier(epochs=1))
    search = GridSearchCV(pipeline, {f"kerasmlpclassifier__{name}": [1]}, cv=2)
    with pytest.raises(ValueError, match=re.escape(OTHER_PARAMETERS[name])):
        search.fit(np.eye(8), [0, 1] * 4)


def test_several_unknown_parameters_have_a_hint_each():
    with pytest.raises(ValueError, match=r"'lr' is 'learning_rate' here. 'seed' is 'random_state'"):
        KerasMLPClassifier().set_params(lr=1, seed=2)


def test_an_unknown_parameter_that_means_nothing_is_answered_by_scikit_learn_alone():
    with pytest.raises(ValueError) as ours:
        KerasMLPClassifier().set_params(zzz=1)
    with pytest.raises(ValueError) as theirs:
        BaseEstimator.set_params(KerasMLPClassifier(), zzz=1)
    assert str(ours.value) == str(theirs.value)


def test_an_unknown_parameter_leaves_the_others_as_they_were():
    clf = KerasMLPClassifier()
    with pytest.raises(ValueError, match="Invalid parameter 'lr'"):
        clf.set_params(epochs=3, lr=1)
    assert clf.epochs is None


def test_what_is_elsewhere_is_no_parameter_here():
    assert not set(ELSEWHERE) & set(DOMAINS)
