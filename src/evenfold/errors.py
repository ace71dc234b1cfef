"""Errors for users, with the exit codes of commands, and the name that was meant.

Keeps to Python 3.8, because workers import it beside old frameworks.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# Names less alike than this are not suggested: 0 is nothing in common, 1 is equality.
LEAST_ALIKE = 0.6


class EvenfoldError(Exception):
    """An error whose message says what is wrong, where, and what to do."""

    exit_code = 2


class UsageError(EvenfoldError):
    """An option or a name that evenfold does not know."""


class SkippedError(UsageError):
    """A model that does not apply to the task, by its own ``Skip``."""


class DataError(EvenfoldError):
    """A dataset, or a split of it, that cannot be used."""


class PluginError(EvenfoldError):
    """A plug-in that breaks the contract; the message names it and its file."""


class DeviceError(EvenfoldError):
    """A device that was requested and that the framework does not find."""


class ResultsError(EvenfoldError):
    """A results file that is truncated, not evenfold's, or of a newer version."""


class FitError(EvenfoldError):
    """One fit that failed; others may continue."""

    exit_code = 3


class WorkerError(EvenfoldError):
    """A worker process that died, took too long, or sent an invalid reply."""

    exit_code = 3


class InterruptedRun(KeyboardInterrupt):
    """Ctrl-C, with what is saved and how to go on."""


class Skip(Exception):
    """A plug-in's ``build`` raises this, with the reason, if it does not apply to the task."""


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return the end of a message on an unknown name: a question if a known one is close to it."""
    names = {each.lower(): each for each in known}
    wanted = str(name).lower()
    close = get_close_matches(wanted, names, 1, LEAST_ALIKE)
    if not close:
        # Blocks that match are sought from the left: letters that repeat hide some of them.
        reversed_names = [each[::-1] for each in names]
        close = [
            each[::-1] for each in get_close_matches(wanted[::-1], reversed_names, 1, LEAST_ALIKE)
        ]
    return f"; did you mean {names[close[0]]!r}?" if close else ""
