"""What a worker process hears and says: one JSON object a line, on pipes that are its alone."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Callable, TextIO

from evenfold.errors import EvenfoldError
from evenfold.worker.device import Framework, open_framework


def take_stdin() -> TextIO:
    """What is said to this process; who else reads its standard input finds the end of it.

    A thread that waits for a line holds its file's lock. A process that is forked meanwhile, as by
    ``multiprocessing``, closes ``sys.stdin`` first, and would wait for that lock for ever.
    """
    said = os.fdopen(os.dup(0), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return said


def take_stdout() -> Callable[[Any], None]:
    """A function that writes one answer; whatever else is printed goes to stderr from now on."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    sys.stdout.flush()
    os.dup2(2, 1)

    def say(answer: Any) -> None:
        pipe.write(json.dumps(answer) + "\n")

    return say


def framework_or_error(say: Callable[[Any], None]) -> Framework | None:
    """The framework, or None when it cannot be opened: then ``{"error": why}`` has been said."""
    try:
        return open_framework()
    except EvenfoldError as error:
        say({"error": str(error)})
        return None
