"""A guard process that outlives this one by a moment, and cleans up what it left behind.

A worker ends itself when its parent is gone, as soon as it reads its input. A worker that hangs at
its start does not read, and neither does one whose model holds Python's lock. So each is also
registered with a guard: a process that waits for the end of its own input, which comes however its
parent dies, and then ends the registered process groups and marked processes, and removes the
registered folders.
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
from typing import Literal

Kind = Literal["group", "mark", "folder"]
GROUP: Kind = "group"
MARK: Kind = "mark"
FOLDER: Kind = "folder"
# In the environment of a worker, and of every process that it starts.
MARK_VARIABLE = "EVENFOLD_WORKER"
PROCESSES = Path("/proc")
PREFIX = "evenfold-"  # of folders: the guard removes no others
SECONDS_TO_END = 10.0
ATTEMPTS, SECONDS_BETWEEN = 10, 0.1
SECONDS_TO_VANISH = 0.01  # of a process that is killed
MOST_STARTS = 5  # a guard that cannot run ends at once, every time


class Guard:
    """The process groups, marks and folders of this process, registered with a guard process.

    The first registration starts the guard. It is a second safety net: where no guard can be
    started, everything works without one.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self.known: dict[tuple[Kind, str], None] = {}
        # Reentrant: garbage collection may call ``forget`` in the thread that holds the lock.
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._reset_after_fork)

    def watch(self, kind: Kind, target: object) -> None:
        """Register a process group to be ended, or a folder to be removed.

        Parameters
        ----------
        kind
            ``GROUP``, ``MARK`` or ``FOLDER``.
        target
            The group's number, the mark of processes, or the folder's path.
        """
        with self._lock:
            self.known[kind, str(target)] = None
            if self._process is not None and self._process.poll() is None:
                self._send("watch", kind, str(target))
            elif self._start():
                for other_kind, other in list(self.known):
                    self._send("watch", other_kind, other)

    def forget(self, kind: Kind, target: object) -> None:
        """Withdraw a registration: the process group or the folder is gone."""
        with self._lock:
            self.known.pop((kind, str(target)), None)
            self._send("forget", kind, str(target))

    def end(self) -> None:
        """End the guard process; it cleans up what is still registered."""
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
        # Ctrl-C must not reach the guard. Except on Windows a session of its own ensures that.
        flags = ("CREATE_NEW_PROCESS_GROUP", "CREATE_NO_WINDOW")
        with suppress(OSError, TypeError, ValueError):
            # Unbuffered: a message is written whole, or not at all.
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

    def _send(self, *message: str) -> None:
        if self._process is not None:
            _write(self._process, message)

    def _reset_after_fork(self) -> None:
        """Forget everything in a forked process: the guard belongs to its parent."""
        self._lock = threading.RLock()
        self._starts = 0
        self.known = {}
        if self._process is not None:
            _close(self._process)
            # The guard is not a child of this process, which must not wait for it.
            self._process.returncode = 0
        self._process = None


GUARD = Guard()


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a temporary folder that is removed even if this process is killed."""
    folder = tempfile.mkdtemp(prefix=PREFIX)
    GUARD.watch(FOLDER, folder)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if os.path.exists(folder):  # as where too many files are open: fewer are at the end
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
        else:
            GUARD.forget(FOLDER, folder)


def main() -> None:
    """Run as the guard: wait for the end of standard input, then clean up."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    known: dict[tuple[str, str], None] = {}  # in the order of registration
    for line in sys.stdin.buffer:
        # The last line of a process that was killed may be cut short.
        verb, *registration = json.loads(line) if line.endswith(b"\n") else ["end"]
        if verb == "end":
            break
        kind, target = registration
        if verb == "watch":
            known[kind, target] = None
        else:
            known.pop((kind, target), None)
    for kind, target in known:
        if kind == GROUP:
            _end_group(int(target))
    for kind, target in known:
        if kind == MARK:
            end_marked(target)
    for kind, target in known:
        if kind == FOLDER:
            _remove_folder(target)


def end_marked(mark: str) -> None:
    """End the processes that inherited a mark, wherever they are; on Linux alone.

    A process that starts others meanwhile is looked for again.
    """
    entry = f"{MARK_VARIABLE}={mark}".encode()
    for _ in range(ATTEMPTS):
        marked = [process for process in _processes() if _has_mark(process, entry)]
        if not marked:
            return
        for process in marked:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        sleep(SECONDS_TO_VANISH)


def _processes() -> list[int]:
    try:
        names = os.listdir(PROCESSES)
    except OSError:
        return []
    return [int(name) for name in names if name.isdigit() and int(name) != os.getpid()]


def _has_mark(process: int, entry: bytes) -> bool:
    try:
        with open(PROCESSES / str(process) / "environ", "rb") as file:
            return entry in file.read().split(b"\0")
    except OSError:  # it has ended, or is another user's
        return False


def _end_group(group: int) -> None:
    if group <= 1:  # means all processes to the system
        return
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(group, signal.SIGKILL)
        else:
            os.kill(group, signal.SIGTERM)


def _remove_folder(folder: str) -> None:
    """Remove a folder, repeatedly: killed processes may write into it for a moment."""
    for _ in range(ATTEMPTS):
        if not os.path.basename(folder).startswith(PREFIX) or not os.path.exists(folder):
            return
        shutil.rmtree(folder, ignore_errors=True)
        sleep(SECONDS_BETWEEN)


def _write(process: subprocess.Popen[bytes], message: Sequence[str]) -> None:
    # JSON keeps the surrogates that Python makes of a path that is not UTF-8.
    with suppress(OSError, ValueError):
        if process.stdin is not None:
            process.stdin.write(json.dumps(list(message)).encode() + b"\n")


def _close(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()


if __name__ == "__main__":
    main()
