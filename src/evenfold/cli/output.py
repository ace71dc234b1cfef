"""Where output goes: messages to stderr, results to stdout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click


def print_messages(lines: Iterable[str]) -> None:
    """Print each message on stderr, after the program's name."""
    for line in lines:
        click.echo(f"evenfold: {line}", err=True)


def print_missing_evidence(contenders: Mapping[str, str], required: str = "not-worse") -> None:
    """Print for --require which contenders do not show it, with their verdicts."""
    print_messages(
        f"--require {required}: not shown for {contender}: {verdict}"
        for contender, verdict in contenders.items()
    )
