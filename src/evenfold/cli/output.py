"""Where output goes: messages to stderr, results to stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping

import click

from evenfold.errors import did_you_mean
from evenfold.render.media import for_terminal, message_for_terminal
from evenfold.worker.error_text import shorten

QUOTE = "'"


def print_messages(lines: Iterable[str]) -> None:
    """Print each message on stderr, after the program's name."""
    for line in lines:
        click.echo(message_for_terminal(f"evenfold: {line}"), err=True)


def show_click_error(error: click.ClickException) -> None:
    """Print an error of the command line as click does: usage, hint and message."""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        context = error.ctx
        click.echo(context.get_usage(), err=True)
        if context.command.get_help_option(context) is not None:
            name = context.help_option_names[0]
            click.echo(f"Try '{context.command_path} {name}' for help.\n", err=True)
    click.echo(message_for_terminal(f"Error: {shorten(_message(error))}"), err=True)


def _message(error: click.ClickException) -> str:
    """Return the message of an error; that on an unknown option with the one that was meant."""
    if not isinstance(error, click.NoSuchOption) or error.ctx is None:
        return error.format_message()
    options = error.ctx.command.get_params(error.ctx)
    known = [name.lstrip("-") for option in options for name in option.opts]
    meant = did_you_mean(error.option_name.lstrip("-"), known)
    return f"No such option {error.option_name}{meant.replace(QUOTE, f'{QUOTE}--', 1)}"


def print_result(text: str, style: str = "table") -> None:
    """Print a result on stdout; CSV and JSON stay as they are where no person reads them.

    Parameters
    ----------
    text
        The result.
    style
        The style of its table.
    """
    is_data = style in ("csv", "json") and not sys.stdout.isatty()
    click.echo(text if is_data else for_terminal(text))


def print_missing_evidence(contenders: Mapping[str, str], required: str = "not-worse") -> None:
    """Print for --require which contenders do not show it, with their verdicts."""
    print_messages(
        f"--require {required}: not shown for {contender}: {verdict}"
        for contender, verdict in contenders.items()
    )
