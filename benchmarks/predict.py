"""Predicting probabilities on MNIST: the latency of one row and the time of all test rows.

All peers have the weights of one network that sk_mnist_mlp trained for an epoch, each runs in a
process of its own, and they take turns; ratios are computed round by round.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from harness import (
    Data,
    data_folder,
    import_seconds,
    median_ratio,
    median_seconds,
    output_file,
    positive_int,
)
from report import command, this_machine, write_results
from workers import Channel, WorkerGroup, say, serve

from sk_mnist_mlp.reproduce.markdown import markdown_table

SCRIPT = Path(__file__)
WIDTHS = (512, 128)
WEIGHTS, KERAS_MODEL, PROBABILITIES = "weights.npz", "model.keras", "probabilities.npy"

Predict = Callable[[np.ndarray], np.ndarray]


def train_and_export(folder: Path, data: Data) -> Predict:
    """Train the network and write it to the folder for the other peers."""
    from sk_mnist_mlp import KerasMLPClassifier

    classifier = KerasMLPClassifier(widths=WIDTHS, epochs=1, dtype="float32", random_state=0)
    classifier.fit(data.X_train, data.y_train)
    np.savez(folder / WEIGHTS, *classifier.coefs_, *classifier.intercepts_)
    classifier.to_keras().save(folder / KERAS_MODEL)
    np.save(folder / PROBABILITIES, classifier.predict_proba(data.X_test))
    return classifier.predict_proba


def load_mlp_classifier(folder: Path, data: Data) -> Predict:
    from sklearn.neural_network import MLPClassifier

    with np.load(folder / WEIGHTS) as file:
        arrays = list(file.values())
    classifier = MLPClassifier(WIDTHS, random_state=0)
    classifier.partial_fit(data.X_train[:1], data.y_train[:1], classes=np.unique(data.y_train))
    n_layers = len(arrays) // 2
    classifier.coefs_, classifier.intercepts_ = arrays[:n_layers], arrays[n_layers:]
    return classifier.predict_proba


def load_keras_predict(folder: Path, data: Data) -> Predict:
    import keras

    model = keras.saving.load_model(folder / KERAS_MODEL)
    return lambda X: model.predict(X, verbose=0)


def load_keras_call(folder: Path, data: Data) -> Predict:
    import keras

    model = keras.saving.load_model(folder / KERAS_MODEL)
    return lambda X: model(X).numpy()


@dataclass(frozen=True)
class Peer:
    """A way to predict.

    Parameters
    ----------
    title : str
    imports : tuple of str
        What its user imports.
    load : callable of a folder and `Data`
        Returns what predicts probabilities.
    """

    title: str
    imports: tuple[str, ...]
    load: Callable[[Path, Data], Predict]


OURS = "sk_mnist_mlp"
PEERS = {
    OURS: Peer(
        "sk_mnist_mlp, predict_proba", ("sk_mnist_mlp:KerasMLPClassifier",), train_and_export
    ),
    "mlp": Peer(
        "MLPClassifier, predict_proba",
        ("sklearn.neural_network:MLPClassifier",),
        load_mlp_classifier,
    ),
    "keras_predict": Peer("Keras, model.predict", ("keras",), load_keras_predict),
    "keras_call": Peer("Keras, model(x)", ("keras",), load_keras_call),
}


@dataclass(frozen=True)
class Settings:
    """How long the benchmark is.

    Parameters
    ----------
    peers : tuple of str
    rounds : int
    seconds : float
        That a peer spends on one row in each turn, and as much on all rows.
    """

    peers: tuple[str, ...]
    rounds: int
    seconds: float


SMOKE = Settings(peers=(OURS, "mlp", "keras_predict"), rounds=1, seconds=0.0)


@dataclass(frozen=True)
class Task:
    """What a worker is to do."""

    peer: str
    folder: str
    seconds: float


@dataclass(frozen=True)
class Timing:
    """Time of a call and its ratio to ours, medians over the rounds."""

    seconds: float
    ratio_to_ours: float


@dataclass(frozen=True)
class Result:
    """A peer's row in the table.

    Parameters
    ----------
    import_seconds : float
    largest_difference : float
        Of its probabilities from ours.
    one_row, all_rows : Timing
    """

    import_seconds: float
    largest_difference: float
    one_row: Timing
    all_rows: Timing


def work(channel: Channel, task: Task) -> None:
    """Load a peer, then measure once a request."""
    peer, folder = PEERS[task.peer], Path(task.folder)
    channel.wait()
    importing = import_seconds(peer.imports)
    data = Data.load(folder)
    predict = peer.load(folder, data)
    difference = np.abs(predict(data.X_test) - np.load(folder / PROBABILITIES)).max()
    channel.answer(import_seconds=importing, largest_difference=float(difference))
    rows = itertools.cycle(np.split(data.X_test, len(data.X_test)))
    while True:
        channel.wait()
        channel.answer(
            one_row=median_seconds(lambda: predict(next(rows)), task.seconds, at_least=10),
            all_rows=median_seconds(lambda: predict(data.X_test), task.seconds, at_least=3),
        )


def measure(folder: Path, settings: Settings) -> tuple[dict[str, Result], dict[str, str]]:
    """Run the benchmark; returns the results and the errors of peers that failed."""
    loaded = {}
    with WorkerGroup(indispensable=(OURS,)) as group:
        for key in settings.peers:
            task = Task(key, str(folder), settings.seconds)
            group.start(key, SCRIPT, "--worker", json.dumps(asdict(task)))
            if answer := group.ask(key):
                loaded[key] = answer
                say(f"{PEERS[key].title}: loaded")
        rounds = group.rounds(settings.rounds)
    results = {}
    for key, answer in loaded.items():
        if key not in group.failures:
            one_row, all_rows = (timing(rounds, key, what) for what in ("one_row", "all_rows"))
            results[key] = Result(**answer, one_row=one_row, all_rows=all_rows)
    return results, group.failures


def timing(rounds: Sequence[dict[str, dict[str, float]]], key: str, what: str) -> Timing:
    """Condense the rounds."""
    times = [answers[key][what] for answers in rounds]
    ours = [answers[OURS][what] for answers in rounds]
    return Timing(statistics.median(times), median_ratio(times, ours))


def in_words(
    results: dict[str, Result], failed: dict[str, str], n_rows: int, settings: Settings
) -> str:
    """Lay out the results in Markdown."""
    header = (
        *("", "import CPU s", "one row ms", "ratio", f"{n_rows:,} rows ms", "ratio"),
        "largest difference",
    )
    rows = [
        (
            PEERS[key].title,
            f"{result.import_seconds:.1f}",
            f"{1e3 * result.one_row.seconds:.3g}",
            f"{result.one_row.ratio_to_ours:.2f}",
            f"{1e3 * result.all_rows.seconds:.3g}",
            f"{result.all_rows.ratio_to_ours:.2f}",
            f"{result.largest_difference:.0e}",
        )
        for key, result in results.items()
    ]
    sentence = f"Rounds: {settings.rounds}. Ratios and differences are to the first row."
    notes = "\n".join(f"- {PEERS[key].title} failed: {error}" for key, error in failed.items())
    return "\n\n".join(part for part in (sentence, markdown_table(header, rows), notes) if part)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", metavar="PATH", help="of MNIST, as of load_mnist")
    peers = [key for key in PEERS if key != OURS]
    parser.add_argument("--peers", nargs="*", choices=peers, default=peers, help="these only")
    parser.add_argument("--rounds", type=positive_int, default=9, help="turns of each peer")
    parser.add_argument("--json", type=output_file, metavar="PATH", help="to write the results to")
    parser.add_argument("--smoke", action="store_true", help="a quick run on the small digits")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    if arguments.worker:
        task = Task(**json.loads(arguments.worker))
        return serve(lambda channel: work(channel, task))
    settings = Settings((OURS, *arguments.peers), arguments.rounds, seconds=0.5)
    settings = SMOKE if arguments.smoke else settings
    machine = this_machine()
    with data_folder(arguments.data, arguments.smoke) as folder:
        n_rows = len(Data.load(folder).X_test)
        results, failed = measure(folder, settings)
    report = in_words(results, failed, n_rows, settings)
    print(f"`{command()}`", machine.sentence(), report, sep="\n\n")
    write_results(
        arguments.json, machine, settings=settings, n_rows=n_rows, results=results, failed=failed
    )


if __name__ == "__main__":
    main()
