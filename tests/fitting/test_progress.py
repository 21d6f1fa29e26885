import io
import re
from contextlib import redirect_stdout

import pytest

from sk_mnist_mlp.fitting import progress
from sk_mnist_mlp.fitting.progress import epoch_progress
from tests.notebooks import notebook as notebook

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


def test_large_numbers_leave_room_for_the_bar():
    large = {"loss": 1.5e16, "r2": -1.5e16, "val_loss": 12345.0, "val_r2": -9999.5}
    with redirect_stdout(Terminal()) as terminal:
        show_epochs(3, large)
    words = "loss 1.500e+16  r2 -1.500e+16  val_loss 1.234e+04  val_r2 -9999.5000"
    assert words in terminal.getvalue()
    assert left_in(terminal) == f"3 epochs, {words.replace('  ', ', ')}, T s"


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


def without_time(line):
    return re.sub(r"\d+\.\d s$", "T s", line)


def left_in(terminal):
    """What stands there when the bar is erased, but for the time."""
    return without_time(terminal.getvalue().rsplit("\x1b[2K", 1)[-1].strip())


def test_a_terminal_gets_a_bar_with_count_and_metrics():
    with redirect_stdout(Terminal()) as terminal:
        show_epochs(3)
    shown = terminal.getvalue()
    assert "\x1b[" in shown
    assert "3/3" in shown
    assert "loss 0.1235  accuracy 0.5000" in shown


def test_a_bar_in_a_terminal_leaves_one_line():
    with redirect_stdout(Terminal()) as terminal:
        show_epochs(3)
    assert left_in(terminal) == "3 epochs, loss 0.1235, accuracy 0.5000, T s"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_terminal_gets_its_cursor_back_when_a_fit_is_broken_off(error):
    def stop():
        with epoch_progress(3) as report:
            report(METRICS)
            raise error

    with redirect_stdout(Terminal()) as terminal, pytest.raises(error):
        stop()
    shown = terminal.getvalue()
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert left_in(terminal) == "broken off after 1 of 3 epochs, loss 0.1235, accuracy 0.5000, T s"


def test_a_notebook_gets_a_bar_that_is_written_anew_in_place(notebook, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_UPDATES", 0.0)
    show_epochs(3)
    (output,) = notebook.outputs
    assert [data["text/plain"].split("  0:")[0] for data in output.shown[:-1]] == [
        "epoch 0/3  [                    ]  ",
        "epoch 1/3  [######              ]  loss 0.1235  accuracy 0.5000",
        "epoch 2/3  [#############       ]  loss 0.1235  accuracy 0.5000",
        "epoch 3/3  [####################]  loss 0.1235  accuracy 0.5000",
    ]
    assert output.shown[2]["text/plain"].endswith("  0:00 left")
    assert '<progress max="3" value="2"></progress>' in output.shown[2]["text/html"]


def test_a_bar_in_a_notebook_leaves_one_line(notebook, capsys):
    show_epochs(1, {"loss": 0.5, "val_loss": 0.25})
    (output,) = notebook.outputs
    assert output.shown[-1].keys() == {"text/plain"}
    assert without_time(output.shown[-1]["text/plain"]) == (
        "1 epoch, loss 0.5000, val_loss 0.2500, T s"
    )
    assert capsys.readouterr().out == ""


def test_a_notebook_is_not_flooded(notebook):
    show_epochs(1000)
    assert len(notebook.outputs[0].shown) < 20


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_notebook_tells_of_a_fit_that_is_broken_off(error, notebook):
    with pytest.raises(error), epoch_progress(3):
        raise error
    assert without_time(notebook.outputs[0].shown[-1]["text/plain"]) == (
        "broken off after 0 of 3 epochs, T s"
    )


def test_the_epochs_of_early_stopping_are_counted_as_they_were(notebook):
    with epoch_progress(300) as report:
        report(METRICS)
        report(METRICS)
    assert notebook.outputs[0].shown[-1]["text/plain"].startswith("2 epochs, ")


def test_a_fit_that_goes_on_counts_its_epochs_on(notebook):
    with epoch_progress(5, n_done=3) as report:
        report(METRICS)
        report(METRICS)
    assert notebook.outputs[0].shown[0]["text/plain"].startswith("epoch 3/5  [")
    assert notebook.outputs[0].shown[-1]["text/plain"].startswith("5 epochs, ")


def test_no_epoch_yet_shows_nothing_in_a_pipe(capsys):
    with epoch_progress(3):
        pass
    assert capsys.readouterr().out == ""
