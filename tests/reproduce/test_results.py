import json
from dataclasses import replace

import pytest

from sk_mnist_mlp.reproduce.results import (
    Results,
    ResultsError,
    describe_differences,
    from_json,
    read_results,
    to_json,
    write_results,
)
from sk_mnist_mlp.reproduce.systems import GRID_SEARCH, KEYS, SYSTEMS
from tests.reproduce.made_results import VERSIONS, make_fit, make_results


def test_json_has_these_keys_and_no_others():
    content = json.loads(to_json(make_results(seeds=2)))
    assert list(content) == ["data", "epochs", "seeds", "versions", "experiments", "grid_search"]
    assert [*content["experiments"], "grid_search"] == list(KEYS)
    experiment = content["experiments"]["relu_sgd"]
    assert set(experiment) == {
        "test_accuracy",
        "test_loss",
        "fit_seconds",
        "n_parameters",
        "n_trainable",
        "history",
        "published",
    }
    assert len(experiment["test_accuracy"]) == len(experiment["history"]) == 2
    assert set(content["grid_search"]) == {
        "best_params",
        "best_score",
        "mean_test_score",
        "std_test_score",
        "seconds",
        "published",
    }


def test_json_has_the_published_figures_beside_the_measured():
    content = json.loads(to_json(make_results(accuracy_off=0.1)))
    for system in SYSTEMS:
        assert content["experiments"][system.key]["published"] == {
            "test_accuracy": system.test_accuracy,
            "test_loss": system.test_loss,
        }
    assert content["grid_search"]["published"] == {
        "best_params": GRID_SEARCH.best_params,
        "best_score": GRID_SEARCH.best_score,
        "mean_test_score": GRID_SEARCH.mean_test_score,
        "std_test_score": GRID_SEARCH.std_test_score,
    }


@pytest.mark.parametrize(
    "results",
    [
        Results("digits", 1, 1, VERSIONS),
        make_results(seeds=2),
        replace(make_results(), grid_search=None),
    ],
    ids=["empty", "whole", "no grid search"],
)
def test_json_brings_the_results_back(results):
    assert from_json(to_json(results)) == results


def test_json_refuses_what_is_no_number():
    fit = replace(make_fit(SYSTEMS[0]), test_loss=float("nan"))
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(Results("mnist", 1, 1, VERSIONS).with_fit("softmax", fit))


def test_fits_are_kept_in_the_order_of_their_seeds():
    first, second = make_fit(SYSTEMS[0]), make_fit(SYSTEMS[0], accuracy_off=0.01)
    results = Results("mnist", 20, 2, VERSIONS)
    assert results.empty
    results = results.with_fit("softmax", first).with_fit("softmax", second)
    assert not results.empty
    assert results.experiments == {"softmax": (first, second)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:40], "not JSON"),
        (lambda text: "[]", "not of its kind"),
        (lambda text: text.replace('"versions"', '"version"'), "'versions' is missing"),
        (lambda text: text.replace('"epochs": 20', '"epochs": "many"'), "not of its kind"),
        (lambda text: text.replace('"fit_seconds": [', '"fit_seconds": [1,'), "not of its kind"),
    ],
)
def test_file_of_other_content_is_named(tmp_path, change, message):
    path = tmp_path / "results.json"
    path.write_text(change(to_json(make_results())), encoding="utf-8")
    with pytest.raises(ResultsError, match=message) as caught:
        read_results(tmp_path)
    assert str(path) in str(caught.value)


def test_folder_without_results_has_none(tmp_path):
    assert read_results(tmp_path) is None


def test_results_are_read_as_they_were_written(tmp_path):
    write_results(tmp_path, make_results())
    assert read_results(tmp_path) == make_results()


def test_differences_name_all_that_differs():
    kept = make_results(data="mnist", epochs=20, seeds=1)
    assert describe_differences(kept, "mnist", 20, 1) == []
    assert describe_differences(kept, "digits", 3, 5) == [
        "data mnist there, digits asked for",
        "epochs 20 there, 3 asked for",
        "seeds 1 there, 5 asked for",
    ]
