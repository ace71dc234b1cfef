"""Worker processes, one thread each, that fit cells; a fit that kills its worker fails alone."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

from evenfold.errors import UsageError
from evenfold.results.environment import PACKAGES
from evenfold.study.environments import Interpreter
from evenfold.study.staging import stage
from evenfold.worker.serve import PROTOCOL

Job = dict[str, Any]
Answer = dict[str, Any]
STDERR_LINES = 5
SECONDS_TO_START = 60.0
# A process that builds many models grows: it is replaced before it matters.
MOST_RESIDENT_BYTES = 3 * 2**30


@dataclass(frozen=True)
class Terms:
    """How workers run: with which Python, for how long (seconds a fit, None for ever)."""

    interpreter: Interpreter = field(default_factory=Interpreter)
    timeout: float | None = None
    determinism: bool = False


class Worker:
    """One serving process; ``ask`` starts it when it is not running."""

    def __init__(self, terms: Terms, staged: Path) -> None:
        """``staged`` is the folder of the worker's files. Nothing is started yet."""
        self.terms = terms
        self.staged = staged
        self.process: subprocess.Popen[str] | None = None
        self.told: Answer = {}

    def ask(self, job: Job) -> Answer:
        """The worker's answer, or ``{"failed": why}`` when it died or took too long."""
        process = self.process or self.start()
        answer, overdue = _exchange(process, job, self.terms.timeout)
        if answer is None:
            code = process.wait()
            last = self._last_lines()
            self.stop()
            if overdue:
                return {"failed": f"{job['model']}: no answer within {self.terms.timeout:g} s"}
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            return {"failed": f"{job['model']}: its process ended: {how}{last}"}
        if "error" in answer:
            self.stop()
            return {"failed": f"{job['model']}: {answer['error']}"}
        if (answer.get("resident_bytes") or 0) > MOST_RESIDENT_BYTES:
            self.stop()
        return answer

    def stop(self) -> None:
        """Ends the process, if it runs."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self.stderr.close()
        self.process = None

    def start(self) -> subprocess.Popen[str]:
        """Starts the process; what it tells of itself is then in ``told``.

        Raises UsageError, with its last lines, when it does not answer as a worker does.
        """
        interpreter = self.terms.interpreter
        # Open as long as the process is: its last lines are told when it dies.
        self.stderr = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        try:
            self.process = subprocess.Popen(
                [str(interpreter.python), str(self.staged)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.stderr,
                text=True,
                encoding="utf-8",
                env=interpreter.variables(),
            )
        except OSError as error:
            self.stderr.close()
            raise UsageError(f"{interpreter.python} does not start: {error.strerror}") from error
        hello = {
            "protocol": PROTOCOL,
            "threads": 1,
            "determinism": self.terms.determinism,
            "packages": PACKAGES,
        }
        answer, overdue = _exchange(self.process, hello, SECONDS_TO_START)
        if answer is None or answer.get("protocol") != PROTOCOL:
            why = f"no answer within {SECONDS_TO_START:g} s" if overdue else "it does not start"
            told = (answer or {}).get("error") or f"{why}{self._last_lines()}"
            self.stop()
            raise UsageError(f"a worker of {interpreter.python} cannot be used: {told}")
        self.told = answer
        return self.process

    def _last_lines(self) -> str:
        self.stderr.seek(0)
        lines = self.stderr.read().strip().splitlines()[-STDERR_LINES:]
        return "".join(f"\n  {line}" for line in lines)


def describe(terms: Terms) -> Answer:
    """What a worker tells of its environment: python, versions, backend and flags."""
    with tempfile.TemporaryDirectory(prefix="evenfold-") as folder:
        worker = Worker(terms, stage(Path(folder) / "worker"))
        try:
            worker.start()
        finally:
            worker.stop()
        return worker.told


def run_jobs(jobs: Iterable[Job], workers: int, terms: Terms) -> Iterator[tuple[Job, Answer]]:
    """Every job with its answer, as they come; workers are started as there are jobs.

    Raises UsageError when a worker cannot be started. Its processes end when the caller stops
    listening.
    """
    left = deque(jobs)
    done: Queue[tuple[Job, Answer] | BaseException] = Queue()
    total = len(left)
    with tempfile.TemporaryDirectory(prefix="evenfold-") as folder:
        staged = stage(Path(folder) / "worker")
        crew = [Worker(terms, staged) for _ in range(min(workers, total))]
        for worker in crew:
            threading.Thread(target=_labour, args=(worker, left, done.put), daemon=True).start()
        try:
            for _ in range(total):
                found = done.get()
                if isinstance(found, BaseException):
                    raise found
                yield found
        finally:
            left.clear()
            for worker in crew:
                worker.stop()


def _labour(worker: Worker, left: deque[Job], put: Callable[[Any], None]) -> None:
    with suppress(IndexError):
        while True:
            job = left.popleft()
            try:
                put((job, worker.ask(job)))
            except BaseException as error:  # the listener raises it
                put(error)
                return


def _exchange(
    process: subprocess.Popen[str], message: Any, timeout: float | None
) -> tuple[Answer | None, bool]:
    """The answer to a message, None when the process is no more; and whether it took too long."""
    assert process.stdin is not None
    assert process.stdout is not None
    overdue = threading.Event()

    def expire() -> None:
        overdue.set()
        process.kill()

    timer = threading.Timer(timeout or 0, expire)
    timer.daemon = True
    if timeout is not None:
        timer.start()
    try:
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except (OSError, ValueError):
        line = ""
    finally:
        timer.cancel()
    try:
        answer = json.loads(line) if line.endswith("\n") else None
    except json.JSONDecodeError:
        answer = {"error": f"it printed {line.strip()[:200]!r}"}
    return answer, overdue.is_set()
