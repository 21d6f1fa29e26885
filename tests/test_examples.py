import runpy
from pathlib import Path

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


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.stem)
def test_an_example_is_run_by_a_test_of_its_name(script):
    assert [name for name in globals() if name.startswith(f"test_{script.stem}_")]


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda script: script.stem)
def test_example_fits_a_screen(script):
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 60


def test_notebook_networks_lists_seven(capsys):
    header, *lines = run("notebook_networks", capsys).splitlines()
    assert "test loss" in header
    accuracies = {line[:30].strip(): float(line.split()[-2]) for line in lines}
    assert len(accuracies) == 7
    assert accuracies["relu, adam"] > 0.95


def test_pipeline_grid_search_ranks_its_candidates(capsys):
    *candidates, best = run("pipeline_grid_search", capsys).splitlines()
    scores = [float(line.split()[0]) for line in candidates]
    assert len(scores) == 10
    assert scores == sorted(scores, reverse=True)
    assert float(best.split()[-1]) > 0.93


def assert_is_a_picture(path):
    picture = path.read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000


def test_curves_and_violins_draws_a_picture(capsys, tmp_path):
    assert "picture in curves_and_violins.png" in run("curves_and_violins", capsys)
    assert_is_a_picture(tmp_path / "curves_and_violins.png")


@pytest.mark.slow
def test_tuning_finds_better_than_the_notebooks_grid_and_draws_a_picture(capsys, tmp_path):
    lines = run("tuning", capsys).splitlines()
    scores = {line.split(":")[0]: float(line.split()[3]) for line in lines if ": 0." in line}
    assert scores["the random search"] > scores["the notebook's grid"]
    assert "picture in tuning.png" in lines[-1]
    assert_is_a_picture(tmp_path / "tuning.png")


def test_optuna_pruning_adds_to_the_study_of_earlier_processes(capsys, monkeypatch):
    pytest.importorskip("optuna", reason="optuna is not installed")
    monkeypatch.setattr("sys.argv", ["example", "3"])
    assert run("optuna_pruning", capsys).startswith("3 trials: ")
    first, _, last = run("optuna_pruning", capsys).splitlines()
    trials, complete, pruned = (int(word) for word in first.split() if word.isdigit())
    assert trials == complete + pruned == 6
    assert float(last.split()[5]) > 0.9
