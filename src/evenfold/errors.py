"""Every error a user can meet, each with the exit code of the command that meets it.

Keeps to Python 3.8: it also runs beside old frameworks.
"""

from __future__ import annotations


class EvenfoldError(Exception):
    """What was wrong, where, and what to do, in one message."""

    exit_code = 2


class UsageError(EvenfoldError):
    """An option or a name that evenfold does not know."""


class SkippedError(UsageError):
    """A model that says it does not apply where it was to run."""


class DataError(EvenfoldError):
    """A dataset, or a split asked of it, that cannot be used."""


class PluginError(EvenfoldError):
    """A model file that breaks the contract; names the model and its file."""


class DeviceError(EvenfoldError):
    """A device asked for that the framework does not see."""


class ResultsError(EvenfoldError):
    """A results file that is truncated, foreign or newer than this evenfold."""


class FitError(EvenfoldError):
    """One fit that failed while others may go on."""

    exit_code = 3


class WorkerError(EvenfoldError):
    """A worker process that died, took too long, or said what is no answer."""

    exit_code = 3


class Skip(Exception):
    """Raised by a plug-in's ``build`` to say why it does not apply here."""
