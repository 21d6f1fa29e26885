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


def test_there_are_three():
    assert [script.stem for script in EXAMPLES] == [
        "curves_and_violins",
        "notebook_networks",
        "pipeline_grid_search",
    ]


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


def test_curves_and_violins_draws_a_picture(capsys, tmp_path):
    output = run("curves_and_violins", capsys)
    assert "picture in curves_and_violins.png" in output
    picture = (tmp_path / "curves_and_violins.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000
