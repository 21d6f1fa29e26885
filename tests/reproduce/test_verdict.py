from dataclasses import replace

import pytest

from sk_mnist_mlp.reproduce.results import Results
from sk_mnist_mlp.reproduce.systems import KEYS, SYSTEMS
from sk_mnist_mlp.reproduce.verdict import compare_fits, is_comparable, judge
from tests.reproduce.made_results import VERSIONS, make_fit, make_grid_search, make_results

SOFTMAX, _, SIGMOID_ADAM, *_ = SYSTEMS


@pytest.mark.parametrize(
    ("system", "accuracy_off", "loss_off", "reproduced"),
    [
        (SOFTMAX, 0.0, 0.0, True),
        (SOFTMAX, 0.005, 0.0, True),
        (SOFTMAX, -0.005, 0.0, True),
        (SOFTMAX, 0.0051, 0.0, False),
        (SOFTMAX, -0.0051, 0.0, False),
        (SOFTMAX, 0.0, 0.05, True),
        (SOFTMAX, 0.0, -0.05, True),
        (SOFTMAX, 0.0, 0.051, False),
        (SIGMOID_ADAM, 0.005, 0.4, True),
        (SIGMOID_ADAM, 0.0051, 0.0, False),
    ],
)
def test_system_is_judged_by_its_tolerances(system, accuracy_off, loss_off, reproduced):
    fit = make_fit(system, accuracy_off=accuracy_off, loss_off=loss_off)
    (verdict,) = judge(Results("mnist", 20, 1, VERSIONS).with_fit(system.key, fit))
    assert verdict.reproduced == reproduced


@pytest.mark.parametrize(
    ("score_off", "reproduced"),
    [(0.0, True), (0.004, True), (-0.004, True), (-0.0041, False), (0.0041, False)],
)
def test_grid_search_is_judged_by_its_best_score(score_off, reproduced):
    search = make_grid_search(score_off=score_off)
    (verdict,) = judge(Results("mnist", 20, 1, VERSIONS, grid_search=search))
    assert verdict.reproduced == reproduced


def test_mean_over_seeds_is_judged():
    fits = tuple(make_fit(SOFTMAX, accuracy_off=off) for off in (-0.03, 0.03))
    accuracy, _ = compare_fits(SOFTMAX, fits)
    assert accuracy.difference == pytest.approx(0.0)
    assert accuracy.agrees


def test_verdicts_come_in_the_notebooks_order():
    results = make_results()
    backwards = replace(results, experiments=dict(reversed(results.experiments.items())))
    assert [verdict.key for verdict in judge(backwards)] == list(KEYS)


@pytest.mark.parametrize(
    ("data", "epochs", "comparable"),
    [("mnist", 20, True), ("mnist", 19, False), ("digits", 20, False)],
)
def test_only_the_notebooks_own_run_is_comparable(data, epochs, comparable):
    assert is_comparable(make_results(data=data, epochs=epochs)) == comparable
