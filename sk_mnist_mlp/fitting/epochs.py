"""How long to train where the user does not say."""

from __future__ import annotations

EPOCHS = 20
LEAST_STEPS = 120


def epochs_of(n_rows: int, batch_size: int) -> int:
    """Epochs for so many rows: 20, or as many more as make `LEAST_STEPS` steps.

    Examples
    --------
    >>> [epochs_of(n_rows, batch_size=128) for n_rows in (60_000, 600, 150, 50)]
    [20, 24, 60, 120]
    """
    steps = -(-n_rows // batch_size)
    return max(EPOCHS, -(-LEAST_STEPS // steps))
