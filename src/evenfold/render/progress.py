"""Progress of a long command: one changing line on a terminal, plain lines in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

SECONDS_BETWEEN_LINES = 10.0
Tell = Callable[[Iterable[str]], None]  # prints messages
Say = Callable[[str], Any]  # prints results


class Line:
    """One progress line on stderr; in a pipe, a new line every few seconds."""

    def __init__(self, tell: Tell) -> None:
        """Start the clock; ``tell`` prints lines."""
        self.tell = tell
        self.last = monotonic()
        self._open = False

    def show(self, text: str, end: bool = False) -> None:
        """Show a text in place of the one before; with ``end`` show it in any case."""
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[Kevenfold: {text}")
            sys.stderr.flush()
            self._open = True
            if end:
                self.close()
        elif end or monotonic() - self.last > SECONDS_BETWEEN_LINES:
            self.last = monotonic()
            self.tell([text])

    def say(self, text: str) -> None:
        """Print another text on a line of its own."""
        self.close()
        self.tell([text])

    def close(self) -> None:
        """End the progress line, so that what follows begins a new line."""
        if self._open:
            sys.stderr.write("\n")
            sys.stderr.flush()
        self._open = False
