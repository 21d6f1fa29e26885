import builtins
import io
from contextlib import redirect_stdout

import pytest

from sk_mnist_mlp.fitting.progress import epoch_progress

METRICS = {"loss": 0.123456, "accuracy": 0.5}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")


def show_epochs(n_epochs, metrics=METRICS):
    with epoch_progress(n_epochs) as report:
        for _ in range(n_epochs):
            report(metrics)


def test_a_pipe_gets_a_plain_line_an_epoch(capsys):
    show_epochs(2)
    assert capsys.readouterr().out == (
        "epoch 1/2  loss 0.1235  accuracy 0.5000\nepoch 2/2  loss 0.1235  accuracy 0.5000\n"
    )


def test_numbers_of_epochs_are_aligned(capsys):
    show_epochs(10, {"loss": 1.0})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "epoch  1/10  loss 1.0000"
    assert lines[9] == "epoch 10/10  loss 1.0000"


def test_lines_reach_a_pipe_as_the_epochs_end():
    pipe = io.TextIOWrapper(io.BufferedWriter(raw := io.BytesIO()))
    with redirect_stdout(pipe), epoch_progress(2) as report:
        report(METRICS)
        assert raw.getvalue().startswith(b"epoch 1/2")


def test_a_notebook_gets_lines(capsys, monkeypatch):
    shell = type("ZMQInteractiveShell", (), {})()
    monkeypatch.setattr(builtins, "get_ipython", lambda: shell, raising=False)
    show_epochs(1)
    assert capsys.readouterr().out == "epoch 1/1  loss 0.1235  accuracy 0.5000\n"


def test_a_terminal_gets_a_bar_with_count_and_metrics():
    with redirect_stdout(Terminal()) as terminal:
        show_epochs(3)
    shown = terminal.getvalue()
    assert "\x1b[" in shown
    assert "3/3" in shown
    assert "loss 0.1235  accuracy 0.5000" in shown


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_terminal_gets_its_cursor_back_when_a_fit_ends_early(error):
    def stop():
        with epoch_progress(3):
            raise error

    with redirect_stdout(Terminal()) as terminal, pytest.raises(error):
        stop()
    shown = terminal.getvalue()
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_no_epoch_yet_shows_nothing_in_a_pipe(capsys):
    with epoch_progress(3):
        pass
    assert capsys.readouterr().out == ""
