"""A fit that fails or is interrupted leaves the estimator as it was."""

from contextlib import nullcontext

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from sk_mnist_mlp import training_cache_info
from tests.data.test_inputs import BAD_TRAINING_DATA, BAD_VALIDATION_DATA
from tests.programs import empty_training_cache
from tests.small_fits import X, Y, small, small_regressor, state_of
from tests.test_parameters import ILLEGAL

GOOD = {"X": X, "y": Y, "sample_weight": None, "X_val": X[:12], "y_val": Y[:12]}
FRAME = pd.DataFrame(X, columns=list("abcde"))
NEW_DATA = {**GOOD, "X": X[:, :3], "y": Y + 7, "X_val": X[:12, :3], "y_val": Y[:12] + 7}


def built(optimizer):
    optimizer.build([keras.Variable([0.0])])
    return optimizer


def halve_in_words(x):
    return x / "two"


ILLEGAL_TOGETHER = {
    "depth of a sequence of widths": {"depth": 2},
    "too many stddevs": {"init_stddev": (0.1, 0.1, 0.1)},
    "too many rates of dropout": {"dropout": (0.1, 0.1)},
    "unknown optimizer": {"optimizer": "adm"},
    "optimizer that was built": {"optimizer": built(keras.optimizers.Adam())},
    "optimizer that averages": {"optimizer": keras.optimizers.Adam(use_ema=True)},
}


@pytest.fixture
def no_program_runs(monkeypatch):
    def refuse(*_):
        raise AssertionError("training began")

    monkeypatch.setattr("sk_mnist_mlp.training.trainer.program_for", refuse)


def assert_unchanged_by_failure(clf, error, **arguments):
    before, expected = state_of(clf), clf.predict_proba(X)
    with pytest.raises(error):
        clf.fit(**arguments)
    assert state_of(clf) == before
    np.testing.assert_array_equal(clf.predict_proba(X), expected)


def assert_unfitted_by_failure(clf, error, **arguments):
    before = state_of(clf)
    with pytest.raises(error):
        clf.fit(**arguments)
    assert state_of(clf) == before
    with pytest.raises(NotFittedError):
        check_is_fitted(clf)


@pytest.mark.parametrize(("name", "value"), ILLEGAL)
def test_an_illegal_parameter_fails_before_training(name, value, no_program_runs):
    make = small if hasattr(small(), name) else small_regressor
    with pytest.raises(ValueError, match=f"The {name!r} parameter of KerasMLP.* must be"):
        make(**{name: value}).fit(X, Y)


@pytest.mark.parametrize("changes", ILLEGAL_TOGETHER.values(), ids=ILLEGAL_TOGETHER)
def test_parameters_that_are_illegal_together_fail_before_training(changes, no_program_runs):
    with pytest.raises(ValueError, match=f"The {next(iter(changes))!r} parameter"):
        small(**changes).fit(X, Y)


@pytest.mark.parametrize(
    "bad",
    [*BAD_TRAINING_DATA.values(), *BAD_VALIDATION_DATA.values()],
    ids=[*BAD_TRAINING_DATA, *BAD_VALIDATION_DATA],
)
def test_bad_data_fail_before_training(bad, no_program_runs):
    with pytest.raises(bad.error, match=bad.message):
        small().fit(**{**GOOD, **bad.changes})


# One for each stage of a fit: parameters that are set, arguments, error.
FAILURES = {
    "illegal parameter": ({"epochs": 0}, {}, ValueError),
    "parameters illegal together": ({"dropout": (0.1, 0.1)}, {}, ValueError),
    "bad X": ({}, {"X": np.full((60, 3), np.nan)}, ValueError),
    "one class": ({}, {"y": np.full(60, 7)}, ValueError),
    "bad weights": ({}, {"sample_weight": np.zeros(60)}, ValueError),
    "unseen labels": ({}, {"y_val": Y[:12]}, ValueError),
    "inputs beyond float32": ({"dtype": "float32"}, {"X": X[:, :3] * 1e300}, ValueError),
    "unknown optimizer": ({"optimizer": "adm"}, {}, ValueError),
    "activation that fails": ({"activation": halve_in_words}, {}, TypeError),
    "diverging loss": ({"optimizer": "sgd", "learning_rate": 1e300}, {}, ValueError),
}


@pytest.mark.parametrize(("changes", "arguments", "error"), FAILURES.values(), ids=FAILURES)
def test_a_refit_that_fails_leaves_the_first_fit(changes, arguments, error):
    clf = small().fit(**GOOD).set_params(**changes)
    assert_unchanged_by_failure(clf, error, **{**NEW_DATA, **arguments})


@pytest.mark.parametrize(("changes", "arguments", "error"), FAILURES.values(), ids=FAILURES)
def test_a_first_fit_that_fails_leaves_nothing(changes, arguments, error):
    arguments = {**NEW_DATA, **arguments}
    arguments["X"] = pd.DataFrame(arguments["X"], columns=list("abc"))
    arguments["X_val"] = pd.DataFrame(arguments["X_val"], columns=list("abc"))
    assert_unfitted_by_failure(small(**changes), error, **arguments)


WHILE_COMPILING = "sk_mnist_mlp.training.objective.forward"

# What runs in each stage of a fit, from the first check to the last attribute.
STAGES = [
    "sk_mnist_mlp.estimator.check_parameters",
    "sk_mnist_mlp.fitting.task.check_training_data",
    "sk_mnist_mlp.fitting.task.check_validation_data",
    "sk_mnist_mlp.fitting.start.draw_initial_weights",
    "sk_mnist_mlp.training.trainer.choose_optimizer",
    WHILE_COMPILING,
    "sk_mnist_mlp.training.loop.batches",
    "sk_mnist_mlp.training.program.Program.run",
    "sk_mnist_mlp.fitting.monitor.Monitor.observe",
    "sk_mnist_mlp.fitting.monitor.evaluate",
    "sk_mnist_mlp.training.program.Program.weights",
    "sk_mnist_mlp.fitting.fitted.initial_stddevs",
]


def interrupt(*_, **__):
    raise KeyboardInterrupt


def call_with_interrupt(monkeypatch, stage, call):
    """Make a function interrupt, as Ctrl-C would while it runs."""
    cache = empty_training_cache() if stage == WHILE_COMPILING else nullcontext()
    with cache, monkeypatch.context() as patch:
        patch.setattr(stage, interrupt)
        call()


@pytest.mark.parametrize("stage", STAGES)
def test_a_refit_that_is_interrupted_leaves_the_first_fit(stage, monkeypatch):
    clf = small().fit(**GOOD)
    call_with_interrupt(
        monkeypatch,
        stage,
        lambda: assert_unchanged_by_failure(clf, KeyboardInterrupt, **NEW_DATA),
    )


@pytest.mark.parametrize("stage", STAGES)
def test_a_first_fit_that_is_interrupted_leaves_nothing(stage, monkeypatch):
    clf = small()
    arguments = {**GOOD, "X": FRAME, "X_val": FRAME[:12]}
    call_with_interrupt(
        monkeypatch,
        stage,
        lambda: assert_unfitted_by_failure(clf, KeyboardInterrupt, **arguments),
    )


def test_an_interrupt_in_the_second_epoch_leaves_the_first_fit(monkeypatch):
    clf = small().fit(**GOOD)
    observed = []

    def observe(monitor, *_):
        observed.append(monitor)
        if len(observed) == 2:
            raise KeyboardInterrupt
        return False

    monkeypatch.setattr("sk_mnist_mlp.fitting.monitor.Monitor.observe", observe)
    assert_unchanged_by_failure(clf, KeyboardInterrupt, **NEW_DATA)
    assert len(observed) == 2


def test_an_interrupted_compilation_is_made_up_for_by_the_next_fit():
    interrupts = [True]

    def activation(x):
        if interrupts:
            raise KeyboardInterrupt
        return x

    clf = small(activation=activation)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, Y)
    interrupts.clear()
    expected = small(activation="linear").fit(X, Y).predict_proba(X)
    np.testing.assert_array_equal(clf.fit(X, Y).predict_proba(X), expected)


def test_a_failed_compilation_counts_for_none():
    with empty_training_cache():
        with pytest.raises(TypeError):
            small(activation=halve_in_words).fit(X, Y)
        assert training_cache_info()[:3] == (0, 0, 0)
