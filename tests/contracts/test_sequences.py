"""Any sequence of calls gives bitwise what the calls that count give on a fresh estimator.

Each episode draws a sequence of calls from its seed, makes them all on one estimator, and
then those that count on another. The others (predictions, refused fits, pickles, files,
copies, fits of other estimators) must not have mattered.
"""

import copy
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.base import clone

from sk_mnist_mlp import KerasMLPClassifier
from tests.small_fits import X, Y, model_of, small

N_EPISODES = 1000

ARCHITECTURES = (
    {},
    {"batch_norm": True, "dropout": (0.3,), "optimizer": "rmsprop"},
    {"dtype": "float32", "batch_size": 64, "class_weight": {0: 2.0}},
)
SETTINGS = {
    "epochs": (1, 2, 3),
    "learning_rate": (None, 0.01, 0.1),
    "random_state": (0, 1),
    "warm_start": (False, True),
    "early_stopping": (False, True),
    "n_iter_no_change": (1, 10),
    "init_stddev": (None, "he", 0.3),
}
ROWS = {"all": np.arange(60), "most": np.arange(50), "repeated": np.arange(90) % 60}
WEIGHTS = np.random.default_rng(1).integers(0, 3, 90).astype(float)


@dataclass
class Episode:
    """The calls of one seed.

    Parameters
    ----------
    rng : numpy.random.Generator
    calls : list of tuple
        What was called so far: a name and its arguments.
    is_fitted : bool
    goes_on : bool
        Whether the last training was one whose pickles hold the optimizer's state.
    warm_start : bool
    """

    rng: np.random.Generator
    calls: list
    is_fitted: bool = False
    goes_on: bool = False
    warm_start: bool = False

    def pick(self, values):
        values = list(values)
        return values[self.rng.integers(len(values))]

    def draw(self):
        names = [name for name in CALLS if self.is_fitted or name in BEFORE_ANY_FIT]
        name = self.pick(names)
        if name in LEAVE_STATE_OUT and not self.goes_on:
            name = "copy"
        arguments = self.arguments_of(name)
        if name in ("fit", "partial_fit"):
            self.is_fitted, self.goes_on = True, name == "partial_fit" or self.warm_start
        if name == "clone":
            self.is_fitted = self.goes_on = False
        if name == "set_params" and "warm_start" in arguments:
            self.warm_start = arguments["warm_start"]
        self.calls.append((name, arguments))

    def arguments_of(self, name):
        if name == "set_params":
            setting = self.pick(SETTINGS)
            return {setting: self.pick(SETTINGS[setting])}
        if name in ("fit", "partial_fit"):
            arguments = {"rows": self.pick(ROWS), "weighted": self.pick((False, True))}
            return arguments | ({"validated": self.pick((False, True))} if name == "fit" else {})
        return {}


def fit(clf, folder, *, rows, weighted, validated):
    index = ROWS[rows]
    weights = WEIGHTS[index] if weighted else None
    validation = {"X_val": X[:12], "y_val": Y[:12]} if validated else {}
    return clf.fit(X[index], Y[index], weights, **validation)


def partial_fit(clf, folder, *, rows, weighted):
    index = ROWS[rows]
    weights = WEIGHTS[index] if weighted else None
    return clf.partial_fit(X[index], Y[index], [0, 1, 2], weights)


def predict(clf, folder):
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        getattr(clf, method)(X)
    clf.score(X, Y)
    clf.initial_weights()
    return clf


def refused_fit(clf, folder):
    with pytest.raises(ValueError):
        clf.fit(X * np.nan, Y)
    with pytest.raises(ValueError):
        clf.fit(X[:3], Y[:3] + 5, sample_weight=np.zeros(3))
    return clf


def diverging_fit(clf, folder):
    settings = clf.get_params()
    clf.set_params(optimizer="sgd", learning_rate=1e300, warm_start=False)
    with pytest.raises(ValueError, match="became NaN or infinite"):
        clf.fit(X, Y)
    return clf.set_params(**settings)


def save_and_load(clf, folder):
    clf.save(folder / "model.zip")
    return KerasMLPClassifier.load(folder / "model.zip")


def fit_another(clf, folder):
    small(random_state=7, epochs=1).fit(X, Y)
    return clf


CALLS = {
    "fit": fit,
    "partial_fit": partial_fit,
    "set_params": lambda clf, folder, **settings: clf.set_params(**settings),
    "clone": lambda clf, folder: clone(clf),
    "predict": predict,
    "refused fit": refused_fit,
    "diverging fit": diverging_fit,
    "pickle": lambda clf, folder: pickle.loads(pickle.dumps(clf)),
    "save and load": save_and_load,
    "copy": lambda clf, folder: copy.copy(clf),
    "deepcopy": lambda clf, folder: copy.deepcopy(clf),
    "fit of another": fit_another,
}
THAT_COUNT = ("fit", "partial_fit", "set_params", "clone")
BEFORE_ANY_FIT = (*THAT_COUNT, "refused fit", "deepcopy", "fit of another")
LEAVE_STATE_OUT = ("pickle", "save and load")


def after(calls, settings, folder):
    """The estimator that some calls lead to."""
    clf = small(**copy.deepcopy(settings))
    for name, arguments in calls:
        clf = CALLS[name](clf, folder, **arguments)
    return clf


def all_of(clf):
    """All that training left on an estimator, and what it predicts."""
    curves = clf.history_, clf.validation_scores_, clf.best_validation_score_, clf.loss_curve_
    return (
        model_of(clf),
        clf.predict_proba(X).tobytes(),
        *curves,
        clf.n_iter_,
        clf.n_steps_,
        clf.get_params().keys(),
        [array.tobytes() for array in clf._optimizer_state.slots.values()],
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:early_stopping holds out no row:UserWarning")
def test_only_the_calls_that_count_do(tmp_path):
    for seed in range(N_EPISODES):
        episode = Episode(np.random.default_rng(seed), [])
        settings = dict(episode.pick(ARCHITECTURES))
        if episode.pick((False, True)):
            settings["random_state"] = np.random.RandomState(seed)
        for _ in range(episode.rng.integers(3, 12)):
            episode.draw()
        if not episode.is_fitted:
            continue
        counting = [call for call in episode.calls if call[0] in THAT_COUNT]
        told = f"seed {seed}: {settings}, {episode.calls}"
        try:
            in_company = after(episode.calls, settings, tmp_path)
            alone = after(counting, settings, tmp_path)
        except Exception as error:
            raise AssertionError(told) from error
        assert all_of(in_company) == all_of(alone), told
