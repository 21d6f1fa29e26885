"""How a network's tensors and their slots are packed for the optimizer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

JOINED_KERNEL = 4096
"""Numbers of a kernel up to which an elementwise optimizer gets it joined with others."""


def split_array(vector: np.ndarray, sizes: Sequence[int]) -> list[np.ndarray]:
    """Cut a vector into pieces of some sizes."""
    return np.split(vector, np.cumsum(sizes)[:-1])


@dataclass(frozen=True)
class Layout:
    """Which tensors the optimizer gets as they are, and which joined into one vector.

    An elementwise optimizer gets the small ones joined: its steps then have fewer and
    larger operations, and are traced and compiled sooner.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        Of the trainable tensors, by their names.
    elementwise : bool
        Whether tensors may be joined.
    """

    shapes: Mapping[str, tuple[int, ...]]
    elementwise: bool

    @cached_property
    def _joined(self) -> tuple[str, ...]:
        return tuple(
            name
            for name, shape in self.shapes.items()
            if self.elementwise and (len(shape) == 1 or math.prod(shape) <= JOINED_KERNEL)
        )

    @cached_property
    def _own(self) -> tuple[str, ...]:
        return tuple(name for name in self.shapes if name not in self._joined)

    @cached_property
    def _sizes(self) -> list[int]:
        return [math.prod(self.shapes[name]) for name in self._joined]

    @property
    def packed_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of what `pack` gives, by name."""
        own = {name: self.shapes[name] for name in self._own}
        return own | {"joined": (sum(self._sizes),)} if self._joined else own

    def marks(self, prefix: str, dtype: str) -> list[np.ndarray]:
        """Where in what `pack` gives the tensors of some name are: 1 there, and 0 elsewhere."""
        own = [np.array(name.startswith(prefix), dtype) for name in self._own]
        if not self._joined:
            return own
        joined = [name.startswith(prefix) for name in self._joined]
        return [*own, np.repeat(np.array(joined, dtype), self._sizes)]

    def pack(self, tensors: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """Tensors by their names as the optimizer gets them."""
        own = [tensors[name] for name in self._own]
        if not self._joined:
            return own
        return [*own, np.concatenate([tensors[name].ravel() for name in self._joined])]

    def unpack(
        self,
        packed: Sequence[Any],
        split: Callable[[Any, Sequence[int]], Sequence[Any]] = split_array,
        reshape: Callable[[Any, tuple[int, ...]], Any] = np.reshape,
    ) -> dict[str, Any]:
        """Undo `pack`, for arrays, or for tensors by their own functions."""
        tensors = dict(zip(self._own, packed, strict=False))
        if self._joined:
            pieces = split(packed[-1], self._sizes)
            for name, piece in zip(self._joined, pieces, strict=True):
                tensors[name] = reshape(piece, self.shapes[name])
        return tensors

    def pack_slots(
        self, slots: Mapping[str, np.ndarray], owners: Sequence[int | None]
    ) -> list[np.ndarray]:
        """Slots by their names as the optimizer gets them.

        Parameters
        ----------
        slots : mapping of str to ndarray
            As `unpack_slots` gives them.
        owners : sequence of int or None
            Of each of the optimizer's slots: which of its parameters it belongs to.
        """
        packed = []
        for owner, number in zip(owners, _numbers(owners), strict=True):
            if owner is None:
                packed.append(slots[f"shared/{number}"])
            elif owner < len(self._own):
                packed.append(slots[f"{self._own[owner]}/{number}"])
            else:
                pieces = [slots[f"{name}/{number}"].ravel() for name in self._joined]
                packed.append(np.concatenate(pieces))
        return packed

    def unpack_slots(
        self, packed: Sequence[np.ndarray], owners: Sequence[int | None]
    ) -> dict[str, np.ndarray]:
        """Undo `pack_slots`: each slot by the tensor that it belongs to, and its number there."""
        slots: dict[str, np.ndarray] = {}
        for slot, owner, number in zip(packed, owners, _numbers(owners), strict=True):
            if owner is None:
                slots[f"shared/{number}"] = slot
            elif owner < len(self._own):
                slots[f"{self._own[owner]}/{number}"] = slot
            else:
                for name, piece in zip(self._joined, split_array(slot, self._sizes), strict=True):
                    slots[f"{name}/{number}"] = piece.reshape(self.shapes[name])
        return slots


def _numbers(owners: Sequence[int | None]) -> list[int]:
    """How many slots of the same owner stand before each."""
    return [owners[:i].count(owner) for i, owner in enumerate(owners)]
