import re
import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))


def run(name, capsys):
    (script,) = [script for script in EXAMPLES if script.stem == name]
    runpy.run_path(str(script), run_name="__main__")
    return capsys.readouterr().out


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["example"])


@pytest.fixture(autouse=True)
def shown(monkeypatch):
    """The pixels of each picture that a script has shown."""
    pictures = []

    def show():
        for number in plt.get_fignums():
            canvas = plt.figure(number).canvas
            canvas.draw()
            pictures.append(np.asarray(canvas.buffer_rgba())[..., :3].copy())
        plt.close("all")

    plt.close("all")  # those that tests of other modules have left open
    plt.switch_backend("agg")
    monkeypatch.setattr(plt, "show", show)
    return pictures


def is_drawn_on(picture):
    return (picture < 250).any(axis=2).mean() > 0.01


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.stem)
def test_an_example_is_run_by_a_test_of_its_name(script):
    assert [name for name in globals() if name.startswith(f"test_{script.stem}_")]


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.stem)
def test_an_example_is_short_and_begins_with_its_title(script):
    lines = script.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 80
    assert re.fullmatch("=+", lines[2])
    assert len(lines[1]) == len(lines[2])


def test_notebook_networks_lists_seven(capsys, shown):
    header, *lines = run("notebook_networks", capsys).splitlines()
    assert "test loss" in header
    accuracies = {line[:30].strip(): float(line.split()[-2]) for line in lines}
    assert len(accuracies) == 7
    assert accuracies["relu, adam"] > 0.95
    assert list(map(is_drawn_on, shown)) == [True]


def test_pipeline_grid_search_ranks_its_candidates(capsys, shown):
    *candidates, best = run("pipeline_grid_search", capsys).splitlines()
    scores = [float(line.split()[0]) for line in candidates]
    assert len(scores) == 10
    assert scores == sorted(scores, reverse=True)
    assert float(best.split()[-1]) > 0.93
    assert list(map(is_drawn_on, shown)) == [True]


def test_curves_and_violins_shows_both(capsys, shown):
    assert float(run("curves_and_violins", capsys).split()[-1]) > 0.95
    assert list(map(is_drawn_on, shown)) == [True, True]


@pytest.mark.slow
def test_tuning_finds_better_in_the_folds_than_the_notebooks_grid(capsys, shown):
    lines = run("tuning", capsys).splitlines()
    scores = {line.split(":")[0]: float(line.split()[3]) for line in lines if ": 0." in line}
    assert scores["the random search"] > scores["the notebook's grid"]
    assert scores["the halving search"] > scores["the notebook's grid"]
    assert list(map(is_drawn_on, shown)) == [True, True]


@pytest.mark.slow
def test_batch_norm_and_dropout_leave_other_kernels(capsys, shown):
    spreads = {
        line[:12].strip(): [float(word) for word in line.split("stddevs ")[1].split(", ")]
        for line in run("batch_norm_and_dropout", capsys).splitlines()
    }
    assert spreads["plain"][0] > 2 * 0.05
    assert spreads["batch norm"][0] < 1.3 * 0.05
    assert max(spreads, key=lambda name: spreads[name][-1]) == "dropout 0.5"
    assert list(map(is_drawn_on, shown)) == [True]


@pytest.mark.slow
def test_initial_stddev_matters(capsys, shown):
    lines = run("initial_stddev", capsys).splitlines()
    too_small, he, too_large = (float(line.split()[-1]) for line in lines)
    assert too_small < 0.2 < 0.95 < he
    assert too_large < he
    assert list(map(is_drawn_on, shown)) == [True]


@pytest.mark.slow
def test_rare_classes_are_given_up_by_accuracy_alone(capsys, shown):
    precisions = [float(line.split()[-1]) for line in run("rare_classes", capsys).splitlines()]
    without, by_loss, by_accuracy, by_precision = precisions
    assert by_accuracy < 0.5 * without
    assert min(by_loss, by_precision) > without - 0.04
    assert list(map(is_drawn_on, shown)) == [True]


@pytest.mark.slow
def test_killed_search_comes_to_the_same_score(capsys, shown):
    lines = run("killed_search", capsys).splitlines()
    undisturbed, killed, *again = (line.split("best score ")[1].split(",")[0] for line in lines)
    assert killed == "None"
    assert again == [undisturbed] * 2
    assert list(map(is_drawn_on, shown)) == [True]


@pytest.mark.slow
def test_calibration_is_best_where_log_loss_chose(capsys, shown):
    losses = [float(line.split()[-1]) for line in run("calibration", capsys).splitlines()]
    assert losses[-1] == min(losses)
    assert list(map(is_drawn_on, shown)) == [True]


def test_quantiles_enclose_about_the_share_that_they_say(capsys, shown):
    between, below_median, below_mean = (
        float(line.split()[-1]) for line in run("quantiles", capsys).splitlines()
    )
    assert abs(between - 0.9) < 0.05
    assert abs(below_median - 0.5) < 0.08
    assert below_mean > below_median
    assert list(map(is_drawn_on, shown)) == [True]


@pytest.mark.slow
def test_decision_boundaries_are_drawn(shown, capsys):
    accuracies = [
        float(line.split()[-1]) for line in run("decision_boundaries", capsys).splitlines()
    ]
    assert len(accuracies) == 18
    assert min(accuracies) > 0.5
    assert list(map(is_drawn_on, shown)) == [True]


def test_optuna_pruning_adds_to_the_study_of_earlier_processes(capsys, monkeypatch, shown):
    pytest.importorskip("optuna", reason="optuna is not installed")
    monkeypatch.setattr("sys.argv", ["example", "3"])
    assert run("optuna_pruning", capsys).startswith("3 trials: ")
    first, *_, last = run("optuna_pruning", capsys).splitlines()
    trials, complete, pruned = (int(word) for word in first.split() if word.isdigit())
    assert trials == complete + pruned == 6
    assert float(last.split()[5]) > 0.9
    assert list(map(is_drawn_on, shown)) == [True, True]
