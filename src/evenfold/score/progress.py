"""The progress of a study: finished fits, their rate and the time that is left."""

from __future__ import annotations

from time import monotonic

from evenfold.render.progress import Line, Tell
from evenfold.render.words import counted


class StudyProgress:
    """Shows the progress of a study.

    Parameters
    ----------
    tell
        Prints messages.
    prefix
        A text before each message.
    line
        Where progress is shown; None for stderr.
    """

    def __init__(self, tell: Tell, prefix: str = "", line: Line | None = None) -> None:
        """Start the clock."""
        self.prefix = prefix
        self.line = Line(tell) if line is None else line
        self.started = monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` fits are finished."""
        rate = done / max(monotonic() - self.started, 1e-9)
        left = f"{(total - done) / rate:.0f} s left"
        text = f"{done} of {counted(total, 'fit')}, {rate:.1f} a second, {left}"
        self.line.show(self.prefix + text, end=done == total)
