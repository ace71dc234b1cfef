"""Worker processes, one thread each, that fit cells; a fit that kills its worker fails alone."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import Queue
from typing import Any

from evenfold.errors import UsageError
from evenfold.worker.serve import PROTOCOL

Job = dict[str, Any]
Answer = dict[str, Any]
STDERR_LINES = 5
# A process that builds many models grows: it is replaced before it matters.
MOST_RESIDENT_BYTES = 3 * 2**30


class Worker:
    """One serving process; ``ask`` starts it when it is not running."""

    def __init__(self, timeout: float | None, determinism: bool = False) -> None:
        """``timeout`` is seconds a fit may take, None for ever."""
        self.timeout = timeout
        self.determinism = determinism
        self.process: subprocess.Popen[str] | None = None

    def ask(self, job: Job) -> Answer:
        """The worker's answer, or ``{"failed": why}`` when it died or took too long."""
        process = self.process or self._start()
        overdue = threading.Event()
        timer = threading.Timer(self.timeout or 0, self._expire, (process, overdue))
        if self.timeout is not None:
            timer.start()
        answer = _exchange(process, job)
        timer.cancel()
        if answer is None:
            last = self._last_lines()
            code = process.wait()
            self.stop()
            if overdue.is_set():
                return {"failed": f"{job['model']}: no answer within {self.timeout:g} s"}
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            return {"failed": f"{job['model']}: its process ended: {how}{last}"}
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

    def _start(self) -> subprocess.Popen[str]:
        # Open as long as the process is: its last lines are told when it dies.
        self.stderr = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-m", "evenfold.worker.serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            text=True,
            encoding="utf-8",
        )
        hello = {"protocol": PROTOCOL, "threads": 1, "determinism": self.determinism}
        answer = _exchange(self.process, hello)
        if answer is None or "error" in answer:
            told = (answer or {}).get("error") or f"it does not start{self._last_lines()}"
            self.stop()
            raise UsageError(f"a worker cannot be used: {told}")
        return self.process

    def _last_lines(self) -> str:
        self.stderr.seek(0)
        lines = self.stderr.read().strip().splitlines()[-STDERR_LINES:]
        return "".join(f"\n  {line}" for line in lines)

    @staticmethod
    def _expire(process: subprocess.Popen[str], overdue: threading.Event) -> None:
        overdue.set()
        process.kill()


def run_jobs(
    jobs: Iterable[Job], workers: int, timeout: float | None, determinism: bool = False
) -> Iterator[tuple[Job, Answer]]:
    """Every job with its answer, as they come; workers are started as there are jobs.

    Raises UsageError when a worker cannot be started. Its processes end when the caller stops
    listening.
    """
    left = deque(jobs)
    done: Queue[tuple[Job, Answer] | BaseException] = Queue()
    crew = [Worker(timeout, determinism) for _ in range(min(workers, len(left)))]
    total = len(left)
    threads = [
        threading.Thread(target=_labour, args=(worker, left, done.put), daemon=True)
        for worker in crew
    ]
    for thread in threads:
        thread.start()
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


def _exchange(process: subprocess.Popen[str], message: Any) -> Answer | None:
    """The answer to a message; None when the process is no more."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except (OSError, ValueError):
        return None
    return json.loads(line) if line.endswith("\n") else None
