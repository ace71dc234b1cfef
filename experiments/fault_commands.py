"""An evenfold command that can be killed, and everything that it started."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

MARK = "EVENFOLD_FAULTS"
SECONDS_TO_VANISH = 15.0
SECONDS_TO_END = 300.0  # of a command that is not killed


class Command:
    """One evenfold command, which can be killed with its workers or without."""

    def __init__(self, folder: Path, *arguments: object) -> None:
        """Start it."""
        self.mark = f"{MARK}={random.getrandbits(64):x}"
        name, value = self.mark.split("=")
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "evenfold", *map(str, arguments)],
                cwd=folder,
                env={**os.environ, name: value},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def processes(self) -> dict[int, str]:
        """Return the command lines of its processes, by number."""
        return {
            int(entry.name): line
            for entry in Path("/proc").glob("[0-9]*")
            if (line := _command_line(entry, self.mark.encode())) is not None
        }

    def workers(self) -> list[int]:
        """Return its worker processes."""
        return [number for number, line in self.processes().items() if line.endswith("/worker")]

    def kill(self, numbers: list[int]) -> None:
        """Send SIGKILL to processes."""
        for number in numbers:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def end(self) -> int | None:
        """Let it end by itself, and return its exit code; None for one that had to be killed."""
        try:
            return self.process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.kill([self.process.pid])
            self.process.wait()
            return None

    def left(self) -> int:
        """Wait until nothing of it runs; return how many processes do not end, and end them."""
        until = monotonic() + SECONDS_TO_VANISH
        while (running := self.processes()) and monotonic() < until:
            sleep(0.02)
        self.kill(list(running))
        return len(running)


def _command_line(entry: Path, mark: bytes) -> str | None:
    """The command line of a process that runs and has the mark."""
    try:
        if mark not in (entry / "environ").read_bytes().split(b"\0"):
            return None
        if (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return None
        return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return None
