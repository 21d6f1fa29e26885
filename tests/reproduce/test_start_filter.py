"""The filter drops TensorFlow's first lines, and loses nothing else whatever happens."""

import os
import subprocess
import sys
import textwrap

import pytest

from sk_mnist_mlp.loading import DRIVER_FILES, LOG_LEVEL
from sk_mnist_mlp.reproduce import start_filter

FIRST_LINES = (
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
    b"I0000 00:00:1795772605.947244   21393 port.cc:153] oneDNN custom operations are on.\n"
    b"I0000 00:00:1795772605.948551   21393 cudart_stub.cc:31] Could not find cuda drivers.\n"
    b"E0000 00:00:1795772810.156901   22290 cuda_dnn.cc:8310] Unable to register cuDNN factory\n"
)
OTHERS = (
    b"Traceback (most recent call last):\n",
    b"  File port.cc:153] oneDNN\n",
    b"E0000 00:00:1795772613.897792   21393 other.cc:52] failed\n",
    b"\xff\xfe no UTF-8\n\r\n\n",
    b"a last line without an end",
)


def test_first_lines_alone_are_dropped():
    mixed = FIRST_LINES + FIRST_LINES.join(OTHERS)
    result = subprocess.run(
        [sys.executable, start_filter.__file__], input=mixed, capture_output=True, check=True
    )
    assert result.stderr == b"".join(OTHERS)


def in_a_fresh_process(code, *, shell_suffix=""):
    start = f"""
        import os, signal, sys
        from sk_mnist_mlp.reproduce.start_filter import start_lines_dropped

        FIRST_LINES = {FIRST_LINES!r}
        """
    script = textwrap.dedent(start) + textwrap.dedent(code)
    command = [sys.executable, "-c", script]
    if shell_suffix:
        command = ["sh", "-c", f'exec "$@" {shell_suffix}', "sh", *command]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)


def test_lines_keep_their_order_and_those_afterwards_are_not_filtered():
    result = in_a_fresh_process(
        """
        sys.stderr.write("before, ")
        with start_lines_dropped():
            os.write(2, FIRST_LINES + b"between\\n")
            sys.stderr.write("a word")
        os.write(2, b" after\\n" + FIRST_LINES)
        """
    )
    assert result.returncode == 0
    assert result.stderr == f"before, between\na word after\n{FIRST_LINES.decode()}"


ENDS = {
    "an error": ("raise ValueError('lost')", "\nValueError: lost\n"),
    "an exit": ("sys.exit('lost')", "\nlost\n"),
    "a kill": ("os.kill(os.getpid(), signal.SIGKILL)", "written\n"),
    "an abort": ("os.abort()", "written\n"),
    "the group's interrupt": (
        "signal.signal(signal.SIGINT, signal.default_int_handler); os.killpg(0, signal.SIGINT)",
        "\nKeyboardInterrupt\n",
    ),
}


@pytest.mark.skipif(os.name != "posix", reason="of signals")
@pytest.mark.parametrize(("end", "last"), ENDS.values(), ids=ENDS)
def test_nothing_is_lost_in_a_process_that_ends_meanwhile(end, last):
    result = in_a_fresh_process(
        f"""
        os.setpgid(0, 0)
        with start_lines_dropped():
            os.write(2, FIRST_LINES + b"written\\n")
            {end}
        """
    )
    assert result.returncode != 0
    assert result.stderr.startswith("written\n")
    assert result.stderr.endswith(last)


@pytest.mark.skipif(os.name != "posix", reason="of a POSIX shell")
def test_a_closed_error_stream_is_left_closed():
    result = in_a_fresh_process(
        """
        other = open(os.devnull)
        with start_lines_dropped():
            print(os.fstat(2).st_rdev == os.stat(os.devnull).st_rdev)
        """,
        shell_suffix="2>&-",
    )
    assert result.stdout == "True\n"


def test_without_a_filter_all_is_written(monkeypatch, capfd):
    def fail(*args, **kwargs):
        raise OSError("no process can be started")

    monkeypatch.setattr(subprocess, "Popen", fail)
    with start_filter.start_lines_dropped():
        os.write(2, FIRST_LINES)
    assert capfd.readouterr().err == FIRST_LINES.decode()


@pytest.mark.skipif(
    any(map(os.path.exists, DRIVER_FILES)), reason="of machines without an NVIDIA driver"
)
def test_the_command_writes_its_own_lines_alone(tmp_path):
    options = ["--data", "digits", "--epochs", "1", "--only", "softmax", "--out", str(tmp_path)]
    environment = {name: value for name, value in os.environ.items() if name != LOG_LEVEL}
    result = subprocess.run(
        [sys.executable, "-m", "sk_mnist_mlp", "reproduce", *options],
        capture_output=True,
        text=True,
        check=True,
        env=environment | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    (line,) = result.stderr.splitlines()
    assert line.startswith("[1/1] softmax, seed 0: ")
