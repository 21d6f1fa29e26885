"""Resident memory of this process now, rather than at its peak."""

import ctypes
import gc
import re
from pathlib import Path

import pytest

STATUS = Path("/proc/self/status")
needs_status = pytest.mark.skipif(not STATUS.exists(), reason="needs /proc/self/status")


def anonymous_bytes():
    """Resident memory that no file backs."""
    return int(re.search(r"RssAnon:\s+(\d+) kB", STATUS.read_text()).group(1)) * 1024


def anonymous_bytes_in_use():
    """The same without what was freed and kept to be used again, where a leak would hide."""
    gc.collect()
    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's
    if give_back is not None:
        give_back(0)
    return anonymous_bytes()
