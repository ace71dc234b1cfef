"""Who holds the timing lock: a small file beside it, which every user of the machine may read.

What it holds was written by another process, perhaps another user's: a text in a message, no more.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from evenfold.render.words import clock_time, rough_duration
from evenfold.runtime.record_checks import is_number

MOST_BYTES = 2**12
MOST_CHARACTERS = 150  # of a command in a message
LATEST = 2.0**33  # seconds since 1970
NO_LINK = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True)
class LockHolder:
    """The run that holds the lock; ``until`` is when it expects to end, None if it does not know.

    Times are seconds since 1970.
    """

    command: str
    pid: int
    since: float
    until: float | None = None


def this_run(seconds: float | None = None) -> LockHolder:
    """Return this process as a holder that expects to take some seconds."""
    program = Path(sys.argv[0]).name or "python"
    name = "evenfold" if program == "__main__.py" else program
    now = time.time()
    until = None if seconds is None else now + seconds
    return LockHolder(shlex.join([name, *sys.argv[1:]]), os.getpid(), now, until)


def write_holder(file: Path, holder: LockHolder) -> None:
    """Write who holds a lock, if the file can be written: nothing depends on it."""
    text = json.dumps(asdict(holder)).encode()
    with suppress(OSError):
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | NO_LINK, 0o644)
        with os.fdopen(number, "wb") as stream:
            stream.write(text)


def remove_holder(file: Path) -> None:
    """Remove the file where the lock is released."""
    with suppress(OSError):
        file.unlink(missing_ok=True)


def read_holder(file: Path) -> LockHolder | None:
    """Return who holds a lock; None where that is not known, or the process has ended."""
    try:
        number = os.open(file, os.O_RDONLY | NO_LINK | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(number, "rb") as stream:
            found = LockHolder(**json.loads(stream.read(MOST_BYTES)))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    until = found.until
    is_valid = (
        isinstance(found.command, str)
        and type(found.pid) is int
        and is_number(found.since, 0, LATEST)
        and (until is None or is_number(until, 0, LATEST))
    )
    return found if is_valid and _runs(found.pid) else None


def describe_holder(holder: LockHolder, now: float) -> str:
    """Return the command, process and times of a holder.

    ``evenfold race a b (process 12, since 14:05, 3 min ago; it ends about 14:08)``
    """
    command = holder.command
    if len(command) > MOST_CHARACTERS:
        command = f"{command[: MOST_CHARACTERS - 3]}..."
    ago = rough_duration(max(now - holder.since, 0.0))
    end = "" if holder.until is None else f"; it should end about {clock_time(holder.until)}"
    return f"{command} (process {holder.pid}, since {clock_time(holder.since)}, {ago} ago{end})"


def _runs(pid: int) -> bool:
    """Whether a process of this number runs."""
    if pid <= 0 or os.name != "posix":  # elsewhere, this call would end it
        return pid > 0
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # another user's
        return True
    return True
