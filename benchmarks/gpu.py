"""Training and predicting on a GPU, beside Keras' own fit and a loop of PyTorch.

Each library works in a process of its own that has the GPU to itself, one after the other: an
epoch of MNIST, the search over the digits where it has one, and the prediction of one row and of
a million. Without a GPU that its library can use, a process says so and trains on the CPU.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from harness import (
    Data,
    data_folder,
    import_seconds,
    installed,
    median_seconds,
    output_file,
    positive_int,
)
from peers import NETWORKS, OURS, OURS_ON_JAX, PEERS, Predict, Training
from report import command, this_machine, write_results
from searches import SEARCHES
from tuners import TUNERS
from workers import Channel, WorkerGroup, say, serve

from sk_mnist_mlp.reproduce.markdown import markdown_table

SCRIPT = Path(__file__)
CLASSIFIERS = PEERS["classification"]
ON_THE_GPU = (OURS, OURS_ON_JAX, "keras", "keras_jax", "torch")
SEARCHING = (OURS, OURS_ON_JAX)


@dataclass(frozen=True)
class Settings:
    """How long and how large the benchmark is."""

    epochs: int
    search_epochs: int = 20
    n_predicted: int = 1_000_000
    seconds: float = 2.0


SMOKE = Settings(epochs=2, search_epochs=1, n_predicted=1_000, seconds=0.0)


@dataclass(frozen=True)
class Task:
    """What a worker is to do."""

    peer: str
    folder: str
    settings: Settings

    @classmethod
    def from_json(cls, text: str) -> Task:
        """Read what `json.dumps` made of its fields."""
        fields = json.loads(text)
        return cls(**fields | {"settings": Settings(**fields["settings"])})


@dataclass(frozen=True)
class Measured:
    """What a worker answers; times are in seconds.

    Parameters
    ----------
    on_gpu : bool
    import_seconds : float
    first_epochs, epochs : dict of str to float
        By network: from the call of the fit to the end of its first epoch, and the median of
        the others.
    search : float or None
    one_row, many_rows : float
    """

    on_gpu: bool
    import_seconds: float
    first_epochs: dict[str, float]
    epochs: dict[str, float]
    search: float | None
    one_row: float
    many_rows: float


def sees_gpu(peer: str) -> bool:
    """Whether a peer's library finds a GPU."""
    if peer == "torch":
        import torch

        return torch.cuda.is_available()
    from sk_mnist_mlp.backends.loaded import backend

    return backend.has_gpu()


def work(channel: Channel, task: Task) -> None:
    """Measure everything."""
    channel.wait()
    settings, data = task.settings, Data.load(Path(task.folder))
    importing = import_seconds(CLASSIFIERS[task.peer].imports)
    firsts, epochs = {}, {}
    for key, network in NETWORKS.items():
        training = Training(network, data.X_train, data.y_train, settings.epochs)
        predict, (firsts[key], *others) = timed_epochs(CLASSIFIERS[task.peer].train, training)
        epochs[key] = statistics.median(others)
    many = np.resize(data.X_test, (settings.n_predicted, data.X_test.shape[1]))
    measured = Measured(
        on_gpu=sees_gpu(task.peer),
        import_seconds=importing,
        first_epochs=firsts,
        epochs=epochs,
        search=search_seconds(task.peer, settings) if task.peer in SEARCHING else None,
        one_row=median_seconds(lambda: predict(many[:1]), settings.seconds, at_least=3),
        many_rows=median_seconds(lambda: predict(many), settings.seconds, at_least=1),
    )
    channel.answer(**asdict(measured))
    channel.wait()


def timed_epochs(
    train: Callable[[Training], Predict], training: Training
) -> tuple[Predict, list[float]]:
    """Train, and return what predicts and how long each epoch took."""
    ends = [time.perf_counter()]
    predict = train(replace(training, after_epoch=lambda: ends.append(time.perf_counter())))
    return predict, np.diff(ends).tolist()


def search_seconds(peer: str, settings: Settings) -> float:
    """Time of the second of two searches over the digits, for which all is compiled."""
    from sklearn.datasets import load_digits

    search = SEARCHES["digits"]
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    tuned = TUNERS[peer](replace(search.space, epochs=settings.search_epochs))
    for _ in range(2):
        start = time.perf_counter()
        search.make(tuned).fit(X, y, **tuned.fit_arguments)
    return time.perf_counter() - start


def gpu_names() -> list[str]:
    """Cards of this machine, with their drivers."""
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        found = subprocess.run(query, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return found.stdout.splitlines()


def measure(folder: Path, settings: Settings) -> tuple[dict[str, Measured], dict[str, str]]:
    """Let each library work, and return what it measured, and the error of each that failed."""
    measured = {}
    with WorkerGroup(indispensable=(), environment={}) as group:
        for key in ON_THE_GPU:
            if not installed(CLASSIFIERS[key].imports):
                continue
            say(CLASSIFIERS[key].title)
            arguments = "--worker", json.dumps(asdict(Task(key, str(folder), settings)))
            group.start(key, SCRIPT, *arguments, backend=CLASSIFIERS[key].backend)
            if answer := group.ask(key):
                measured[key] = Measured(**answer)
            group.close(key)
    return measured, group.failures


def in_words(
    measured: dict[str, Measured],
    failed: dict[str, str],
    settings: Settings,
    sizes: tuple[int, int],
) -> str:
    """Lay out a report in Markdown; sizes are the numbers of features and of classes."""
    header = (
        *("", "on", "import CPU s", *(f"{key}, first epoch s" for key in NETWORKS)),
        *(f"{key}, epoch ms" for key in NETWORKS),
        *("search s", "one row ms", f"{settings.n_predicted:,} rows s"),
    )
    rows = [row(CLASSIFIERS[key].title, of_one) for key, of_one in measured.items()]
    absent = [key for key in ON_THE_GPU if key not in measured and key not in failed]
    notes = [
        *(f"- {key}: {network.shape(*sizes)}" for key, network in NETWORKS.items()),
        *(f"- {CLASSIFIERS[key].title} failed: {error}" for key, error in failed.items()),
        *(f"- {CLASSIFIERS[key].title} is not installed." for key in absent),
    ]
    return markdown_table(header, rows) + "\n\n" + "\n".join(notes)


def row(title: str, measured: Measured) -> tuple[Any, ...]:
    """Cells of one library."""
    return (
        *(title, "GPU" if measured.on_gpu else "CPU", f"{measured.import_seconds:.1f}"),
        *(f"{seconds:.2f}" for seconds in measured.first_epochs.values()),
        *(f"{1e3 * seconds:.1f}" for seconds in measured.epochs.values()),
        "" if measured.search is None else f"{measured.search:.2f}",
        *(f"{1e3 * measured.one_row:.2f}", f"{measured.many_rows:.2f}"),
    )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", metavar="PATH", help="of MNIST, as of load_mnist")
    parser.add_argument("--epochs", type=positive_int, default=20, help="of a fit, at least 2")
    parser.add_argument("--json", type=output_file, metavar="PATH", help="to write the results to")
    parser.add_argument("--smoke", action="store_true", help="a quick run on the small digits")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    if arguments.worker:
        task = Task.from_json(arguments.worker)
        return serve(lambda channel: work(channel, task))
    names = gpu_names()
    smoke = arguments.smoke or not names
    settings = SMOKE if smoke else Settings(epochs=max(2, arguments.epochs))
    machine = this_machine()
    with data_folder(arguments.data, smoke) as folder:
        data = Data.load(folder)
        measured, failed = measure(folder, settings)
    sizes = data.X_train.shape[1], len(np.unique(data.y_train))
    card = "; ".join(names) or "There is no NVIDIA GPU here: a smoke run on the small digits"
    print(f"`{command()}`", f"{card}. {machine.sentence()}", sep="\n\n")
    print("", in_words(measured, failed, settings, sizes), sep="\n")
    write_results(
        arguments.json, machine, cards=names, settings=settings, measured=measured, failed=failed
    )


if __name__ == "__main__":
    main()
