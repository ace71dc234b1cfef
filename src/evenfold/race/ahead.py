"""A launch that is prepared while the one before it is measured."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from evenfold.race.launch import Launch
from evenfold.worker.protocol import PrepareResult


class AheadLaunch:
    """A launch whose processes are started, and which a thread prepares."""

    def __init__(self, launch: Launch) -> None:
        """Begin to prepare the launch, without fits of full length."""
        self.launch = launch
        self._pool = ThreadPoolExecutor(1)
        self._answers = self._pool.submit(launch.prepare, scored=False)

    @property
    def is_ready(self) -> bool:
        """Whether the launch is prepared, or has failed."""
        return self._answers.done()

    def answers(self) -> list[PrepareResult]:
        """Wait for the answers of all workers. Raises WorkerError, UsageError as `prepare` does."""
        answers = self._answers.result()
        self._pool.shutdown()
        return answers

    def stop(self) -> None:
        """End all processes, and the thread that waits for them."""
        self.launch.stop()
        self._pool.shutdown()
