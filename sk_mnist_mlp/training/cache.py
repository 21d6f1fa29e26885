"""A bounded cache that builds each entry once, whatever the number of threads that ask."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
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
    value: Value
    used: int


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
        self._building: dict[Key, threading.Lock] = {}
        self._clock = itertools.count()
        self.clear()

    def clear(self) -> None:
        """Forget every entry and count from zero; values in use go on."""
        with self._lock:
            self._entries: dict[Key, _Entry[Value]] = {}
            self._hits: dict[int, int] = {}
            self._compilations = 0
            self._seconds = 0.0

    def keys(self) -> list[Key]:
        """Keys of the entries held, the least recently used first."""
        with self._lock:
            return sorted(self._entries, key=lambda key: self._entries[key].used)

    def info(self) -> CacheInfo:
        """Counts since the start or the last `clear`."""
        with self._lock:
            hits = sum(list(self._hits.values()))
            return CacheInfo(hits, self._compilations, len(self._entries), self._seconds)

    def held(self, key: Key) -> Value | None:
        """Return the entry of `key`, or None where there is none yet.

        Takes no lock, so that an interrupt cannot leave one locked.
        """
        entry = self._entries.get(key)
        if entry is None:
            return None
        entry.used = next(self._clock)
        thread = threading.get_ident()  # each counts its own, which needs no lock
        self._hits[thread] = self._hits.get(thread, 0) + 1
        return entry.value

    def get(self, key: Key, build: Callable[[Key], Value]) -> Value:
        """Return the entry of `key`, built by `build(key)` where there is none.

        A build that raises leaves nothing, and the next caller tries again.
        """
        while True:
            with self._lock:
                turn = self._building.setdefault(key, threading.Lock())
            with turn:
                value = self.held(key)
                if value is not None:
                    return value
                # Another lock is there where whoever had the turn before has failed.
                if self._building.get(key) is turn:
                    return self._build(key, build)

    def _build(self, key: Key, build: Callable[[Key], Value]) -> Value:
        start = time.perf_counter()
        try:
            value = build(key)
            with self._lock:
                self._compilations += 1
                self._seconds += time.perf_counter() - start
                self._entries[key] = _Entry(value, next(self._clock))
                while len(self._entries) > self._capacity:
                    del self._entries[min(self._entries, key=lambda k: self._entries[k].used)]
            return value
        finally:
            with self._lock:
                del self._building[key]


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

    Examples
    --------
    >>> from sk_mnist_mlp import clear_training_cache, training_cache_info
    >>> clear_training_cache()
    >>> training_cache_info().hits
    0
    """
    training_programs.clear()
