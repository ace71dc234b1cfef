"""Where output goes: messages to stderr, results to stdout."""

from __future__ import annotations

from collections.abc import Iterable

import click


def print_messages(lines: Iterable[str]) -> None:
    """Print each message on stderr, after the program's name."""
    for line in lines:
        click.echo(f"evenfold: {line}", err=True)
