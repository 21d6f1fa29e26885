"""Keeps the lines that TensorFlow writes when it starts out of the command's standard error.

Run as a script, which knows nothing of the package, it is the filter: a process of
its own, so that all else arrives even if the command is killed meanwhile.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

STDERR = 2
WAIT_SECONDS = 5.0

# What no level of the log stops, as it comes before the log is set up.
START_LINE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog\(\) is called are written to STDERR"
    rb"|[IWE]\d{4} .* (port|cudart_stub|cuda_dnn|cuda_blas|cuda_fft|computation_placer)\.cc:\d+\] "
)


@contextmanager
def start_lines_dropped() -> Iterator[None]:
    """Pass on what is written to descriptor 2 meanwhile, but for TensorFlow's first lines."""
    if sys.stderr is None:  # closed, and the descriptor may be any file's now
        yield
        return
    filter_command = [sys.executable, "-I", "-S", __file__]
    try:
        stderr = os.dup(STDERR)
        # In a session of its own no Ctrl-C reaches it.
        process = subprocess.Popen(
            filter_command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        )
    except OSError:
        yield
        return
    assert process.stdin is not None
    try:
        sys.stderr.flush()
        os.dup2(process.stdin.fileno(), STDERR)
        process.stdin.close()
        yield
    finally:
        sys.stderr.flush()
        os.dup2(stderr, STDERR)
        os.close(stderr)
        with suppress(subprocess.TimeoutExpired):  # another process may still write to it
            process.wait(WAIT_SECONDS)


def pass_on() -> None:
    """Copy standard input to standard error, line by line as it comes."""
    for line in sys.stdin.buffer:
        if not START_LINE.match(line):
            sys.stderr.buffer.write(line)
            sys.stderr.buffer.flush()


if __name__ == "__main__":
    pass_on()
