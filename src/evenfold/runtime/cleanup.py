"""A process that outlives this one by a moment, and ends what it left behind.

A worker ends itself when its parent is gone, as soon as it reads. One that never started does not
read, and neither does one whose model keeps Python's lock. So each is also known to a guard: a
process that waits until its input ends, as it does however its parent dies, and then ends the
process groups and removes the folders that it was told of and not told to forget.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

GROUP, FOLDER = "group", "folder"
PREFIX = "evenfold-"  # of folders: no others are removed
SECONDS_TO_END = 10.0
ATTEMPTS, SECONDS_BETWEEN = 10, 0.1
MOST_STARTS = 5  # one that cannot be run ends at once, again and again


class Guard:
    """What this process starts and makes, told to a guard of its own, which the first starts.

    It is a second net: where no guard can be started, all goes on without.
    """

    def __init__(self) -> None:
        """Nothing is started yet."""
        self.known: dict[tuple[str, str], None] = {}
        # Told again by the same thread where garbage is collected meanwhile.
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._left_to_the_parent)

    def watch(self, kind: str, what: object) -> None:
        """It is to be ended, or removed, when this process is gone."""
        with self._lock:
            self.known[kind, str(what)] = None
            if self._process is not None and self._process.poll() is None:
                self._tell("watch", kind, str(what))
            elif self._start():
                for other in list(self.known):
                    self._tell("watch", *other)

    def forget(self, kind: str, what: object) -> None:
        """It is no more."""
        with self._lock:
            self.known.pop((kind, str(what)), None)
            self._tell("forget", kind, str(what))

    def end(self) -> None:
        """Ends the guard, which does what is left to do."""
        with self._lock:
            process, self._process = self._process, None
            if process is not None:
                _write(process, ["end"])
                _close(process)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(SECONDS_TO_END)

    def _start(self) -> bool:
        if self._process is not None:
            _close(self._process)
        self._process = None
        self._starts += 1
        if self._starts > MOST_STARTS:
            return False
        if self._starts == 1:
            atexit.register(self.end)
        # Not to be reached by Ctrl-C: elsewhere than on Windows a session of its own sees to that.
        flags = ("CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW")
        with suppress(OSError, TypeError, ValueError):
            # Nothing is buffered: what is written is told, or not.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                creationflags=sum(getattr(subprocess, flag, 0) for flag in flags),
            )
        return self._process is not None

    def _tell(self, *words: str) -> None:
        if self._process is not None:
            _write(self._process, words)

    def _left_to_the_parent(self) -> None:
        """In a process that was forked from this one: the guard is not its own."""
        self._lock = threading.RLock()
        self._starts = 0
        self.known = {}
        if self._process is not None:
            _close(self._process)
            # It is no child of this process, and not to be waited for.
            self._process.returncode = 0
        self._process = None


GUARD = Guard()


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for as long as it is needed, removed even if this process is killed: its path."""
    folder = tempfile.mkdtemp(prefix=PREFIX)
    GUARD.watch(FOLDER, folder)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        GUARD.forget(FOLDER, folder)


def main() -> None:
    """Waits for the end of its input, and then cleans up."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    known: dict[tuple[str, str], None] = {}
    for line in sys.stdin.buffer:
        # The last line of a process that was killed need not be whole.
        word, *what = json.loads(line) if line.endswith(b"\n") else ["end"]
        if word == "end":
            break
        if word == "watch":
            known[what[0], what[1]] = None
        else:
            known.pop((what[0], what[1]), None)
    for kind, what in known:
        if kind == GROUP:
            _end(int(what))
    for kind, what in known:
        if kind == FOLDER:
            _remove(what)


def _end(group: int) -> None:
    if group <= 1:  # of all processes, to the system
        return
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(group, signal.SIGKILL)
        else:
            os.kill(group, signal.SIGTERM)


def _remove(folder: str) -> None:
    """Several times: processes that have been ended may not be gone yet."""
    for _ in range(ATTEMPTS):
        if not os.path.basename(folder).startswith(PREFIX) or not os.path.exists(folder):
            return
        shutil.rmtree(folder, ignore_errors=True)
        sleep(SECONDS_BETWEEN)


def _write(process: subprocess.Popen[bytes], words: Sequence[str]) -> None:
    # Of a text that is no UTF-8, JSON keeps what Python made of it.
    with suppress(OSError, ValueError):
        if process.stdin is not None:
            process.stdin.write(json.dumps(list(words)).encode() + b"\n")


def _close(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()


if __name__ == "__main__":
    main()
