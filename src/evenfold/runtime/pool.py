"""Worker processes, one thread each, that fit cells; a fit that kills its worker fails alone."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

from evenfold.errors import UsageError, WorkerError
from evenfold.runtime import worker_process as serving
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.interpreters import Interpreter
from evenfold.runtime.staging import stage
from evenfold.runtime.worker_process import Answer, Serving

Job = dict[str, Any]
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
        self.serving: Serving | None = None

    def ask(self, job: Job) -> Answer:
        """The worker's answer, or ``{"failed": why}`` when it died or took too long."""
        process = self.serving or self.start()
        try:
            answer = process.ask({"do": "fit", **job}, self.terms.timeout)
        except WorkerError as error:
            self.stop()
            return {"failed": f"{job['model']}: {error}"}
        if (answer.get("resident_bytes") or 0) > MOST_RESIDENT_BYTES:
            self.stop()
        return answer

    def stop(self) -> None:
        """Ends the process, if it runs."""
        if self.serving is not None:
            self.serving.stop()
            self.serving = None

    def start(self) -> Serving:
        """Starts the process. Raises UsageError when it does not answer as a worker does."""
        interpreter = self.terms.interpreter
        self.serving = Serving(interpreter.python, self.staged, interpreter.variables())
        try:
            self.serving.greet(1, self.terms.determinism)
        except UsageError:
            self.stop()
            raise
        return self.serving


def describe(terms: Terms) -> Answer:
    """What a worker tells of its environment: python, versions, backend and flags."""
    interpreter = terms.interpreter
    told = serving.describe(interpreter.python, interpreter.variables())
    # What was asked for by name matters, whether or not frameworks are known to heed it.
    return {**told, "flags": {**told["flags"], **interpreter.flags}}


def run_jobs(jobs: Iterable[Job], workers: int, terms: Terms) -> Iterator[tuple[Job, Answer]]:
    """Every job with its answer, as they come; workers are started as there are jobs.

    Raises UsageError when a worker cannot be started. Its processes end when the caller stops
    listening.
    """
    left = deque(jobs)
    done: Queue[tuple[Job, Answer] | BaseException] = Queue()
    total = len(left)
    with scratch() as folder:
        staged = stage(folder / "worker")
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
