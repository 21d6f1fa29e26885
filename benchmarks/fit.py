"""Training on MNIST: a warm epoch and a whole fit, beside other libraries.

Each peer trains in a process of its own. First each makes one whole fit, as its users call it:
building and compiling included, importing left out. Then each starts another fit that halts
between epochs, and they take turns; the limit, this machine's rate of a 2048 x 2048 float32
matrix product, takes its turn too. Ratios are computed round by round. A warm epoch lasts from
the end of one epoch to the end of the next, as each library's callback or progress line tells;
a turn has one before it that does not count.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from harness import (
    Data,
    data_folder,
    import_seconds,
    installed,
    median_ratio,
    output_file,
    parse_task_and_peers,
    peak_megabytes,
    positive_int,
)
from peers import NETWORKS, OURS, PEERS, Training
from problems import PROBLEMS
from report import command, this_machine, write_results
from workers import Channel, WorkerGroup, say, serve

from sk_mnist_mlp.reproduce.markdown import markdown_table

SCRIPT = Path(__file__)
LIMIT = "limit"
EPOCHS_PER_TURN = 2  # while it waits, a process loses its place in caches and even in memory


@dataclass(frozen=True)
class Settings:
    """What is learned, and how long and how large the benchmark is."""

    epochs: int
    rounds: int
    peers: tuple[str, ...]
    task: str = "classification"
    product_size: int = 2048


SMOKE = Settings(epochs=1, rounds=1, peers=(OURS, "keras", "mlp"), product_size=128)


@dataclass(frozen=True)
class Assignment:
    """What a worker is to do."""

    task: str
    peer: str
    network: str
    folder: str
    epochs: int
    rounds: int


@dataclass(frozen=True)
class WholeFit:
    """What a worker answers first."""

    import_seconds: float
    fit_seconds: float
    test_score: float
    peak_megabytes: float


@dataclass(frozen=True)
class Result:
    """A peer's row in the table."""

    whole_fit: WholeFit
    epoch_seconds: list[float]
    median_epoch_seconds: float
    ratio_to_ours: float
    share_of_limit: float


@dataclass(frozen=True)
class Report:
    """What one network came to.

    Parameters
    ----------
    network : str
        Key of `NETWORKS`.
    shape : str
    epoch_gflop : float
        Arithmetic of an epoch's matrix products.
    limit_gflops : list of float
        Rate of the faster library in each round, in GFLOP/s.
    results : dict of str to Result
        By key of `PEERS`.
    failed : dict of str to str
        Error of each peer that failed.
    absent, unable : list of str
        Peers that are not installed, and that have no batch norm and dropout.
    """

    network: str
    shape: str
    epoch_gflop: float
    limit_gflops: list[float]
    results: dict[str, Result]
    failed: dict[str, str]
    absent: list[str]
    unable: list[str]


def work(channel: Channel, assignment: Assignment) -> None:
    """Make a whole fit, then a turn a request."""
    problem, network = PROBLEMS[assignment.task], NETWORKS[assignment.network]
    peer = PEERS[assignment.task][assignment.peer]
    channel.wait()
    importing = import_seconds(peer.imports)
    data = Data.load(Path(assignment.folder))
    y_train, y_test = problem.target(data.y_train), problem.target(data.y_test)
    training = Training(network, data.X_train, y_train, assignment.epochs, problem=problem)
    start = time.perf_counter()
    predict = peer.train(training)
    fitting = time.perf_counter() - start
    peak = peak_megabytes()
    score = problem.score(y_test, predict(data.X_test))
    channel.answer(**asdict(WholeFit(importing, fitting, score, peak)))
    channel.wait()
    turns = take_turns(channel)
    epochs = EPOCHS_PER_TURN * assignment.rounds
    peer.train(replace(training, epochs=epochs, after_epoch=turns))
    raise RuntimeError(f"the fit in turns ended before its {epochs} epochs")


def take_turns(channel: Channel) -> Callable[[], None]:
    """Return what, called after each epoch, answers with the seconds of the last one of a turn."""
    epoch = 0
    start = 0.0

    def after_epoch() -> None:
        nonlocal epoch, start
        epoch += 1
        if epoch % EPOCHS_PER_TURN == 0:
            channel.answer(seconds=time.perf_counter() - start)
            channel.wait()
        start = time.perf_counter()

    return after_epoch


def measure(network: str, folder: Path, settings: Settings) -> Report:
    """Run the benchmark of one network."""
    data, peers = Data.load(folder), PEERS[settings.task]
    n_outputs = PROBLEMS[settings.task].n_outputs(data.y_train)
    sizes = (len(data.X_train), data.X_train.shape[1], n_outputs)
    gflop = NETWORKS[network].flops(*sizes) / 1e9
    absent = [key for key in settings.peers if not installed(peers[key].imports)]
    unable = [key for key in settings.peers if network != "plain" and peers[key].only_plain]
    able = [key for key in settings.peers if key not in absent and key not in unable]
    whole_fits = {}
    with WorkerGroup(indispensable=(LIMIT, OURS)) as group:
        group.start(LIMIT, SCRIPT.with_name("limit.py"), str(settings.product_size))
        for key in able:
            assignment = Assignment(
                settings.task, key, network, str(folder), settings.epochs, settings.rounds
            )
            arguments = "--worker", json.dumps(asdict(assignment))
            group.start(key, SCRIPT, *arguments, backend=peers[key].backend)
            if answer := group.ask(key):
                whole_fits[key] = WholeFit(**answer)
                say(f"{network}, {peers[key].title}: a fit in {answer['fit_seconds']:.1f} s")
        rounds = group.rounds(settings.rounds)
    limits = [max(answers[LIMIT].values()) for answers in rounds]
    least_seconds = [gflop / limit for limit in limits]
    ours = [answers[OURS]["seconds"] for answers in rounds]
    results = {}
    for key, whole_fit in whole_fits.items():
        if key not in group.failures:
            times = [answers[key]["seconds"] for answers in rounds]
            results[key] = Result(
                whole_fit=whole_fit,
                epoch_seconds=times,
                median_epoch_seconds=statistics.median(times),
                ratio_to_ours=median_ratio(times, ours),
                share_of_limit=median_ratio(least_seconds, times),
            )
    return Report(
        network=network,
        shape=NETWORKS[network].shape(*sizes[1:]),
        epoch_gflop=gflop,
        limit_gflops=limits,
        results=results,
        failed=group.failures,
        absent=absent,
        unable=unable,
    )


def in_words(report: Report, settings: Settings) -> str:
    """Lay out a report in Markdown."""
    peers = PEERS[settings.task]
    header = (
        *("", "import CPU s", "warm epoch s", "ratio", "share of limit"),
        *("whole fit s", PROBLEMS[settings.task].score_name, "peak MB"),
    )
    rows = [
        (
            peers[key].title,
            f"{result.whole_fit.import_seconds:.1f}",
            f"{result.median_epoch_seconds:.3g}",
            f"{result.ratio_to_ours:.2f}",
            f"{result.share_of_limit:.0%}",
            f"{result.whole_fit.fit_seconds:.1f}",
            f"{result.whole_fit.test_score:.4f}",
            f"{result.whole_fit.peak_megabytes:.0f}",
        )
        for key, result in report.results.items()
    ]
    notes = [
        *(f"- {peers[key].title} failed: {error}" for key, error in report.failed.items()),
        *(f"- {peers[key].title} is not installed." for key in report.absent),
        *(f"- {peers[key].title} has no batch norm and dropout." for key in report.unable),
    ]
    limit = statistics.median(report.limit_gflops)
    size = settings.product_size
    sentence = (
        f"Rounds: {settings.rounds}; epochs of a whole fit: {settings.epochs}. Ratios are to the "
        f"first row. The matrix products of an epoch are {report.epoch_gflop:.3g} GFLOP; at the "
        f"limit, the {limit:.0f} GFLOP/s of a {size} x {size} float32 product, they take "
        f"{report.epoch_gflop / limit:.3g} s."
    )
    parts = [f"### {report.shape}", sentence, markdown_table(header, rows), "\n".join(notes)]
    return "\n\n".join(part for part in parts if part)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", metavar="PATH", help="of MNIST, as of load_mnist")
    parser.add_argument("--network", choices=NETWORKS, help="one of them only")
    parser.add_argument("--epochs", type=positive_int, default=20, help="of the whole fit")
    parser.add_argument("--rounds", type=positive_int, default=9, help="turns of each peer")
    parser.add_argument("--json", type=output_file, metavar="PATH", help="to write the results to")
    parser.add_argument("--smoke", action="store_true", help="a quick run on the small digits")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    return parse_task_and_peers(parser, PEERS, always=OURS)


def main() -> None:
    arguments = parse_arguments()
    if arguments.worker:
        assignment = Assignment(**json.loads(arguments.worker))
        return serve(lambda channel: work(channel, assignment))
    settings = Settings(arguments.epochs, arguments.rounds, (OURS, *arguments.peers))
    settings = replace(SMOKE if arguments.smoke else settings, task=arguments.task)
    networks = [arguments.network] if arguments.network else list(NETWORKS)
    machine = this_machine()
    with data_folder(arguments.data, arguments.smoke) as folder:
        reports = [measure(network, folder, settings) for network in networks]
    print(f"`{command()}`", machine.sentence(), sep="\n\n")
    for report in reports:
        print("", in_words(report, settings), sep="\n")
    write_results(arguments.json, machine, settings=settings, reports=reports)


if __name__ == "__main__":
    main()
