"""One timed run at a time on a machine: the second waits, and says so."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

LOCK = Path(tempfile.gettempdir()) / "evenfold-timing.lock"


@contextmanager
def timing_lock(say: Callable[[str], None], file: Path = LOCK) -> Iterator[None]:
    """Holds the machine's timing lock; while another run has it, says so once and waits.

    The system frees the lock when its holder dies, however it dies.
    """
    # Every user of the machine shares it.
    lock = FileLock(file, mode=0o666)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"another timed run holds {file}: waiting for it, since two would slow each other")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
