"""The cells of a study on an existing Dask cluster, each worker with a serving process of its own.

Every Dask worker needs evenfold with its extra ``cluster``, and the same packages as the others.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evenfold.errors import UsageError
from evenfold.runtime.pool import Job, Terms, Worker, describe
from evenfold.runtime.staging import digest, stage
from evenfold.runtime.worker_process import Answer

SECONDS_TO_CONNECT = 30
SECONDS_WITHOUT_WORKERS = 60
SECONDS_BETWEEN_LOOKS = 5
_here = threading.local()


class Cluster:
    """A connection to a Dask scheduler; its workers have been found to be alike.

    TLS is configured as for Dask itself, in ``distributed.comm.tls``.
    """

    def __init__(self, address: str, timeout: float | None) -> None:
        """Connects. Raises UsageError when that fails, no worker is there, or two differ."""
        try:
            from distributed import Client
        except ImportError as error:
            raise UsageError(
                "--scheduler needs the package distributed: pip install 'evenfold[cluster]'"
            ) from error
        self.timeout = timeout
        try:
            self._client = Client(address, timeout=SECONDS_TO_CONNECT)
        except (OSError, ValueError, RuntimeError, TypeError) as error:  # TypeError: TLS not set up
            raise UsageError(f"no Dask scheduler answers at {address}: {error}") from error
        try:
            self.told = self._described(address)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Gives the connection back; the cluster goes on."""
        self._client.close()

    @property
    def slots(self) -> int:
        """Fits that the cluster runs at a time."""
        return sum(self._client.nthreads().values())

    def run(self, jobs: list[Job]) -> Iterator[tuple[Job, Answer]]:
        """Every job with its answer, as they come.

        What a lost worker had is run by another. Raises UsageError when all are gone for a minute.
        """
        from distributed import wait

        folds: dict[str, Any] = {}
        pending: dict[Any, Job] = {}
        for job in jobs:
            if job["fold"] not in folds:
                content = Path(job["fold"]).read_bytes()
                # A task of its own: made again where the worker that held it is lost.
                folds[job["fold"]] = self._client.submit(bytes, content, pure=True)
            source = Path(job["path"]).read_text(encoding="utf-8")
            future = self._client.submit(
                fit_here, job, folds[job["fold"]], source, self.timeout, pure=False
            )
            pending[future] = job
        alone = 0
        while pending:
            try:
                done = wait(list(pending), SECONDS_BETWEEN_LOOKS, "FIRST_COMPLETED").done
            except TimeoutError:
                alone = 0 if self.slots else alone + SECONDS_BETWEEN_LOOKS
                if alone >= SECONDS_WITHOUT_WORKERS:
                    raise UsageError(
                        f"the cluster has had no worker for {alone} s: what is finished is kept"
                    ) from None
                continue
            for future in done:
                yield pending.pop(future), _answer(future)

    def _described(self, address: str) -> Answer:
        found = self._client.run(_describe_here)
        if not found:
            raise UsageError(f"the scheduler at {address} has no workers: start some")
        first, *others = sorted(found)
        for name in [first, *others]:
            if isinstance(found[name], str):
                raise UsageError(f"worker {name}: {found[name]}")
        mine = {**found[first], "digest": digest()}
        for name in [first, *others]:
            for part, value in found[name].items():
                if value != mine[part]:
                    whose = "this evenfold" if part == "digest" else first
                    raise UsageError(
                        f"the cluster's workers are not alike: {part} of {name} is {value}, "
                        f"of {whose} {mine[part]}"
                    )
        return {k: v for k, v in mine.items() if k != "digest"}


def fit_here(job: Job, fold: bytes, source: str, timeout: float | None) -> Answer:
    """One job on a Dask worker: its fold and its model's file have come with it."""
    if not hasattr(_here, "worker"):
        _here.folder = tempfile.TemporaryDirectory(prefix="evenfold-")
        _here.worker = Worker(Terms(timeout=timeout), stage(Path(_here.folder.name) / "worker"))
    _here.worker.terms = Terms(timeout=timeout)
    folder = Path(_here.folder.name)
    file = folder / hashlib.sha256(source.encode()).hexdigest() / Path(job["path"]).name
    file.parent.mkdir(exist_ok=True)
    file.write_text(source, encoding="utf-8")
    arrays = folder / "fold.npz"
    arrays.write_bytes(fold)
    answer: Answer = _here.worker.ask({**job, "path": str(file), "fold": str(arrays)})
    return answer


def _describe_here() -> Answer | str:
    try:
        return {**describe(Terms()), "digest": digest()}
    except UsageError as error:
        return str(error)


def _answer(future: Any) -> Answer:
    if future.status == "finished":
        answer: Answer = future.result()
        return answer
    error = future.exception()
    return {"failed": f"on the cluster: {type(error).__name__}: {error}"}
