"""What a kind of device has room for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Room:
    """What is taken to a device at once.

    Parameters
    ----------
    block_limits : tuple of tuple of int
        Largest inputs of a block in bytes, and most steps: few large ones, or many small ones.
    rows_bytes : int
        Largest inputs of all rows that are copied to the device.
    """

    block_limits: tuple[tuple[int, int], ...]
    rows_bytes: int


ON_A_GPU = Room(((512 * 2**20, 4096),), 4 * 2**30)  # an epoch of MNIST in one call

ON_A_CPU = Room(((64 * 2**20, 256), (8 * 2**20, 1024)), 2**30)
