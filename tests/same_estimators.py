"""Whether two estimators are the same, bit by bit, in all that a pickle of them holds."""

from dataclasses import is_dataclass

import numpy as np


def assert_same_estimators(one, other):
    assert type(one) is type(other)
    assert_same(one.__getstate__(), other.__getstate__())


def assert_same(one, other, where="estimator"):
    if isinstance(one, np.ndarray):
        # A memory-mapped array is as good as one in memory.
        assert isinstance(other, np.ndarray), where
        assert (one.dtype, one.shape) == (other.dtype, other.shape), where
        if one.dtype == object:
            assert_same(one.tolist(), other.tolist(), where)
        else:
            assert one.tobytes() == other.tobytes(), where
        return
    assert type(one) is type(other), where
    if isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one:
            assert_same(one[key], other[key], f"{where}[{key!r}]")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), where
        for i, pair in enumerate(zip(one, other, strict=True)):
            assert_same(*pair, f"{where}[{i}]")
    elif isinstance(one, np.random.RandomState):
        assert_same(one.get_state(legacy=False), other.get_state(legacy=False), where)
    elif hasattr(one, "get_config"):
        assert_same(one.get_config(), other.get_config(), where)
    elif is_dataclass(one):
        assert_same(vars(one), vars(other), where)
    else:
        assert one == other, where
