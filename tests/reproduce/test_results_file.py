"""What was written is read again, and anything else is refused in one way."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sk_mnist_mlp.reproduce.report import render_markdown
from sk_mnist_mlp.reproduce.results import Results
from sk_mnist_mlp.reproduce.results_file import (
    ResultsError,
    from_json,
    read_results,
    to_json,
    write_results,
)
from sk_mnist_mlp.reproduce.systems import GRID_SEARCH, KEYS, SYSTEMS
from tests.failing_disk import fail_to_read
from tests.reproduce.made_results import VERSIONS, make_fit, make_results, with_recipes


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
        with_recipes(make_results(seeds=2)),
    ],
    ids=["empty", "whole", "no grid search", "recipes"],
)
def test_json_brings_the_results_back(results):
    assert from_json(to_json(results)) == results


def test_json_refuses_what_is_no_number():
    fit = replace(make_fit(SYSTEMS[0]), test_loss=float("nan"))
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(Results("mnist", 1, 1, VERSIONS).with_fit("softmax", fit))


GOOD = to_json(make_results(epochs=3, seeds=2))


def changed(*path, value):
    """The good text with another value at a path."""
    content = tree = json.loads(GOOD)
    for key in path[:-1]:
        tree = tree[key]
    tree[path[-1]] = value
    return json.dumps(content)


SOFTMAX = ("experiments", "softmax")
REFUSED = {
    "nothing": ("", r"it is not JSON \(Expecting value"),
    "cut off": (GOOD[:40], "it is not JSON"),
    "nested": ("[" * 100_000, "its values are nested too deeply"),
    "a number without end": ("1" * 10_000, r"it is not JSON \(Exceeds the limit"),
    "a list": ("[]", r"results is \[\]; expected an object"),
    "a missing key": (GOOD.replace('"versions"', '"version"'), r"results\['versions'\] is missing"),
    "other data": (
        changed("data", value="fashion"),
        r"results\['data'\] is 'fashion'; expected 'mnist' or 'digits'",
    ),
    "data of another kind": (changed("data", value=["mnist"]), "expected 'mnist' or 'digits'"),
    "text for epochs": (
        changed("epochs", value="many"),
        r"results\['epochs'\] is 'many'; expected an int from 1 to 1000000000",
    ),
    "a bool for epochs": (changed("epochs", value=True), "is True; expected an int from 1 to"),
    "infinite epochs": (changed("epochs", value=float("inf")), r"\['epochs'\] is inf; expected"),
    "epochs out of range": (GOOD.replace('"epochs": 3', '"epochs": 1e999'), "is inf; expected"),
    "no seeds": (changed("seeds", value=0), r"\['seeds'\] is 0; expected an int from 1 to"),
    "a version of another kind": (changed("versions", "keras", value=3), "is 3; expected a line"),
    "a version that a terminal obeys": (
        changed("versions", "keras", value="\x1b[2J"),
        r"results\['versions'\]\['keras'\] is '\\x1b\[2J'; expected a line",
    ),
    "an unknown system": (
        changed("experiments", "dropout", value={}),
        "the name of a system is 'dropout'; expected 'softmax' or 'sigmoid_sgd' or",
    ),
    "no fits": (
        changed(*SOFTMAX, "test_accuracy", value=[]),
        r"\['test_accuracy'\] is \[\]; expected a list of length 1 to 2",
    ),
    "more fits than seeds": (changed("seeds", value=1), "expected a list of length 1"),
    "lists of unequal length": (
        changed(*SOFTMAX, "fit_seconds", value=[1.0]),
        r"\['softmax'\]\['fit_seconds'\] is \[1.0\]; expected a list of length 2",
    ),
    "an accuracy above 1": (
        changed(*SOFTMAX, "test_accuracy", 1, value=98.2),
        r"\['test_accuracy'\]\[1\] is 98.2; expected a number from 0 to 1",
    ),
    "a loss that is no number": (
        changed(*SOFTMAX, "test_loss", 0, value=float("nan")),
        r"\['test_loss'\]\[0\] is nan; expected a number from 0 to 1000000000",
    ),
    "a loss as text": (changed(*SOFTMAX, "test_loss", 0, value="0.3"), "is '0.3'; expected"),
    "another number of epochs": (
        changed(*SOFTMAX, "history", 0, "val_loss", value=[0.5]),
        r"\['history'\]\[0\]\['val_loss'\] is \[0.5\]; expected a list of length 3",
    ),
    "a missing curve": (
        changed(*SOFTMAX, "history", 0, value={"loss": [0.1, 0.2, 0.3]}),
        r"\['history'\]\[0\]\['accuracy'\] is missing",
    ),
    "another winner": (
        changed("grid_search", "best_params", value={"activation": "tanh"}),
        r"\['best_params'\]\['activation'\] is 'tanh'; expected 'sigmoid' or 'relu'",
    ),
    "a missing score": (
        changed("grid_search", "std_test_score", value={"relu": 0.1}),
        r"\['std_test_score'\]\['sigmoid'\] is missing",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_damage_is_told_by_its_place(tmp_path, text, message):
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(
        ResultsError, match=f"^{path} holds no results of this command: .*{message}"
    ):
        read_results(tmp_path)


def test_text_in_another_encoding_is_damage(tmp_path):
    (tmp_path / "results.json").write_bytes(GOOD.encode("utf-16"))
    with pytest.raises(ResultsError, match="holds no results of this command: 'utf-8' codec"):
        read_results(tmp_path)


def test_an_error_of_the_disk_is_no_damage(tmp_path, monkeypatch):
    write_results(tmp_path, make_results())
    fail_to_read(monkeypatch, tmp_path / "results.json")
    with pytest.raises(OSError, match=r"Input/output error: '.*results\.json'$"):
        read_results(tmp_path)


def places(tree, path=()):
    """Paths to all values of a JSON tree."""
    yield path
    if isinstance(tree, dict | list):
        for key in tree if isinstance(tree, dict) else range(len(tree)):
            yield from places(tree[key], (*path, key))


PLACES = [path for path in places(json.loads(GOOD)) if path]
JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-1, 3),
        st.integers(),
        st.just(10**400),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["mnist", "digits", "relu", "softmax", "loss"]),
    ),
    lambda trees: st.one_of(
        st.lists(trees, max_size=3), st.dictionaries(st.text(max_size=5), trees, max_size=3)
    ),
    max_leaves=5,
)


def shape(results):
    """Kinds of all values, and lengths of all lists but of the versions."""
    if isinstance(results, dict):
        return {name: shape(value) for name, value in results.items() if name != "versions"}
    return [shape(value) for value in results] if isinstance(results, list) else type(results)


@settings(max_examples=500, deadline=None)
@given(path=st.sampled_from(PLACES), value=JUNK)
def test_any_damage_is_refused_or_gives_results_of_the_same_shape(path, value):
    try:
        results = from_json(changed(*path, value=value))
    except ResultsError as error:
        assert str(error).isprintable()
        return
    again = json.loads(to_json(results))
    if value is None and path == ("grid_search",):
        assert again["grid_search"] is None
    elif path == ("experiments",):
        assert again["experiments"] == {}
    else:
        assert shape(again) == shape(json.loads(GOOD))
    assert render_markdown(results)


def test_folder_without_results_has_none(tmp_path):
    assert read_results(tmp_path) is None


def test_results_are_read_as_they_were_written(tmp_path):
    write_results(tmp_path, make_results())
    assert read_results(tmp_path) == make_results()
