"""One worker process of any interpreter: messages in JSON lines, each with a time limit."""

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
from typing import Any, cast, overload

from evenfold.errors import UsageError, WorkerError
from evenfold.runtime.cleanup import GROUP, GUARD, scratch
from evenfold.runtime.environment import PACKAGES
from evenfold.runtime.staging import stage
from evenfold.worker.protocol import (
    PROTOCOL,
    Answer,
    CalibrateAnswer,
    CalibrateMessage,
    CalibrateResult,
    EnvironmentInfo,
    FitAnswer,
    FitMessage,
    FitResult,
    Greeting,
    Hello,
    Message,
    PinAnswer,
    PinMessage,
    PrepareAnswer,
    PrepareMessage,
    PrepareResult,
    SampleAnswer,
    SampleMessage,
    SampleResult,
)

STDERR_LINES = 5
SECONDS_TO_START = 60.0
SECONDS_TO_DIE = 1.0
RESULTS: Mapping[str, Any] = {
    "fit": FitResult,
    "prepare": PrepareResult,
    "calibrate": CalibrateResult,
    "sample": SampleResult,
}


class WorkerProcess:
    """A worker that runs from the moment it is made until ``stop``.

    It leads a process group of its own: only its parent handles an interrupt at the terminal, and
    the processes that a model starts end with it.

    Parameters
    ----------
    python
        The interpreter.
    staged
        The folder of the worker's files, as ``stage`` makes it.
    variables
        All environment variables of the process.

    Raises
    ------
    UsageError
        If the interpreter does not start.
    """

    def __init__(self, python: Path, staged: Path, variables: Mapping[str, str]) -> None:
        """Start the process."""
        self.python = python
        self.staged = staged
        # Open as long as the process is: error messages quote its last lines.
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
    ) -> EnvironmentInfo:
        """Exchange the first messages and return the worker's environment.

        Parameters
        ----------
        threads
            Threads of its framework; None leaves the number to the framework.
        determinism
            Whether its framework computes deterministically.
        timeout
            Seconds that it may take to answer.

        Raises
        ------
        UsageError
            If it does not answer as a worker of this version; the message ends with the last lines
            of its standard error.
        """
        hello: Hello = {
            "protocol": PROTOCOL,
            "threads": threads,
            "determinism": determinism,
            "packages": PACKAGES,
            # It is removed with the worker's files, even where the worker is killed.
            "folder": str(self.staged.parent),
        }
        try:
            answer = self._exchange(hello, timeout)
        except WorkerError as error:
            raise UsageError(f"a worker of {self.python} cannot be used: {error}") from error
        if answer.get("protocol") != PROTOCOL or not answer.keys() >= Greeting.__required_keys__:
            reason = answer.get("error") or f"it answered {answer}"
            raise UsageError(f"a worker of {self.python} cannot be used: {reason}")
        return cast(Greeting, answer)

    @overload
    def ask(self, message: FitMessage, timeout: float | None) -> FitAnswer: ...
    @overload
    def ask(self, message: PrepareMessage, timeout: float | None) -> PrepareAnswer: ...
    @overload
    def ask(self, message: PinMessage, timeout: float | None) -> PinAnswer: ...
    @overload
    def ask(self, message: CalibrateMessage, timeout: float | None) -> CalibrateAnswer: ...
    @overload
    def ask(self, message: SampleMessage, timeout: float | None) -> SampleAnswer: ...
    def ask(self, message: Message, timeout: float | None) -> Answer:
        """Send a message and return its answer.

        Parameters
        ----------
        message
            What to do; its type decides the type of the answer.
        timeout
            Seconds after which the process is ended; None waits for ever.

        Raises
        ------
        WorkerError
            If the process dies, exceeds ``timeout``, or answers with anything else than a JSON
            object with the keys of the answer's type; the message ends with the last lines of its
            standard error.
        """
        answer = self._exchange(message, timeout)
        result = RESULTS.get(message.get("do", ""))
        is_refused = "skip" in answer or "failed" in answer
        if result and not is_refused and not answer.keys() >= result.__required_keys__:
            raise WorkerError(f"it answered {answer}{self._last_lines()}")
        return cast(Answer, answer)

    def stop(self) -> None:
        """End the process and those that it started."""
        self._kill()
        GUARD.forget(GROUP, self.process.pid)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._stderr.close()

    def _exchange(self, message: Hello | Message, timeout: float | None) -> dict[str, Any]:
        """Send one JSON object and return the object that answers it."""
        line, timed_out = self._exchange_lines(json.dumps(message) + "\n", timeout)
        if line.endswith("\n"):
            with suppress(json.JSONDecodeError):
                answer = json.loads(line)
                if isinstance(answer, dict):
                    return answer
            raise WorkerError(f"it printed {line.strip()[:200]!r}{self._last_lines()}")
        if timed_out:
            raise WorkerError(f"no answer within {timeout:g} s{self._last_lines()}")
        try:
            code = self.process.wait(SECONDS_TO_DIE)
        except subprocess.TimeoutExpired:
            raise WorkerError(f"it closed its output{self._last_lines()}") from None
        reason = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise WorkerError(f"its process ended: {reason}{self._last_lines()}")

    def _exchange_lines(self, line: str, timeout: float | None) -> tuple[str, bool]:
        """Return the answering line, cut short where output ends, and whether time ran out."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        timed_out = threading.Event()

        def expire() -> None:
            timed_out.set()
            self._kill()

        timer = threading.Timer(timeout or 0, expire)
        timer.daemon = True
        if timeout is not None:
            timer.start()
        try:
            self.process.stdin.write(line)
            self.process.stdin.flush()
            return self.process.stdout.readline(), timed_out.is_set()
        except (OSError, ValueError):
            return "", timed_out.is_set()
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
        except ValueError:  # another thread has stopped the process
            return ""
        return "".join(f"\n  {line}" for line in lines)


def describe_interpreter(
    python: Path, variables: Mapping[str, str], timeout: float = SECONDS_TO_START
) -> EnvironmentInfo:
    """Return the environment of an interpreter: Python, versions, backend and flags.

    Parameters
    ----------
    python
        The interpreter; a worker of it is started and ended.
    variables
        All environment variables of that worker.
    timeout
        Seconds that it may take to answer.

    Raises
    ------
    UsageError
        If a worker cannot run there.
    """
    with scratch() as folder:
        process = WorkerProcess(python, stage(folder / "worker"), variables)
        try:
            return process.greet(1, False, timeout)
        finally:
            process.stop()
