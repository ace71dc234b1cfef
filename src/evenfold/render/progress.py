"""How far a long command is: a line that changes on a terminal, plain lines in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any

SECONDS_BETWEEN_LINES = 10.0
Tell = Callable[[Iterable[str]], None]  # messages
Say = Callable[[str], Any]  # results


class Line:
    """One line on stderr; in a pipe it is told now and then."""

    def __init__(self, tell: Tell) -> None:
        """``tell`` says lines."""
        self.tell = tell
        self.last = monotonic()
        self._open = False

    def show(self, text: str, end: bool = False) -> None:
        """Says it in the place of what was said before; ``end`` says it in any case."""
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
        """Says something else, on a line of its own."""
        self.close()
        self.tell([text])

    def close(self) -> None:
        """What comes next begins a new line."""
        if self._open:
            sys.stderr.write("\n")
            sys.stderr.flush()
        self._open = False
