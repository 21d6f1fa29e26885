"""Every way to copy, send and keep an estimator gives one that is and goes on the same."""

import copy
import pickle
import subprocess
import sys
import warnings

import joblib
import keras
import numpy as np
import pytest
from sklearn.base import clone

from sk_mnist_mlp import SKOPS_TRUSTED, KerasMLPClassifier
from sk_mnist_mlp.model_files import versions
from sk_mnist_mlp.model_files.versions import InconsistentVersionWarning
from tests.same_estimators import assert_same, assert_same_estimators

ROWS = np.random.default_rng(0).normal(size=(24, 3))
LABELS = np.array(["a", "b", "c"])[np.arange(24) % 3]


def through_pickle(clf, folder):
    return pickle.loads(pickle.dumps(clf))


def through_cloudpickle(clf, folder):
    cloudpickle = pytest.importorskip("cloudpickle")
    return pickle.loads(cloudpickle.dumps(clf))


def through_joblib(clf, folder):
    joblib.dump(clf, folder / "model.joblib")
    return joblib.load(folder / "model.joblib")


def through_mapped_joblib(clf, folder):
    joblib.dump(clf, folder / "model.joblib")
    mapped = joblib.load(folder / "model.joblib", mmap_mode="r")
    assert isinstance(mapped.coefs_[0], np.memmap)
    return mapped


def through_copy(clf, folder):
    return copy.copy(clf)


def through_deepcopy(clf, folder):
    return copy.deepcopy(clf)


def through_skops(clf, folder):
    skops_io = pytest.importorskip("skops.io")
    return skops_io.loads(skops_io.dumps(clf), trusted=SKOPS_TRUSTED)


def through_save(clf, folder):
    clf.save(folder / "model.zip")
    return KerasMLPClassifier.load(folder / "model.zip")


WAYS = {
    "pickle": through_pickle,
    "cloudpickle": through_cloudpickle,
    "joblib": through_joblib,
    "joblib, mapped": through_mapped_joblib,
    "copy": through_copy,
    "deepcopy": through_deepcopy,
    "skops": through_skops,
    "save": through_save,
}
each_way = pytest.mark.parametrize("through", WAYS.values(), ids=WAYS)


def classifier(**parameters):
    return KerasMLPClassifier(
        **{"widths": (4,), "batch_norm": True, "epochs": 2, "random_state": 0} | parameters
    )


@pytest.fixture(scope="module")
def fitted():
    return classifier().fit(ROWS, LABELS)


@pytest.fixture(scope="module")
def in_mid_partial_fit():
    return classifier().partial_fit(ROWS, LABELS, classes=["a", "b", "c"])


@each_way
def test_a_fitted_estimator_comes_back(tmp_path, through, fitted):
    there = through(fitted, tmp_path)
    assert_same_estimators(there, fitted)
    assert_same(there.predict_proba(ROWS), fitted.predict_proba(ROWS))


@each_way
def test_a_partial_fit_goes_on_as_it_would_have(tmp_path, through, in_mid_partial_fit):
    there = through(in_mid_partial_fit, tmp_path)
    assert_same_estimators(there, in_mid_partial_fit)
    there.partial_fit(ROWS[:10], LABELS[:10]).partial_fit(ROWS, LABELS)
    here = copy.deepcopy(in_mid_partial_fit)
    here.partial_fit(ROWS[:10], LABELS[:10]).partial_fit(ROWS, LABELS)
    assert_same_estimators(there, here)


@each_way
def test_training_what_came_back_leaves_the_original(tmp_path, through, in_mid_partial_fit):
    before = pickle.dumps(vars(in_mid_partial_fit))
    through(in_mid_partial_fit, tmp_path).partial_fit(ROWS, LABELS)
    assert_same(vars(in_mid_partial_fit), pickle.loads(before))


@pytest.mark.parametrize("through", [w for name, w in WAYS.items() if name != "save"])
def test_an_unfitted_estimator_comes_back(tmp_path, through):
    clf = classifier(init_stddev=[0.1], class_weight={"a": 1, "b": 2, "c": 3})
    if through is through_mapped_joblib:
        through = through_joblib
    assert_same_estimators(through(clf, tmp_path), clf)


@pytest.mark.parametrize(
    "through", [w for name, w in WAYS.items() if name not in ("skops", "joblib, mapped")]
)
def test_an_optimizer_instance_comes_back(tmp_path, through):
    clf = classifier(optimizer=keras.optimizers.SGD(0.1, momentum=0.9))
    clf.partial_fit(ROWS, LABELS, classes=["a", "b", "c"])
    there = through(clf, tmp_path)
    assert_same_estimators(there, clf)
    assert_same_estimators(there.partial_fit(ROWS, LABELS), clf.partial_fit(ROWS, LABELS))


def test_cloudpickle_takes_an_activation_that_is_code(tmp_path):
    clf = classifier(activation=lambda x: keras.ops.maximum(x, -0.1)).fit(ROWS, LABELS)
    there = through_cloudpickle(clf, tmp_path)
    assert_same(there.predict_proba(ROWS), clf.predict_proba(ROWS))


def test_a_pickle_is_about_as_large_as_the_weights():
    clf = classifier(widths=(2000,), epochs=1, batch_norm=False).fit(ROWS, LABELS)
    n_bytes = clf.n_parameters_ * clf.coefs_[0].itemsize
    assert n_bytes < len(pickle.dumps(clf)) < n_bytes + 3000


def test_a_pickle_of_this_version_does_not_warn(fitted):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pickle.loads(pickle.dumps(fitted))


def test_a_pickle_of_another_version_warns(fitted, monkeypatch):
    pickled = pickle.dumps(fitted)
    monkeypatch.setattr(versions, "__version__", "99.1")
    message = (
        r"KerasMLPClassifier was pickled by sk_mnist_mlp \d+\.\d+\.\d+.* and is unpickled by "
        "99.1: it may fail, or give other results"
    )
    with pytest.warns(InconsistentVersionWarning, match=message) as caught:
        loaded = pickle.loads(pickled)
    assert caught[0].message.current_version == "99.1"
    assert caught[0].filename == __file__
    assert_same_estimators(loaded, fitted)


def test_a_pickle_of_no_version_warns(fitted):
    state = {k: v for k, v in fitted.__getstate__().items() if "version" not in k}
    with pytest.warns(InconsistentVersionWarning, match="of an unknown version"):
        KerasMLPClassifier().__setstate__(state)


def test_the_version_is_no_attribute(fitted):
    unpickled = pickle.loads(pickle.dumps(fitted))
    assert not [name for name in vars(unpickled) if "version" in name]
    assert vars(clone(unpickled)).keys() == unpickled.get_params().keys()


UNPICKLES_AND_PREDICTS = """
import pickle, sys
clf = pickle.load(sys.stdin.buffer)
clf.predict_proba(clf.coefs_[0].T)
assert not {"tensorflow", "jax", "keras"} & set(sys.modules)
"""


def test_a_pickle_predicts_without_tensorflow(fitted):
    command = [sys.executable, "-c", UNPICKLES_AND_PREDICTS]
    subprocess.run(command, input=pickle.dumps(fitted), check=True, timeout=60)
