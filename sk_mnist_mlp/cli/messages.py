"""What the commands say beside what they are asked for."""

from __future__ import annotations

import click


def warn(message: str) -> None:
    """Warn on the standard error stream, without the line of code that Python shows."""
    click.echo(f"Warning: {message}", err=True)
