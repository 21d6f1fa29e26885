"""What the benchmarks share: their data, clocks, memory and arguments."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name

import numpy as np


@dataclass(frozen=True)
class Data:
    """Rows to train and test on."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray

    def save(self, folder: Path) -> None:
        """Write the arrays, so that no worker needs a peer's library to read them."""
        for field in fields(self):
            np.save(folder / f"{field.name}.npy", getattr(self, field.name))

    @classmethod
    def load(cls, folder: Path) -> Data:
        """Read what `save` wrote."""
        return cls(*(np.load(folder / f"{field.name}.npy") for field in fields(cls)))


@contextmanager
def data_folder(path: str | None, smoke: bool) -> Iterator[Path]:
    """Write MNIST, or the small digits, to a temporary folder for `Data.load`."""
    from sk_mnist_mlp import load_mnist

    try:
        bunch = load_mnist(path, source="digits" if smoke else "mnist")
    except (OSError, ValueError) as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")
    with tempfile.TemporaryDirectory() as folder:
        Data(bunch.X_train, bunch.y_train, bunch.X_test, bunch.y_test).save(Path(folder))
        yield Path(folder)


def positive_int(text: str) -> int:
    """Read a number of rounds or epochs for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be an int >= 1, got {number}")
    return number


def output_file(text: str) -> Path:
    """Read the path of a file to write for argparse, before hours of work depend on it."""
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"must be a file in a folder that exists, got {text!r}")
    return path


def parse_task_and_peers(
    parser: argparse.ArgumentParser, peers: Mapping[str, Collection[str]], always: str
) -> argparse.Namespace:
    """Parse a command line with ``--task`` and ``--peers``, of which each task has its own."""
    parser.add_argument("--task", choices=peers, default="classification", help="what is learned")
    parser.add_argument("--peers", nargs="*", metavar="PEER", help="these only")
    arguments = parser.parse_args()
    others = [peer for peer in peers[arguments.task] if peer != always]
    arguments.peers = others if arguments.peers is None else arguments.peers
    for peer in arguments.peers:
        if peer not in others:
            choices = ", ".join(others)
            parser.error(f"argument --peers: invalid choice: {peer!r} (choose from {choices})")
    return arguments


def installed(modules: Iterable[str]) -> bool:
    """Whether all packages of these names, each ``package.module:object``, can be found."""
    return all(find_spec(name.partition(":")[0].partition(".")[0]) for name in modules)


def import_seconds(modules: Iterable[str]) -> float:
    """Import what these names stand for and return the CPU time: the clock would time the disk."""
    start = time.process_time()
    for name in modules:
        resolve_name(name)
    return time.process_time() - start


def median_seconds(call: Callable[[], object], budget: float, at_least: int) -> float:
    """Median time of a call, made until the budget of seconds is spent."""
    times: list[float] = []
    while len(times) < at_least or sum(times) < budget:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def peak_megabytes() -> float:
    """Largest resident memory of this process so far, in units of 2**20 bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what the parent held when it forked
        (peak,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(peak.split()[1]) / 2**10
    import resource

    peak_size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak_size / (2**20 if sys.platform == "darwin" else 2**10)


def median_ratio(values: Sequence[float], base: Sequence[float]) -> float:
    """Median of the ratios of paired values."""
    return statistics.median(value / of for value, of in zip(values, base, strict=True))
