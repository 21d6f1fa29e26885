import json
import math
import warnings
import webbrowser

import pytest
from click.testing import CliRunner
from sklearn.utils import Bunch

import sk_mnist_mlp
from sk_mnist_mlp.cli import main
from sk_mnist_mlp.reproduce import runner
from sk_mnist_mlp.reproduce.systems import DATA_SETS, KEYS, SYSTEMS, layer_summary

DIGITS = ("--data", "digits", "--epochs", "1")


def invoke(*arguments):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert isinstance(result.exception, SystemExit | None)
    return result


def reproduce(*arguments):
    return invoke("reproduce", *arguments)


def read(folder):
    def refuse(constant):
        raise AssertionError(f"{constant} is not strict JSON")

    text = (folder / "results.json").read_text(encoding="utf-8")
    return json.loads(text, parse_constant=refuse)


def figures(folder):
    """All that a run measured, but for the times."""
    content = read(folder)
    for experiment in content["experiments"].values():
        del experiment["fit_seconds"]
    if content["grid_search"]:
        del content["grid_search"]["seconds"]
    return content


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "new" / "folder"
    result = reproduce(*DIGITS, "--out", folder)
    assert result.exit_code == 0
    return folder, result.output


def interrupt_at(monkeypatch, n):
    """Press Ctrl-C while the n-th fit runs."""
    fit_system = runner.fit_system
    count = iter(range(1, 1000))

    def fit(*args, **kwargs):
        if next(count) == n:
            raise KeyboardInterrupt
        return fit_system(*args, **kwargs)

    monkeypatch.setattr(runner, "fit_system", fit)


def test_all_systems_run(whole_run):
    content = read(whole_run[0])
    assert content["data"] == "digits"
    assert [*content["experiments"], "grid_search"] == list(KEYS)
    assert content["grid_search"]["mean_test_score"].keys() == {"relu", "sigmoid"}


def test_a_run_leaves_no_temporary_file(whole_run):
    assert list(whole_run[0].glob(".*")) == []


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.key)
def test_each_experiment_is_complete(system, whole_run):
    experiment = read(whole_run[0])["experiments"][system.key]
    layers = layer_summary(system, DATA_SETS["digits"])
    assert experiment["n_parameters"] == sum(layer.n_parameters for layer in layers)
    assert experiment["n_trainable"] == sum(layer.n_trainable for layer in layers)
    (history,) = experiment["history"]
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert {len(values) for values in history.values()} == {1}
    assert experiment["test_accuracy"] == history["val_accuracy"]
    assert experiment["test_loss"] == history["val_loss"]
    assert 0 < experiment["fit_seconds"][0] < math.inf


def test_run_reports_each_fit_and_prints_the_table(whole_run):
    folder, output = whole_run
    assert "[1/13] softmax, seed 0: test accuracy 0." in output
    assert "[13/13] grid_search, relu: accuracy 0." in output
    assert (folder / "report.md").read_text(encoding="utf-8") in output
    assert f"{folder / 'report.html'}" in output


def test_report_has_all_violins(whole_run):
    html = (whole_run[0] / "report.html").read_text(encoding="utf-8")
    assert html.count("<img ") == len(SYSTEMS) + 1 + 6 * 3
    assert "were not kept" not in html


def test_recipes_run_after_the_notebooks_systems(tmp_path):
    result = reproduce(*DIGITS, "--only", "softmax", "--recipes", "--out", tmp_path)
    assert result.exit_code == 0
    assert list(read(tmp_path)["experiments"]) == ["softmax", "mnist", "mnist_best"]
    assert "[3/3] mnist_best, seed 0: test accuracy 0." in result.output
    assert "Beyond the notebook" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_only_runs_what_is_named_in_the_notebooks_order(tmp_path):
    result = reproduce(*DIGITS, "--only", "relu_sgd", "--only", "softmax", "--out", tmp_path)
    assert result.exit_code == 0
    content = read(tmp_path)
    assert list(content["experiments"]) == ["softmax", "relu_sgd"]
    assert content["grid_search"] is None


def test_no_grid_leaves_the_grid_search_out(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        runner, "run", lambda data, keys, results, folder: asked.append(keys) or results
    )
    assert reproduce(*DIGITS, "--no-grid", "--out", tmp_path).exit_code == 0
    assert asked == [[key for key in KEYS if key != "grid_search"]]


def test_interrupted_run_goes_on_to_the_same_figures(tmp_path, monkeypatch):
    options = (*DIGITS, "--seeds", 2, "--only", "softmax", "--only", "relu_adam")
    assert reproduce(*options, "--out", tmp_path / "at once").exit_code == 0

    folder = tmp_path / "in two"
    with monkeypatch.context() as patch:
        interrupt_at(patch, 4)
        result = reproduce(*options, "--out", folder)
    assert result.exit_code == 130
    assert len(read(folder)["experiments"]["relu_adam"]["test_accuracy"]) == 1

    result = reproduce(*options, "--out", folder, "--resume")
    assert result.exit_code == 0
    assert "[1/1] relu_adam, seed 1" in result.output
    assert figures(folder) == figures(tmp_path / "at once")
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert "were not kept" not in html


def test_interrupt_says_how_to_go_on(tmp_path, monkeypatch):
    interrupt_at(monkeypatch, 2)
    folder = tmp_path / "a folder"
    result = reproduce(
        *DIGITS, "--only", "softmax", "--only", "relu_sgd", "--no-grid", "--out", folder
    )
    assert result.exit_code == 130
    assert (
        "Interrupted. What is finished is kept. Go on with:\n"
        "  sk-mnist-mlp reproduce --data digits --epochs 1 --only softmax --only relu_sgd "
        f"--no-grid --out '{folder}' --resume\n"
    ) in result.output


def test_interrupt_before_all_else_leaves_nothing_to_go_on_with(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        interrupt_at(patch, 1)
        result = reproduce(*DIGITS, "--only", "softmax", "--out", tmp_path)
    assert result.exit_code == 130
    assert "Interrupted. Nothing was finished." in result.output
    assert reproduce(*DIGITS, "--only", "softmax", "--out", tmp_path).exit_code == 0


def test_interrupt_says_what_cannot_be_gone_on_with(tmp_path, monkeypatch):
    def fit(*args, **kwargs):
        (tmp_path / "results.json").write_text("mine")
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "fit_system", fit)
    result = reproduce(*DIGITS, "--only", "softmax", "--out", tmp_path)
    assert result.exit_code == 130
    assert (
        f"Interrupted. What was finished cannot be used: {tmp_path / 'results.json'} holds no "
        "results of this command: it is not JSON"
    ) in result.output


def test_resume_adds_systems(tmp_path):
    assert reproduce(*DIGITS, "--only", "softmax", "--out", tmp_path).exit_code == 0
    result = reproduce(*DIGITS, "--only", "sigmoid_sgd", "--out", tmp_path, "--resume")
    assert result.exit_code == 0
    assert list(read(tmp_path)["experiments"]) == ["softmax", "sigmoid_sgd"]


def test_resume_of_nothing_begins(tmp_path):
    result = reproduce(*DIGITS, "--only", "softmax", "--out", tmp_path, "--resume")
    assert result.exit_code == 0
    assert list(read(tmp_path)["experiments"]) == ["softmax"]


def test_resume_of_a_finished_run_writes_the_report_again(tmp_path):
    options = (*DIGITS, "--only", "softmax", "--out", tmp_path)
    assert reproduce(*options).exit_code == 0
    before = read(tmp_path)
    (tmp_path / "report.html").unlink()
    result = reproduce(*options, "--resume")
    assert result.exit_code == 0
    assert "[1/" not in result.output
    assert (tmp_path / "report.html").exists()
    assert read(tmp_path) == before


@pytest.mark.parametrize(
    ("options", "difference"),
    [
        (("--data", "digits", "--epochs", 2), "epochs 1 there, 2 asked for"),
        ((*DIGITS, "--seeds", 3), "seeds 1 there, 3 asked for"),
        (("--data", "mnist", "--epochs", 1), "data digits there, mnist asked for"),
    ],
)
def test_resume_refuses_another_run(options, difference, whole_run, monkeypatch):
    folder, _ = whole_run
    before = read(folder)
    monkeypatch.setattr(
        sk_mnist_mlp, "load_mnist", lambda source: Bunch(source=source), raising=False
    )
    result = reproduce(*options, "--out", folder, "--resume")
    assert result.exit_code == 1
    assert f"--resume cannot go on with these results: {difference}." in result.output
    assert read(folder) == before


def test_resume_warns_of_other_versions(tmp_path, monkeypatch):
    assert reproduce(*DIGITS, "--only", "softmax", "--out", tmp_path).exit_code == 0
    versions = runner.installed_versions()
    monkeypatch.setattr(runner, "installed_versions", lambda: versions | {"keras": "99.0"})
    result = reproduce(*DIGITS, "--only", "softmax", "--out", tmp_path, "--resume")
    assert result.exit_code == 0
    assert (
        f"Warning: the results so far were made with keras {versions['keras']}, the rest will be "
        "with 99.0."
    ) in result.output
    assert read(tmp_path)["versions"]["keras"] == "99.0"


def test_results_are_never_overwritten(whole_run):
    folder, _ = whole_run
    before = read(folder)
    result = reproduce(*DIGITS, "--out", folder)
    assert result.exit_code == 1
    assert result.output == (
        f"Error: {folder} holds results already. Add --resume to go on with them, or choose "
        "another --out.\n"
    )
    assert read(folder) == before


@pytest.mark.parametrize("resume", [(), ("--resume",)])
def test_file_that_is_no_results_file_is_left_alone(resume, tmp_path):
    path = tmp_path / "results.json"
    path.write_text("mine", encoding="utf-8")
    result = reproduce(*DIGITS, "--out", tmp_path, *resume)
    assert result.exit_code == 1
    assert f"{path} holds no results of this command" in result.output
    assert "Choose another --out." in result.output
    assert path.read_text(encoding="utf-8") == "mine"


DAMAGED = {
    "infinite epochs": lambda content: content.update(epochs=math.inf),
    "no fits": lambda content: content["experiments"]["softmax"].update(test_accuracy=[]),
    "a missing key": lambda content: content.pop("versions"),
    "no number": lambda content: content["experiments"]["softmax"].update(test_loss=[math.nan]),
    "unequal lengths": lambda content: content["experiments"]["softmax"].update(history=[]),
    "another kind": lambda content: content["experiments"]["softmax"].update(fit_seconds="1"),
    "a bool": lambda content: content.update(seeds=True),
}


@pytest.mark.parametrize("resume", [(), ("--resume",)])
@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_damaged_results_are_told_in_one_way(damage, resume, whole_run, tmp_path):
    content = read(whole_run[0])
    damage(content)
    path = tmp_path / "results.json"
    path.write_text(json.dumps(content))
    result = reproduce(*DIGITS, "--out", tmp_path, *resume)
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {path} holds no results of this command: ")
    assert result.output.endswith(". Choose another --out.\n")
    assert result.output.count("\n") == 1


def test_results_nested_too_deeply_are_damaged(tmp_path):
    (tmp_path / "results.json").write_text("[" * 100_000)
    result = reproduce(*DIGITS, "--out", tmp_path)
    assert result.exit_code == 1
    assert result.output.endswith("its values are nested too deeply. Choose another --out.\n")


def test_damaged_kernels_are_named(tmp_path):
    assert reproduce(*DIGITS, "--only", "softmax", "--out", tmp_path).exit_code == 0
    (tmp_path / "kernels-softmax.npz").write_bytes(b"no zip")
    result = reproduce(*DIGITS, "--only", "softmax", "--out", tmp_path, "--resume")
    assert result.exit_code == 1
    assert "kernels-softmax.npz holds no kernels" in result.output


def test_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = reproduce(*DIGITS, "--out", tmp_path / "file" / "folder")
    assert result.exit_code == 1
    assert f"{tmp_path / 'file' / 'folder'} cannot be written to" in result.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--data", "fashion"), "'fashion' is neither auto, mnist, digits nor a path that exists"),
        (("--data", ""), "'' is neither auto, mnist, digits nor a path that exists"),
        (("--data", "~nobody-of-this-name"), "nor a path that exists"),
        (("--data", "a" * 300), "nor a path that exists"),
        (("--out", ""), "'' names no folder. Give a name, or '.' for the current folder."),
        (("--epochs", "0"), "0 is not in the range x>=1"),
        (("--epochs", "many"), "'many' is not a valid integer"),
        (("--seeds", "-1"), "-1 is not in the range x>=1"),
        (("--only", "dropout"), "'dropout' is not one of 'softmax', 'sigmoid_sgd'"),
        (("--only", "grid_search", "--no-grid"), "exclude each other"),
        (("--out", __file__), "is a file"),
        (("--fast",), "No such option"),
        (("extra",), "unexpected extra argument"),
    ],
)
def test_mistaken_option_is_explained(options, message):
    result = reproduce(*options)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


@pytest.mark.parametrize("name", ["mnist.npz", "folder"])
def test_data_that_are_not_mnist_are_named(name, tmp_path):
    path = tmp_path / name
    if name == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"PK\x03\x04")
    result = reproduce("--data", path, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert str(path) in result.output
    assert not (tmp_path / "out").exists()


def test_fallback_on_the_digits_is_a_warning_without_code(tmp_path, monkeypatch):
    load_mnist = sk_mnist_mlp.load_mnist

    def fall_back(source):
        warnings.warn(f"{source}: MNIST was not found", stacklevel=2)
        return load_mnist(source="digits")

    monkeypatch.setattr(sk_mnist_mlp, "load_mnist", fall_back, raising=False)
    result = reproduce("--epochs", 1, "--only", "softmax", "--out", tmp_path)
    assert result.exit_code == 0
    assert result.output.startswith("Warning: auto: MNIST was not found\n")
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "These are not MNIST." in html


def test_keras_on_another_backend_is_explained(tmp_path, monkeypatch):
    def fit(*args, **kwargs):
        raise ImportError("Keras runs on 'jax'.")

    monkeypatch.setattr(sk_mnist_mlp.KerasMLPClassifier, "fit", fit)
    result = reproduce(*DIGITS, "--out", tmp_path)
    assert result.exit_code == 1
    assert "Error: Keras cannot be used: Keras runs on 'jax'." in result.output


def test_default_folder_is_in_the_current_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert reproduce(*DIGITS, "--only", "softmax").exit_code == 0
    assert (tmp_path / "reproduction" / "report.html").exists()


@pytest.fixture
def opened(monkeypatch):
    """Addresses that the browser was asked for, in whose place nothing opens."""
    addresses = []
    monkeypatch.setattr(webbrowser, "open", lambda url: addresses.append(url) or len(addresses) < 2)
    return addresses


def test_open_shows_the_report_in_the_browser(opened, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = (*DIGITS, "--only", "softmax", "--out", "a folder")
    assert reproduce(*options).exit_code == 0
    assert opened == []
    result = reproduce(*options, "--resume", "--open")
    assert result.exit_code == 0
    assert opened == [(tmp_path / "a folder" / "report.html").as_uri()]
    assert "Warning" not in result.output
    result = reproduce(*options, "--resume", "--open")
    assert result.exit_code == 0
    assert "Warning: no browser could be opened." in result.output


def test_open_shows_no_report_that_could_not_be_written(opened, tmp_path):
    options = (*DIGITS, "--only", "softmax", "--out", tmp_path)
    assert reproduce(*options).exit_code == 0
    (tmp_path / "report.html").unlink()
    (tmp_path / "report.html").mkdir()
    result = reproduce(*options, "--resume", "--open")
    assert result.exit_code == 1
    assert "The report cannot be written" in result.output
    assert opened == []
