"""`save` and `load`: what comes back, what is written, and what a file needs to be read."""

import copy
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from sk_mnist_mlp import KerasMLPClassifier
from sk_mnist_mlp.data.labels import Labels
from sk_mnist_mlp.network.weights import OptimizerState
from sk_mnist_mlp.training.optimizers import choose_optimizer
from tests.keeping import saved_and_loaded
from tests.model_files.forgery import FORMAT_1
from tests.same_estimators import assert_same, assert_same_estimators

ROWS = np.random.default_rng(0).normal(size=(24, 3))
NUMBERS = np.arange(24) % 3


def classifier(**parameters):
    return KerasMLPClassifier(**{"widths": (4,), "epochs": 2, "random_state": 0} | parameters)


@pytest.fixture(scope="module")
def fitted():
    return classifier().fit(ROWS, NUMBERS)


LABELS = {
    "int64": NUMBERS,
    "int8": NUMBERS.astype(np.int8) - 1,
    "uint16": NUMBERS.astype(np.uint16),
    "bool": NUMBERS > 0,
    "float": NUMBERS + 0.0,
    "big-endian": NUMBERS.astype(">i4"),
    "dates": np.array(["2020-01-01", "2020-01-02", "2021-01-01"], "M8[D]")[NUMBERS],
    "text": np.array(["no", "yes, or longer", "ü"], "U20")[NUMBERS],
    "objects": np.array(["no", "ends in a null\0", "ü\n"], object)[NUMBERS],
    "indicator": np.eye(3, dtype=np.uint8)[NUMBERS],
}


@pytest.mark.parametrize("y", LABELS.values(), ids=LABELS)
def test_labels_of_each_kind_come_back(tmp_path, y):
    clf = classifier().fit(ROWS, y)
    loaded = saved_and_loaded(clf, tmp_path)
    assert_same_estimators(loaded, clf)
    assert_same(loaded.predict(ROWS), clf.predict(ROWS))


FITS = {
    "softmax regression": {"widths": ()},
    "batch norm": {"widths": (4, 3), "batch_norm": "before", "dropout": [0.1, 0.2]},
    "warm start": {"warm_start": True},
    "average": {"averaging": 0.9, "warm_start": True, "batch_norm": True},
    "an activation each": {"widths": (4, 3), "activation": ["tanh", "gelu"]},
    "early stopping": {"early_stopping": True, "n_iter_no_change": float("inf")},
    "named activation": {"activation": "hard_silu", "dtype": "float32"},
    "initial stddevs": {"widths": [4, 3], "init_stddev": ["he", None, np.float32(0.2)]},
}


@pytest.mark.parametrize("parameters", FITS.values(), ids=FITS)
def test_estimators_of_each_kind_come_back(tmp_path, parameters):
    clf = classifier(**parameters).fit(ROWS, NUMBERS)
    assert_same_estimators(saved_and_loaded(clf, tmp_path), clf)


def test_feature_names_come_back(tmp_path):
    frame = pd.DataFrame(ROWS, columns=["length", "width", "größe"])
    clf = classifier().fit(frame, NUMBERS)
    loaded = saved_and_loaded(clf, tmp_path)
    assert_same_estimators(loaded, clf)
    with pytest.raises(ValueError, match="feature names should match"):
        loaded.predict(frame.rename(columns={"width": "breadth"}))


def test_parameters_that_were_changed_after_the_fit_come_back(tmp_path, fitted):
    changed = classifier(widths=(9, 9), activation="tanh", epochs=-1)
    changed.__dict__ |= {k: v for k, v in vars(fitted).items() if k not in changed.get_params()}
    assert_same_estimators(saved_and_loaded(changed, tmp_path), changed)


def schedule_of_momentum():
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=3, decay_rate=0.9)
    return keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)


@keras.saving.register_keras_serializable("tests")
class Registered(keras.optimizers.SGD):
    pass


OPTIMIZERS = {
    "schedule": schedule_of_momentum,
    "settings": lambda: keras.optimizers.AdamW(0.003, weight_decay=0.1, clipvalue=0.5),
    "registered": lambda: Registered(0.2),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_training_goes_on_with_an_optimizer_instance(tmp_path, optimizer):
    clf = classifier(optimizer=optimizer())
    clf.partial_fit(ROWS, NUMBERS, classes=[0, 1, 2])
    loaded = saved_and_loaded(clf, tmp_path)
    assert_same_estimators(loaded, clf)
    loaded.partial_fit(ROWS, NUMBERS)
    assert_same_estimators(loaded, clf.partial_fit(ROWS, NUMBERS))


def test_a_random_state_goes_on_where_it_stood(tmp_path):
    clf = classifier(random_state=np.random.RandomState(5)).fit(ROWS, NUMBERS)
    loaded = saved_and_loaded(clf, tmp_path)
    assert_same_estimators(loaded.fit(ROWS, NUMBERS), clf.fit(ROWS, NUMBERS))


def test_a_subclass_loads_as_itself(tmp_path, fitted):
    class Subclass(KerasMLPClassifier):
        pass

    clf = Subclass(**fitted.get_params())
    clf.__dict__ |= vars(fitted)
    assert type(saved_and_loaded(clf, tmp_path)) is Subclass


def test_loaded_arrays_can_be_written_to(tmp_path, fitted):
    loaded = saved_and_loaded(fitted, tmp_path)
    assert all(kernel.flags.writeable for kernel in loaded.coefs_)


REFUSED = {
    "callable": (
        {"activation": keras.activations.relu},
        r"The 'activation' parameter cannot be saved: <function relu .*> is code, which the file "
        r"does not hold\. Give a name, where there is one, such as 'relu' or 'roc_auc', or keep "
        "the model with cloudpickle",
    ),
    "unregistered optimizer": (
        {"optimizer": type("Unregistered", (keras.optimizers.SGD,), {})()},
        r"The 'optimizer' parameter cannot be saved: .* has the class 'Unregistered', which is "
        r"neither in keras\.optimizers nor registered\. Give its name or an optimizer of "
        r"keras\.optimizers, register the class with keras\.saving\.register_keras_serializable",
    ),
    "set": ({"class_weight": {1, 2}}, r"'class_weight' .* is of type set; expected None"),
    "PCG64": (
        {"random_state": np.random.RandomState(np.random.PCG64(0))},
        "'random_state' .* draws from PCG64, and only one of MT19937 is kept",
    ),
}


@pytest.mark.parametrize(("parameters", "message"), REFUSED.values(), ids=REFUSED)
def test_what_a_file_does_not_hold_is_refused(tmp_path, fitted, parameters, message):
    clf = classifier(**parameters)
    clf.__dict__ |= {k: v for k, v in vars(fitted).items() if k not in parameters}
    with pytest.raises(ValueError, match=message):
        clf.save(tmp_path / "model.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_network_of_a_callable_is_refused_whatever_the_parameter_says_now(tmp_path):
    clf = classifier(activation=keras.ops.tanh).fit(ROWS, NUMBERS).set_params(activation="tanh")
    with pytest.raises(ValueError, match="'activation' parameter cannot be saved"):
        clf.save(tmp_path / "model.zip")


def test_an_optimizer_with_code_is_refused(tmp_path, fitted):
    clf = classifier()
    clf.__dict__ |= vars(fitted)
    with pytest.warns(UserWarning, match="lambda"), pytest.raises(ValueError, match="__lambda__"):
        clf.set_params(optimizer=keras.optimizers.SGD(lambda: 0.1)).save(tmp_path / "model.zip")


def test_weights_that_do_not_fit_the_network_are_refused(tmp_path, fitted):
    clf = classifier()
    clf.__dict__ |= vars(fitted) | {"intercepts_": [np.zeros(5), np.zeros(3)]}
    message = (
        r"cannot be saved, as it could not be loaded again: biases/0\.npy: found shape \(5,\) and "
        r"dtype float64; expected shape \(4,\) and dtype float64"
    )
    with pytest.raises(ValueError, match=message):
        clf.save(tmp_path / "model.zip")


def test_labels_that_are_other_objects_are_refused(tmp_path, fitted):
    clf = classifier()
    clf.__dict__ |= vars(fitted) | {"_targets": Labels(np.array([1, 2.5, "a"], object))}
    message = (
        "Class labels that are objects cannot be saved unless they are strings. Got float, int"
    )
    with pytest.raises(ValueError, match=message):
        clf.save(tmp_path / "model.zip")


def test_an_unfitted_estimator_is_not_saved(tmp_path):
    with pytest.raises(NotFittedError):
        classifier().save(tmp_path / "model.zip")


def test_a_failed_save_leaves_the_file_that_was_there(tmp_path, fitted, monkeypatch):
    path = tmp_path / "model.zip"
    path.write_text("precious")

    def fail(descriptor):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="no space left"):
        fitted.save(path)
    assert path.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_whole(tmp_path, fitted):
    path = tmp_path / "model.zip"
    path.write_bytes(bytes(100_000))
    fitted.save(str(path))
    assert_same_estimators(KerasMLPClassifier.load(str(path)), fitted)
    assert list(tmp_path.iterdir()) == [path]


def test_the_same_model_gives_the_same_file(tmp_path, fitted):
    fitted.save(tmp_path / "one.zip")
    fitted.save(tmp_path / "other.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()


def test_a_file_is_as_readable_as_others_of_the_user(tmp_path, fitted):
    (tmp_path / "other").touch()
    fitted.save(tmp_path / "model.zip")
    assert (tmp_path / "model.zip").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_private_file_stays_private(tmp_path, fitted):
    path = tmp_path / "model.zip"
    path.touch()
    path.chmod(0o600)
    fitted.save(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path, fitted):
    target, link = tmp_path / "version 2.zip", tmp_path / "model.zip"
    target.touch()
    link.symlink_to(target.name)
    fitted.save(link)
    assert link.is_symlink()
    assert_same_estimators(KerasMLPClassifier.load(target), fitted)


def test_a_missing_folder_is_told_by_the_path_that_was_given(tmp_path, fitted):
    path = tmp_path / "missing" / "model.zip"
    with pytest.raises(FileNotFoundError, match=f"No such file or directory: '{path}'"):
        fitted.save(path)


def test_a_file_holds_json_and_arrays_without_objects(tmp_path, fitted):
    fitted.save(tmp_path / "model.zip")
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        for name in manifest["arrays"]:
            with archive.open(name) as member:
                np.lib.format.read_array(member, allow_pickle=False)
        names = set(archive.namelist())
    assert names == {*manifest["arrays"], "manifest.json", "manifest.sha256"}
    assert manifest["format"] == 1
    assert manifest["parameters"]["widths"] == {"tuple": [4]}


def test_a_file_is_about_as_large_as_the_weights(tmp_path):
    clf = classifier(widths=(2000,), epochs=1).fit(np.tile(ROWS, 20), NUMBERS)
    clf.save(tmp_path / "model.zip")
    n_bytes = clf.n_parameters_ * clf.coefs_[0].itemsize
    assert n_bytes < (tmp_path / "model.zip").stat().st_size < 1.02 * n_bytes


# Written once; what is here is what that estimator had and gave then.
FLOWERS = pd.DataFrame({"length": [0.13, 0.64, -0.54], "width": [-0.13, 0.1, 0.36]})
PROBABILITIES = [
    [0.23476589, 0.27507481, 0.4901593],
    [0.22335452, 0.29381281, 0.48283267],
    [0.35513863, 0.3413341, 0.30352727],
]
RANDOM_STATE = np.random.RandomState(7)
RANDOM_STATE.randint(2**31 - 1)  # the seed that the fit drew
PARAMETERS = {
    "widths": (3,),
    "activation": "tanh",
    "batch_norm": "before",
    "class_weight": {"a": np.float32(0.5), "b": 1, "c": 2.0},
    "dropout": [0.1],
    "dtype": "float32",
    "early_stopping": True,
    "epochs": np.int64(4),
    "init_stddev": np.array([0.5]),
    "learning_rate": 0.01,
    "n_iter_no_change": float("inf"),
    "optimizer": "rmsprop",
    "random_state": RANDOM_STATE,
    "validation_fraction": 0.2,
    "warm_start": True,
}


def test_a_file_of_the_first_format_predicts_what_it_did():
    clf = KerasMLPClassifier.load(FORMAT_1)
    np.testing.assert_allclose(clf.predict_proba(FLOWERS), PROBABILITIES, rtol=1e-5)
    assert clf.predict(FLOWERS).tolist() == ["c", "c", "a"]
    assert clf.best_validation_score_ == max(clf.history_["val_accuracy"]) == 4 / 9
    assert_same(clf.get_params(), KerasMLPClassifier().get_params() | PARAMETERS)


def test_training_goes_on_from_a_file_of_the_first_format_as_without_it():
    clf = KerasMLPClassifier.load(FORMAT_1)
    without_file = copy.deepcopy(clf)
    with np.load(FORMAT_1) as arrays:
        without_file.coefs_ = [arrays[f"kernels/{i}"] for i in range(2)]
        without_file.intercepts_ = [arrays[f"biases/{i}"] for i in range(2)]
        slots = {
            name.removeprefix("optimizer/"): arrays[name]
            for name in arrays.files
            if name.startswith("optimizer/")
        }
    identity = choose_optimizer("rmsprop", None).spec.identity
    without_file._optimizer_state = OptimizerState(identity, slots)
    for estimator in (clf, without_file):
        estimator.partial_fit(FLOWERS, ["c", "c", "b"])
    assert_same_estimators(clf, without_file)
    assert clf._n_epochs == 5
    assert clf._optimizer_state.slots["shared/0"] == slots["shared/0"] + 1


def test_the_optimizer_state_of_a_file_of_the_first_format_counts():
    clf = KerasMLPClassifier.load(FORMAT_1)
    fresh = copy.deepcopy(clf)
    fresh._optimizer_state = None
    with pytest.warns(UserWarning, match="The optimizer's state is missing"):
        fresh.partial_fit(FLOWERS, ["c", "c", "b"])
    clf.partial_fit(FLOWERS, ["c", "c", "b"])
    assert (clf.coefs_[0] != fresh.coefs_[0]).any()


LOADS_AND_PREDICTS = """
import sys
from sk_mnist_mlp import KerasMLPClassifier

warm = KerasMLPClassifier.load(sys.argv[1])
events = []
sys.addaudithook(lambda event, arguments: events.append(event))
clf = KerasMLPClassifier.load(sys.argv[1])
ran = {"exec", "import", "marshal.loads", "pickle.find_class", "os.system", "subprocess.Popen"}
assert not ran & set(events), events
assert "open" in events
import numpy as np
assert clf.predict_proba(np.zeros((2, 2))).shape == (2, 3)
assert not {"tensorflow", "jax", "keras"} & set(sys.modules)
"""


def test_loading_and_predicting_run_no_code_and_need_no_tensorflow():
    options = ["-W", "ignore:X does not have valid feature names"]
    subprocess.run(
        [sys.executable, *options, "-c", LOADS_AND_PREDICTS, FORMAT_1], check=True, timeout=60
    )


@pytest.mark.parametrize("kind", [str, os.fsencode, Path])
def test_a_path_is_of_any_kind(tmp_path, fitted, kind):
    path = kind(tmp_path / "größe.zip")
    fitted.save(path)
    assert_same_estimators(KerasMLPClassifier.load(path), fitted)


def test_a_file_named_by_bytes_is_told_as_text(tmp_path):
    path = tmp_path / "größe.zip"
    path.write_text("no model")
    with pytest.raises(ValueError, match=f"^{path}: the file: found no readable zip archive"):
        KerasMLPClassifier.load(os.fsencode(path))


def test_a_path_must_be_a_path(fitted):
    for call in (fitted.save, KerasMLPClassifier.load):
        with pytest.raises(TypeError, match=r"expected str, bytes or os\.PathLike object, not"):
            call(3)


@pytest.mark.parametrize("path", ["", b"", "folder/"])
def test_a_path_must_name_a_file(tmp_path, monkeypatch, fitted, path):
    monkeypatch.chdir(tmp_path)
    message = rf"path must name a file, got '{os.fsdecode(path)}': give .* such as 'model\.zip'"
    for call in (fitted.save, KerasMLPClassifier.load):
        with pytest.raises(ValueError, match=message):
            call(path)
    assert list(tmp_path.iterdir()) == []


OTHER_FORMATS = {
    ".keras": r"to_keras\(\)\.save\(path\)",
    ".h5": r"to_keras\(\)\.save\(path\)",
    ".hdf5": r"to_keras\(\)\.save\(path\)",
    ".onnx": r"to_keras\(\)\.export\(path, format='onnx'\)",
    ".pkl": r"pickle\.dump\(estimator, file\)",
    ".pickle": r"pickle\.dump\(estimator, file\)",
    ".joblib": r"joblib\.dump\(estimator, path\)",
    ".skops": r"skops\.io\.dump\(estimator, path\)",
    ".Keras": r"to_keras\(\)\.save\(path\)",
}


@pytest.mark.parametrize(("ending", "instead"), OTHER_FORMATS.items())
def test_the_ending_of_another_format_is_refused(tmp_path, fitted, ending, instead):
    message = (
        rf"path must have another ending than '{ending}', got '.*model{ending}': save writes a "
        rf"format of its own, .*\. Let it end in '\.zip', or call {instead} for '{ending}'"
    )
    with pytest.raises(ValueError, match=message):
        fitted.save(tmp_path / f"model{ending}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["model", "model.zip", "model.v1", "keras", ".keras", "h5.model"])
def test_any_other_ending_is_free(tmp_path, fitted, name):
    fitted.save(tmp_path / name)
    assert_same_estimators(KerasMLPClassifier.load(tmp_path / name), fitted)


# Keras converts its variables in a way that NumPy deprecates.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_model_that_keras_saved_is_told_from_a_damaged_one(tmp_path, fitted):
    fitted.to_keras().save(tmp_path / "model.keras")
    message = r"model\.keras: was not written by sk_mnist_mlp's save, .* keras\.saving\.load_"
    with pytest.raises(ValueError, match=message):
        KerasMLPClassifier.load(tmp_path / "model.keras")


def test_there_must_be_a_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        KerasMLPClassifier.load(tmp_path / "nowhere.zip")
    with pytest.raises(IsADirectoryError):
        KerasMLPClassifier.load(tmp_path)
