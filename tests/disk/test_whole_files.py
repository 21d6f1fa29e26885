"""A file is written whole or not at all, with the mode and the links that were there."""

import errno
import os
import stat

import pytest

from sk_mnist_mlp.disk.whole_files import naming, replacing


def write(path, content=b"new"):
    with replacing(path) as file:
        file.write(content)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.parametrize("as_path", [str, lambda path: path], ids=["text", "path"])
def test_a_file_is_replaced(tmp_path, as_path):
    path = tmp_path / "file"
    write(as_path(path), b"a longer one")
    write(as_path(path))
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_the_name_is_relative_to_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("file")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
@pytest.mark.parametrize("old", [{}, {"file": b"old"}], ids=["no file", "a file"])
def test_a_failure_leaves_what_was_there(tmp_path, error, old):
    for name, content in old.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(error, match="halfway"), replacing(tmp_path / "file") as file:
        file.write(b"half")
        raise error("halfway")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == old


def test_a_file_that_cannot_be_put_on_the_disk_is_a_failure(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=f"No space left on device: '{path}'$"):
        write(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o444])
def test_a_file_that_is_replaced_keeps_its_mode(tmp_path, umask, mode):
    path = tmp_path / "file"
    path.touch()
    path.chmod(mode)
    write(path)
    assert (path.read_bytes(), mode_of(path)) == (b"new", mode)


def test_a_new_file_has_the_mode_of_any_other(tmp_path, umask):
    write(tmp_path / "file")
    assert mode_of(tmp_path / "file") == 0o644


def test_a_private_file_is_never_readable_by_others_under_another_name(tmp_path, umask):
    path = tmp_path / "file"
    path.touch()
    path.chmod(0o600)
    with replacing(path):
        assert [mode_of(each) for each in tmp_path.iterdir()] == [0o600, 0o600]


@pytest.mark.parametrize("there", [True, False], ids=["a file", "no file yet"])
def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path, there):
    (tmp_path / "folder").mkdir()
    target, link, further = tmp_path / "folder" / "target", tmp_path / "link", tmp_path / "further"
    if there:
        target.write_bytes(b"old")
    link.symlink_to("folder/target")
    further.symlink_to(link)
    with replacing(further) as file:
        file.write(b"new")
        # In the target's folder, from where it can be renamed.
        assert len(list(tmp_path.iterdir())) == 3
    assert (further.readlink(), os.readlink(link)) == (link, "folder/target")
    assert target.read_bytes() == b"new"
    assert list(target.parent.iterdir()) == [target]


def missing_folder(folder):
    return folder / "missing" / "file"


def file_in_place_of_a_folder(folder):
    (folder / "plain").touch()
    return folder / "plain" / "file"


def folder_of_that_name(folder):
    return folder


def link_to_nowhere(folder):
    (folder / "link").symlink_to("missing/file")
    return folder / "link"


def link_to_itself(folder):
    (folder / "link").symlink_to("link")
    return folder / "link"


def pipe(folder):
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


IMPOSSIBLE = [
    (missing_folder, FileNotFoundError, "No such file or directory"),
    (file_in_place_of_a_folder, NotADirectoryError, "Not a directory"),
    (folder_of_that_name, IsADirectoryError, "Is a directory"),
    (link_to_nowhere, FileNotFoundError, "No such file or directory"),
    (link_to_itself, OSError, "Too many levels of symbolic links"),
    (pipe, OSError, "Not a regular file"),
]


@pytest.mark.parametrize(("make", "error", "reason"), IMPOSSIBLE)
def test_an_error_names_the_path_that_was_given(tmp_path, make, error, reason):
    path = make(tmp_path)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(error, match=rf"\] {reason}: '{path}'$"):
        write(path)
    assert set(tmp_path.rglob("*")) == before


def test_an_error_of_another_file_keeps_its_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"another'$"), replacing(tmp_path / "file"):
        (tmp_path / "another").read_bytes()


EIO = (errno.EIO, "Input/output error")
ERRORS = {
    "of no file": (OSError(*EIO), "[Errno 5] Input/output error: 'mine'"),
    "of another file": (OSError(*EIO, "other"), "[Errno 5] Input/output error: 'other'"),
    "of no number": (OSError("a text"), "a text"),
    "of another kind": (ValueError("a text"), "a text"),
}


@pytest.mark.parametrize(("error", "text"), ERRORS.values(), ids=ERRORS)
def test_an_error_of_no_file_is_named(error, text):
    with pytest.raises(type(error)) as caught, naming("mine"):
        raise error
    assert caught.value is error
    assert str(error) == text
