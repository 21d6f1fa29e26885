"""Warnings that point at the user's line."""

from __future__ import annotations

import sys
import warnings

NOT_THE_USER = ("sk_mnist_mlp", "sklearn", "joblib")
"""Packages between the user and whatever warns."""


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, as of the line outside of `NOT_THE_USER` that led here."""
    frame, level = sys._getframe(1), 2
    while (
        frame.f_back is not None
        and frame.f_globals.get("__name__", "").partition(".")[0] in NOT_THE_USER
    ):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
