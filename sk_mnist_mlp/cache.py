"""A bounded cache that builds each entry once, whatever the number of threads that ask."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class CacheInfo(NamedTuple):
    """State of the cache of training programs.

    Parameters
    ----------
    hits : int
        Requests that found a program, or waited for one being built.
    compilations : int
        Programs built.
    programs : int
        Programs held now.
    seconds : float
        Time spent tracing and compiling.
    """

    hits: int
    compilations: int
    programs: int
    seconds: float


@dataclass
class _Entry(Generic[Value]):
    lock: threading.Lock = field(default_factory=threading.Lock)
    value: Value | None = None


class BuildOnceCache(Generic[Key, Value]):
    """Least-recently-used cache; a caller waits for its own entry only.

    Parameters
    ----------
    capacity : int
        Entries held at most.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget every entry and count from zero; values in use go on."""
        with self._lock:
            self._entries: OrderedDict[Key, _Entry[Value]] = OrderedDict()
            self._hits = self._compilations = 0
            self._seconds = 0.0

    def keys(self) -> list[Key]:
        """Keys of the entries held, the least recently used first."""
        with self._lock:
            return list(self._entries)

    def info(self) -> CacheInfo:
        """Counts since the start or the last `clear`."""
        with self._lock:
            held = sum(entry.value is not None for entry in self._entries.values())
            return CacheInfo(self._hits, self._compilations, held, self._seconds)

    def get(self, key: Key, build: Callable[[Key], Value]) -> Value:
        """Return the entry of `key`, built by `build(key)` where there is none.

        A build that raises leaves no entry, so that the next caller tries again.
        """
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            while len(self._entries) > self._capacity:
                self._entries.popitem(last=False)
        with entry.lock:
            if entry.value is not None:
                with self._lock:
                    self._hits += 1
                return entry.value
            start = time.perf_counter()
            value = build(key)
            with self._lock:
                self._compilations += 1
                self._seconds += time.perf_counter() - start
            entry.value = value
            return value


PROGRAMS_HELD = 64
training_programs: BuildOnceCache = BuildOnceCache(PROGRAMS_HELD)


def training_cache_info() -> CacheInfo:
    """Tell how often training programs were built and found.

    Returns
    -------
    CacheInfo
        ``hits``, ``compilations``, ``programs`` and ``seconds`` (of tracing
        and compiling), since the start or the last `clear_training_cache`.

    Examples
    --------
    >>> from sk_mnist_mlp import clear_training_cache, training_cache_info
    >>> clear_training_cache()
    >>> training_cache_info()
    CacheInfo(hits=0, compilations=0, programs=0, seconds=0.0)
    """
    return training_programs.info()


def clear_training_cache() -> None:
    """Forget all training programs; the next fit of each architecture builds its own again.

    TensorFlow gives back little of a program's memory.
    """
    training_programs.clear()
