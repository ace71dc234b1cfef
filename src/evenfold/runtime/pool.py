"""A pool of worker processes that run the fits of a study, one thread each.

A fit that kills its worker fails alone: the next fit gets a new process. So it does where a model
left something in its process that cannot be restored.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import overload

from evenfold.errors import UsageError, WorkerError
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.interpreters import Interpreter
from evenfold.runtime.staging import stage
from evenfold.runtime.worker_process import (
    OutOfStepError,
    WorkerProcess,
    describe_interpreter,
)
from evenfold.worker.device import fits_at_once
from evenfold.worker.protocol import (
    EnvironmentInfo,
    FitAnswer,
    FitJob,
    FitMessage,
    LoadAnswer,
    LoadMessage,
)

# Of the fits that a process trains at once: more of them have equally many rows.
CHUNKS = 4
# A process that builds many models grows: it is replaced before that matters.
MOST_RESIDENT_BYTES = 3 * 2**30
HASH_SEED = "PYTHONHASHSEED"
JobAnswer = tuple[FitJob, FitAnswer]


@dataclass(frozen=True)
class WorkerConfig:
    """How the workers of a pool run.

    ``interpreter`` is their Python, ``timeout`` the seconds that a fit may take (None: no limit),
    and ``determinism`` whether their framework computes deterministically.
    """

    interpreter: Interpreter = field(default_factory=Interpreter)
    timeout: float | None = None
    determinism: bool = False


class PoolWorker:
    """A worker process that ``fit`` starts when none is running.

    Parameters
    ----------
    config
        How the process runs.
    staged
        The folder of the worker's files, as ``stage`` makes it.
    """

    def __init__(self, config: WorkerConfig, staged: Path) -> None:
        """Start nothing yet."""
        self.config = config
        self.staged = staged
        self.at_once = fits_at_once(config.interpreter.variables())
        self.process: WorkerProcess | None = None
        self.info: EnvironmentInfo | None = None
        self._is_closed = False

    def fit(self, job: FitJob, ahead: Sequence[FitJob] = ()) -> FitAnswer:
        """Run a fit; a worker that dies or exceeds the time limit is a failure of the fit.

        The process may train some of those ``ahead`` with it, which has their time too.

        Raises
        ------
        UsageError
            If a worker cannot be started.
        """
        message: FitMessage = {"do": "fit", **job, "ahead": list(ahead)}
        timeout = self.config.timeout
        try:
            return self.ask(message, timeout and timeout * (1 + len(ahead)))
        except WorkerError as error:
            return {"failed": f"{job['model']}: {error}"}

    @overload
    def ask(self, message: LoadMessage, timeout: float | None) -> LoadAnswer: ...
    @overload
    def ask(self, message: FitMessage, timeout: float | None) -> FitAnswer: ...
    def ask(
        self, message: LoadMessage | FitMessage, timeout: float | None
    ) -> LoadAnswer | FitAnswer:
        """Return the answer to a message; a process that cannot answer another one is ended.

        Where an earlier model left something that writes to the pipe of answers, or ended the
        process afterwards, the message goes to another process: it is not this one's fault.

        Raises
        ------
        UsageError
            If a worker cannot be started.
        WorkerError
            If it dies, exceeds ``timeout``, or answers something else.
        """
        if self.process is not None and not self.process.is_usable:
            self.stop()
        is_fresh = self.process is None
        try:
            answer = self._ask(message, timeout)
        except OutOfStepError:
            if is_fresh:
                raise
            answer = self._ask(message, timeout)
        has_grown = "engine" in answer and (answer["resident_bytes"] or 0) > MOST_RESIDENT_BYTES
        if has_grown or answer.get("leftover"):
            self.stop()
        return answer

    def _ask(
        self, message: LoadMessage | FitMessage, timeout: float | None
    ) -> LoadAnswer | FitAnswer:
        """Ask the process, which ends where it fails to answer."""
        process = self.process or self.start()
        try:
            # Each call is of one overload.
            if message["do"] == "load":
                return process.ask(message, timeout)
            return process.ask(message, timeout)
        except WorkerError:
            self.stop()
            raise

    def start(self) -> WorkerProcess:
        """Start the process.

        Raises
        ------
        UsageError
            It does not answer as a worker does.
        WorkerError
            The worker is closed.
        """
        if self._is_closed:
            raise WorkerError("it was ended")
        interpreter = self.config.interpreter
        variables = interpreter.variables()
        # One order of sets in every process, unless the environment has another one.
        variables[HASH_SEED] = interpreter.flags.get(HASH_SEED, "0")
        process = self.process = WorkerProcess(interpreter.python, self.staged, variables)
        try:
            self.info = process.greet(1, self.config.determinism)
        except UsageError:
            process.stop()
            self.process = None
            raise
        if self._is_closed:  # meanwhile
            self.stop()
            raise WorkerError("it was ended")
        return process

    def close(self) -> None:
        """End the process, and start none any more."""
        self._is_closed = True
        self.stop()

    def stop(self) -> None:
        """End the process if it runs."""
        process, self.process = self.process, None
        if process is not None:
            process.stop()


def describe_worker(config: WorkerConfig) -> EnvironmentInfo:
    """Return the environment of a pool's workers: Python, versions, backend and flags.

    The flags that the user set for the environment are included, whether or not a framework is
    known to read them.

    Raises
    ------
    UsageError
        If a worker cannot run there.
    """
    interpreter = config.interpreter
    return with_flags(describe_interpreter(interpreter.python, interpreter.variables()), config)


def with_flags(info: EnvironmentInfo, config: WorkerConfig) -> EnvironmentInfo:
    """Return an environment with the flags that the user set for it."""
    return {**info, "flags": {**info["flags"], **config.interpreter.flags}}


def run_jobs(jobs: Iterable[FitJob], workers: int, config: WorkerConfig) -> Iterator[JobAnswer]:
    """Run fits and yield each with its answer as it finishes.

    Its processes end when the caller closes the iterator.

    Parameters
    ----------
    jobs
        The fits, each made when a worker takes it.
    workers
        Processes at a time; one starts with its first job.
    config
        How the processes run.

    Raises
    ------
    UsageError
        If a worker cannot be started.
    """
    pending = _Pending(jobs)
    results: Queue[JobAnswer | BaseException | None] = Queue()
    with scratch() as folder:
        staged = stage(folder / "worker")
        pool = [PoolWorker(config, staged) for _ in range(workers)]
        for worker in pool:
            arguments = (worker, pending, results.put)
            threading.Thread(target=_work, args=arguments, daemon=True).start()
        working = workers
        try:
            while working:
                result = results.get()
                if isinstance(result, BaseException):
                    raise result
                if result is None:
                    working -= 1
                else:
                    yield result
        finally:
            pending.stop()
            for worker in pool:
                worker.close()


class _Pending:
    """Jobs that threads take; each is made when it is taken."""

    def __init__(self, jobs: Iterable[FitJob]) -> None:
        self._jobs = iter(jobs)
        self._next: FitJob | None = None
        self._lock = threading.Lock()
        self._is_stopped = False

    def take(self, most: int = 1) -> list[FitJob]:
        """Return the next jobs of one model, at most so many; none if there are no more."""
        jobs: list[FitJob] = []
        with self._lock:
            while len(jobs) < most and not self._is_stopped:
                job, self._next = self._next or next(self._jobs, None), None
                if job is None:
                    break
                if jobs and job["sources"] != jobs[0]["sources"]:
                    self._next = job
                    break
                jobs.append(job)
        return jobs

    def stop(self) -> None:
        """Give out no more jobs."""
        self._is_stopped = True


def _work(
    worker: PoolWorker,
    pending: _Pending,
    put: Callable[[JobAnswer | BaseException | None], None],
) -> None:
    """Run jobs until there are no more, which None says at the end."""
    most = CHUNKS * worker.at_once if worker.at_once > 1 else 1
    try:
        while jobs := pending.take(most):
            for number, job in enumerate(jobs):
                put((job, worker.fit(job, jobs[number + 1 :])))
        put(None)
    except BaseException as error:  # the consumer raises it
        put(error)
