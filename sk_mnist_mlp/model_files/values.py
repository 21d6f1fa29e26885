"""Values of constructor parameters as JSON, and back: exactly, and without running code.

None, bool, int, str, finite float and list are themselves; any other value is an
object whose keys tell its kind, such as ``{"tuple": [512, 128]}``.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from sk_mnist_mlp.model_files.optimizers import decode_optimizer, encode_optimizer, is_optimizer

NUMBER_DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64",
)  # fmt: skip

SAVED_VALUES = (
    "None, bool, int, float, str, tuples, lists, ranges and dicts of these, NumPy's numbers and "
    "arrays, a RandomState of MT19937, paths, and Keras' optimizers"
)
"""What `encode` takes, in words."""

MT19937_WORDS = 624
TEXT_LIMIT = 2**20  # characters of an array


@dataclass(frozen=True)
class Kind:
    """A kind of values that JSON has no form for.

    Parameters
    ----------
    keys : tuple of str
        Of the object that stands for a value, in alphabetical order.
    contains : callable
        Whether a value is of this kind.
    encode : callable
        Gives JSON for each key.
    decode : callable
        Takes these, whoever wrote them, and gives the value; raises ValueError
        where there is none.
    """

    keys: tuple[str, ...]
    contains: Callable[[Any], bool]
    encode: Callable[[Any], tuple[Any, ...]]
    decode: Callable[..., Any]


def encode(value: Any) -> Any:
    """JSON for a value of a parameter.

    Raises
    ------
    ValueError
        If the value is none of `SAVED_VALUES`; says what to do.
    """
    if type(value) in (type(None), bool, int, str) or (_is_float(value) and math.isfinite(value)):
        return value
    if type(value) is list:
        return [encode(entry) for entry in value]
    for kind in KINDS:
        if kind.contains(value):
            return dict(zip(kind.keys, kind.encode(value), strict=True))
    if callable(value):
        raise ValueError(
            f"{value!r} is code, which the file does not hold. Give a name, where there is one, "
            "such as 'relu' or 'roc_auc', or keep the model with cloudpickle."
        )
    raise ValueError(
        f"{value!r} is of type {type(value).__name__}; expected {SAVED_VALUES}. Give one "
        "of these, or keep the model with pickle."
    )


def decode(value: Any) -> Any:
    """Value of a parameter from what `json.loads` gives, whoever wrote it.

    Raises
    ------
    ValueError
        If `encode` gives no such thing.
    """
    if isinstance(value, list):
        return [decode(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    keys = tuple(sorted(value))
    for kind in KINDS:
        if kind.keys == keys:
            return kind.decode(*(value[key] for key in keys))
    raise ValueError(f"an object of {keys!s:.200}")


def _is_float(value: Any) -> bool:
    return type(value) is float


def _decode_float(text: Any) -> float:
    if text not in ("inf", "-inf", "nan"):
        raise ValueError(f"the float {text!r:.200}")
    return float(text)


def _decode_tuple(entries: Any) -> tuple[Any, ...]:
    return tuple(map(decode, _checked_list(entries)))


def _decode_range(bounds: Any) -> range:
    if len(_checked_list(bounds)) != 3 or not all(type(bound) is int for bound in bounds):
        raise ValueError(f"the range {bounds!r:.200}")
    return range(*bounds)


def _decode_dict(pairs: Any) -> dict[Any, Any]:
    decoded = {}
    for pair in _checked_list(pairs):
        if len(_checked_list(pair)) != 2:
            raise ValueError(f"the pair {pair!r:.200}")
        key, value = map(decode, pair)
        try:
            decoded[key] = value
        except TypeError as error:
            raise ValueError(f"the key {key!r:.200}") from error
    if len(decoded) < len(pairs):
        raise ValueError("a key that comes twice")
    return decoded


def _dtype_name(value: np.ndarray | np.generic) -> str:
    return "str" if value.dtype.kind == "U" else value.dtype.name


def _is_scalar(value: Any) -> bool:
    return isinstance(value, np.generic) and _dtype_name(value) in (*NUMBER_DTYPES, "str")


def _is_array(value: Any) -> bool:
    return type(value) is np.ndarray and _dtype_name(value) in (*NUMBER_DTYPES, "str", "object")


def _encode_array(array: np.ndarray) -> tuple[Any, ...]:
    entries = [encode(entry) for entry in array.ravel().tolist()]
    return entries, _dtype_name(array), list(array.shape)


def _decode_array(entries: Any, dtype: Any, shape: Any) -> np.ndarray:
    decoded = [decode(entry) for entry in _checked_list(entries)]
    if not all(type(length) is int and length >= 0 for length in _checked_list(shape)):
        raise ValueError(f"the shape {shape!r:.200}")
    if dtype == "object":
        array = np.empty(len(decoded), object)
        for i, entry in enumerate(decoded):
            array[i] = entry
        return array.reshape(shape)
    return _typed(decoded, dtype).reshape(shape)


def _decode_scalar(dtype: Any, value: Any) -> np.generic:
    return _typed([decode(value)], dtype)[0]


def _typed(entries: list[Any], dtype: Any) -> np.ndarray:
    """Array of a dtype that holds each entry exactly."""
    if dtype not in (*NUMBER_DTYPES, "str"):
        raise ValueError(f"the dtype {dtype!r:.200}")
    kind = _PYTHON_TYPES[np.dtype(dtype).kind]
    fits = all(type(entry) is kind for entry in entries)
    if kind is int:
        bounds = np.iinfo(dtype)
        fits = fits and all(bounds.min <= entry <= bounds.max for entry in entries)
    if kind is str:
        # An array of text takes the length of the longest for each.
        fits = fits and len(entries) * max(map(len, entries), default=0) <= TEXT_LIMIT
    if not fits:
        raise ValueError(f"{entries!s:.200} as {dtype}")
    with np.errstate(over="ignore"):
        array = np.array(entries, dtype)
    if repr(array.tolist()) != repr(entries):
        raise ValueError(f"{entries!s:.200} as {dtype}")
    return array


def _encode_random_state(random_state: np.random.RandomState) -> tuple[Any, ...]:
    state = random_state.get_state(legacy=False)
    if state["bit_generator"] != "MT19937":
        raise ValueError(
            f"{random_state!r} draws from {state['bit_generator']}, and only one of MT19937 is "
            "kept. Give one such as numpy.random.RandomState(0), or keep the model with pickle."
        )
    words, position = state["state"]["key"].tolist(), state["state"]["pos"]
    return ([words, position, state["has_gauss"], state["gauss"]],)


def _decode_random_state(state: Any) -> np.random.RandomState:
    if len(_checked_list(state)) != 4 or not _is_random_state(*state):
        raise ValueError(f"the state of a RandomState {state!s:.200}")
    words, position, has_gauss, gauss = state
    random_state = np.random.RandomState(0)
    key = np.array(words, np.uint32)
    random_state.set_state(("MT19937", key, position, has_gauss, gauss))
    return random_state


def _is_random_state(words: Any, position: Any, has_gauss: Any, gauss: Any) -> bool:
    return (
        isinstance(words, list)
        and len(words) == MT19937_WORDS
        and all(type(word) is int and 0 <= word < 2**32 for word in words)
        # NumPy reads from the position without checking it.
        and type(position) is int
        and 0 <= position <= MT19937_WORDS
        and has_gauss in (0, 1)
        and _is_float(gauss)
    )


def _decode_path(text: Any) -> Path:
    if type(text) is not str:
        raise ValueError(f"the path {text!r:.200}")
    return Path(text)


def _checked_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r:.200} where a list belongs")
    return value


_PYTHON_TYPES = {"b": bool, "i": int, "u": int, "f": float, "U": str}

KINDS = (
    Kind(("float",), _is_float, lambda value: (repr(value),), _decode_float),
    Kind(
        ("tuple",),
        lambda value: type(value) is tuple,
        lambda value: ([encode(entry) for entry in value],),
        _decode_tuple,
    ),
    Kind(
        ("range",),
        lambda value: type(value) is range,
        lambda value: ([value.start, value.stop, value.step],),
        _decode_range,
    ),
    Kind(
        ("dict",),
        lambda value: isinstance(value, Mapping),
        lambda value: ([[encode(key), encode(entry)] for key, entry in value.items()],),
        _decode_dict,
    ),
    Kind(
        ("dtype", "scalar"),
        _is_scalar,
        lambda value: (_dtype_name(value), encode(value.item())),
        _decode_scalar,
    ),
    Kind(("array", "dtype", "shape"), _is_array, _encode_array, _decode_array),
    Kind(
        ("random_state",),
        lambda value: isinstance(value, np.random.RandomState),
        _encode_random_state,
        _decode_random_state,
    ),
    Kind(
        ("path",),
        lambda value: isinstance(value, PurePath),
        lambda value: (os.fspath(value),),
        _decode_path,
    ),
    Kind(("optimizer",), is_optimizer, lambda value: (encode_optimizer(value),), decode_optimizer),
)
"""Every kind of value that is saved, but for those that JSON has itself."""
