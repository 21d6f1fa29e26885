"""Recipes are parameters by name."""

import pytest
from sklearn.base import clone

from sk_mnist_mlp import KerasMLPClassifier, recipe
from sk_mnist_mlp.parameters.checked import check_parameters
from sk_mnist_mlp.recipes import RECIPES
from sk_mnist_mlp.reproduce.systems import SYSTEMS
from tests.small_fits import X, Y

each = pytest.mark.parametrize("name", RECIPES)


@each
def test_a_recipe_is_an_unfitted_classifier_with_its_parameters(name):
    clf = recipe(name)
    assert type(clf) is KerasMLPClassifier
    assert clf.get_params() == KerasMLPClassifier(**RECIPES[name].parameters).get_params()
    assert not clf.__sklearn_is_fitted__()


@each
def test_the_parameters_of_a_recipe_are_legal_and_none_is_the_default(name):
    check_parameters(name, recipe(name).get_params())
    defaults = KerasMLPClassifier().get_params()
    kept = ("epochs",)  # by the number of rows it may be the same
    for parameter, value in RECIPES[name].parameters.items():
        assert value != defaults[parameter] or parameter in kept


@each
def test_a_recipe_fits_and_is_cloned(name):
    clf = clone(recipe(name, epochs=2, random_state=0)).fit(X, Y)
    assert clf.predict(X).shape == Y.shape


@each
def test_a_recipe_carries_a_figure_of_at_least_five_seeds(name):
    figure = RECIPES[name].figure
    assert figure.n_seeds >= 5
    assert 0.5 < figure.accuracy < 1
    assert 0 < figure.standard_error < 0.01


def test_anything_may_be_overridden():
    clf = recipe("mnist", dropout=0.5, random_state=7)
    assert (clf.dropout, clf.random_state, clf.batch_norm) == (0.5, 7, "before")


def test_the_table_stays_as_it_is():
    recipe("mnist").set_params(epochs=1)
    assert RECIPES["mnist"].parameters["epochs"] == 20


def test_the_notebooks_recipe_is_its_system():
    system = next(system for system in SYSTEMS if system.key == "relu_adam")
    assert recipe("notebook").get_params() == recipe("notebook", **system.parameters).get_params()


def test_an_unknown_recipe_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"'mnist_best', 'tabular'. Got 'tabula' instead. Did you"):
        recipe("tabula")


def test_an_unknown_parameter_is_an_error():
    with pytest.raises(TypeError, match=r"no parameter 'hidden_layer_sizes'.*is 'widths' here"):
        recipe("mnist", hidden_layer_sizes=(4,))
