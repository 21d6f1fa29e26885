from dataclasses import replace

import pytest

from sk_mnist_mlp.reproduce.systems import SYSTEMS
from sk_mnist_mlp.reproduce.tables import grid_search_table, results_table, summarize
from tests.reproduce.made_results import make_fit, make_grid_search, make_results

FIT = (make_fit(SYSTEMS[0]),)


def row(table, title):
    (found,) = [cells for cells in table.rows if cells[0] == title]
    return found


@pytest.mark.parametrize(
    ("results", "answer"),
    [
        (make_results(seeds=5), "Yes. All 8 systems are within tolerance."),
        (make_results(accuracy_off=0.02), "Not wholly. Within tolerance: 1 of 8 systems."),
        (
            replace(make_results(), grid_search=None),
            "Yes. Of those that ran, all 7 systems are within tolerance.",
        ),
        (
            replace(make_results(), grid_search=None, experiments={"softmax": FIT}),
            "Yes. The one system that ran is within tolerance.",
        ),
        (make_results(epochs=2), "This run cannot tell."),
        (make_results(data="digits"), "This run cannot tell."),
    ],
    ids=["all", "not all", "subset", "one", "other epochs", "digits"],
)
def test_summary_answers_the_question(results, answer):
    assert summarize(results).answer == answer


def test_summary_tells_what_is_off():
    experiments = make_results().experiments | {
        "softmax": (make_fit(SYSTEMS[0], loss_off=0.1),),
        "relu_adam": (make_fit(SYSTEMS[4], accuracy_off=-0.02),),
    }
    notes = summarize(replace(make_results(), experiments=experiments)).notes
    assert notes[:2] == (
        "Softmax regression: the test loss is 0.3698, published 0.3362; a difference of +0.0336, "
        "0.0168 allowed.",
        "ReLU, Adam: the test accuracy is 0.9605, published 0.9805; a difference of -0.0200, "
        "0.0050 allowed.",
    )


def test_summary_tells_what_did_not_run():
    results = replace(make_results(), grid_search=None)
    assert "Not run: grid_search." in summarize(results).notes


@pytest.mark.parametrize(("seeds", "warns"), [(1, True), (4, True), (5, False)])
def test_summary_warns_of_few_seeds(seeds, warns):
    notes = " ".join(summarize(make_results(seeds=seeds)).notes)
    assert ("mean of five seeds" in notes) == warns


def test_other_epochs_are_compared_and_not_judged():
    table = results_table(make_results(epochs=2))
    assert "Published" in table.columns
    assert {cells[-1] for cells in table.rows} == {"not judged"}


def test_mnist_stands_beside_the_published_figures():
    table = results_table(make_results(accuracy_off=0.002))
    assert row(table, "ReLU, SGD") == (
        "ReLU, SGD",
        "0.9651",
        "0.9631",
        "+0.0020",
        "0.1241",
        "0.1241",
        "+0.0%",
        "12.5",
        "yes",
    )
    assert row(table, "Grid search, best score")[1:4] == ("0.9756", "0.9756", "+0.0000")


def test_digits_have_no_published_column():
    table = results_table(make_results(data="digits"))
    assert table.columns == ("System", "Parameters", "Accuracy", "Loss", "Seconds")
    assert len(table.rows) == len(SYSTEMS)


def test_several_seeds_show_their_spread():
    fits = tuple(make_fit(SYSTEMS[0], accuracy_off=off) for off in (-0.01, 0.0, 0.01))
    results = replace(make_results(seeds=3), experiments={"softmax": fits})
    assert row(results_table(results), "Softmax regression")[1] == "0.9093 ± 0.0100"


@pytest.mark.parametrize(("published", "n_columns"), [(True, 6), (False, 3)])
def test_grid_search_lists_each_activation(published, n_columns):
    table = grid_search_table(make_grid_search(), published=published)
    assert [cells[0] for cells in table.rows] == ["sigmoid", "relu"]
    assert {len(cells) for cells in table.rows} == {len(table.columns)} == {n_columns}
