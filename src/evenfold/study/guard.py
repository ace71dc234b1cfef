"""A process that outlives this one by a moment, and ends what it left behind.

A worker ends itself when its parent is gone, as soon as it reads. One that never started does not
read, and neither does one whose model keeps Python's lock. So each is also known to a guard: a
process that waits until its input ends, as it does however its parent dies, and then ends the
process groups and removes the folders that it was told of and not told to forget.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

GROUP, FOLDER = "group", "folder"
SECONDS_TO_END = 10.0


class Guard:
    """What this process starts and makes, told to a guard of its own, which the first starts."""

    def __init__(self) -> None:
        """Nothing is started yet."""
        self._lock = threading.Lock()
        self._owner = 0
        self._known: dict[str, None] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def watch(self, kind: str, what: object) -> None:
        """It is to be ended, or removed, when this process is gone."""
        with self._lock:
            self._ready()
            self._known[f"{kind} {what}"] = None
            self._tell(f"+ {kind} {what}")

    def forget(self, kind: str, what: object) -> None:
        """It is no more."""
        with self._lock:
            self._ready()
            self._known.pop(f"{kind} {what}", None)
            self._tell(f"- {kind} {what}")

    def end(self) -> None:
        """Ends the guard, which does what is left to do."""
        with self._lock:
            if self._process is None or self._owner != os.getpid():
                return
            assert self._process.stdin is not None
            with suppress(OSError):
                self._process.stdin.close()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(SECONDS_TO_END)
            self._process = None

    def _tell(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()

    def _ready(self) -> None:
        """Starts a guard where there is none, or only that of the process that forked this one."""
        if self._owner != os.getpid():
            self._owner, self._process = os.getpid(), None
            self._known.clear()
        if self._process is not None and self._process.poll() is None:
            return
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        atexit.register(self.end)
        for known in self._known:
            self._tell(f"+ {known}")


GUARD = Guard()


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for as long as it is needed, removed even if this process is killed: its path."""
    with tempfile.TemporaryDirectory(prefix="evenfold-") as name:
        GUARD.watch(FOLDER, name)
        try:
            yield Path(name)
        finally:
            GUARD.forget(FOLDER, name)


def main() -> None:
    """Waits for the end of its input, and then cleans up."""
    known: dict[tuple[str, str], None] = {}
    for line in sys.stdin.buffer:
        sign, kind, what = line.decode().rstrip("\n").split(" ", 2)
        if sign == "+":
            known[kind, what] = None
        else:
            known.pop((kind, what), None)
    for kind, what in known:
        if kind == FOLDER:
            shutil.rmtree(what, ignore_errors=True)
        else:
            _end(int(what))


def _end(group: int) -> None:
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(group, signal.SIGKILL)
        else:
            os.kill(group, signal.SIGTERM)


if __name__ == "__main__":
    main()
