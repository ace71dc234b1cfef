"""A launch that is prepared while the one before it is measured."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from evenfold.race.processes import ContenderProcesses

Started = TypeVar("Started", bound=ContenderProcesses[Any, Any])
Prepared = TypeVar("Prepared")


class AheadLaunch(Generic[Started, Prepared]):
    """A launch whose processes are started, and which a thread prepares.

    Parameters
    ----------
    launch
        The launch.
    prepare
        Prepares it and returns the answers of all workers.
    """

    def __init__(self, launch: Started, prepare: Callable[[], list[Prepared]]) -> None:
        """Begin to prepare the launch."""
        self.launch = launch
        self._pool = ThreadPoolExecutor(1)
        self._answers = self._pool.submit(prepare)

    @property
    def is_ready(self) -> bool:
        """Whether the launch is prepared, or has failed."""
        return self._answers.done()

    def answers(self) -> list[Prepared]:
        """Wait for the answers of all workers. Raises WorkerError, UsageError as ``prepare``."""
        answers = self._answers.result()
        self._pool.shutdown()
        return answers

    def stop(self) -> None:
        """End all processes, and the thread that waits for them."""
        self.launch.stop()
        self._pool.shutdown()
