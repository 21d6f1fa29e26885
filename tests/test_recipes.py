"""Recipes are parameters by name."""

import pytest
from sklearn.base import clone

from sk_mnist_mlp import KerasMLPRegressor, recipe
from sk_mnist_mlp.parameters.checked import check_parameters
from sk_mnist_mlp.recipes import ESTIMATORS, RECIPES
from sk_mnist_mlp.reproduce.systems import SYSTEMS
from tests.small_fits import X, Y

each = pytest.mark.parametrize(
    ("task", "name"), [(task, name) for task, recipes in RECIPES.items() for name in recipes]
)


@each
def test_a_recipe_is_an_unfitted_estimator_with_its_parameters(task, name):
    estimator, parameters = ESTIMATORS[task], RECIPES[task][name].parameters
    made = recipe(name, task=task)
    assert type(made) is estimator
    assert made.get_params() == estimator(**parameters).get_params()
    assert not made.__sklearn_is_fitted__()


def test_a_recipe_is_for_classification_unless_a_task_is_named():
    assert recipe("tabular").get_params() == recipe("tabular", task="classification").get_params()
    assert type(recipe("tabular", task="regression")) is KerasMLPRegressor


@each
def test_the_parameters_of_a_recipe_are_legal_and_none_is_the_default(task, name):
    check_parameters(name, recipe(name, task=task).get_params())
    defaults = ESTIMATORS[task]().get_params()
    kept = ("epochs",)  # by the number of rows it may be the same
    for parameter, value in RECIPES[task][name].parameters.items():
        assert value != defaults[parameter] or parameter in kept


@each
def test_a_recipe_fits_and_is_cloned(task, name):
    made = clone(recipe(name, task=task, epochs=2, random_state=0)).fit(X, Y)
    assert made.predict(X).shape == Y.shape


@each
def test_a_recipe_carries_a_figure_of_at_least_five_seeds(task, name):
    figure = RECIPES[task][name].figure
    assert figure.n_seeds >= 5
    assert 0.5 < figure.score < 1
    assert 0 < figure.standard_error < 0.01


def test_anything_may_be_overridden():
    clf = recipe("mnist", dropout=0.5, random_state=7)
    assert (clf.dropout, clf.random_state, clf.batch_norm) == (0.5, 7, "before")


def test_the_table_stays_as_it_is():
    recipe("mnist").set_params(epochs=1)
    assert RECIPES["classification"]["mnist"].parameters["epochs"] == 20


def test_the_notebooks_recipe_is_its_system():
    system = next(system for system in SYSTEMS if system.key == "relu_adam")
    assert recipe("notebook").get_params() == recipe("notebook", **system.parameters).get_params()


REFUSED = {
    "an unknown name": (
        {"name": "tabula"},
        r"for classification must be one of .*, 'tabular'. Got 'tabula' instead. Did you",
    ),
    "a name of another task": (
        {"name": "mnist", "task": "regression"},
        r"for regression must be one of 'tabular'. Got 'mnist' instead\.$",
    ),
    "an unknown task": (
        {"name": "tabular", "task": "regressor"},
        r"'task' must be 'classification' or 'regression'. Got 'regressor'.*mean 'regression'\?",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), REFUSED.values(), ids=REFUSED)
def test_what_there_is_no_recipe_for_is_answered_with_what_there_is(arguments, message):
    arguments = dict(arguments)
    with pytest.raises(ValueError, match=message):
        recipe(arguments.pop("name"), **arguments)


UNKNOWN = {
    "of another package": (
        "classification",
        "hidden_layer_sizes",
        "'hidden_layer_sizes'.*'widths'",
    ),
    "of the other estimator": ("regression", "class_weight", "Regressor has .* 'class_weight'"),
}


@pytest.mark.parametrize(("task", "parameter", "message"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_parameter_is_an_error(task, parameter, message):
    with pytest.raises(TypeError, match=message):
        recipe("tabular", task=task, **{parameter: None})
