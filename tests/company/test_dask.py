"""Searches over Dask: the sequential results, from workers that may die."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from functools import partial
from typing import ClassVar

import numpy as np
import pytest
from joblib import parallel_config
from scipy.stats import loguniform
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import clear_training_cache, training_cache_info
from tests.company.small import X, Y, assert_same_network, small_classifier

distributed = pytest.importorskip("distributed", reason="distributed is not installed")
arrays_on_the_wire = pytest.importorskip("distributed.protocol.numpy")

FOLDS = list(StratifiedKFold(3).split(X, Y))
INDICES = [indices for fold in FOLDS for indices in fold]
LEARNING_RATES = np.geomspace(0.001, 0.05, 8).tolist()
SECONDS = 120
"""After which a search that does not end has hung."""


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=":0",  # None takes port 8787, and warns where that is taken
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def grid_search(grid, **settings):
    return GridSearchCV(small_classifier(), grid, **({"cv": FOLDS} | settings))


def random_search_in_a_pipeline():
    pipeline = Pipeline([("scale", StandardScaler()), ("mlp", small_classifier())])
    distributions = {"mlp__learning_rate": loguniform(1e-3, 1e-1)}
    return RandomizedSearchCV(pipeline, distributions, n_iter=4, cv=FOLDS, random_state=0)


def scores(search):
    return np.stack([search.cv_results_[f"split{i}_test_score"] for i in range(len(FOLDS))])


def over_dask(search, features=X, targets=Y, **settings):
    with parallel_config("dask", **settings):
        return search.fit(features, targets)


@pytest.mark.usefixtures("client")
def test_a_grid_search_is_bitwise_the_sequential_one():
    grid = {"learning_rate": [0.01, 0.02], "activation": ["relu", "tanh"]}
    sequential = grid_search(grid).fit(X, Y)
    distant = over_dask(grid_search(grid))
    np.testing.assert_array_equal(scores(distant), scores(sequential))
    assert distant.best_params_ == sequential.best_params_
    assert_same_network(distant.best_estimator_, sequential.best_estimator_)


@pytest.mark.usefixtures("client")
def test_a_random_search_in_a_pipeline_is_bitwise_the_sequential_one():
    sequential = random_search_in_a_pipeline().fit(X, Y)
    distant = over_dask(random_search_in_a_pipeline())
    np.testing.assert_array_equal(scores(distant), scores(sequential))
    assert distant.best_params_ == sequential.best_params_
    assert_same_network(distant.best_estimator_["mlp"], sequential.best_estimator_["mlp"])


def test_each_worker_compiles_an_architecture_once(client):
    client.run(clear_training_cache)
    over_dask(grid_search({"learning_rate": LEARNING_RATES}, refit=False))
    infos = client.run(training_cache_info).values()
    assert max(info.compilations for info in infos) == 1
    assert sum(info.hits + info.compilations for info in infos) == len(LEARNING_RATES) * len(FOLDS)


class CountedArray(np.ndarray):
    """Array of which each scattering by this process is counted."""

    scatterings: ClassVar = Counter()


@arrays_on_the_wire.dask_serialize.register(CountedArray)
def serialize_counted(array, context=None):
    CountedArray.scatterings[id(array)] += 1
    return arrays_on_the_wire.serialize_numpy_ndarray(array.view(np.ndarray), context)


@pytest.mark.parametrize("scatters", [False, True], ids=["by joblib", "by scatter="])
def test_the_data_travel_once_for_all_fits(client, scatters):
    features = np.tile(X, 500).view(CountedArray)
    CountedArray.scatterings.clear()
    search = grid_search({"learning_rate": LEARNING_RATES, "epochs": [1]}, refit=False)
    tasks = client.scheduler_comm  # scattered data go another way
    sent_before = tasks.byte_count
    over_dask(search, features, **({"scatter": [features, Y]} if scatters else {}))
    assert CountedArray.scatterings == {id(features): 1}
    assert 0 < tasks.byte_count - sent_before < features.nbytes


def accuracy_of_a_worker_that_dies_once(estimator, features, targets, *, grave):
    """Accuracy; but the first worker to score the third candidate kills itself instead."""
    if estimator.learning_rate == LEARNING_RATES[2]:
        try:
            with open(grave, "x") as file:
                file.write(str(os.getpid()))
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return estimator.score(features, targets)


def in_time(function):
    """What a function returns; fails where it hangs."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()), daemon=True)
    thread.start()
    thread.join(SECONDS)
    assert not thread.is_alive(), "the search hangs"
    return results[0]


# The last test of the module, as its cluster is one worker short afterwards.
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_search_survives_a_worker_that_is_killed(client, tmp_path):
    grid = {"learning_rate": LEARNING_RATES}
    sequential = grid_search(grid).fit(X, Y)
    workers = client.run(os.getpid).values()
    grave = tmp_path / "grave"
    search = grid_search(grid, scoring=partial(accuracy_of_a_worker_that_dies_once, grave=grave))
    survivor = in_time(lambda: over_dask(search, scatter=[X, Y, *INDICES]))
    assert int(grave.read_text()) in workers
    np.testing.assert_array_equal(scores(survivor), scores(sequential))
    assert_same_network(survivor.best_estimator_, sequential.best_estimator_)


# A client that is killed


KILLED_SEARCH = """
import sys
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV
import distributed
from tests.company.test_dask import LEARNING_RATES, X, Y, FOLDS, small_classifier

if __name__ == "__main__":
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    )
    with cluster, distributed.Client(cluster), parallel_config("dask"):
        network = small_classifier(memory=sys.argv[1], epochs=200)
        search = GridSearchCV(network, {"learning_rate": LEARNING_RATES}, cv=FOLDS).fit(X, Y)
    print(search.cv_results_["mean_test_score"].tolist())
"""


def test_a_search_whose_client_was_killed_repeats_no_finished_fit(tmp_path):
    folder = tmp_path / "fits"
    command = [sys.executable, "-c", KILLED_SEARCH, str(folder)]
    running = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + SECONDS
    while len(list(folder.glob("*.fit.zip"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    finished = {path: path.stat().st_mtime_ns for path in folder.glob("*.fit.zip")}
    n_fits = len(LEARNING_RATES) * len(FOLDS) + 1
    assert 4 <= len(finished) < n_fits

    again = subprocess.run(command, capture_output=True, text=True, check=True, timeout=3 * SECONDS)
    sequential = GridSearchCV(
        small_classifier(epochs=200), {"learning_rate": LEARNING_RATES}, cv=FOLDS
    ).fit(X, Y)
    assert again.stdout.split() == str(sequential.cv_results_["mean_test_score"].tolist()).split()
    assert finished == {path: path.stat().st_mtime_ns for path in finished}
    assert len(list(folder.glob("*.fit.zip"))) == n_fits
