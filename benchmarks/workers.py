"""Workers that take turns.

Each peer runs in a process of its own, a worker: a script that answers the requests of the
benchmark with a line of JSON each. Workers live side by side and are asked in turns, so that a
machine whose speed drifts slows all of them alike.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

BACKEND = "KERAS_BACKEND"
DEFAULT_BACKEND = os.environ.get(BACKEND, "tensorflow")
ON_THE_CPU = {"CUDA_VISIBLE_DEVICES": "-1"}  # half of the peers, and the limit, know no other
# With these set, what prints a line an epoch could take its output for a terminal.
TERMINAL_VARIABLES = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")


class WorkerFailed(Exception):
    """A worker raised or ended; the message is the first line of its error."""


class Worker:
    """A process that runs a script and answers one request at a time.

    Parameters
    ----------
    script : Path
        It calls `serve`.
    *arguments : str
        Its command line.
    environment : mapping of str to str
        Changes of it.
    """

    def __init__(self, script: Path, *arguments: str, environment: Mapping[str, str]) -> None:
        self._log = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115, open as long as this
        self._process = subprocess.Popen(
            [sys.executable, str(script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=worker_environment() | environment,
        )

    def ask(self) -> dict[str, Any]:
        """Let the worker go on and return its next answer, or raise `WorkerFailed`."""
        assert self._process.stdin and self._process.stdout
        with suppress(BrokenPipeError):
            self._process.stdin.write("\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise WorkerFailed(f"exit code {self._process.wait()}: {self._last_words()}")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerFailed(answer["error"])
        return answer

    def _last_words(self) -> str:
        self._log.seek(0)
        return (self._log.read().strip().splitlines() or ["it printed nothing"])[-1]

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin and self._process.stdout
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()


def worker_environment() -> dict[str, str]:
    """Return this process' environment, less what is not for workers."""
    return {key: value for key, value in os.environ.items() if key not in TERMINAL_VARIABLES}


class WorkerGroup:
    """Workers by name; one that fails is left out from then on.

    Parameters
    ----------
    indispensable : collection of str
        Workers whose failure ends the program.
    environment : mapping of str to str
        Changes of it for all of them.

    Attributes
    ----------
    failures : dict of str to str
        Error of each worker that failed.
    """

    def __init__(
        self, indispensable: Collection[str], environment: Mapping[str, str] = ON_THE_CPU
    ) -> None:
        self._indispensable = indispensable
        self._environment = environment
        self._workers: dict[str, Worker] = {}
        self.failures: dict[str, str] = {}

    def __enter__(self) -> WorkerGroup:
        return self

    def __exit__(self, *error: object) -> None:
        for name in list(self._workers):
            self.close(name)

    def start(
        self, name: str, script: Path, *arguments: str, backend: str = DEFAULT_BACKEND
    ) -> None:
        """Start a worker, where Keras is to run on a backend."""
        environment = {**self._environment, BACKEND: backend}
        self._workers[name] = Worker(script, *arguments, environment=environment)

    def ask(self, name: str) -> dict[str, Any] | None:
        """Return a worker's next answer, None if it failed."""
        try:
            return self._workers[name].ask()
        except WorkerFailed as error:
            message = f"{name} failed: {error}"
            if name in self._indispensable:
                sys.exit(message)
            say(message)
            self.failures[name] = str(error)
            self.close(name)
            return None

    def close(self, name: str) -> None:
        """End a worker, if it has not failed."""
        if name in self._workers:
            self._workers.pop(name).close()

    def ask_all(self) -> dict[str, dict[str, Any]]:
        """Ask each worker once, one after the other."""
        answers = {name: self.ask(name) for name in list(self._workers)}
        return {name: answer for name, answer in answers.items() if answer is not None}

    def rounds(self, number: int) -> list[dict[str, dict[str, Any]]]:
        """Ask all workers in turns, several rounds."""
        answers = []
        for i in range(number):
            say(f"round {i + 1} of {number}")
            answers.append(self.ask_all())
        return answers


class Channel:
    """A worker's end of the conversation."""

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)  # what libraries print must not come between the answers

    def wait(self) -> None:
        """Wait for the next request; end the process when none will come."""
        if not sys.stdin.readline():
            raise SystemExit

    def answer(self, **values: Any) -> None:
        """Answer the request that was waited for."""
        print(json.dumps(values), file=self._answers, flush=True)


def serve(work: Callable[[Channel], None]) -> None:
    """Run a worker; an exception is its last answer."""
    channel = Channel()
    try:
        work(channel)
    except Exception as error:
        traceback.print_exc()
        first_line = (str(error).strip().splitlines() or [""])[0]
        channel.answer(error=f"{type(error).__name__}: {first_line}")


def say(message: str) -> None:
    """Tell the user how far it is, beside the report on standard output."""
    print(message, file=sys.stderr, flush=True)
