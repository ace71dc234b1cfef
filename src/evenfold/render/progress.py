"""Progress of a long command: one changing line on a terminal or in a notebook, else lines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from io import StringIO
from shutil import get_terminal_size
from time import monotonic
from typing import Any

from evenfold.render.media import visible

SECONDS_BETWEEN_LINES = 10.0
BAR_WIDTH = 20
ASCII_BAR = str.maketrans("━╸╺", "=> ")
Tell = Callable[[Iterable[str]], None]  # prints messages
Say = Callable[[str], Any]  # prints results


class Line:
    """One progress line on stderr; in a pipe, a new line every few seconds."""

    def __init__(self, tell: Tell) -> None:
        """Start the clock; ``tell`` prints lines."""
        self.tell = tell
        self.last = monotonic()
        self._open = False

    def show(self, text: str, end: bool = False, share: float | None = None) -> None:
        """Show a text in place of the one before.

        Parameters
        ----------
        text
            The text; on a terminal, what does not fit into its width is left out.
        end
            Whether to show it in any case, and to begin a new line after it.
        share
            How much is done, from 0 to 1, for a bar before the text.
        """
        if is_terminal():
            bar = "" if share is None else progress_bar(share)
            room = get_terminal_size().columns - len("evenfold: ") - bool(bar) * (BAR_WIDTH + 1) - 1
            sys.stderr.write(f"\r\x1b[Kevenfold: {bar}{visible(text)[: max(room, 0)]}")
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

    def show(self, text: str, end: bool = False, share: float | None = None) -> None:
        """Show a text in place of the one before."""
        content = {"text/plain": text}
        if self._handle is None:
            # A notebook has it; evenfold does not depend on it.
            display = import_module("IPython.display").display
            self._handle = display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)


def progress_bar(share: float) -> str:
    """Return a bar for a terminal, and a blank; without colour where NO_COLOR is set."""
    from rich.console import Console
    from rich.progress_bar import ProgressBar

    console = Console(file=StringIO(), force_terminal=True, width=BAR_WIDTH)
    with console.capture() as drawn:
        bar = ProgressBar(
            1.0, share, BAR_WIDTH, complete_style="green", finished_style="green", style="dim"
        )
        console.print(bar, end="")
    text = drawn.get()
    if console.no_color:  # without colour, only the finished part is drawn
        text = text.ljust(BAR_WIDTH)
    if not (sys.stderr.encoding or "").lower().startswith("utf"):
        text = text.translate(ASCII_BAR)
    return f"{text} "


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
