"""Fits are read back, go on where they were cut off, and suffer nothing from their folder."""

import errno
import os
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sk_mnist_mlp import estimator as fits
from sk_mnist_mlp.disk import whole_files
from sk_mnist_mlp.memory import folder as kept
from sk_mnist_mlp.memory.folder import DAMAGED, FINISHED, README, UNFINISHED, Memory
from sk_mnist_mlp.training.optimizers import optimizer_names
from tests.small_fits import ALL_OF_IT, X, Y, model_of, small

VALIDATION = {"X_val": X[:20], "y_val": Y[:20]}
"""After each epoch, so that these do not share a call of the program."""

FITS = {
    "plain": {},
    "all of it": ALL_OF_IT,
    "early stopping": {"early_stopping": True, "epochs": 12, "n_iter_no_change": 2, "tol": 0.01},
    "a scorer": ALL_OF_IT | {"early_stopping": True, "scoring": "f1_macro", "epochs": 6},
    "an adaptive rate": {
        "schedule": "adaptive", "epochs": 12, "n_iter_no_change": 1, "learning_rate": 0.05
    },
    "sgd in float32": {"optimizer": "sgd", "dtype": "float32"},
} | {
    name: {"optimizer": name, "epochs": 4}
    for name in ("muon", "schedulefreeadamw")
    if name in optimizer_names()  # Keras 3.10 has no ScheduleFreeAdamW
}  # fmt: skip

each_fit = pytest.mark.parametrize("parameters", FITS.values(), ids=FITS)


class KilledError(Exception):
    """Stands for a process that is gone."""


def assert_same_fit(one, other):
    """All that a fit leaves is the same, the optimizer's state included."""
    left = [
        {name: value for name, value in vars(clf).items() if name not in clf.get_params()}
        for clf in (one, other)
    ]
    assert left[0].keys() == left[1].keys()
    assert model_of(one) == model_of(other)
    for name in left[0].keys() - {"_start", "_targets"}:
        assert pickle.dumps(left[0][name]) == pickle.dumps(left[1][name]), name
    assert left[0]["_start"] == left[1]["_start"]


def names_in(folder):
    return sorted(path.name.partition(".")[2] for path in folder.iterdir())


def only(folder, ending):
    [path] = folder.glob(f"*{ending}")
    return path


@pytest.fixture
def always(monkeypatch):
    """Snapshots after every epoch."""
    monkeypatch.setattr(kept, "SNAPSHOT_SECONDS", 0.0)


@pytest.fixture
def nothing_is_trained(monkeypatch):
    def fail(*arguments):
        raise AssertionError("trains")

    return lambda: monkeypatch.setattr(fits, "run", fail)


def cut_off(clf, after, monkeypatch, error=KilledError):
    """Fit, and fail after so many snapshots."""
    n_snapshots = 0

    def after_epoch(memory, snapshot):
        nonlocal n_snapshots
        really_after_epoch(memory, snapshot)
        n_snapshots += 1
        if n_snapshots == after:
            raise error

    really_after_epoch = Memory.after_epoch
    with monkeypatch.context() as patch:
        patch.setattr(Memory, "after_epoch", after_epoch)
        with pytest.raises(error):
            clf.fit(X, Y, **VALIDATION)


# Reading back


@each_fit
def test_a_finished_fit_is_read_back_bit_by_bit(parameters, tmp_path, nothing_is_trained):
    whole = small(**parameters).fit(X, Y, **VALIDATION)
    assert_same_fit(small(**parameters, memory=tmp_path).fit(X, Y, **VALIDATION), whole)
    nothing_is_trained()
    assert_same_fit(small(**parameters, memory=tmp_path).fit(X, Y, **VALIDATION), whole)
    assert names_in(tmp_path) == sorted(["txt", FINISHED[1:]])


def test_what_was_read_back_goes_on_as_what_was_trained(tmp_path):
    small(memory=tmp_path).fit(X, Y)
    read_back = small(memory=tmp_path).fit(X, Y).set_params(memory=None)
    assert model_of(read_back.partial_fit(X, Y)) == model_of(small(epochs=4).fit(X, Y))


def test_a_warm_start_is_kept_by_where_it_started(tmp_path, nothing_is_trained):
    def twice():
        clf = small(warm_start=True, memory=tmp_path).fit(X, Y)
        return clf.fit(X, Y)

    first = twice()
    nothing_is_trained()
    assert_same_fit(twice(), first)
    assert len(list(tmp_path.glob(f"*{FINISHED}"))) == 2


def test_a_folder_may_be_a_text_a_path_and_of_the_home(tmp_path, monkeypatch, nothing_is_trained):
    monkeypatch.setenv("HOME", str(tmp_path))
    small(memory="~/some/fits").fit(X, Y)
    nothing_is_trained()
    small(memory=str(tmp_path / "some" / "fits")).fit(X, Y)
    small(memory=tmp_path / "some" / "fits").fit(X, Y)


def test_a_search_trains_nothing_twice(tmp_path, nothing_is_trained):
    grid = {"dropout": [0.1, 0.2], "learning_rate": [0.01, 0.02]}
    search = GridSearchCV(small(memory=tmp_path), grid, cv=2)
    found = clone(search).fit(X, Y)
    nothing_is_trained()
    again = clone(search).fit(X, Y)
    scores = "mean_test_score"
    assert again.cv_results_[scores].tolist() == found.cv_results_[scores].tolist()
    assert model_of(again.best_estimator_) == model_of(found.best_estimator_)


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_two_that_fit_the_same_at_once_leave_one_entry_fifty_times_over(backend, tmp_path):
    folders = [tmp_path / str(number) for number in range(50)]
    fitted = Parallel(2, backend=backend, batch_size=1)(
        delayed(small(memory=folder).fit)(X, Y) for folder in folders for _ in range(2)
    )
    assert len({pickle.dumps(model_of(one)) for one in fitted}) == 1
    for folder in folders:
        assert names_in(folder) == sorted(["txt", FINISHED[1:]])


# Going on


@each_fit
def test_a_fit_that_was_cut_off_goes_on_bit_by_bit(parameters, tmp_path, monkeypatch, always):
    whole = small(**parameters).fit(X, Y, **VALIDATION)
    for after in range(1, whole.n_iter_):
        clf = small(**parameters, memory=tmp_path / str(after))
        cut_off(clf, after, monkeypatch)
        assert UNFINISHED[1:] in names_in(tmp_path / str(after))
        assert_same_fit(clf.fit(X, Y, **VALIDATION), whole)
        assert names_in(tmp_path / str(after)) == sorted(["txt", FINISHED[1:]])


def test_a_fit_may_be_cut_off_again_and_again(tmp_path, monkeypatch, always):
    parameters = FITS["a scorer"]
    clf = small(**parameters, memory=tmp_path)
    for _ in range(3):
        cut_off(clf, 1, monkeypatch)
    assert_same_fit(clf.fit(X, Y, **VALIDATION), small(**parameters).fit(X, Y, **VALIDATION))


def test_an_interrupted_fit_leaves_a_snapshot_however_short_it_was(tmp_path, monkeypatch, capsys):
    clf = small(memory=tmp_path)
    cut_off(clf, 2, monkeypatch, KeyboardInterrupt)
    assert not hasattr(clf, "coefs_")
    assert UNFINISHED[1:] in names_in(tmp_path)
    whole = small().fit(X, Y, **VALIDATION)
    assert_same_fit(clf.set_params(verbose=1).fit(X, Y, **VALIDATION), whole)
    assert "going on from epoch 3" in capsys.readouterr().out


def test_snapshots_are_as_far_apart_as_the_constant_says(tmp_path, monkeypatch):
    written, now = [], [0.0]
    monkeypatch.setattr(kept, "time", SimpleNamespace(monotonic=lambda: now[0]))
    really_after_epoch, really_write = Memory.after_epoch, Memory._write

    def after_epoch(memory, snapshot):
        now[0] += 4.0
        really_after_epoch(memory, snapshot)

    def write(memory, ending, snapshot):
        written.append((snapshot.record.n_iter, ending))
        really_write(memory, ending, snapshot)

    monkeypatch.setattr(Memory, "after_epoch", after_epoch)
    monkeypatch.setattr(Memory, "_write", write)
    small(memory=tmp_path, epochs=8).fit(X, Y, **VALIDATION)
    assert written == [(3, UNFINISHED), (6, UNFINISHED), (8, FINISHED)]


def test_verbose_says_what_is_read(tmp_path, monkeypatch, always, capsys):
    clf = small(memory=tmp_path, verbose=1)
    cut_off(clf, 2, monkeypatch)
    capsys.readouterr()
    clf.fit(X, Y, **VALIDATION)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("going on from epoch 3: ")
    assert lines[1].startswith("epoch 3/3")
    clf.fit(X, Y, **VALIDATION)
    [line] = capsys.readouterr().out.splitlines()
    assert line == f"read back: {only(tmp_path, FINISHED)}"


# A folder that fails


def test_a_damaged_entry_is_put_aside_and_trained_anew(tmp_path):
    whole = small(memory=tmp_path).fit(X, Y)
    path = only(tmp_path, FINISHED)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.warns(UserWarning, match=r"A kept fit is damaged, and is trained again"):
        assert_same_fit(small(memory=tmp_path).fit(X, Y), whole)
    assert only(tmp_path, DAMAGED).name == f"{path.name}{DAMAGED}"
    assert path.exists()


def test_the_entry_of_another_fit_is_no_entry(tmp_path):
    small(memory=tmp_path).fit(X, Y)
    path = only(tmp_path, FINISHED)
    content = path.read_bytes()
    path.unlink()
    other = small(memory=tmp_path, random_state=1).fit(X, Y)
    only(tmp_path, FINISHED).write_bytes(content)
    with pytest.warns(UserWarning, match="found the entry of another fit"):
        assert_same_fit(small(memory=tmp_path, random_state=1).fit(X, Y), other)


def test_changed_data_are_another_fit(tmp_path):
    small(memory=tmp_path).fit(X, Y)
    other = X + 1.0
    assert_same_fit(small(memory=tmp_path).fit(other, Y), small().fit(other, Y))


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_folder_that_cannot_be_written_is_warned_of_once(tmp_path, monkeypatch, always, error):
    def full(*arguments):
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(whole_files.os, "fsync", full)
    with pytest.warns(UserWarning, match=r"is not kept, as memory=.* fails") as warned:
        clf = small(memory=tmp_path).fit(X, Y, **VALIDATION)
    assert len(warned) == 1
    assert_same_fit(clf, small().fit(X, Y, **VALIDATION))
    assert not list(tmp_path.iterdir())


def test_a_disk_may_fill_up_at_any_place(tmp_path, monkeypatch):
    whole = small().fit(X, Y)
    small(memory=tmp_path).fit(X, Y)
    n_bytes = only(tmp_path, FINISHED).stat().st_size
    really_open = open

    def with_room_for(n_left):
        def opened(*arguments, **options):
            stream = really_open(*arguments, **options)
            really_write = stream.write

            def write(content):
                nonlocal n_left
                n_left -= len(memoryview(content).cast("B"))
                if n_left < 0:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                return really_write(content)

            stream.write = write
            return stream

        return opened

    for n_left in np.linspace(0, n_bytes, 40).astype(int):
        folder = tmp_path / str(n_left)
        with monkeypatch.context() as patch:
            patch.setattr(whole_files, "open", with_room_for(n_left), raising=False)
            with pytest.warns(UserWarning, match="No space left on device"):
                clf = small(memory=folder).fit(X, Y)
        assert_same_fit(clf, whole)
        assert names_in(folder) in ([], ["txt"])


def test_an_entry_that_cannot_be_opened_is_warned_of(tmp_path):
    whole = small(memory=tmp_path).fit(X, Y)
    path = only(tmp_path, FINISHED)
    path.unlink()
    path.mkdir()
    with pytest.warns(UserWarning) as warned:
        assert_same_fit(small(memory=tmp_path).fit(X, Y), whole)
    assert "cannot be read, and is trained again" in str(warned[0].message)


# What is not kept


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"random_state": None}, "random_state is None, so that it would never be found again"),
        ({"activation": np.tanh}, "The 'activation' parameter"),
    ],
    ids=["no random state", "code"],
)
def test_what_has_no_key_is_trained_and_warned_of(parameters, why, tmp_path):
    if "activation" in parameters:
        import keras

        parameters = {"activation": lambda x: keras.ops.tanh(x)}
    with pytest.warns(UserWarning, match=f"memory keeps nothing of this fit: .*{why}"):
        small(**parameters, memory=tmp_path / "fits").fit(X, Y)
    assert not (tmp_path / "fits").exists()


def test_partial_fit_is_not_kept_and_says_so(tmp_path):
    with pytest.warns(UserWarning, match=r"nothing of this fit: it is a call of partial_fit"):
        small(memory=tmp_path).partial_fit(X, Y, [0, 1, 2])
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_place_of_a_folder_is_refused_before_training(tmp_path, nothing_is_trained):
    path = tmp_path / "fits"
    path.write_text("")
    nothing_is_trained()
    with pytest.raises(ValueError, match=r"'memory' parameter must be a folder, .*which is a file"):
        small(memory=path).fit(X, Y)


def test_the_folder_says_what_it_is(tmp_path):
    small(memory=tmp_path).fit(X, Y)
    assert "Any file may be\ndeleted" in (tmp_path / README).read_text()
