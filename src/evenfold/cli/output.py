"""Where output goes: messages to stderr, results to stdout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click


def print_messages(lines: Iterable[str]) -> None:
    """Print each message on stderr, after the program's name."""
    for line in lines:
        click.echo(f"evenfold: {line}", err=True)


def print_missing_evidence(contenders: Mapping[str, str]) -> None:
    """Print for --require not-worse which contenders do not show it, with their verdicts."""
    print_messages(
        f"--require not-worse: not shown for {contender}: {verdict}"
        for contender, verdict in contenders.items()
    )
