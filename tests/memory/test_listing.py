"""The command lists a folder's fits, and deletes what it listed and nothing else."""

import os
import re
import time

import pytest
from click.testing import CliRunner

from sk_mnist_mlp.cli import main
from sk_mnist_mlp.memory import key
from sk_mnist_mlp.memory.folder import DAMAGED, FINISHED, README, UNFINISHED
from sk_mnist_mlp.memory.listing import clear, kept_in
from sk_mnist_mlp.model_files.archive import write_archive
from tests.memory.test_folder import VALIDATION, cut_off
from tests.small_fits import X, Y, small


def command(*arguments):
    return CliRunner().invoke(main, ["memory", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """One file of each state, and two that are none of ours."""
    with monkeypatch.context() as patch:
        patch.setattr(key, "ARITHMETIC", 0)
        small(memory=tmp_path, random_state=1).fit(X, Y)
    small(memory=tmp_path).fit(X, Y)
    cut_off(small(memory=tmp_path, random_state=2), 2, monkeypatch, KeyboardInterrupt)
    (tmp_path / f"{'0' * 64}{FINISHED}").write_bytes(b"no archive")
    (tmp_path / f"{'1' * 64}{FINISHED}{DAMAGED}").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("mine")
    leftover = tmp_path / f".{'2' * 64}{UNFINISHED}.0123abcd"
    leftover.write_bytes(b"half of")
    young = tmp_path / f".{'3' * 64}{UNFINISHED}.0123abcd"
    young.write_bytes(b"half of")
    os.utime(leftover, (time.time() - 7200,) * 2)
    return tmp_path


def test_every_file_is_listed_by_its_state(folder):
    states = {kept.path.name[:4]: kept.state for kept in kept_in(folder)}
    assert sorted(states.values()) == [
        "damaged", "damaged", "finished", "leftover", "stale", "unfinished"
    ]  # fmt: skip
    assert states["0000"] == states["1111"] == "damaged"
    assert states[".222"] == "leftover"


def test_a_line_says_when_how_large_and_what(folder):
    output = command(folder).output
    assert re.search(
        r"^20\d\d-\d\d-\d\d \d\d:\d\d +0\.01 MB  finished    \w{12}  5-4, 3 epochs, float64$",
        output,
        re.MULTILINE,
    )
    assert "unfinished  " in output
    assert output.splitlines()[-1].startswith("6 files, ")


def test_what_is_old_is_deleted_and_nothing_else(folder):
    result = command(folder, "--older-than", "1h", "--delete")
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "1 files, 0.00 MB, deleted"
    assert len(kept_in(folder)) == 5


def test_all_that_is_listed_is_deleted_but_no_file_of_others(folder):
    assert command(folder, "--delete").exit_code == 0
    left = {path.name[:6] for path in folder.iterdir()}
    assert left == {README[:6], "notes.", ".33333"}
    assert command(folder).output == "0 files, 0.00 MB\n"


def test_clearing_leaves_what_others_put_there(folder):
    with pytest.raises(OSError, match="not empty"):
        clear(folder)
    assert {path.name[:6] for path in folder.iterdir()} == {"notes.", ".33333"}


def test_an_archive_that_says_nothing_of_a_fit_is_listed_as_damaged(tmp_path):
    path = tmp_path / f"{'0' * 64}{FINISHED}"
    write_archive(path, {"entry": "mine", "now": []}, {})
    assert [kept.state for kept in kept_in(tmp_path)] == ["damaged"]


def test_a_snapshot_goes_on_after_it_was_listed(folder):
    before = [kept for kept in kept_in(folder) if kept.state == "unfinished"]
    small(memory=folder, random_state=2).fit(X, Y, **VALIDATION)
    after = {kept.path for kept in kept_in(folder)}
    assert before[0].path not in after
