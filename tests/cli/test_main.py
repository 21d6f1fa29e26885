"""The command as a whole: its version, its help, what it loads."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

import sk_mnist_mlp
from sk_mnist_mlp.cli import main
from sk_mnist_mlp.reproduce.systems import KEYS


@pytest.mark.parametrize("arguments", [("--version",), ("reproduce", "--version")])
def test_version_is_the_packages(arguments):
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0
    assert result.output == f"sk-mnist-mlp, version {sk_mnist_mlp.__version__}\n"


HELPS = [("--help",), ("reproduce", "--help"), ("memory", "--help")]


@pytest.mark.parametrize("arguments", HELPS, ids=" ".join)
def test_help_fits_a_screen_of_80_columns_and_24_lines_with_the_prompt_after_it(arguments):
    result = CliRunner().invoke(main, arguments, terminal_width=80)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80


def test_help_has_each_command_in_a_whole_line():
    result = CliRunner().invoke(main, ["--help"], terminal_width=80)
    commands = result.output.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in commands] == ["memory", "reproduce"]
    assert not any(line.endswith("...") for line in commands)


@pytest.mark.parametrize(
    "word",
    [
        *("--data", "--epochs", "--seeds", "--only", "--no-grid", "--recipes", "--out"),
        *("--resume", "--open", *KEYS),
    ],
)
def test_help_of_reproduce_names_options_and_systems(word):
    assert word in CliRunner().invoke(main, ["reproduce", "--help"]).output


def test_package_runs_as_a_module_without_loading_what_help_does_not_need():
    code = (
        "import runpy, sys; sys.argv = ['sk_mnist_mlp', 'reproduce', '--help']\n"
        "try: runpy.run_module('sk_mnist_mlp', run_name='__main__')\n"
        "finally: print(sorted({*sys.modules} & "
        "{'tensorflow', 'jax', 'keras', 'sklearn', 'matplotlib'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: sk-mnist-mlp reproduce [OPTIONS]")
    assert done.stdout.endswith("[]\n")
