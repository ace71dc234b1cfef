"""One worker process of any interpreter: messages in JSON lines, each with a time limit."""

from __future__ import annotations

import json
import secrets
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, overload

from evenfold.errors import UsageError, WorkerError
from evenfold.runtime.child_process import MOST_LINE_BYTES, ChildProcess, LineTooLongError
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.environment import PACKAGES
from evenfold.runtime.greeting import checked_greeting
from evenfold.runtime.output_lines import last_lines
from evenfold.runtime.record_checks import HALF_OF_PAIR
from evenfold.runtime.staging import stage
from evenfold.runtime.typed import ValidationError, convert
from evenfold.worker.error_text import shorten
from evenfold.worker.protocol import (
    PROTOCOL,
    Answer,
    CalibrateAnswer,
    CalibrateMessage,
    CalibrateResult,
    EnvironmentInfo,
    Failed,
    FitAnswer,
    FitMessage,
    FitResult,
    Hello,
    LoadAnswer,
    LoadMessage,
    LoadResult,
    Message,
    PinAnswer,
    PinMessage,
    PinResult,
    PrepareAnswer,
    PrepareMessage,
    PrepareResult,
    SampleAnswer,
    SampleMessage,
    SampleResult,
    Skipped,
)
from evenfold.worker.suite_protocol import (
    CloseAnswer,
    CloseMessage,
    CloseResult,
    CollectAnswer,
    CollectMessage,
    CollectResult,
    OpenAnswer,
    OpenMessage,
    OpenResult,
    SuiteAnswer,
    SuiteMessage,
)

SECONDS_TO_START = 60.0
SECONDS_TO_DIE = 1.0
MOST_GREETING_BYTES = 2**20
RESULTS: Mapping[str, type] = {
    "load": LoadResult,
    "fit": FitResult,
    "prepare": PrepareResult,
    "pin": PinResult,
    "calibrate": CalibrateResult,
    "sample": SampleResult,
    "collect": CollectResult,
    "open": OpenResult,
    "close": CloseResult,
}


class OutOfStepError(WorkerError):
    """An answer to another message than the last one."""


class WorkerProcess:
    """A worker that runs from the moment it is made until ``stop``.

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
        self._stderr = tempfile.TemporaryFile("w+b")  # noqa: SIM115
        try:
            self._child = ChildProcess([str(python), str(staged)], variables, self._stderr)
        except OSError as error:
            self._stderr.close()
            raise UsageError(f"{python} does not start: {error.strerror}") from error

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process."""
        return self._child.process

    @property
    def is_usable(self) -> bool:
        """Whether it runs, and has written nothing but the answers that were read."""
        return self.process.poll() is None and not self._child.has_unread_output

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
            answer = self._exchange(hello, timeout, MOST_GREETING_BYTES)
        except WorkerError as error:
            raise UsageError(f"a worker of {self.python} cannot be used: {error}") from error
        try:
            return checked_greeting(answer)
        except (ValueError, RecursionError) as error:
            reason = f"it answered {_quoted(answer)}: {error}"
            if isinstance(answer.get("error"), str):
                reason = answer["error"]
            raise UsageError(
                f"a worker of {self.python} cannot be used: {shorten(reason)}"
            ) from error

    @overload
    def ask(self, message: LoadMessage, timeout: float | None) -> LoadAnswer: ...
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
    @overload
    def ask(self, message: CollectMessage, timeout: float | None) -> CollectAnswer: ...
    @overload
    def ask(self, message: OpenMessage, timeout: float | None) -> OpenAnswer: ...
    @overload
    def ask(self, message: CloseMessage, timeout: float | None) -> CloseAnswer: ...
    def ask(self, message: Message | SuiteMessage, timeout: float | None) -> Answer | SuiteAnswer:
        """Send a message and return its answer.

        Parameters
        ----------
        message
            What to do; its type decides the type of the answer.
        timeout
            Seconds after which the process is ended; None waits as long as the process runs.

        Raises
        ------
        OutOfStepError
            If it answers another message than this one.
        WorkerError
            If the process dies, exceeds ``timeout``, or answers with anything else than a JSON
            object of the answer's type; the message ends with the last lines of its standard error.
        """
        nonce = secrets.token_hex(8)
        answer = self._exchange({**message, "nonce": nonce}, timeout)
        if answer.pop("nonce", None) != nonce or answer.pop("key", None) != message.get("key"):
            raise OutOfStepError(
                f"its output is not its own: {_quoted(answer)} answers nothing that was asked; "
                f"something else writes to the pipe of its answers{self._last_lines()}"
            )
        expected = RESULTS.get(message.get("do", ""), dict)
        if "skip" in answer or "failed" in answer:
            expected = Skipped if "skip" in answer else Failed
        try:
            checked: Answer | SuiteAnswer = convert(answer, expected)
        except (ValidationError, RecursionError) as error:
            raise WorkerError(
                f"it answered {_quoted(answer)}: {shorten(str(error))}{self._last_lines()}"
            ) from error
        return checked

    def stop(self) -> None:
        """End the process and those that it started."""
        self._child.stop()
        self._stderr.close()

    def _exchange(
        self, message: Mapping[str, Any], timeout: float | None, most_bytes: int = MOST_LINE_BYTES
    ) -> dict[str, Any]:
        """Send one JSON object and return the object that answers it."""
        try:
            self._child.write(json.dumps(message).encode() + b"\n", timeout)
            line = self._child.read_line(timeout, most_bytes)
        except TimeoutError as error:
            self._child.kill()
            raise WorkerError(f"no answer within {timeout:g} s{self._last_lines()}") from error
        except LineTooLongError as error:
            self._child.kill()
            raise WorkerError(f"it printed more than {most_bytes} bytes in one line") from error
        except (OSError, ValueError):
            line = b""
        if line.endswith(b"\n"):
            with suppress(ValueError, RecursionError):
                answer = json.loads(line)
                if b"\\u" in line:
                    answer = _without_halves(answer)
                if isinstance(answer, dict):
                    return answer
            printed = line[:200].decode(errors="replace").strip()
            raise WorkerError(f"it printed {printed!r}{self._last_lines()}")
        reason = self._child.how_it_ended(SECONDS_TO_DIE)
        raise WorkerError(f"its process ended: {reason}{self._last_lines()}")

    def _last_lines(self) -> str:
        return last_lines(self._stderr)


def _without_halves(answer: Any) -> Any:
    """Return JSON with its halves of pairs of surrogates, which are no characters, as text."""
    text = json.dumps(answer, ensure_ascii=False)
    escaped = HALF_OF_PAIR.sub(lambda half: rf"\\u{ord(half[0]):04x}", text)
    return answer if escaped == text else json.loads(escaped)


def _quoted(answer: object) -> str:
    return shorten(repr(answer))


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
