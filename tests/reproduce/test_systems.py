import itertools

import pytest

from sk_mnist_mlp import KerasMLPClassifier, recipe
from sk_mnist_mlp.reproduce.systems import (
    BEYOND,
    DATA_SETS,
    EPOCHS,
    GRID_SEARCH,
    KEYS,
    SLIPS,
    SYSTEMS,
    layer_summary,
)

each_system = pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.key)


def test_there_are_seven_networks_and_a_grid_search():
    assert KEYS == (
        "softmax",
        "sigmoid_sgd",
        "sigmoid_adam",
        "relu_sgd",
        "relu_adam",
        "batch_norm",
        "batch_norm_dropout",
        "grid_search",
    )


@each_system
def test_parameters_are_the_estimators(system):
    classifier = KerasMLPClassifier(**system.parameters)
    assert system.parameters.items() <= classifier.get_params().items()


@each_system
def test_layers_add_up_to_the_notebooks_counts(system):
    layers = layer_summary(system, DATA_SETS["mnist"])
    assert sum(layer.n_parameters for layer in layers) == system.n_parameters
    assert sum(layer.n_trainable for layer in layers) == system.n_trainable


def test_layers_come_in_the_order_of_the_network():
    layers = layer_summary(SYSTEMS[-1], DATA_SETS["mnist"])
    assert [layer.name for layer in layers] == [
        "Dense, sigmoid",
        "Batch norm",
        "Dropout, 0.5",
        "Dense, sigmoid",
        "Batch norm",
        "Dropout, 0.5",
        "Dense, softmax",
    ]


def test_sgd_systems_are_judged_by_loss_too():
    assert [system.key for system in SYSTEMS if system.judged_by_loss] == [
        "softmax",
        "sigmoid_sgd",
        "relu_sgd",
    ]


@pytest.mark.parametrize("beyond", BEYOND, ids=lambda beyond: beyond.key)
def test_what_is_beyond_the_notebook_is_a_recipe_for_these_images(beyond):
    network = recipe(beyond.key)
    sizes = [784, *network.widths, 10]
    n_dense = sum((inputs + 1) * outputs for inputs, outputs in itertools.pairwise(sizes))
    n_norm = 4 * sum(network.widths) * bool(network.batch_norm)
    assert beyond.n_parameters == n_dense + n_norm
    assert network.epochs <= EPOCHS


def test_grid_searchs_parameters_are_the_estimators():
    names = KerasMLPClassifier().get_params().keys()
    assert GRID_SEARCH.parameters.keys() | GRID_SEARCH.param_grid.keys() <= names


def test_grid_searchs_published_scores_agree_with_each_other():
    best = GRID_SEARCH.best_params["activation"]
    assert GRID_SEARCH.best_score == max(GRID_SEARCH.mean_test_score.values())
    assert GRID_SEARCH.best_score == GRID_SEARCH.mean_test_score[best]


@pytest.mark.parametrize("figure", ["0.55", "0.062", "0.120", "0.9818", "gamma", "validat"])
def test_slips_name_what_is_wrong(figure):
    assert any(figure in slip.text for slip in SLIPS)
