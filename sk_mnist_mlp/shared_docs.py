"""Docstrings of estimators that have most of their parameters and attributes in common."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from itertools import takewhile
from typing import TypeVar

Class = TypeVar("Class", bound=type)


def with_entries_of(other: type, *, without: Collection[str]) -> Callable[[Class], Class]:
    """Complete the docstring of a class by what another class' says of the same things.

    Parameters
    ----------
    other : type
        Whose entries of parameters and attributes are taken for those that the class
        does not describe itself.
    without : collection of str
        Attributes that it does not have.

    Returns
    -------
    callable
        Decorator of the class.
    """

    def completed(cls: Class) -> Class:
        if cls.__doc__ and other.__doc__:  # python -OO leaves out docstrings
            doc = inspect.cleandoc(cls.__doc__)
            others = inspect.cleandoc(other.__doc__)
            order = {"Parameters": inspect.signature(cls).parameters, "Attributes": None}
            for section, names in order.items():
                own = _entries(doc, section)
                entries = {**_entries(others, section), **own}
                body = [entries[name] for name in names or entries if name not in without]
                doc = doc.replace("\n".join(own.values()), "\n".join(body))
            cls.__doc__ = f"{doc}\n"
        return cls

    return completed


def _entries(doc: str, section: str) -> dict[str, str]:
    """Entries of a section of a numpydoc docstring, by what stands before their colon."""
    lines = doc.splitlines()
    start = lines.index(section) + 2
    entries: dict[str, list[str]] = {}
    name = ""
    for line in takewhile(lambda line: line, lines[start:]):
        if not line.startswith(" "):
            name = line.partition(" : ")[0]
        entries.setdefault(name, []).append(line)
    return {name: "\n".join(block) for name, block in entries.items()}
