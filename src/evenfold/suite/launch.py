"""One launch of a suite's race: fresh processes that run its benchmarks together, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evenfold.errors import SkippedError, UsageError, WorkerError
from evenfold.race.processes import ContenderProcesses
from evenfold.suite.contenders import SuiteContender
from evenfold.suite.record import BenchmarkSamples, SuiteLaunchRecord
from evenfold.worker.protocol import Clock
from evenfold.worker.suite_protocol import CollectResult

# Shortest sample of the calls of a benchmark.
LEAST_SUITE_SECONDS = 0.02


@dataclass(frozen=True)
class SuiteConfig:
    """What all launches of a suite's race share.

    Parameters
    ----------
    clock, threads, timeout
        As of a race of models.
    staged
        Folder of the worker's files.
    bytecode
        Folder for compiled modules, where an environment variable keeps Python from writing any.
    """

    clock: Clock
    threads: int
    timeout: float
    staged: Path
    bytecode: Path
    least_seconds: float = LEAST_SUITE_SECONDS
    has_equal_repeats: bool = False


class FailedBenchmarkError(Exception):
    """A benchmark that a contender could not run; the message names the contender."""

    def __init__(self, message: str, is_skipped: bool = False) -> None:
        """``is_skipped``: its test skips itself."""
        super().__init__(message)
        self.is_skipped = is_skipped


class SuiteLaunch(ContenderProcesses[SuiteConfig, SuiteContender]):
    """The processes of one launch of a suite, which go on after a benchmark that fails."""

    survives_failures = True

    def collect(self, describe: bool) -> list[CollectResult]:
        """Collect the suite in all processes at the same time.

        Parameters
        ----------
        describe
            Whether the answers have the versions of all packages.

        Raises
        ------
        WorkerError, UsageError
            A suite cannot be collected; the message names its contender.
        """

        def collected(number: int) -> CollectResult:
            self.greet(number)
            contender = self.contenders[number]
            return self.ask(
                number,
                {
                    "do": "collect",
                    "root": str(contender.root),
                    "suite": contender.suite.as_posix(),
                    "paths": [str(path) for path in contender.paths],
                    "packages": list(contender.packages),
                    "clock": self.config.clock,
                    "describe": describe,
                },
            )

        answers = self.at_once(collected, range(len(self.contenders)))
        self.ready_seconds = self.elapsed
        return answers

    def measure(
        self, name: str, following: str | None, repeats: Sequence[int] | None, pairs: int
    ) -> tuple[tuple[int, ...], BenchmarkSamples]:
        """Sample a benchmark of all contenders, while their tests wait.

        Parameters
        ----------
        name
            The benchmark.
        following
            The benchmark that is measured after it; None for the last.
        repeats
            Calls of one sample, of each contender; None to find them.
        pairs
            Pairs of blocks.

        Returns
        -------
        tuple
            The calls of one sample, of each contender.
        BenchmarkSamples
            The samples.

        Raises
        ------
        FailedBenchmarkError
            Its test fails, or is skipped.
        WorkerError
            A process ends.
        """
        self.order, self.at, self.seconds = [], [], []
        numbers = range(len(self.contenders))
        try:
            for number in numbers:
                self.ask(number, {"do": "open", "name": name, "following": following})
            counts = tuple(self.calibrate() if repeats is None else repeats)
            for _ in range(pairs):
                self.run_pair(counts)
            for number in numbers:
                self.ask(number, {"do": "close"})
        except (SkippedError, UsageError, WorkerError) as error:
            if not all(worker.is_usable for worker in self.workers.values()):
                raise
            self._close_all()
            raise FailedBenchmarkError(str(error), isinstance(error, SkippedError)) from error
        return counts, BenchmarkSamples(tuple(self.order), tuple(self.seconds))

    def suite_record(self, samples: Sequence[BenchmarkSamples]) -> SuiteLaunchRecord:
        """Return what was measured."""
        return SuiteLaunchRecord(
            began=self.began.isoformat(timespec="milliseconds"),
            cores=tuple(self.cores),
            started=tuple(self.started),
            hash_seeds=tuple(self.hash_seeds),
            paddings=tuple(self.paddings),
            ready_seconds=round(self.ready_seconds, 3),
            whole_seconds=round(self.elapsed, 3),
            samples=tuple(samples),
        )

    def _close_all(self) -> None:
        """End the tests of all contenders, whether they are open or not."""
        for number in range(len(self.contenders)):
            try:
                self.ask(number, {"do": "close"})
            except (SkippedError, UsageError, WorkerError):
                continue
