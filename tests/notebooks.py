"""A stand-in for a notebook: IPython, as far as displays use it."""

import sys
from types import ModuleType, SimpleNamespace

import pytest


class Output:
    """One output, and its handle: what it showed, one after the other."""

    def __init__(self, data, metadata):
        self.shown, self.metadata = [data], [metadata]

    def update(self, data, *, raw, metadata):
        assert raw
        self.shown.append(data)
        self.metadata.append(metadata)


class Notebook:
    def __init__(self):
        self.outputs = []

    def display(self, data, *, raw, metadata, display_id):
        assert raw
        assert display_id is True
        self.outputs.append(Output(data, metadata))
        return self.outputs[-1]


@pytest.fixture
def notebook(monkeypatch):
    made = Notebook()
    ipython, display = ModuleType("IPython"), ModuleType("IPython.display")
    ipython.get_ipython = lambda: SimpleNamespace(kernel=object())
    ipython.version_info = (9, 0)  # matplotlib looks at it
    display.display = made.display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return made
