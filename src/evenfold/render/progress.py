"""Progress of a long command: one changing line on a terminal or in a notebook, else lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from time import monotonic
from typing import Any

from evenfold.render.media import visible

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
        if is_terminal():
            sys.stderr.write(f"\r\x1b[Kevenfold: {visible(text)}")
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


class NotebookLine(Line):
    """One progress line below a notebook's cell, in place of the one before."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__(lambda lines: None)
        self._handle: Any = None

    def show(self, text: str, end: bool = False) -> None:
        """Show a text in place of the one before."""
        content = {"text/plain": text}
        if self._handle is None:
            # A notebook has it; evenfold does not depend on it.
            display = import_module("IPython.display").display
            self._handle = display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)


def is_notebook() -> bool:
    """Whether this Python is the kernel of a notebook."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = None if get_ipython is None else get_ipython()
    return getattr(shell, "kernel", None) is not None


def is_terminal() -> bool:
    """Whether stderr is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


def open_line() -> Line | None:
    """Return a line for the progress of a function in Python; None unless a person watches it."""
    if is_notebook():
        return NotebookLine()
    return Line(lambda lines: None) if is_terminal() else None
