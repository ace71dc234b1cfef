"""The fits of a study on an existing Dask cluster, each Dask worker with a worker process.

Every Dask worker needs evenfold with its extra ``cluster``, and the same packages as the others.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from pathlib import Path
from queue import Empty, Queue
from typing import Any, TypedDict, TypeVar, cast

from evenfold.errors import UsageError, WorkerError
from evenfold.runtime.pool import JobAnswer, PoolWorker, WorkerConfig, describe_worker
from evenfold.runtime.staging import stage, worker_files_digest
from evenfold.worker.protocol import EnvironmentInfo, FitAnswer, FitJob

SECONDS_TO_CONNECT = 15
SECONDS_TO_DESCRIBE = 150
SECONDS_WITHOUT_WORKERS = 60
SECONDS_TO_WAIT = 5
DASK_LOGS = ("distributed", "distributed.client", "distributed.comm", "distributed.core")
T = TypeVar("T")
_dask_worker = threading.local()


class DaskWorkerInfo(TypedDict):
    """What has to be the same on every Dask worker: its environment and the worker's files."""

    environment: EnvironmentInfo
    digest: str


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what a call returns, and raise what it raises; it runs in a thread.

    Raises
    ------
    TimeoutError
        It takes longer. The thread is left to itself: a connection that says nothing cannot be
        interrupted.
    """
    results: Queue[tuple[T | None, BaseException | None]] = Queue()

    def run() -> None:
        try:
            results.put((call(), None))
        except BaseException as error:
            results.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        result, error = results.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    if error is not None:
        raise error
    return cast(T, result)


class Cluster:
    """A connection to a Dask scheduler whose workers all have the same environment.

    TLS is configured as for Dask itself, in ``distributed.comm.tls``.

    Parameters
    ----------
    address
        The scheduler's address, such as ``tcp://host:8786``.
    timeout
        Seconds that a fit may take; None for no limit.

    Raises
    ------
    UsageError
        If no scheduler answers, it has no workers, or two workers differ.
    """

    def __init__(self, address: str, timeout: float | None) -> None:
        """Connect."""
        try:
            from distributed import Client
        except ImportError as error:
            raise UsageError(
                "--scheduler needs the package distributed: pip install 'evenfold[cluster]'"
            ) from error
        self.address, self.timeout = address, timeout
        # What is lost is an error of evenfold, in a sentence: Dask would log tracebacks besides.
        self._levels = {log: log.level for log in map(logging.getLogger, DASK_LOGS)}
        for log in self._levels:
            log.setLevel(logging.CRITICAL)
        try:
            self._client = within(
                2 * SECONDS_TO_CONNECT, lambda: Client(address, timeout=SECONDS_TO_CONNECT)
            )
        except (OSError, ValueError, RuntimeError, TypeError) as error:  # TypeError: TLS not set up
            self._restore_logs()
            raise UsageError(f"no Dask scheduler answers at {address}: {error}") from error
        try:
            self.info = self._describe(address)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; the cluster keeps running."""
        self._client.close()
        self._restore_logs()

    def _restore_logs(self) -> None:
        for log, level in self._levels.items():
            log.setLevel(level)

    @property
    def slots(self) -> int:
        """The number of fits that the cluster runs at a time."""
        return sum(self._client.nthreads().values())

    def run(self, jobs: Iterable[FitJob]) -> Iterator[JobAnswer]:
        """Run fits and yield each with its answer as it finishes.

        Fits of a lost worker run again on another.

        Raises
        ------
        UsageError
            If the cluster has had no worker for a minute.
        WorkerError
            If the scheduler is lost.
        """
        from distributed.comm import CommClosedError

        try:
            yield from self._answers(jobs)
        except (CancelledError, CommClosedError) as error:
            raise WorkerError(
                f"the scheduler at {self.address} was lost: finished fits are saved; start it "
                "again and run the same command"
            ) from error

    def _answers(self, jobs: Iterable[FitJob]) -> Iterator[JobAnswer]:
        from distributed import wait

        pending = self._submit(jobs)
        seconds_alone = 0
        while pending:
            try:
                done = wait(list(pending), SECONDS_TO_WAIT, "FIRST_COMPLETED").done
            except TimeoutError:
                seconds_alone = 0 if self.slots else seconds_alone + SECONDS_TO_WAIT
                if seconds_alone >= SECONDS_WITHOUT_WORKERS:
                    raise UsageError(
                        f"the cluster has had no worker for {seconds_alone} s: finished fits are "
                        "saved; start workers and run the same command again"
                    ) from None
                continue
            for future in done:
                yield pending.pop(future), _result(future)

    def _submit(self, jobs: Iterable[FitJob]) -> dict[Any, FitJob]:
        """Submit every job and return the jobs by their futures."""
        folds: dict[str, Any] = {}
        pending: dict[Any, FitJob] = {}
        for job in jobs:
            if job["fold"] not in folds:
                content = Path(job["fold"]).read_bytes()
                # A task of its own: made again if the worker that holds it is lost.
                folds[job["fold"]] = self._client.submit(bytes, content, pure=True)
            sources = Path(job["sources"]).read_text(encoding="utf-8")
            future = self._client.submit(
                fit_on_dask_worker, job, folds[job["fold"]], sources, self.timeout, pure=False
            )
            pending[future] = job
        return pending

    def _describe(self, address: str) -> EnvironmentInfo:
        """Return the environment that all workers share. Raises UsageError if two differ."""
        try:
            infos: Mapping[str, DaskWorkerInfo | str] = within(
                SECONDS_TO_DESCRIBE, lambda: self._client.run(_describe_dask_worker)
            )
        except TimeoutError as error:
            raise UsageError(f"the workers of the scheduler at {address}: {error}") from error
        if not infos:
            raise UsageError(f"the scheduler at {address} has no workers: start some")
        usable: dict[str, DaskWorkerInfo] = {}
        for name in sorted(infos):
            info = infos[name]
            if isinstance(info, str):
                raise UsageError(f"worker {name}: {info}")
            usable[name] = info
        first = next(iter(usable))
        environment = usable[first]["environment"]
        expected: Mapping[str, object] = environment
        for name, info in usable.items():
            for key, value in info["environment"].items():
                _require_alike(name, key, value, first, expected[key])
            _require_alike(name, "digest", info["digest"], "this evenfold", worker_files_digest())
        return environment


def fit_on_dask_worker(job: FitJob, fold: bytes, sources: str, timeout: float | None) -> FitAnswer:
    """Run one fit on a Dask worker, in a process that the worker keeps from fit to fit.

    Parameters
    ----------
    job
        The fit; the files that it names are the submitter's.
    fold
        The content of the fold's file of arrays.
    sources
        The saved sources of the model.
    timeout
        Seconds that the fit may take; None for no limit.
    """
    config = WorkerConfig(timeout=timeout)
    if not hasattr(_dask_worker, "worker"):
        _dask_worker.folder = tempfile.TemporaryDirectory(prefix="evenfold-")
        _dask_worker.worker = PoolWorker(config, stage(Path(_dask_worker.folder.name) / "worker"))
    worker: PoolWorker = _dask_worker.worker
    worker.config = config
    folder = Path(_dask_worker.folder.name)
    saved = folder / "sources.json"
    saved.write_text(sources, encoding="utf-8")
    arrays = folder / "fold.npz"
    arrays.write_bytes(fold)
    return worker.fit({**job, "sources": str(saved), "fold": str(arrays)})


def _require_alike(name: str, key: str, value: object, owner: str, expected: object) -> None:
    """Raise UsageError if a worker's value is not the expected one of ``owner``."""
    if value != expected:
        raise UsageError(
            f"the cluster's workers are not alike: {key} of {name} is {value}, of {owner} "
            f"{expected}; install the same packages and set the same flags on all"
        )


def _describe_dask_worker() -> DaskWorkerInfo | str:
    """Run on a Dask worker: its info, or why it cannot be used."""
    try:
        return {"environment": describe_worker(WorkerConfig()), "digest": worker_files_digest()}
    except UsageError as error:
        return str(error)


def _result(future: Any) -> FitAnswer:
    if future.status == "finished":
        answer: FitAnswer = future.result()
        return answer
    error = future.exception()
    return {"failed": f"on the cluster: {type(error).__name__}: {error}"}
