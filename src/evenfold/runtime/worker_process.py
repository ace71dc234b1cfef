"""One serving process of any interpreter: asked in JSON lines, and never waited for in vain."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from evenfold.errors import UsageError, WorkerError
from evenfold.runtime.cleanup import GROUP, GUARD, scratch
from evenfold.runtime.environment import PACKAGES
from evenfold.runtime.staging import stage
from evenfold.worker.serve import PROTOCOL

Message = dict[str, Any]
Answer = dict[str, Any]
STDERR_LINES = 5
SECONDS_TO_START = 60.0
SECONDS_TO_DIE = 1.0


class Serving:
    """A process that runs from the moment it is made until ``stop``.

    It has a group of its own, so that an interrupt at the terminal is its parent's alone to
    handle, and what a model starts ends with it.
    """

    def __init__(self, python: Path, staged: Path, variables: Mapping[str, str]) -> None:
        """``staged`` is the folder of the worker's files. Raises UsageError when it cannot run."""
        self.python = python
        self.told: Answer = {}
        # Open as long as the process is: its last lines are told when it dies.
        self._stderr = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        try:
            self.process = subprocess.Popen(
                [str(python), str(staged)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                text=True,
                encoding="utf-8",
                errors="replace",
                env=dict(variables),
                start_new_session=True,
            )
        except OSError as error:
            self._stderr.close()
            raise UsageError(f"{python} does not start: {error.strerror}") from error
        try:
            GUARD.watch(GROUP, self.process.pid)
        except BaseException:  # interrupted
            self.stop()
            raise

    def greet(
        self, threads: int | None, determinism: bool, timeout: float = SECONDS_TO_START
    ) -> None:
        """The first words; what it tells of itself is then in ``told``.

        Raises UsageError, with its last lines, when it does not answer as a worker does.
        """
        hello = {
            "protocol": PROTOCOL,
            "threads": threads,
            "determinism": determinism,
            "packages": PACKAGES,
        }
        try:
            answer = self.ask(hello, timeout)
        except WorkerError as error:
            raise UsageError(f"a worker of {self.python} cannot be used: {error}") from error
        if answer.get("protocol") != PROTOCOL:
            told = answer.get("error") or f"it answered {answer}"
            raise UsageError(f"a worker of {self.python} cannot be used: {told}")
        self.told = answer

    def ask(self, message: Message, timeout: float | None) -> Answer:
        """The answer to a message.

        Raises WorkerError, with the process' last lines, when it dies, takes more than ``timeout``
        seconds (it is then ended) or answers with what is no JSON object.
        """
        line, overdue = self._exchange(json.dumps(message) + "\n", timeout)
        if line.endswith("\n"):
            with suppress(json.JSONDecodeError):
                answer = json.loads(line)
                if isinstance(answer, dict):
                    return answer
            raise WorkerError(f"it printed {line.strip()[:200]!r}{self._last_lines()}")
        if overdue:
            raise WorkerError(f"no answer within {timeout:g} s{self._last_lines()}")
        try:
            code = self.process.wait(SECONDS_TO_DIE)
        except subprocess.TimeoutExpired:
            raise WorkerError(f"it closed its output{self._last_lines()}") from None
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise WorkerError(f"its process ended: {how}{self._last_lines()}")

    def stop(self) -> None:
        """Ends the process and what it started."""
        self._kill()
        GUARD.forget(GROUP, self.process.pid)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._stderr.close()

    def _exchange(self, line: str, timeout: float | None) -> tuple[str, bool]:
        """The line that answers a line, and whether it took too long; no whole line at the end."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        overdue = threading.Event()

        def expire() -> None:
            overdue.set()
            self._kill()

        timer = threading.Timer(timeout or 0, expire)
        timer.daemon = True
        if timeout is not None:
            timer.start()
        try:
            self.process.stdin.write(line)
            self.process.stdin.flush()
            return self.process.stdout.readline(), overdue.is_set()
        except (OSError, ValueError):
            return "", overdue.is_set()
        finally:
            timer.cancel()

    def _kill(self) -> None:
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()

    def _last_lines(self) -> str:
        try:
            self._stderr.seek(0)
            lines = self._stderr.read().strip().splitlines()[-STDERR_LINES:]
        except ValueError:  # stopped meanwhile, by another thread
            return ""
        return "".join(f"\n  {line}" for line in lines)


def describe(
    python: Path, variables: Mapping[str, str], timeout: float = SECONDS_TO_START
) -> Answer:
    """What a worker of an interpreter tells of it: python, versions, backend and flags.

    Raises UsageError when it cannot be used.
    """
    with scratch() as folder:
        serving = Serving(python, stage(folder / "worker"), variables)
        try:
            serving.greet(1, False, timeout)
        finally:
            serving.stop()
        return serving.told
