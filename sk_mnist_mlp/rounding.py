"""How metrics are written in lines of text."""

from __future__ import annotations


def rounded(value: float) -> str:
    """Write a number with four decimals, or a large one with four digits and its exponent."""
    return f"{value:.4f}" if abs(value) < 1e4 else f"{value:.3e}"
