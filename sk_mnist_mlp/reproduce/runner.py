"""Runs the notebook's systems through the public estimator and scikit-learn's grid search."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Collection
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.utils import Bunch

from sk_mnist_mlp import KerasMLPClassifier, __version__, recipe
from sk_mnist_mlp.backends.choice import backend_name
from sk_mnist_mlp.loading import starts_quietly
from sk_mnist_mlp.memory import key as memory_key
from sk_mnist_mlp.memory.listing import clear
from sk_mnist_mlp.reproduce.kernels import Kernel, kernels_path, summarize_kernels, write_kernels
from sk_mnist_mlp.reproduce.results import Fit, GridSearchResult, Results
from sk_mnist_mlp.reproduce.results_file import write_results
from sk_mnist_mlp.reproduce.run_progress import RunProgress
from sk_mnist_mlp.reproduce.start_filter import start_lines_dropped
from sk_mnist_mlp.reproduce.systems import (
    BEYOND,
    GRID_SEARCH,
    GRID_SEARCH_KEY,
    SYSTEMS,
    Beyond,
    System,
)

FITS = "reproduction-fits"
"""Folder, beside the results, of fits that are not among these yet."""

# What a step costs beside its arithmetic, in parameters' worth: only the time left depends on it.
_STEP_OVERHEAD = 100_000


def installed_versions() -> dict[str, str]:
    """Return the versions of what determines the figures."""
    return {
        "python": platform.python_version(),
        "sk_mnist_mlp": __version__,
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        **memory_key.installed_versions(backend_name()),
    }


def run(data: Bunch, keys: Collection[str], results: Results, folder: Path) -> Results:
    """Run what is missing in `results`, and write the whole after each fit.

    Parameters
    ----------
    data : Bunch
        As `load_mnist` gives it. The test images are the validation data.
    keys : collection of str
        Of the systems and recipes to run, the grid search included.
    results : Results
        What is finished already; its epochs and seeds hold.
    folder : Path
        Where results and kernels are written.

    Returns
    -------
    Results
        With what ran added.
    """
    pending = [
        (experiment, seed)
        for experiment in (*SYSTEMS, *BEYOND)
        if experiment.key in keys
        for seed in range(len(results.experiments.get(experiment.key, ())), results.seeds)
    ]
    search_is_pending = GRID_SEARCH_KEY in keys and results.grid_search is None
    n_search_fits = (
        search_is_pending * GRID_SEARCH.n_splits * len(GRID_SEARCH.param_grid["activation"])
    )
    write_results(folder, results)
    fits = folder / FITS
    if pending or search_is_pending:
        _load_backend(data)
    with RunProgress(
        n_fits=len(pending) + n_search_fits,
        total_cost=sum(_fit_cost(experiment) for experiment, _ in pending)
        + n_search_fits * _search_fit_cost(),
    ) as progress:
        for experiment, seed in pending:
            key = experiment.key
            progress.start(f"{experiment.title}, seed {seed}")
            if isinstance(experiment, Beyond):
                fit = fit_recipe(key, data, epochs=results.epochs, seed=seed, memory=fits)
            else:
                fit, kernels = fit_system(
                    experiment, data, epochs=results.epochs, seed=seed, memory=fits
                )
                if seed == 0:
                    write_kernels(kernels_path(folder, key), kernels)
            results = results.with_fit(key, fit)
            write_results(folder, results)
            progress.finish(
                f"{key}, seed {seed}: test accuracy {fit.test_accuracy:.4f}, "
                f"loss {fit.test_loss:.4f}, {fit.seconds:.1f} s",
                _fit_cost(experiment),
            )
        if search_is_pending:
            progress.start(GRID_SEARCH.title)
            found = search_grid(
                data,
                epochs=results.epochs,
                memory=fits,
                on_fit=lambda line: progress.finish(
                    f"{GRID_SEARCH_KEY}, {line}", _search_fit_cost()
                ),
            )
            results = replace(results, grid_search=found)
            write_results(folder, results)
    with suppress(OSError):
        clear(fits)  # what results.json has now
    return results


def fit_system(
    system: System, data: Bunch, *, epochs: int, seed: int, memory: Path | None = None
) -> tuple[Fit, tuple[Kernel, ...]]:
    """Fit one of the notebook's networks.

    Parameters
    ----------
    system : System
    data : Bunch
    epochs : int
    seed : int
        The estimator's `random_state`.
    memory : Path, optional
        Folder in which fits are kept; the seconds of one that goes on are those of its rest.

    Returns
    -------
    Fit
    tuple of Kernel
        One a Dense layer.
    """
    classifier = KerasMLPClassifier(
        **system.parameters, epochs=epochs, memory=memory, random_state=seed
    )
    start = time.perf_counter()
    classifier.fit(data.X_train, data.y_train, X_val=data.X_test, y_val=data.y_test)
    seconds = time.perf_counter() - start
    history = classifier.history_
    fit = _fit_of(classifier, seconds, history["val_accuracy"][-1], history["val_loss"][-1])
    return fit, summarize_kernels(classifier.initial_weights().kernels, classifier.coefs_)


def fit_recipe(
    name: str, data: Bunch, *, epochs: int, seed: int, memory: Path | None = None
) -> Fit:
    """Fit a recipe on the training images alone, and read the test images once.

    Parameters
    ----------
    name : str
    data : Bunch
    epochs : int
    seed : int
        The estimator's `random_state`.
    memory : Path, optional
        Folder in which fits are kept; the seconds of one that goes on are those of its rest.

    Returns
    -------
    Fit
    """
    classifier = recipe(name, epochs=epochs, memory=memory, random_state=seed)
    start = time.perf_counter()
    classifier.fit(data.X_train, data.y_train)
    seconds = time.perf_counter() - start
    probabilities = classifier.predict_proba(data.X_test)
    most_probable = classifier.classes_[probabilities.argmax(axis=1)]
    accuracy = float((most_probable == data.y_test).mean())
    loss = log_loss(data.y_test, probabilities, labels=classifier.classes_)
    return _fit_of(classifier, seconds, accuracy, loss)


def _fit_of(
    classifier: KerasMLPClassifier, seconds: float, test_accuracy: float, test_loss: float
) -> Fit:
    return Fit(
        test_accuracy=test_accuracy,
        test_loss=test_loss,
        seconds=seconds,
        n_parameters=classifier.n_parameters_,
        n_trainable=classifier.n_trainable_parameters_,
        history=classifier.history_,
    )


def search_grid(
    data: Bunch, *, epochs: int, on_fit: Callable[[str], None], memory: Path | None = None
) -> GridSearchResult:
    """Run the notebook's grid search on the training images.

    Parameters
    ----------
    data : Bunch
    epochs : int
    on_fit : callable
        Called after each fit with what it showed.
    memory : Path, optional
        Folder in which fits are kept.

    Returns
    -------
    GridSearchResult
    """

    def score(classifier: KerasMLPClassifier, X: np.ndarray, y: np.ndarray) -> float:
        accuracy = classifier.score(X, y)
        on_fit(f"{classifier.activation}: accuracy {accuracy:.4f} on a held-out fold")
        return accuracy

    search = GridSearchCV(
        KerasMLPClassifier(**GRID_SEARCH.parameters, epochs=epochs, memory=memory, random_state=0),
        GRID_SEARCH.param_grid,
        scoring=score,
        cv=KFold(GRID_SEARCH.n_splits),
        refit=False,
        error_score="raise",
    )
    start = time.perf_counter()
    search.fit(data.X_train, data.y_train)
    seconds = time.perf_counter() - start
    activations = [params["activation"] for params in search.cv_results_["params"]]
    means, stddevs = (
        dict(zip(activations, search.cv_results_[name].tolist(), strict=True))
        for name in ("mean_test_score", "std_test_score")
    )
    return GridSearchResult(
        best_params=search.best_params_,
        best_score=float(search.best_score_),
        mean_test_score=means,
        std_test_score=stddevs,
        seconds=seconds,
    )


def _load_backend(data: Bunch) -> None:
    # The first fit loads it, which is no part of any system's time.
    few = slice(0, 20)
    with start_lines_dropped() if starts_quietly() else nullcontext():
        KerasMLPClassifier(widths=(), epochs=1).fit(data.X_train[few], data.y_train[few])


def _fit_cost(experiment: System | Beyond) -> float:
    return experiment.n_parameters + _STEP_OVERHEAD


def _search_fit_cost() -> float:
    # All folds but one are trained on.
    return (GRID_SEARCH.n_parameters + _STEP_OVERHEAD) * (1 - 1 / GRID_SEARCH.n_splits)
