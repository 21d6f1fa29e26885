"""Fits and searches that are killed at random moments, and started again until they end.

Each is a script that keeps its fits in a folder. It is killed by SIGKILL, with all its processes,
at a random moment of training, and run again with the same folder until it ends. What it has found
then has to be, bit by bit, what it finds undisturbed. How much was trained twice is counted in
epochs.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import queue
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from harness import output_file, positive_int
from report import command, this_machine, write_results
from workers import say

from sk_mnist_mlp.reproduce.markdown import markdown_table

SNAPSHOT_SECONDS = 0.1
"""In the scripts, whose fits are too short for the package's own."""

KINDS = {
    "fit": (1, "threading"),
    "search": (1, "threading"),
    "search, 2 threads": (2, "threading"),
    "search, 2 processes": (2, "loky"),
}
"""Jobs of each script, and joblib's backend for them."""

RESULT = "RESULT "


@dataclass
class Outcome:
    """What the kills of a script came to.

    Parameters
    ----------
    kind : str
    kills, ends : int
        How often it was killed, and how often it came to its end.
    same : int
        Ends with what is found undisturbed.
    needed : int
        Epochs of an undisturbed run.
    repeated : list of int
        Epochs beyond these that were trained on the way to each end.
    """

    kind: str
    kills: int = 0
    ends: int = 0
    same: int = 0
    needed: int = 0
    repeated: list[int] = field(default_factory=list)


def script(kind: str, folder: str) -> None:
    """The script itself: train, and print a digest of all that was found."""
    import numpy as np
    from joblib import parallel_config
    from sklearn.datasets import load_digits
    from sklearn.model_selection import GridSearchCV

    from sk_mnist_mlp import KerasMLPClassifier
    from sk_mnist_mlp.memory import folder as kept

    kept.SNAPSHOT_SECONDS = SNAPSHOT_SECONDS
    X, y = load_digits(return_X_y=True)
    X = X / 16
    network = KerasMLPClassifier(
        widths=(128, 64), dropout=0.2, epochs=40, early_stopping=True, n_iter_no_change=20,
        random_state=0, memory=folder, verbose=1,
    )  # fmt: skip
    parts = []
    if kind == "fit":
        clf = network.set_params(epochs=200, n_iter_no_change=200).fit(X, y)
    else:
        grid = {"dropout": [0.1, 0.3], "learning_rate": [0.001, 0.003]}
        n_jobs, backend = KINDS[kind]
        with parallel_config(backend=backend, n_jobs=n_jobs):
            search = GridSearchCV(network, grid, cv=2).fit(X, y)
        parts.append(np.asarray(search.cv_results_["mean_test_score"]).tobytes())
        clf = search.best_estimator_
    parts += [array.tobytes() for array in (*clf.coefs_, *clf.intercepts_)]
    parts += [repr(clf.history_).encode(), repr(clf.validation_scores_).encode()]
    print(RESULT + hashlib.sha256(b"".join(parts)).hexdigest(), flush=True)


def run_once(kind: str, folder: Path, delay: float | None) -> tuple[str | None, int, float]:
    """Run the script, and kill it so long after its first epoch.

    Returns
    -------
    result : str or None
        None where it was killed.
    n_epochs : int
        That were trained.
    seconds : float
        From the first epoch to the end.
    """
    process = subprocess.Popen(
        [sys.executable, __file__, "--script", kind, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    lines: queue.Queue[str | None] = queue.Queue()

    def read(stream: Any) -> None:
        for line in stream:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, args=(process.stdout,), daemon=True).start()
    n_epochs, result, start = 0, None, None
    while True:
        left = None if start is None or delay is None else start + delay - time.monotonic()
        try:
            line = lines.get(timeout=None if left is None else max(0.0, left))
        except queue.Empty:
            os.killpg(process.pid, signal.SIGKILL)
            delay = None
            continue
        if line is None:
            break
        # Lines that threads and processes print at once may stand in one.
        if n_printed := len(re.findall(r"epoch +\d+/\d", line)):
            n_epochs += n_printed
            start = start or time.monotonic()
        if RESULT in line:
            result = line[line.index(RESULT) :].strip()
            break
    seconds = time.monotonic() - (start or time.monotonic())
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # idle workers, which outlast the script
    process.wait()
    return result, n_epochs, seconds


def killed(kind: str, kills: int, rng: random.Random) -> Outcome:
    """Kill a script so many times."""
    outcome = Outcome(kind)
    with tempfile.TemporaryDirectory() as folder:
        expected, outcome.needed, seconds = run_once(kind, Path(folder), None)
    if expected is None:
        raise RuntimeError(f"{kind} fails undisturbed.")
    while outcome.kills < kills:
        trained = 0
        with tempfile.TemporaryDirectory() as folder:
            result = None
            while result is None:
                delay = rng.uniform(0, seconds) if outcome.kills < kills else None
                result, n_epochs, _ = run_once(kind, Path(folder), delay)
                trained += n_epochs
                outcome.kills += result is None
        outcome.ends += 1
        outcome.same += result == expected
        outcome.repeated.append(trained - outcome.needed)
        say(f"{kind}: {outcome.kills} kills, {outcome.ends} ends, {outcome.same} the same")
    return outcome


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=positive_int, default=100, help="of each script")
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--json", type=output_file, help="file for the results")
    parser.add_argument("--script", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    if arguments.script:
        script(*arguments.script)
        return
    rng = random.Random(arguments.seed)
    outcomes = [killed(kind, arguments.kills, rng) for kind in arguments.kinds]
    machine = this_machine()
    rows = [
        (
            one.kind,
            str(one.kills),
            f"{one.same} of {one.ends}",
            str(one.needed),
            f"{sum(one.repeated) / one.kills:.1f}",
            f"{mean(one.repeated):.1f}",
        )
        for one in outcomes
    ]
    header = ("script", "kills", "ends bitwise the same", "epochs", "repeated a kill", "an end")
    print(f"`{command()}`\n\n{machine.sentence()}\n\n{markdown_table(header, tuple(rows))}")
    write_results(arguments.json, machine, outcomes=outcomes)


if __name__ == "__main__":
    main()
