"""Fits in other processes: joblib's, and those that were forked."""

import json
import os
import select
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sk_mnist_mlp.backends.choice import BACKENDS, backend_name
from tests.company.small import X, Y, assert_same_network, small_classifier
from tests.small_fits import ALL_OF_IT

HERE = backend_name()
GRID = {"learning_rate": [0.01, 0.02], "activation": ["relu", "tanh"]}
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


def search(n_jobs=None):
    return GridSearchCV(small_classifier(), GRID, cv=2, n_jobs=n_jobs).fit(X, Y)


def scores(fitted):
    return np.stack([fitted.cv_results_[f"split{i}_test_score"] for i in range(2)])


@pytest.fixture(scope="module")
def sequential():
    return search()


@pytest.fixture(scope="module")
def processes():
    """Leave joblib its processes for all tests, as each imports TensorFlow; shut them down then."""
    yield
    get_reusable_executor().shutdown(wait=True)


@pytest.mark.usefixtures("processes")
def test_a_search_in_two_processes_is_the_sequential_one(sequential):
    in_processes = search(n_jobs=2)
    np.testing.assert_array_equal(scores(in_processes), scores(sequential))
    assert in_processes.best_params_ == sequential.best_params_
    assert_same_network(in_processes.best_estimator_, sequential.best_estimator_)


SYSTEMS = {
    "all of it": ALL_OF_IT,
    "float32": {"dtype": "float32", "dropout": 0.2},
    "compiled by XLA": {"batch_size": 2, "batch_norm": True, "dropout": 0.5},
}


@pytest.mark.usefixtures("processes")
def test_another_process_gives_the_same_model():
    estimators = [small_classifier(**settings) for settings in SYSTEMS.values()]
    there = Parallel(n_jobs=2)(delayed(estimator.fit)(X, Y) for estimator in estimators)
    for distant, estimator in zip(there, estimators, strict=True):
        assert_same_network(distant, estimator.fit(X, Y))


def in_a_forked_child(function, seconds=60):
    """What a function gives in a forked child, as JSON carries it; fails where that hangs."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, json.dumps(function()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    try:
        ready, _, _ = select.select([reader], [], [], seconds)
        assert ready, "the child hangs"
        return json.loads(os.read(reader, 1_000_000))
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reader)


# From Python 3.12 on, forking a process of several threads is warned of.
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")  # of JAX
@needs_fork
def test_a_forked_child_predicts():
    fitted = small_classifier().fit(X, Y)
    in_the_child = in_a_forked_child(lambda: fitted.predict_proba(X).tolist())
    np.testing.assert_array_equal(in_the_child, fitted.predict_proba(X))


FITS = {
    "fit": lambda clf: clone(clf).fit(X, Y),
    "partial_fit": lambda clf: clf.partial_fit(X, Y),
    "a search": lambda clf: GridSearchCV(clf, GRID, cv=2, error_score="raise").fit(X, Y),
}


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")  # of JAX
@needs_fork
@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_a_forked_child_refuses_to_fit_rather_than_hang(fit):
    fitted = small_classifier().fit(X, Y)

    def try_to_fit():
        before = dict(vars(fitted))
        try:
            fit(fitted)
        except RuntimeError as error:
            return [str(error), vars(fitted) == before]

    message, as_before = in_a_forked_child(try_to_fit)
    assert message.startswith(
        f"No network can be fitted in a process that was forked after {BACKENDS[HERE]} was imported"
    )
    assert "'loky'" in message
    assert as_before


@needs_fork
def test_a_child_that_was_forked_before_the_backend_was_imported_fits():
    code = textwrap.dedent(
        """
        import multiprocessing, sys
        from tests.company.small import X, Y, small_classifier

        def fit(seed):
            return small_classifier(random_state=seed).fit(X, Y).predict_proba(X).tolist()

        with multiprocessing.get_context("fork").Pool(1) as pool:
            probabilities = pool.map(fit, [0])[0]
        assert not {"tensorflow", "jax"} & set(sys.modules)
        import json; print(json.dumps(probabilities))
        """
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    expected = small_classifier().fit(X, Y).predict_proba(X)
    np.testing.assert_array_equal(json.loads(result.stdout), expected)


USES = {
    "tensorflow": "tensorflow.function(tensorflow.negative)(tensorflow.constant(0.0))",
    "jax": "jax.jit(jax.numpy.negative)(0.0).block_until_ready()",
}

FORKS_BEFORE_THE_PACKAGE_IS_IMPORTED = f"""
import os, sys
import {HERE}

if sys.argv[1] == "used":
    {USES[HERE]}
child = os.fork()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

from sk_mnist_mlp.training import processes
from tests.company.small import X, Y, small_classifier

processes.ANSWER_SECONDS = 3
try:
    small_classifier().fit(X, Y)
    print("fitted")
except RuntimeError as error:
    print(error)
sys.stdout.flush()
os._exit(0)
"""


@needs_fork
@pytest.mark.parametrize(
    ("backend", "outcome"),
    [("used", "can be fitted in a process that was forked"), ("idle", "fitted")],
)
def test_a_child_that_was_forked_before_the_package_was_imported(backend, outcome):
    code = [sys.executable, "-W", "ignore", "-c", FORKS_BEFORE_THE_PACKAGE_IS_IMPORTED]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [*code, backend], capture_output=True, text=True, check=True, env=environment, timeout=90
    )
    assert outcome in result.stdout
