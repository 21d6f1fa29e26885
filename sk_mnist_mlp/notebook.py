"""Whether this is a notebook, and a place in it that is written anew."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any


def in_notebook() -> bool:
    """Whether a notebook shows what is displayed; IPython in a terminal is none.

    Nobody is in a notebook who has not loaded IPython, which this does not.
    """
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get_ipython is not None and getattr(get_ipython(), "kernel", None) is not None


@dataclass(eq=False)
class NotebookOutput:
    """One output of the cell that runs, in which the newest replaces what was shown.

    Parameters
    ----------
    handle : object or None
        IPython's, once something was shown.
    """

    handle: Any = field(init=False, default=None)

    def show(
        self, data: Mapping[str, str], metadata: Mapping[str, Mapping[str, int]] | None = None
    ) -> None:
        """Show one thing in several forms, of which a reader takes the best.

        Parameters
        ----------
        data : mapping of str to str
            Forms by MIME type, bytes as base64.
        metadata : mapping, optional
            Of some forms, by MIME type.
        """
        if self.handle is None:
            display = import_module("IPython.display").display
            self.handle = display(data, raw=True, metadata=metadata, display_id=True)
        else:
            self.handle.update(data, raw=True, metadata=metadata)
