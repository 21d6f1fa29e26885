from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import KFold, cross_val_score

from sk_mnist_mlp import KerasMLPClassifier, load_mnist, recipe
from sk_mnist_mlp.backends.choice import backend_name
from sk_mnist_mlp.memory.folder import Memory
from sk_mnist_mlp.reproduce import runner
from sk_mnist_mlp.reproduce.kernels import kernels_path, read_kernels
from sk_mnist_mlp.reproduce.results import Results
from sk_mnist_mlp.reproduce.results_file import read_results
from sk_mnist_mlp.reproduce.systems import GRID_SEARCH, SYSTEMS

SOFTMAX = SYSTEMS[0]


@pytest.fixture(scope="module")
def data():
    return load_mnist(source="digits")


@pytest.fixture
def empty_results():
    return Results("digits", 1, 2, runner.installed_versions())


def test_versions_are_those_of_what_determines_the_figures():
    versions = runner.installed_versions()
    assert set(versions) == {
        "python",
        "sk_mnist_mlp",
        "numpy",
        "scikit-learn",
        "keras",
        *{"tensorflow": {"tensorflow"}, "jax": {"jax", "jaxlib"}}[backend_name()],
    }
    assert versions["numpy"] == np.__version__


def test_fit_is_the_public_estimators(data):
    fit, kernels = runner.fit_system(SOFTMAX, data, epochs=2, seed=3)
    classifier = KerasMLPClassifier(**SOFTMAX.parameters, epochs=2, random_state=3)
    classifier.fit(data.X_train, data.y_train, X_val=data.X_test, y_val=data.y_test)
    assert fit.history == classifier.history_
    assert fit.test_accuracy == pytest.approx(classifier.score(data.X_test, data.y_test))
    assert fit.test_loss == classifier.history_["val_loss"][-1]
    assert (fit.n_parameters, fit.n_trainable) == (650, 650)
    np.testing.assert_allclose(kernels[0].trained[-1], classifier.coefs_[0].max(), rtol=1e-6)
    initial = classifier.initial_weights().kernels[0]
    np.testing.assert_allclose(kernels[0].initial[0], initial.min(), rtol=1e-6)


def test_fit_of_a_recipe_reads_the_test_images_once(data):
    fit = runner.fit_recipe("mnist", data, epochs=2, seed=3)
    classifier = recipe("mnist", epochs=2, random_state=3).fit(data.X_train, data.y_train)
    assert fit.history == classifier.history_
    assert set(fit.history) == {"loss", "accuracy"}
    assert fit.test_accuracy == classifier.score(data.X_test, data.y_test)
    probabilities = classifier.predict_proba(data.X_test)
    own = probabilities[np.arange(len(data.y_test)), data.y_test]
    assert fit.test_loss == pytest.approx(-np.log(own).mean(), rel=1e-5)


def test_grid_search_is_scikit_learns(data):
    lines = []
    found = runner.search_grid(data, epochs=1, on_fit=lines.append)
    classifier = KerasMLPClassifier(**GRID_SEARCH.parameters, epochs=1, random_state=0)
    for activation in ("sigmoid", "relu"):
        scores = cross_val_score(
            classifier.set_params(activation=activation), data.X_train, data.y_train, cv=KFold(3)
        )
        assert found.mean_test_score[activation] == pytest.approx(scores.mean())
        assert found.std_test_score[activation] == pytest.approx(scores.std())
    assert found.best_score == max(found.mean_test_score.values())
    assert found.mean_test_score[found.best_params["activation"]] == found.best_score
    assert len(lines) == 6


def test_run_keeps_results_and_kernels(data, empty_results, tmp_path):
    results = runner.run(data, ["softmax"], empty_results, tmp_path)
    assert read_results(tmp_path) == results
    assert len(results.experiments["softmax"]) == 2
    assert results.grid_search is None
    (kernel,) = read_kernels(kernels_path(tmp_path, "softmax"), 1)
    assert kernel.initial.min() < 0 < kernel.trained.max()


def test_seeds_count_from_zero(data, empty_results, tmp_path):
    results = runner.run(data, ["softmax"], empty_results, tmp_path)
    expected = [runner.fit_system(SOFTMAX, data, epochs=1, seed=seed)[0] for seed in (0, 1)]
    losses = [fit.test_loss for fit in results.experiments["softmax"]]
    assert losses == [fit.test_loss for fit in expected]
    assert losses[0] != losses[1]


def test_each_fit_is_kept_before_the_next_begins(data, empty_results, tmp_path, monkeypatch):
    kept = []
    fit_system = runner.fit_system

    def fit_and_look(*args, **kwargs):
        kept.append(len(read_results(tmp_path).experiments.get("softmax", ())))
        return fit_system(*args, **kwargs)

    monkeypatch.setattr(runner, "fit_system", fit_and_look)
    runner.run(data, ["softmax"], empty_results, tmp_path)
    assert kept == [0, 1]


def test_run_makes_only_what_is_missing(data, empty_results, tmp_path, monkeypatch):
    first = runner.run(data, ["softmax"], empty_results, tmp_path)

    def fit_again(*args, **kwargs):
        raise AssertionError("nothing is missing")

    monkeypatch.setattr(runner, "fit_system", fit_again)
    assert runner.run(data, ["softmax"], first, tmp_path) == first


def test_what_was_cut_off_goes_on_in_the_middle_of_its_fit(
    data, empty_results, tmp_path, monkeypatch
):
    asked = replace(empty_results, epochs=3, seeds=1)
    (tmp_path / "undisturbed").mkdir()
    expected = runner.run(data, ["softmax"], asked, tmp_path / "undisturbed")
    trained = []

    def after_epoch(memory, snapshot):
        trained.append(snapshot().record.n_iter)
        if trained == [1, 2]:
            raise KeyboardInterrupt

    monkeypatch.setattr(Memory, "after_epoch", after_epoch)
    with pytest.raises(KeyboardInterrupt):
        runner.run(data, ["softmax"], asked, tmp_path)
    found = runner.run(data, ["softmax"], read_results(tmp_path), tmp_path)
    assert trained == [1, 2]  # and the third, after which the fit ended
    [one], [other] = found.experiments["softmax"], expected.experiments["softmax"]
    assert replace(one, seconds=0.0) == replace(other, seconds=0.0)
    assert not (tmp_path / runner.FITS).exists()
