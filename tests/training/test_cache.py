"""Each entry is built once, callers wait for their own only, and the cache stays bounded."""

import threading

import pytest

from sk_mnist_mlp.training.cache import BuildOnceCache


def test_an_entry_is_built_once():
    cache = BuildOnceCache(4)
    built = []
    for _ in range(3):
        assert cache.get("a", lambda key: built.append(key) or key * 2) == "aa"
    assert built == ["a"]
    assert cache.info()[:3] == (2, 1, 1)


def test_threads_that_ask_for_the_same_entry_build_it_once():
    cache = BuildOnceCache(4)
    together = threading.Barrier(8)
    values = []

    def ask():
        together.wait()
        values.append(cache.get("a", lambda key: object()))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, values))) == 1
    assert cache.info().compilations == 1


def test_nobody_waits_for_an_entry_that_is_not_theirs():
    cache = BuildOnceCache(4)
    building, finish = threading.Event(), threading.Event()

    def slow(key):
        building.set()
        finish.wait(timeout=60)
        return key

    thread = threading.Thread(target=cache.get, args=("slow", slow))
    thread.start()
    building.wait(timeout=60)
    assert cache.get("quick", str.upper) == "QUICK"
    assert cache.info().programs == 1
    finish.set()
    thread.join()
    assert cache.info().programs == 2


def test_the_least_recently_used_entry_goes_first():
    cache = BuildOnceCache(2)
    for key in ("a", "b", "a", "c"):
        cache.get(key, str.upper)
    assert cache.keys() == ["a", "c"]


def test_a_build_that_fails_is_tried_again():
    cache = BuildOnceCache(2)
    with pytest.raises(ZeroDivisionError):
        cache.get("a", lambda key: 1 / 0)
    assert cache.info()[:3] == (0, 0, 0)
    assert cache.keys() == []
    assert cache.get("a", str.upper) == "A"


def test_builds_that_fail_push_out_nothing():
    cache = BuildOnceCache(2)
    for key in ("a", "b"):
        cache.get(key, str.upper)
    for key in range(100):
        with pytest.raises(ZeroDivisionError):
            cache.get(key, lambda key: 1 / 0)
    assert cache.keys() == ["a", "b"]
    assert cache.held("a") == "A"


def test_whoever_waited_for_a_build_that_failed_builds_once_in_its_place():
    cache = BuildOnceCache(4)
    building, finish = threading.Event(), threading.Event()
    built, errors = [], []

    def fail(key):
        building.set()
        finish.wait(timeout=60)
        raise ZeroDivisionError

    def ask_in_vain():
        try:
            cache.get("a", fail)
        except ZeroDivisionError as error:
            errors.append(error)

    threads = [threading.Thread(target=ask_in_vain)]
    threads[0].start()
    building.wait(timeout=60)
    threads += [
        threading.Thread(target=cache.get, args=("a", lambda key: built.append(key) or key))
        for _ in range(4)
    ]
    for thread in threads[1:]:
        thread.start()
    finish.set()
    for thread in threads:
        thread.join()
    assert len(errors) == 1
    assert built == ["a"]
    assert cache.info()[:3] == (3, 1, 1)


def test_what_is_held_is_given_without_a_lock():
    cache = BuildOnceCache(2)
    assert cache.held("a") is None
    cache.get("a", str.upper)
    with cache._lock:
        assert cache.held("a") == "A"
    assert cache.info().hits == 1


def test_clearing_forgets_entries_and_counts():
    cache = BuildOnceCache(2)
    cache.get("a", str.upper)
    cache.clear()
    assert cache.info() == (0, 0, 0, 0.0)
    assert cache.keys() == []


def test_time_spent_building_is_counted():
    cache = BuildOnceCache(2)
    cache.get("a", lambda key: threading.Event().wait(0.05))
    assert cache.info().seconds >= 0.05
