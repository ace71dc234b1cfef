"""What a bench run tells through pytest: messages, skips, and errors of the user's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pytest

from evenfold.bench.ends import own_interrupts
from evenfold.errors import EvenfoldError, Skip
from evenfold.render.media import message_for_terminal
from evenfold.worker.error_text import error_message


@contextmanager
def usage_errors(config: pytest.Config) -> Iterator[None]:
    """Report an error of the user's as pytest reports wrong options."""
    try:
        yield
    except EvenfoldError as error:
        if config.option.debug:
            raise
        raise pytest.UsageError(message_for_terminal(str(error))) from error


@contextmanager
def reported_outcomes(config: pytest.Config) -> Iterator[None]:
    """Skip where a Skip is raised; an error of the user's fails with its message alone."""
    try:
        with own_interrupts():
            yield
    except Skip as skip:
        pytest.skip(message_for_terminal(error_message(skip)))
    except EvenfoldError as error:
        pytest.fail(
            message_for_terminal(error_message(error)), pytrace=config.option.debug is not None
        )


def uncaptured(config: pytest.Config) -> AbstractContextManager[None]:
    """Let what is printed during a benchmark reach the terminal."""
    capture: Any = config.pluginmanager.get_plugin("capturemanager")
    return nullcontext() if capture is None else capture.global_and_fixture_disabled()


def print_message(config: pytest.Config, text: str) -> None:
    """Print a message of evenfold's."""
    config.get_terminal_writer().line(message_for_terminal(f"evenfold: {text}"))
