import hashlib
import io
import re
import socket
import sys
import threading
from pathlib import Path

import pooch  # noqa: F401  its log would else keep hold of the stream of the first test
import pytest

from sk_mnist_mlp.datasets import mnist_download
from sk_mnist_mlp.datasets.mnist_download import MIRRORS, Mirror, RemoteFile, download_mnist
from tests.mirror_server import (
    cut_off,
    endless,
    missing,
    serve,
    silent,
    stalled,
    trickling,
    unused_url,
    whole,
)

CONTENT = bytes(range(256)) * 200
OTHER_CONTENT = b"a page that asks to log in"


def remote_file(name, content=CONTENT):
    return RemoteFile(name, f"sha256:{hashlib.sha256(content).hexdigest()}")


NPZ = (remote_file("mnist.npz"),)
PARTS = {name: name.encode() * 100 for name in ("a.gz", "b.gz", "c.gz", "d.gz")}
IDX = tuple(remote_file(name, content) for name, content in PARTS.items())


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def little_patience(monkeypatch):
    """So little that a busy machine is passed over, too: for mirrors that never answer."""
    monkeypatch.setattr(mnist_download, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(mnist_download, "GRACE_SECONDS", 0.2)


@pytest.fixture
def set_mirrors(monkeypatch):
    return lambda *mirrors: monkeypatch.setattr(mnist_download, "MIRRORS", mirrors)


def contents(folder: Path) -> dict[str, bytes]:
    for thread in threading.enumerate():
        if thread.name == "mnist-download":  # one that was given up, still tidying
            thread.join(10)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_one_file_is_returned_as_its_path(tmp_path, set_mirrors):
    with serve({"mnist.npz": whole(CONTENT)}) as server:
        set_mirrors(Mirror(server.url, NPZ))
        assert download_mnist(tmp_path / "new") == tmp_path / "new" / "mnist.npz"
    assert contents(tmp_path / "new") == {"mnist.npz": CONTENT}


def test_four_files_are_returned_as_their_folder(tmp_path, set_mirrors):
    with serve({name: whole(content) for name, content in PARTS.items()}) as server:
        set_mirrors(Mirror(server.url, IDX))
        assert download_mnist(tmp_path) == tmp_path
    assert contents(tmp_path) == PARTS


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (missing, "404"),
        (whole(OTHER_CONTENT), "does not match the known hash"),
        (cut_off(CONTENT), "IncompleteRead|does not match the known hash"),
        (silent, "no answer for 0.5 seconds|timed out"),
        (stalled, "no answer for 0.5 seconds|timed out"),
        (trickling, "no answer for 0.5 seconds"),
        (endless, "more than 16777216 bytes"),
    ],
    ids=lambda value: getattr(value, "__qualname__", "").removesuffix(".<locals>.answer") or None,
)
@pytest.mark.usefixtures("little_patience")
def test_a_mirror_that_fails_is_passed_over(tmp_path, set_mirrors, answer, reason):
    with serve({"bad/mnist.npz": answer, "good/mnist.npz": whole(CONTENT)}) as server:
        set_mirrors(Mirror(f"{server.url}bad/", NPZ))
        with pytest.raises(OSError, match=rf"^{re.escape(server.url)}bad/: .*({reason})"):
            download_mnist(tmp_path)
        set_mirrors(Mirror(f"{server.url}bad/", NPZ), Mirror(f"{server.url}good/", NPZ))
        assert download_mnist(tmp_path) == tmp_path / "mnist.npz"
    assert contents(tmp_path) == {"mnist.npz": CONTENT}


def test_an_error_has_a_line_for_each_mirror(tmp_path, set_mirrors):
    urls = (unused_url(), unused_url())
    set_mirrors(*(Mirror(url, NPZ) for url in urls))
    with pytest.raises(OSError, match="refused") as caught:
        download_mnist(tmp_path)
    lines = str(caught.value).splitlines()
    assert [line.startswith(url) for line, url in zip(lines, urls, strict=True)] == [True, True]


def test_the_next_mirror_fetches_only_what_is_not_there_yet(tmp_path, set_mirrors):
    answers = {f"bad/{name}": whole(PARTS[name]) for name in ("a.gz", "b.gz")}
    answers |= {f"good/{name}": whole(content) for name, content in PARTS.items()}
    with serve(answers) as server:
        set_mirrors(Mirror(f"{server.url}bad/", IDX), Mirror(f"{server.url}good/", IDX))
        download_mnist(tmp_path)
    assert server.requests == ["bad/a.gz", "bad/b.gz", "bad/c.gz", "good/c.gz", "good/d.gz"]
    assert contents(tmp_path) == PARTS


def test_a_damaged_file_is_replaced(tmp_path, set_mirrors):
    (tmp_path / "mnist.npz").write_bytes(CONTENT[:100])
    with serve({"mnist.npz": whole(CONTENT)}) as server:
        set_mirrors(Mirror(server.url, NPZ))
        download_mnist(tmp_path)
    assert contents(tmp_path) == {"mnist.npz": CONTENT}


def test_a_damaged_file_stays_until_it_can_be_replaced(tmp_path, set_mirrors):
    (tmp_path / "mnist.npz").write_bytes(CONTENT[:100])
    set_mirrors(Mirror(unused_url(), NPZ))
    with pytest.raises(OSError, match="refused"):
        download_mnist(tmp_path)
    assert contents(tmp_path) == {"mnist.npz": CONTENT[:100]}


@pytest.mark.usefixtures("little_patience")
def test_a_resolver_that_never_answers_is_given_up(tmp_path, set_mirrors, monkeypatch):
    answered = threading.Event()

    def resolve_nothing(*args, **kwargs):
        answered.wait(30)
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", resolve_nothing)
    set_mirrors(*(Mirror(f"http://{name}.invalid/", NPZ) for name in "abc"))
    with pytest.raises(OSError, match=r"^http://a\.invalid/") as caught:
        download_mnist(tmp_path)
    answered.set()
    assert str(caught.value).count("no answer for 0.5 seconds") == 3


def test_a_machine_without_a_network_finds_out_within_20_seconds():
    seconds = mnist_download.SILENCE_SECONDS + mnist_download.GRACE_SECONDS
    assert len(MIRRORS) * seconds < 19


def test_an_interrupted_download_leaves_nothing_behind(tmp_path, set_mirrors, monkeypatch):
    def interrupt(worker, timeout=None):
        monkeypatch.undo()
        raise KeyboardInterrupt

    with serve({"mnist.npz": endless}) as server:
        set_mirrors(Mirror(server.url, NPZ))
        monkeypatch.setattr(threading.Thread, "join", interrupt)
        with pytest.raises(KeyboardInterrupt):
            download_mnist(tmp_path)
        assert contents(tmp_path) == {}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_shows_a_progress_bar(tmp_path, set_mirrors, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    with serve({"mnist.npz": whole(CONTENT)}) as server:
        set_mirrors(Mirror(server.url, NPZ))
        download_mnist(tmp_path)
    assert re.search(r"mnist\.npz .*51\.2/51\.2 kB", sys.stderr.getvalue())


def test_a_pipe_shows_none(tmp_path, set_mirrors, monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with serve({"mnist.npz": whole(CONTENT)}) as server:
        set_mirrors(Mirror(server.url, NPZ))
        download_mnist(tmp_path)
    assert sys.stderr.getvalue() == ""
