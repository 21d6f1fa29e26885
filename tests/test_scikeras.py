import inspect
import math
from functools import cache

import keras
import numpy as np
import pytest

from sk_mnist_mlp import KerasMLPClassifier
from sk_mnist_mlp.scikeras import build_mlp

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5)).astype("float32")
TARGETS = {
    "binary": np.array(["no", "yes"])[RNG.integers(0, 2, 40)],
    "multiclass": np.array(["a", "b", "c"])[RNG.integers(0, 3, 40)],
    "multilabel-indicator": RNG.integers(0, 2, (40, 3)),
}
SETTINGS = {
    "no hidden layer": {"widths": ()},
    "two widths": {"widths": (4, 3), "activation": "tanh", "init_stddev": (0.1, "he")},
    "equal layers": {"widths": 3, "depth": 2, "batch_norm": True},
    "batch norm and dropout": {"widths": (4,), "batch_norm": "before", "dropout": 0.3},
}


def meta(target_type="multiclass"):
    """What scikeras says of the data: its fitted attributes."""
    n_classes = 2 if target_type == "binary" else 3
    return {
        "n_features_in_": 5,
        "X_shape_": (40, 5),
        "target_type_": target_type,
        "n_classes_": n_classes,
        "n_outputs_": 1,
    }


@cache
def fitted(name, target_type="multiclass"):
    classifier = KerasMLPClassifier(**SETTINGS[name], epochs=1, dtype="float32", random_state=3)
    return classifier.fit(X, TARGETS[target_type])


# By itself, with a dict in the place of what scikeras passes.


@pytest.mark.parametrize(
    ("name", "target_type"),
    [(name, "multiclass") for name in SETTINGS]
    + [("two widths", "binary"), ("two widths", "multilabel-indicator")],
)
def test_the_same_weights_give_the_same_outputs(name, target_type):
    classifier = fitted(name, target_type)
    model = build_mlp(meta(target_type), **SETTINGS[name])
    model.set_weights(classifier.to_keras().get_weights())
    outputs = keras.ops.convert_to_numpy(model(X))
    if target_type == "binary":
        outputs = np.hstack([1 - outputs, outputs])
    np.testing.assert_allclose(outputs, classifier.predict_proba(X), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", SETTINGS)
def test_parameters_are_as_many_as_those_of_the_classifier(name):
    model = build_mlp(meta(), **SETTINGS[name])
    n_trainable = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    assert model.count_params() == fitted(name).n_parameters_
    assert n_trainable == fitted(name).n_trainable_parameters_


@pytest.mark.parametrize("name", SETTINGS)
def test_a_seed_draws_the_initial_weights_of_the_classifier(name):
    model = build_mlp(meta(), params={"random_state": 3}, **SETTINGS[name])
    kernels = [array for array in model.get_weights() if array.ndim == 2]
    for ours, theirs in zip(fitted(name).initial_weights().kernels, kernels, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_without_a_seed_initial_weights_differ():
    first, second = (build_mlp(meta(), widths=(4,)).get_weights()[0] for _ in range(2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("target_type", "activation", "loss"),
    [
        ("binary", "sigmoid", "binary_crossentropy"),
        ("multiclass", "softmax", "sparse_categorical_crossentropy"),
        ("multilabel-indicator", "sigmoid", "binary_crossentropy"),
    ],
)
def test_output_and_loss_suit_the_targets(target_type, activation, loss):
    model = build_mlp(meta(target_type), compile_kwargs={"loss": None, "optimizer": "sgd"})
    assert model.layers[-1].activation is keras.activations.get(activation)
    assert model.loss == loss


def test_what_is_given_to_compile_with_is_kept():
    loss = keras.losses.SparseCategoricalCrossentropy()
    optimizer = keras.optimizers.SGD(0.5)
    model = build_mlp(meta(), compile_kwargs={"loss": loss, "optimizer": optimizer})
    assert model.loss is loss
    assert model.optimizer is optimizer


def test_dropout_of_inputs_comes_first():
    model = build_mlp(meta(), widths=(4, 3), input_dropout=0.1)
    assert model.layers[0].rate == 0.1
    assert len(model.layers) == 4


def test_dropout_has_its_rates():
    model = build_mlp(meta(), widths=(4, 3), dropout=(0.25, 0.0))
    assert [layer.rate for layer in model.layers if hasattr(layer, "rate")] == [0.25]


def test_the_network_has_keras_own_dtype(monkeypatch):
    monkeypatch.setattr(keras.config, "floatx", lambda: "float64")
    assert {weight.dtype for weight in build_mlp(meta(), widths=(4,)).weights} == {"float64"}


def test_parameters_have_the_defaults_of_the_classifier():
    ours = inspect.signature(KerasMLPClassifier).parameters
    parameters = dict(inspect.signature(build_mlp).parameters)
    for name in ("meta", "compile_kwargs", "params"):
        del parameters[name]
    assert [p.default for p in parameters.values()] == [ours[name].default for name in parameters]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"dropout": 1.0},
            r"The 'dropout' parameter of build_mlp must be a float in \[0, 1\), or a sequence of "
            r"one for each hidden layer. Got 1.0 instead",
        ),
        ({"activation": "rleu"}, "'activation' parameter of build_mlp .* Did you mean 'relu'"),
        ({"widths": (4, 3), "init_stddev": (0.1,)}, "'init_stddev' parameter of build_mlp must be"),
    ],
)
def test_parameters_are_checked_as_those_of_the_classifier(settings, message):
    with pytest.raises(ValueError, match=message):
        build_mlp(meta(), **settings)


@pytest.mark.parametrize("target_type", ["multiclass-multioutput", "continuous"])
def test_other_targets_are_refused(target_type):
    message = f"build_mlp builds classifiers .* Got y of type '{target_type}' instead: fit one"
    with pytest.raises(ValueError, match=message):
        build_mlp(meta(target_type))


def test_images_are_refused():
    message = r"Got X of shape \(40, 8, 4\) instead: reshape it to \(40, 32\)"
    with pytest.raises(ValueError, match=message):
        build_mlp(meta() | {"X_shape_": (40, 8, 4)})


# With scikeras.


@pytest.fixture
def keras_classifier():
    wrappers = pytest.importorskip("scikeras.wrappers", reason="scikeras is not installed")

    def make(**settings):
        routed = {f"model__{name}": value for name, value in settings.items()}
        return wrappers.KerasClassifier(model=build_mlp, verbose=0, epochs=2, **routed)

    return make


@pytest.mark.parametrize("target_type", TARGETS)
def test_scikeras_trains_and_predicts(target_type, keras_classifier):
    y = TARGETS[target_type]
    estimator = keras_classifier(widths=(4,), batch_norm=True, dropout=0.1).fit(X, y)
    expected = (40, 2) if target_type == "binary" else (40, 3)
    assert estimator.predict_proba(X).shape == expected
    assert estimator.predict(X).shape == y.shape
    assert np.isin(estimator.predict(X), y).all()


def test_scikeras_encodes_for_the_loss_it_is_given(keras_classifier):
    estimator = keras_classifier(widths=(4,)).set_params(loss="categorical_crossentropy")
    assert estimator.fit(X, TARGETS["multiclass"]).predict_proba(X).shape == (40, 3)


def test_scikeras_sets_parameters_of_the_network(keras_classifier):
    estimator = keras_classifier(widths=(4,)).set_params(model__widths=(7, 6))
    estimator.fit(X, TARGETS["multiclass"])
    assert [layer.units for layer in estimator.model_.layers] == [7, 6, 3]


def test_scikeras_passes_errors_on(keras_classifier):
    with pytest.raises(ValueError, match="'batch_norm' parameter of build_mlp must be"):
        keras_classifier(batch_norm="befor").fit(X, TARGETS["binary"])


@pytest.mark.parametrize("split", ["pipeline", "search"])
def test_scikeras_works_in_a_pipeline_and_a_search(split, keras_classifier):
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.utils import get_tags

    estimator = keras_classifier(widths=(4,))
    try:
        get_tags(estimator)
    except (AttributeError, FutureWarning):
        pytest.skip("scikeras has no tags for this scikit-learn, which a pipeline asks for")
    y = TARGETS["multiclass"]
    if split == "pipeline":
        assert make_pipeline(StandardScaler(), estimator).fit(X, y).predict(X).shape == (40,)
    else:
        search = GridSearchCV(estimator, {"model__widths": [(2,)]}, cv=2, refit=False)
        assert np.isfinite(search.fit(X, y).cv_results_["mean_test_score"]).all()


def test_the_random_state_of_scikeras_draws_the_initial_weights(keras_classifier):
    estimator = keras_classifier(widths=(4, 3)).set_params(random_state=7)
    estimator.initialize(X, TARGETS["multiclass"])
    by_itself = build_mlp(meta(), params={"random_state": 7}, widths=(4, 3))
    for ours, theirs in zip(by_itself.get_weights(), estimator.model_.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
