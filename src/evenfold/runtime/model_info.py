"""What models' files state, as a worker process finds it that runs them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from evenfold.contract import Layout
from evenfold.errors import PluginError, UsageError, WorkerError
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.pool import PoolWorker, WorkerConfig, with_flags
from evenfold.runtime.staging import stage
from evenfold.worker.protocol import EnvironmentInfo, LoadMessage
from evenfold.worker.sources import Sources

# A file may import a framework.
SECONDS_TO_LOAD = 120.0


@dataclass(frozen=True)
class ModelInfo:
    """What a model's file states: the layout of its rows, and epochs; None for an estimator."""

    layout: Layout
    epochs: int | None

    @property
    def is_network(self) -> bool:
        """Whether it is a network rather than an estimator."""
        return self.epochs is not None


class ModelReader:
    """A worker process that describes its environment, and runs the files of models.

    It starts for the first of them, and ends with each list of models.

    Parameters
    ----------
    config
        How the process runs. A file may take two minutes, or less if a fit may.
    """

    def __init__(self, config: WorkerConfig) -> None:
        """Start nothing yet."""
        self.config = config
        self._stack = ExitStack()
        self._start: threading.Thread | None = None
        self._failure: UsageError | None = None
        self._known: dict[tuple[str, str], ModelInfo] = {}  # by name and digest of the sources

    def __enter__(self) -> ModelReader:
        self._folder = self._stack.enter_context(scratch())
        self._worker = PoolWorker(self.config, stage(self._folder / "worker"))
        self._stack.callback(self._worker.stop)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self) -> None:
        """Start the process while the caller does something else."""
        self._start = threading.Thread(target=self._start_worker, daemon=True)
        self._start.start()
        self._stack.callback(self._start.join)

    def _start_worker(self) -> None:
        try:
            self._worker.start()
        except UsageError as error:  # raised when the environment is asked for
            self._failure = error

    def environment(self) -> EnvironmentInfo:
        """Return the environment of the worker. Raises UsageError if it cannot be started."""
        if self._start is not None:
            self._start.join()
        if self._failure is not None:
            raise self._failure
        if self._worker.process is None:
            self._worker.start()
        assert self._worker.info is not None
        return with_flags(self._worker.info, self.config)

    def infos(self, models: Mapping[str, Sources]) -> dict[str, ModelInfo]:
        """Run the files of models, each once, and return what they state, by name.

        Raises
        ------
        UsageError
            The worker cannot be started.
        PluginError
            A file breaks the contract, ends its process or takes too long; the message names it.
        """
        infos: dict[str, ModelInfo] = {}
        try:
            for number, (name, sources) in enumerate(models.items()):
                key = (name, sources.digest)
                if key not in self._known:
                    file = sources.save(self._folder / f"sources-{number}.json")
                    self._known[key] = self._info(name, file, sources.path)
                infos[name] = self._known[key]
        finally:
            self._worker.stop()
        return infos

    def _info(self, name: str, saved: Path, file: Path) -> ModelInfo:
        message: LoadMessage = {"do": "load", "model": name, "sources": str(saved)}
        timeout = min(self.config.timeout or SECONDS_TO_LOAD, SECONDS_TO_LOAD)
        try:
            answer = self._worker.ask(message, timeout)
        except WorkerError as error:
            raise PluginError(f"model {name} ({file}), when it is loaded: {error}") from error
        if "layout" in answer:
            return ModelInfo(answer["layout"], answer["epochs"])
        raise PluginError(answer["skip"] if "skip" in answer else answer["failed"])


def read_model_infos(
    models: Mapping[str, Sources], config: WorkerConfig | None = None
) -> dict[str, ModelInfo]:
    """Return what the files of models state, as ``ModelReader`` does, by name."""
    with ModelReader(config or WorkerConfig()) as reader:
        return reader.infos(models)
