import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest

from sk_mnist_mlp.notebook import NotebookOutput, in_notebook
from tests.notebooks import notebook as notebook

SHELLS = {
    "no shell": (None, False),
    "IPython in a terminal": (SimpleNamespace(), False),
    "a notebook": (SimpleNamespace(kernel=object()), True),
}


@pytest.mark.parametrize(("shell", "expected"), SHELLS.values(), ids=SHELLS)
def test_a_notebook_is_a_shell_with_a_kernel(shell, expected, monkeypatch):
    ipython = ModuleType("IPython")
    ipython.get_ipython = lambda: shell
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert in_notebook() is expected


def test_asking_loads_no_ipython():
    code = (
        "import sys; from sk_mnist_mlp.notebook import in_notebook; "
        "sys.exit(in_notebook() or 'IPython' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_output_is_shown_once_and_then_updated(notebook):
    output, other = NotebookOutput(), NotebookOutput()
    output.show({"text/plain": "one"})
    other.show({"text/plain": "other"})
    output.show({"text/plain": "two"}, {"text/plain": {"width": 3}})
    assert [shown.shown for shown in notebook.outputs] == [
        [{"text/plain": "one"}, {"text/plain": "two"}],
        [{"text/plain": "other"}],
    ]
    assert notebook.outputs[0].metadata == [None, {"text/plain": {"width": 3}}]
