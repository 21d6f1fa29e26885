"""A fit is known by all that determines its result, and by nothing else."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from sk_mnist_mlp.backends.choice import TF32_VARIABLE
from sk_mnist_mlp.fitting.task import Request, prepare
from sk_mnist_mlp.memory import key
from sk_mnist_mlp.memory.key import key_of
from sk_mnist_mlp.parameters.checked import check_parameters
from tests.contracts.test_scikit_learn_tools import PARAMETERS
from tests.small_fits import X, Y, small

CHANGED_BIT = np.where(np.arange(300).reshape(60, 5) == 123, np.nextafter(X, 1), X)
WEIGHTS = np.linspace(1, 2, 60)


def key_for(X=X, Y=Y, weights=None, validation=(None, None, None), **parameters):
    clf = small(**parameters)
    hyper = check_parameters("small", clf.get_params(deep=False))
    return key_of(prepare(clf, hyper, Request(X, Y, weights, validation)))


DATA = {
    "a bit of X": {"X": CHANGED_BIT},
    "dtype of X": {"X": X.astype(np.float32)},
    "order of rows": {"X": X[::-1], "Y": Y[::-1]},
    "sparse X": {"X": sparse.csr_matrix(X)},
    "names of columns": {"X": pd.DataFrame(X, columns=list("abcde"))},
    "a label": {"Y": np.where(np.arange(60) == 7, 0, Y)},
    "names of classes": {"Y": np.array(["x", "y", "z"])[Y]},
    "two classes": {"Y": Y % 2},
    "sample weights": {"weights": WEIGHTS},
    "validation": {"validation": (X[:20], Y[:20], None)},
    "another validation": {"validation": (X[20:40], Y[20:40], None)},
    "weights of validation": {"validation": (X[:20], Y[:20], WEIGHTS[:20])},
}


def test_data_each_of_their_own_have_keys_of_their_own():
    keys = {name: key_for(**data) for name, data in DATA.items()}
    assert len({key_for(), *keys.values()}) == len(DATA) + 1


COUNTS_NOT = ["verbose", "memory", "warm_start"]
OTHERS = {
    "activation": "tanh",
    "batch_norm": "before",
    "depth": 2,
    "dropout": 0.2,
    "init_stddev": 0.5,
    "random_state": 1,
    "scoring": "f1_macro",
    "widths": (5,),
}
GIVEN_WITH = {
    "depth": {"widths": 4},
    "scoring": {"early_stopping": True},
    "n_iter_no_change": {"early_stopping": True},
    "validation_fraction": {"early_stopping": True},
    "class_weight": {"Y": Y % 2},
}


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name not in COUNTS_NOT])
def test_every_parameter_that_counts_is_part_of_the_key(name):
    given = GIVEN_WITH.get(name, {})
    value = OTHERS.get(name, PARAMETERS[name])
    assert key_for(**given) != key_for(**{**given, name: value})


@pytest.mark.parametrize("name", COUNTS_NOT)
def test_what_changes_no_result_is_no_part_of_the_key(name):
    assert key_for() == key_for(**{name: PARAMETERS[name]})


@pytest.mark.parametrize(
    "same",
    [X.copy(), np.asfortranarray(X), np.repeat(X, 2, axis=0)[::2], X.tolist()],
    ids=["a copy", "in Fortran's order", "every other row of another", "a list"],
)
def test_the_same_numbers_have_the_same_key_wherever_they_lie(same):
    assert key_for(same) == key_for()


def test_a_mapped_file_has_the_key_of_its_numbers(tmp_path, monkeypatch):
    np.save(tmp_path / "X.npy", X)
    monkeypatch.setattr(key, "BLOCK", 100)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert key_for(mapped, Y) == key_for(np.asarray(mapped), Y)


def test_a_random_state_counts_by_the_seed_that_is_drawn_from_it():
    one, other = np.random.RandomState(3), np.random.RandomState(3)
    assert key_for(random_state=one) == key_for(random_state=other)
    assert key_for(random_state=one) != key_for()


def test_epochs_count_however_they_were_chosen():
    assert key_for(epochs=None) == key_for(epochs=30)


@pytest.mark.parametrize(
    ("name", "value"),
    [("ARITHMETIC", 2), ("installed_versions", lambda backend: {"keras": "another"})],
)
def test_another_arithmetic_has_other_keys(name, value, monkeypatch):
    before = key_for()
    monkeypatch.setattr(key, name, value)
    assert key_for() != before


def test_versions_are_those_that_the_numbers_depend_on():
    assert {"arithmetic", "backend", "numpy", "keras"} < key.arithmetic("tensorflow").keys()


def test_rounded_products_have_other_keys(monkeypatch):
    before = key_for()
    monkeypatch.setenv(TF32_VARIABLE, "1")
    assert key_for() != before


def test_another_backend_has_other_keys(monkeypatch):
    before = key_for()
    monkeypatch.setattr(key, "backend_name", lambda: "another")
    assert key_for() != before


@pytest.mark.parametrize(
    ("name", "value"),
    [("activation", lambda x: x), ("scoring", lambda *given: 0.0)],
)
def test_code_has_no_key(name, value):
    with pytest.raises(ValueError, match=rf"{name}.*is code"):
        key_for(**{name: value}, early_stopping=True)
