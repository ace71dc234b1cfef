"""The pipes of a worker process: one JSON object a line, apart from what a model prints."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from queue import Queue
from typing import TYPE_CHECKING, Callable, Mapping, TextIO

from evenfold.errors import EvenfoldError
from evenfold.worker.protocol import ErrorReport

if TYPE_CHECKING:
    from evenfold.worker.device import Framework

# Every report of a module repeats it: whatever else is read from the pipe is none.
NONCE_VARIABLE = "EVENFOLD_NONCE"
Send = Callable[[Mapping[str, object]], None]


def take_stdin() -> TextIO:
    """Return this process' standard input; anyone else who reads it finds it empty.

    A thread that waits for a line holds its file's lock. A process that is forked meanwhile, as by
    ``multiprocessing``, closes ``sys.stdin`` first, and would wait for that lock for ever.
    """
    stdin = os.fdopen(os.dup(0), encoding="utf-8")
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    return stdin


def take_stdout() -> Send:
    """Return a function that sends one JSON object; all other output then goes to stderr.

    What was printed before an object is there when it is, even if the process is then ended.
    A process that a model forked ends where it comes to send something: it would answer twice.
    """
    # As it is now: a model may replace what modules have.
    dumps = json.dumps
    owner, nonce = os.getpid(), os.environ.pop(NONCE_VARIABLE, None)
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    stdout = sys.stdout
    stdout.flush()
    os.dup2(2, 1)

    def send(message: Mapping[str, object]) -> None:
        if os.getpid() != owner:
            os._exit(1)
        with suppress(OSError, ValueError):  # a model may close it
            stdout.flush()
        pipe.write(dumps(message if nonce is None else {**message, "nonce": nonce}) + "\n")

    return send


def read_lines(stdin: TextIO, lines: Queue[str]) -> None:
    """Put all lines into a queue; end this process and its group where there are no more."""
    for line in stdin:
        lines.put(line)
    # The parent is gone. What still runs, and the processes that it may have started, have
    # nobody to answer to; they are in this process' group if it leads one.
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def open_framework_or_report(send: Send) -> Framework | None:
    """Open the framework. If that fails, send an ``ErrorReport`` and return None."""
    from evenfold.worker.device import open_framework  # imports numpy, which a suite may not have

    try:
        return open_framework()
    except EvenfoldError as error:
        report: ErrorReport = {"error": str(error)}
        send(report)
        return None
