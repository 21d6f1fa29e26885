import io
import sys
from types import SimpleNamespace

import pytest

from sk_mnist_mlp.reproduce import run_progress
from sk_mnist_mlp.reproduce.run_progress import RunProgress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test sets."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(run_progress, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_pipe_gets_one_plain_line_a_fit(capsys, clock):
    with RunProgress(n_fits=2, total_cost=4.0) as progress:
        progress.start("first")
        clock.now = 30.0
        progress.finish("first: done", 1.0)
        clock.now = 120.0
        progress.finish("second: done", 3.0)
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == "[1/2] first: done; about 1:30 left\n[2/2] second: done\n"


def test_terminal_gets_a_bar_with_the_time_left(monkeypatch, clock):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with RunProgress(n_fits=2, total_cost=2.0) as progress:
        progress.start("first")
        clock.now = 75.0
        progress.finish("[first]: done", 1.0)
    shown = terminal.getvalue()
    assert "?:?? left" in shown
    assert "1:15 left" in shown
    assert "[1/2] [first]: done" in shown


def test_bar_is_taken_down_when_interrupted(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(KeyboardInterrupt), RunProgress(n_fits=1, total_cost=1.0):
        raise KeyboardInterrupt
    show_cursor = "\x1b[?25h"
    assert terminal.getvalue().rindex(show_cursor) > terminal.getvalue().rindex("left")
