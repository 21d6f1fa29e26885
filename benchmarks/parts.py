"""Where an epoch of the plain network goes: the same engine with less and less to do.

All variants take turns in one process, and every figure is a median over rounds: the matrix
products alone under XLA, training with SGD and with Adam, the gathering of rows into blocks, and
a call of the program that trains on no step.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import tensorflow as tf
from harness import positive_int
from report import command, this_machine

from sk_mnist_mlp import load_mnist
from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.network.initial_weights import draw_initial_weights
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.reproduce.markdown import markdown_table
from sk_mnist_mlp.training.feed import PlacedRows, blocks, place, steps_per_block
from sk_mnist_mlp.training.optimizers import choose_optimizer
from sk_mnist_mlp.training.program import Block, Program, TrainingSpec
from sk_mnist_mlp.training.steps import EpochSteps, batches, step_values

BATCH_SIZE = 128
NETWORK = NetworkSpec(784, (512, 128), 10, "softmax")
NO_KNOBS: dict[str, np.ndarray] = {}


def training_spec(optimizer: str) -> TrainingSpec:
    steps = steps_per_block(BATCH_SIZE, NETWORK.n_features, itemsize=4)
    chosen = choose_optimizer(optimizer, None).spec
    return TrainingSpec(NETWORK, chosen, (), BATCH_SIZE, steps, "float32", True)


def epoch_blocks(spec: TrainingSpec, rows: PlacedRows) -> Iterator[Block]:
    order = batches(rows.n_rows, BATCH_SIZE, seed=0, epoch=0)
    values = step_values(EpochSteps(len(order), learning_rate=0.001), spec.dtype)
    return blocks(spec, rows, order, values)


def training_epoch(optimizer: str, rows: PlacedRows) -> Callable[[], None]:
    spec = training_spec(optimizer)
    program = Program(spec)
    rng = np.random.default_rng(0)
    weights = draw_initial_weights(NETWORK, (None,) * 3, rng, np.dtype("float32"))

    def run() -> None:
        state = program.state(weights)
        for block in epoch_blocks(spec, rows):
            state, totals = program.run(state, block, NO_KNOBS)
        totals.numpy()

    return run


def empty_call(rows: PlacedRows) -> Callable[[], None]:
    spec = training_spec("adam")
    program = Program(spec)
    weights = draw_initial_weights(
        NETWORK, (None,) * 3, np.random.default_rng(0), np.dtype("float32")
    )
    block = replace(next(epoch_blocks(spec, rows)), n_steps=0)
    state, _ = program.run(program.state(weights), block, NO_KNOBS)
    return lambda: program.run(state, block, NO_KNOBS)[1].numpy()


def products_alone(rows: PlacedRows) -> Callable[[], None]:
    """The eight matrix products of each step, three of them small, and nothing else."""

    @tf.function(jit_compile=True, autograph=False)
    def run(inputs: tf.Tensor, n_steps: tf.Tensor) -> tuple[tf.Tensor, ...]:
        def step(i: tf.Tensor, w1, w2, w3, h1, h2, h3):
            x = inputs[i]
            kernels = [tf.matmul(a, b, transpose_a=True) for a, b in ((x, h1), (h1, h2), (h2, h3))]
            forward = [x @ w1, h1 @ w2, h2 @ w3]
            backward = [tf.matmul(h3, w3, transpose_b=True), tf.matmul(h2, w2, transpose_b=True)]
            # Zeros all along: adding what comes back keeps each product from being left out.
            return i + 1, *kernels, forward[0] + backward[1], forward[1] + backward[0], forward[2]

        zeros = [tf.zeros(shape) for shape in NETWORK.kernel_shapes]
        zeros += [tf.zeros((BATCH_SIZE, width)) for width in (*NETWORK.widths, 10)]
        return tf.while_loop(lambda i, *_: i < n_steps, step, (tf.constant(0), *zeros))[1:]

    taken = [
        (tf.identity(block.inputs), tf.constant(block.n_steps))
        for block in epoch_blocks(training_spec("sgd"), rows)
    ]

    def epoch() -> None:
        for inputs, n_steps in taken:
            results = run(inputs, n_steps)
        results[0].numpy()

    return epoch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", metavar="PATH", help="of MNIST, as of load_mnist")
    parser.add_argument("--rounds", type=positive_int, default=9)
    arguments = parser.parse_args()
    machine = this_machine()
    mnist = load_mnist(arguments.data, source="mnist")
    examples = Examples(mnist.X_train, mnist.y_train, np.ones(len(mnist.y_train)))
    rows = place(examples, NETWORK.head, "float32")
    sgd = training_spec("sgd")
    square = tf.random.stateless_uniform((2048, 2048), (0, 0))
    parts = {
        "2048 x 2048 product": lambda: (square @ square).numpy(),
        "products alone": products_alone(rows),
        "training with sgd": training_epoch("sgd", rows),
        "training with adam": training_epoch("adam", rows),
        "gathering rows": lambda: [block.n_steps for block in epoch_blocks(sgd, rows)],
        "a call without a step": empty_call(rows),
    }
    seconds: dict[str, list[float]] = {name: [] for name in parts}
    for round_number in range(arguments.rounds + 1):
        for name, run in parts.items():
            start = time.perf_counter()
            run()
            if round_number:  # the first warms up
                seconds[name].append(time.perf_counter() - start)
    arithmetic = 2 * len(mnist.y_train) * (3 * NETWORK.n_weights - 784 * 512)
    limits = [arithmetic / (2 * 2048**3 / one) for one in seconds["2048 x 2048 product"]]
    lines = [("limit: the products at the rate of the large one", limits)]
    lines += list(seconds.items())[1:]
    whole = seconds["training with adam"]
    body = [
        (
            name,
            f"{statistics.median(times):.3f}",
            f"{statistics.median(a / b for a, b in zip(times, whole, strict=True)):.0%}",
        )
        for name, times in lines
    ]
    print(f"`{command()}`", machine.sentence(), sep="\n\n")
    print("", markdown_table(("", "s", "share of adam"), body), sep="\n")


if __name__ == "__main__":
    main()
