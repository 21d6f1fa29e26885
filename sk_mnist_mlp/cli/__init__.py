"""The command ``sk-mnist-mlp``."""

from __future__ import annotations

import click

from sk_mnist_mlp import __version__
from sk_mnist_mlp.cli.memory import memory
from sk_mnist_mlp.cli.reproduce import reproduce


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sk-mnist-mlp")
def main() -> None:
    """Multilayer perceptrons for scikit-learn, trained by Keras and TensorFlow."""


main.add_command(memory)
main.add_command(reproduce)
