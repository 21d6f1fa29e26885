"""Entries are read as they were written, or refused: never as something else."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sk_mnist_mlp.fitting.fitted import fitted_of
from sk_mnist_mlp.fitting.snapshot import Snapshot
from sk_mnist_mlp.fitting.task import Request, prepare
from sk_mnist_mlp.memory.entries import read_entry, write_entry
from sk_mnist_mlp.memory.key import key_of
from sk_mnist_mlp.parameters.checked import check_parameters
from tests.small_fits import ALL_OF_IT, X, Y, small

N_MUTATIONS = 10_000


def task_of(clf):
    hyper = check_parameters("small", clf.get_params(deep=False))
    return prepare(clf, hyper, Request(X, Y))


def snapshot_of(clf):
    fitted = fitted_of(clf)
    return Snapshot(fitted.position, fitted.record, fitted.position)


def contents(snapshot):
    """Every number of a snapshot, as bytes."""
    return [
        position
        and [
            {name: array.tobytes() for name, array in position.weights.tensors().items()},
            {name: slot.tobytes() for name, slot in position.optimizer_state.slots.items()},
            position.optimizer_state.trained,
            position.optimizer_state.optimizer,
            position.n_epochs,
            position.n_updates,
        ]
        for position in (snapshot.position, snapshot.best)
    ] + [snapshot.record]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A task, its key, its snapshot and the bytes of its entry."""
    clf = small(**ALL_OF_IT)
    task = task_of(clf)
    key, snapshot = key_of(task), snapshot_of(clf.fit(X, Y))
    path = tmp_path_factory.mktemp("entries") / "entry"
    write_entry(path, key, True, task, snapshot)
    return task, key, snapshot, path


def test_a_snapshot_comes_back(written):
    task, key, snapshot, path = written
    assert contents(read_entry(path, key, True, task)) == contents(snapshot)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"key": "0" * 64}, "the entry of another fit"),
        ({"finished": False}, "the entry of another fit"),
        ({"task": task_of(small(**ALL_OF_IT, widths=(5,)))}, "Start"),
        ({"task": task_of(small(**ALL_OF_IT, random_state=1))}, "Start"),
        ({"task": task_of(small(**ALL_OF_IT, epochs=2))}, "3 epochs"),
    ],
)
def test_what_is_of_another_fit_is_refused(written, change, found):
    task, key, _, path = written
    asked = {"key": key, "finished": True, "task": task} | change
    with pytest.raises(ValueError, match=f"found .*{found}"):
        read_entry(path, **asked)


def test_a_saved_model_is_no_entry(written, tmp_path):
    task, key, _, _ = written
    small(**ALL_OF_IT).fit(X, Y).save(tmp_path / "model.zip")
    with pytest.raises(ValueError, match="found the entry of another fit"):
        read_entry(tmp_path / "model.zip", key, True, task)


@st.composite
def mutations(draw, n_bytes):
    """A function of bytes that changes some of them."""
    place = draw(st.integers(0, n_bytes - 1))
    length = draw(st.integers(1, 64))
    kind = draw(st.sampled_from(["flip", "cut", "insert", "drop", "swap", "zero"]))
    other, bit = draw(st.integers(0, n_bytes - 1)), draw(st.integers(0, 7))
    noise = draw(st.binary(min_size=1, max_size=length))

    def mutate(content):
        end = place + length
        if kind == "flip":
            return content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]
        if kind == "cut":
            return content[:place]
        if kind == "insert":
            return content[:place] + noise + content[place:]
        if kind == "drop":
            return content[:place] + content[end:]
        if kind == "zero":
            return content[:place] + bytes(len(content[place:end])) + content[end:]
        low, high = sorted((place, other))
        length_ = min(length, high - low, n_bytes - high)
        one, two = content[low : low + length_], content[high : high + length_]
        return content[:low] + two + content[low + length_ : high] + one + content[high + length_ :]

    return mutate


@pytest.mark.slow
@settings(
    max_examples=N_MUTATIONS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_whatever_was_changed_is_refused_or_read_right(written, tmp_path, data):
    task, key, snapshot, path = written
    content = path.read_bytes()
    mutated = tmp_path / "mutated"
    mutated.write_bytes(data.draw(mutations(len(content)))(content))
    try:
        found = read_entry(mutated, key, True, task)
    except ValueError:
        return
    assert contents(found) == contents(snapshot)
