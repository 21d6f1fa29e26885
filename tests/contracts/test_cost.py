"""What a further fit costs: no compilation and no memory."""

import dataclasses
from contextlib import contextmanager

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV, KFold

from sk_mnist_mlp import KerasMLPClassifier, training_cache_info
from sk_mnist_mlp.training import cache
from tests.peak_memory import anonymous_bytes_in_use, needs_status
from tests.programs import empty_training_cache

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 6))
Y = RNG.integers(0, 3, 90)
BASE = KerasMLPClassifier(widths=(4,), epochs=2, batch_size=16, dropout=0.1, batch_norm=True)


@pytest.fixture(scope="module", autouse=True)
def own_cache():
    with empty_training_cache():
        BASE.fit(X, Y)
        yield


@contextmanager
def compiling(n_programs):
    """Fail with the parts in which the specs differ when another number is compiled."""
    before = training_cache_info().compilations
    yield
    specs = cache.training_programs.keys()
    values = {
        field.name: {getattr(spec, field.name) for spec in specs}
        for field in dataclasses.fields(specs[0])
    }
    differing = {name: found for name, found in values.items() if len(found) > 1}
    compiled = training_cache_info().compilations - before
    assert compiled == n_programs, f"specs differ in {differing}"


SAME_PROGRAM = {
    "learning_rate": {"learning_rate": 0.05},
    "dropout": {"dropout": 0.7},
    "init_stddev": {"init_stddev": 0.5},
    "epochs": {"epochs": 5},
    "random_state": {"random_state": 3},
    "optimizer as an instance": {"optimizer": "Adam"},
    "verbose": {"verbose": 0},
}


@pytest.mark.parametrize("change", SAME_PROGRAM.values(), ids=SAME_PROGRAM)
def test_another_value_compiles_nothing(change):
    with compiling(0):
        KerasMLPClassifier(**{**BASE.get_params(), **change}).fit(X, Y)


@pytest.mark.parametrize("n_rows", [89, 75, 61, 33])
def test_another_number_of_rows_compiles_nothing(n_rows):
    with compiling(0):
        BASE.fit(X[:n_rows], Y[:n_rows])


def test_weights_and_validation_data_compile_nothing():
    with compiling(0):
        BASE.fit(X, Y, sample_weight=RNG.uniform(size=90), X_val=X[:5], y_val=Y[:5])


def test_a_fit_that_finds_its_program_starts_no_thread(monkeypatch):
    BASE.fit(X, Y)
    monkeypatch.setattr("threading.Thread.start", lambda thread: pytest.fail("a thread began"))
    BASE.fit(X, Y)


OTHER_PROGRAM = {
    "widths": {"widths": (5,)},
    "activation": {"activation": "tanh"},
    "batch_norm": {"batch_norm": False},
    "no dropout": {"dropout": 0.0},
    "optimizer": {"optimizer": "sgd"},
    "batch_size": {"batch_size": 8},
    "dtype": {"dtype": "float32"},
}


@pytest.mark.parametrize("change", OTHER_PROGRAM.values(), ids=OTHER_PROGRAM)
def test_another_architecture_compiles_once(change):
    other = KerasMLPClassifier(**{**BASE.get_params(), **change})
    with compiling(1):
        other.fit(X, Y)
        other.fit(X, Y)


SEARCHED = {
    "activation": ["relu", "tanh"],
    "learning_rate": [0.001, 0.05],
    "init_stddev": [None, "he"],
}


@pytest.mark.parametrize("n_threads", [1, 4])
def test_a_search_builds_one_program_for_each_architecture(n_threads):
    uneven_folds = KFold(4)
    with (
        empty_training_cache(),
        compiling(len(SEARCHED["activation"])),
        parallel_config("threading", n_jobs=n_threads),
    ):
        GridSearchCV(BASE, SEARCHED, cv=uneven_folds).fit(X, Y)


def test_a_program_too_many_is_told_by_what_differs():
    with pytest.raises(AssertionError, match=r"activation.*elu"), compiling(0):
        KerasMLPClassifier(**{**BASE.get_params(), "activation": "elu"}).fit(X, Y)


@needs_status
def test_a_second_fit_adds_no_memory():
    """A leak adds to each round of fits, whatever else takes memory adds to one."""
    n_fits, growths = 15, []
    for _ in range(3):
        before = anonymous_bytes_in_use()
        for seed in range(n_fits):
            KerasMLPClassifier(**{**BASE.get_params(), "random_state": seed}).fit(X, Y)
        growths.append(anonymous_bytes_in_use() - before)
    assert min(growths) < n_fits * 20_000
