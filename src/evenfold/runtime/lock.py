"""The machine's timing lock: one timed run at a time; a second one waits.

The lock is a file in the system's folder for temporary files. The environment variable
``EVENFOLD_LOCK_DIR`` names another folder: runs that use different folders do not wait for each
other.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

LOCK_DIR_VARIABLE = "EVENFOLD_LOCK_DIR"


def lock_file() -> Path:
    """Return the file of the timing lock; ``EVENFOLD_LOCK_DIR`` sets its folder."""
    folder = Path(os.environ.get(LOCK_DIR_VARIABLE) or tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "evenfold-timing.lock"


@contextmanager
def timing_lock(show: Callable[[str], None], file: Path | None = None) -> Iterator[None]:
    """Hold the machine's timing lock; while another run holds it, show a message once and wait.

    The system frees the lock when its holder dies, however it dies.

    Parameters
    ----------
    show
        Shows a message to the user.
    file
        The file of the lock (default: that of :func:`lock_file`).
    """
    file = file or lock_file()
    # Every user of the machine shares it.
    lock = FileLock(file, mode=0o666)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        show(
            f"another run of evenfold measures times on this machine (it holds {file}): waiting "
            "until it ends, since two would slow each other"
        )
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
