"""The machine's timing lock: one timed run at a time; a second one waits.

The lock is a file in the system's folder for temporary files. The environment variable
``EVENFOLD_LOCK_DIR`` names another folder: runs that use different folders do not wait for each
other.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from evenfold.render.words import duration
from evenfold.runtime.lock_holder import (
    describe_holder,
    read_holder,
    remove_holder,
    this_run,
    write_holder,
)

LOCK_DIR_VARIABLE = "EVENFOLD_LOCK_DIR"


def lock_file() -> Path:
    """Return the file of the timing lock; ``EVENFOLD_LOCK_DIR`` sets its folder."""
    folder = Path(os.environ.get(LOCK_DIR_VARIABLE) or tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "evenfold-timing.lock"


@contextmanager
def timing_lock(
    show: Callable[[str], None], seconds: float | None = None, file: Path | None = None
) -> Iterator[None]:
    """Hold the machine's timing lock; while another run holds it, show which one, and wait.

    It waits as long as the other run takes. The system frees the lock when its holder dies, however
    it dies.

    Parameters
    ----------
    show
        Shows a message to the user.
    seconds
        How long this run expects to hold it, for the messages of others; None if that is unknown.
    file
        The file of the lock (default: that of :func:`lock_file`).
    """
    file = file or lock_file()
    holder_file = file.with_name(f"{file.name}.holder")
    # Every user of the machine shares it.
    lock = FileLock(file, mode=0o666)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _wait(lock, show, file, holder_file)
    try:
        write_holder(holder_file, this_run(seconds))
        yield
    finally:
        remove_holder(holder_file)
        lock.release()


def _wait(lock: BaseFileLock, show: Callable[[str], None], file: Path, holder_file: Path) -> None:
    """Show who holds the lock, wait until it is free, and show how long that took."""
    holder = read_holder(holder_file)
    who = f"it holds {file}" if holder is None else describe_holder(holder, time.time())
    show(
        f"another run of evenfold measures times on this machine: {who}. This run waits until that "
        "one ends, without a limit, since two would slow each other; Ctrl-C stops this run"
    )
    began = time.monotonic()
    lock.acquire()
    show(f"the other run has ended, after a wait of {duration(time.monotonic() - began)}")
