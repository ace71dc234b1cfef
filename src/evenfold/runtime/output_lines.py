"""The last lines that a process has written, for the message on how it failed."""

from __future__ import annotations

from typing import IO

from evenfold.worker.error_text import shorten

MOST_LINES = 5
MOST_BYTES = 2**13


def last_lines(output: IO[bytes]) -> str:
    """Return the last lines of a file, each as a new line of a message.

    Parameters
    ----------
    output
        The file that a process writes its standard error to; a closed one has no lines.
    """
    try:
        output.seek(0, 2)
        output.seek(max(output.tell() - MOST_BYTES, 0))
        text = output.read().decode(errors="replace")
    except ValueError:  # another thread has stopped the process
        return ""
    lines = shorten("\n".join(text.strip().splitlines()[-MOST_LINES:])).splitlines()
    return "".join(f"\n  {line}" for line in lines)
