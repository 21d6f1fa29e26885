"""Run the command as ``python -m sk_mnist_mlp``."""

from sk_mnist_mlp.cli import main

main(prog_name="sk-mnist-mlp")
