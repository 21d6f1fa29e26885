import importlib
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import sk_mnist_mlp

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
PACKAGE_PATH = str(Path(sk_mnist_mlp.__file__).parents[1])


@pytest.fixture
def module(monkeypatch):
    """Import a module of the benchmarks, as their scripts do."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module


def run(script, *arguments):
    """Run a benchmark and return its standard output."""
    finished = subprocess.run(
        [sys.executable, BENCHMARKS / script, *arguments],
        env={**os.environ, "PYTHONPATH": PACKAGE_PATH},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def first_cells(output):
    rows = [line for line in output.splitlines() if line.startswith("| ")]
    return [row.split("|")[1].strip() for row in rows[2:]]


FITS = [
    ("classification", "plain", ["sk_mnist_mlp", "Keras", "MLPClassifier"], []),
    ("classification", "norm", ["sk_mnist_mlp", "Keras"], ["mlp"]),
    ("regression", "plain", ["sk_mnist_mlp", "Keras", "MLPRegressor"], []),
]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "network", "titles", "unable"), FITS)
def test_fit_measures_each_peer(task, network, titles, unable, tmp_path):
    path = tmp_path / "fit.json"
    output = run("fit.py", "--smoke", "--task", task, "--network", network, "--json", path)
    assert first_cells(output) == titles
    (report,) = json.loads(path.read_text())["reports"]
    assert report["unable"] == unable
    assert report["failed"] == {}
    ours, *others = report["results"].values()
    assert ours["ratio_to_ours"] == 1.0
    for result in (ours, *others):
        assert result["median_epoch_seconds"] == pytest.approx(
            ours["median_epoch_seconds"] * result["ratio_to_ours"]
        )
        assert result["whole_fit"]["fit_seconds"] > 0
        assert result["whole_fit"]["test_score"] < 1
        assert result["whole_fit"]["peak_megabytes"] > 50
    assert ours["whole_fit"]["test_score"] > 0
    assert min(report["limit_gflops"]) > 0


@pytest.mark.slow
def test_predict_measures_each_peer_on_the_same_weights(tmp_path):
    path = tmp_path / "predict.json"
    output = run("predict.py", "--smoke", "--json", path)
    titles = ["sk_mnist_mlp, predict_proba", "MLPClassifier, predict_proba", "Keras, model.predict"]
    assert first_cells(output) == titles
    document = json.loads(path.read_text())
    assert document["failed"] == {}
    for result in document["results"].values():
        assert result["largest_difference"] < 1e-5
        assert 0 < result["one_row"]["seconds"] < 10
        assert 0 < result["all_rows"]["seconds"] < 10


@pytest.mark.slow
def test_gpu_measures_each_library_that_is_installed(module, tmp_path):
    path = tmp_path / "gpu.json"
    output = run("gpu.py", "--smoke", "--json", path)
    peers, gpu = module("peers").PEERS["classification"], module("gpu")
    there = [key for key in gpu.ON_THE_GPU if module("harness").installed(peers[key].imports)]
    assert first_cells(output)[: len(there)] == [peers[key].title for key in there]
    results = json.loads(path.read_text())
    assert results["failed"] == {}
    assert list(results["measured"]) == there
    for key, measured in results["measured"].items():
        assert (measured["search"] is not None) == (key in gpu.SEARCHING)
        assert measured["one_row"] > 0
        assert min(measured["epochs"].values()) > 0


SEARCHES = [("classification", "MLPClassifier", 0.5), ("regression", "MLPRegressor", 0.0)]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "theirs", "least_score"), SEARCHES)
def test_search_lets_each_peer_search(task, theirs, least_score, tmp_path):
    path = tmp_path / "search.json"
    arguments = ["--task", task, "--search", "digits", "--peers", "mlp", "--rounds", "1"]
    output = run("search.py", "--smoke", *arguments, "--json", path)
    ours = ["sk_mnist_mlp", "sk_mnist_mlp, 2 threads", "sk_mnist_mlp, 2 processes"]
    assert first_cells(output) == [*ours, theirs]
    (report,) = json.loads(path.read_text())["reports"]
    assert report["failed"] == {}
    runs = [run for (run,) in report["runs"].values()]
    assert [run["programs"] for run in runs] == [3, 3, None, None]
    assert len({run["best_score"] for run in runs[:3]}) == 1
    assert all(run["search_seconds"] > 0 and run["best_score"] > least_score for run in runs)


@pytest.mark.slow
def test_memory_is_looked_at_after_some_fits_and_some_architectures(tmp_path):
    pytest.importorskip("psutil", reason="psutil is not installed")
    path = tmp_path / "memory.json"
    run("memory.py", "--smoke", "--json", path)
    fits, architectures = json.loads(path.read_text())["results"]
    for result in (fits, architectures):
        assert len(result["resident"]) == len(result["task"]["checkpoints"]) == 2
        assert min(result["resident"]) > 50
    assert fits["task"]["threads"] == 2


@pytest.mark.slow
def test_a_killed_fit_comes_to_the_same_end(tmp_path):
    path = tmp_path / "kill.json"
    run("kill.py", "--kinds", "fit", "--kills", "1", "--json", path)
    (outcome,) = json.loads(path.read_text())["outcomes"]
    assert outcome["kills"] == 1
    assert outcome["same"] == outcome["ends"] >= 1
    assert outcome["needed"] == 200


def test_what_a_folder_costs_is_told_by_ratios_of_each_turn(module):
    folder = module("memory_folder")
    turns = [folder.Turn(1.0, 1.1, 0.2, 2.0), folder.Turn(10.0, 10.2, 1.02, 2.0)]
    assert folder.row("a fit", turns + turns[1:]) == (
        *("a fit", "10.00", "10.20", "1.02"),
        *("+2.0%", "10.0%", "2.0"),
    )


def search_report(module, runs):
    search = module("search")

    def run_of(seconds):
        return seconds and search.Run(1.0, seconds, 0.9, 500.0, 3, 1.0)

    runs = {title: [run_of(seconds) for seconds in times] for title, times in runs.items()}
    return search.Report("digits", 20, runs, {}, ["skorch on PyTorch"], ["scikeras"])


def test_ratios_of_searches_are_paired_in_the_rounds_that_both_ran(module):
    report = search_report(module, {"sk_mnist_mlp": [2.0, 1.0], "Keras": [8.0, None]})
    assert module("search").ratio_to_ours(report, "Keras") == 4.0


def test_a_peer_whose_search_took_over_a_minute_is_slow(module):
    report = search_report(module, {"sk_mnist_mlp": [2.0, 1.0], "Keras": [61.0, None]})
    assert module("search").slow_contestants(report) == {"Keras"}


def test_a_peer_that_had_no_part_in_a_search_is_named(module):
    report = search_report(module, {"sk_mnist_mlp": [2.0, 1.0]})
    assert module("search").in_words(report).splitlines()[-2:] == [
        "- skorch on PyTorch is not installed.",
        "- scikeras took over a minute for the smaller search.",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["scikeras", "keras_wrappers", "skorch"])
def test_each_library_can_be_searched(name, module):
    peer = module("peers").PEERS["classification"][name]
    if not module("harness").installed(peer.imports):
        pytest.skip(f"{peer.title} is not installed")
    arguments = ["--search", "digits", "--peers", name, "--rounds", "1"]
    output = run("search.py", "--smoke", *arguments)
    assert first_cells(output)[-1] == peer.title


ILLEGAL = [
    (["--rounds", "0"], "argument --rounds: must be an int >= 1, got 0"),
    (["--json", "no/such/folder.json"], "argument --json: must be a file in a folder that exists"),
    (["--peers", "caffe"], "argument --peers: invalid choice: 'caffe'"),
]


@pytest.mark.parametrize(("arguments", "message"), ILLEGAL)
@pytest.mark.parametrize("script", ["fit", "predict", "search"])
def test_an_illegal_argument_is_refused_at_once(
    script, arguments, message, module, monkeypatch, capsys
):
    monkeypatch.setattr("sys.argv", [script, *arguments])
    with pytest.raises(SystemExit):
        module(script).main()
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("script", ["fit", "search"])
def test_a_peer_that_learns_classes_alone_is_refused_for_regression(
    script, module, monkeypatch, capsys
):
    monkeypatch.setattr("sys.argv", [script, "--task", "regression", "--peers", "scikeras"])
    with pytest.raises(SystemExit):
        module(script).main()
    message = "argument --peers: invalid choice: 'scikeras' (choose from sk_mnist_mlp_jax, "
    assert message in capsys.readouterr().err


PREDICTED = np.array([0.0, 2.0, 1.0, 1.0], np.float32)
TARGETS = [
    ("classification", np.array([0, 2, 1, 0]), 3, 0.75),
    ("regression", np.array([0.0, 2.0, 1.0, 0.0], np.float32), 1, 1 - 1 / 2.75),
]


@pytest.mark.parametrize(("task", "target", "n_outputs", "score"), TARGETS)
def test_a_digit_is_learned_as_a_class_or_as_a_quantity(task, target, n_outputs, score, module):
    problem = module("problems").PROBLEMS[task]
    made = problem.target(np.array([0, 2, 1, 0]))
    assert_array_equal(made, target)
    assert made.dtype == target.dtype
    assert problem.n_outputs(made) == n_outputs
    assert problem.score(made, PREDICTED) == pytest.approx(score)


@pytest.mark.parametrize("script", ["fit", "predict", "search"])
def test_a_missing_file_is_told_without_a_traceback(script, tmp_path, module, monkeypatch):
    absent = str(tmp_path / "absent.npz")
    monkeypatch.setattr("sys.argv", [f"{script}.py", "--data", absent])
    with pytest.raises(SystemExit, match=rf"^{script}\.py: .*absent\.npz"):
        module(script).main()


def test_arithmetic_of_an_epoch_of_mnist(module):
    network = module("peers").NETWORKS["plain"]
    forward = 784 * 512 + 512 * 128 + 128 * 10
    assert network.flops(60_000, 784, 10) == 2 * 60_000 * (3 * forward - 784 * 512)


def test_both_networks_are_named(module):
    shapes = [network.shape(784, 10) for network in module("peers").NETWORKS.values()]
    assert shapes == ["784-512-128-10 relu", "784-512-128-10 sigmoid, batch norm, dropout 0.5"]


WORKERS = {
    "answers": "channel.wait(); print('noise'); channel.answer(value=3); channel.wait()",
    "raises": "channel.wait(); raise ValueError('first line\\nsecond line')",
    "dies": "channel.wait(); print('last words', file=sys.stderr, flush=True); os._exit(3)",
}


def start_workers(group, folder):
    for name, body in WORKERS.items():
        script = folder / f"{name}.py"
        script.write_text(
            f"import os, sys\nsys.path.append({str(BENCHMARKS)!r})\n"
            f"from workers import serve\ndef work(channel):\n    {body}\nserve(work)\n"
        )
        group.start(name, script)


def test_a_worker_that_fails_is_left_out_and_its_error_kept(module, tmp_path):
    with module("workers").WorkerGroup(indispensable=()) as group:
        start_workers(group, tmp_path)
        answers = group.ask_all()
    assert answers == {"answers": {"value": 3}}
    assert group.failures == {
        "raises": "ValueError: first line",
        "dies": "exit code 3: last words",
    }


def test_a_failure_of_an_indispensable_worker_ends_the_benchmark(module, tmp_path):
    with module("workers").WorkerGroup(indispensable=("dies",)) as group:
        start_workers(group, tmp_path)
        with pytest.raises(SystemExit, match="dies failed: exit code 3"):
            group.ask_all()


def test_ratios_are_paired_before_their_median(module):
    assert module("harness").median_ratio([2.0, 30.0, 4.0], [1.0, 10.0, 8.0]) == 2.0


def test_peak_memory_is_this_process_own(module):
    script = (
        "import numpy, harness; before = harness.peak_megabytes();"
        "numpy.ones(8_000_000); print(harness.peak_megabytes() - before)"
    )
    ballast = b"x" * (200 * 2**20)  # getrusage would count it for the child, too
    finished = subprocess.run(
        [sys.executable, "-c", script], cwd=BENCHMARKS, capture_output=True, text=True, check=True
    )
    del ballast
    assert float(finished.stdout) == pytest.approx(61, abs=8)


def test_a_peer_that_is_absent_failed_or_unable_is_named(module):
    fit = module("fit")
    report = fit.Report(
        network="norm",
        shape="3-2",
        epoch_gflop=1.0,
        limit_gflops=[10.0],
        results={},
        failed={"keras": "ValueError: no"},
        absent=["skorch"],
        unable=["mlp"],
    )
    assert fit.in_words(report, fit.SMOKE).splitlines()[-3:] == [
        "- Keras failed: ValueError: no",
        "- skorch on PyTorch is not installed.",
        "- MLPClassifier has no batch norm and dropout.",
    ]


def test_a_package_that_cannot_be_found_is_not_installed(module):
    installed = module("harness").installed
    assert installed(("sk_mnist_mlp:KerasMLPClassifier", "sklearn.neural_network"))
    assert not installed(("sklearn", "a_package_that_nobody_has.module:Class"))


def test_the_machine_is_described(module):
    machine = module("report").this_machine()
    assert machine.cores >= 1
    assert f"sk_mnist_mlp {sk_mnist_mlp.__version__}" in machine.sentence()
    assert machine.processor
    assert machine.processor in machine.sentence()


def test_results_are_written_as_json(module, tmp_path):
    report = module("report")
    machine = report.this_machine()
    report.write_results(tmp_path / "results.json", machine, seconds=[1.5], machines=[machine])
    written = json.loads((tmp_path / "results.json").read_text())
    assert written["command"] == report.command()
    assert written["seconds"] == [1.5]
    assert written["machines"] == [written["machine"]] == [asdict(machine)]
    assert len(list(tmp_path.iterdir())) == 1


def test_results_are_not_written_without_a_path(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module("report").write_results(None, module("report").this_machine(), seconds=[1.5])
    assert not list(tmp_path.iterdir())


def test_the_recipe_for_regression_is_one_of_those_that_were_measured(module):
    measured = [one.get_params() for one in module("regression").regressors().values()]
    assert sk_mnist_mlp.recipe("tabular", task="regression").get_params() in measured
