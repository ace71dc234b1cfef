"""A suite's race as it is saved: its settings, its benchmarks, and every sample of every launch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from evenfold.stats.launch_ratios import TimedBlocks
from evenfold.stats.race_looks import CONFIDENCE
from evenfold.stats.race_outlook import nothing_can_change
from evenfold.stats.race_ratios import Ratio, all_decided, judge
from evenfold.stats.verdicts import NOT_SLOWER_VERDICTS, SLOWER, UNDECIDED
from evenfold.worker.protocol import Clock


@dataclass(frozen=True)
class SuiteSettings:
    """What is measured, and for how long.

    Parameters
    ----------
    suite
        The suite's file or folder, relative to the project's folder.
    margin
        Practical threshold: 0.02 for ratios from 1/1.02 to 1.02.
    threads
        Threads that each contender is expected to compute with.
    seed
        Random seed of the order of samples.
    budget
        Seconds of wall time, over all continuations of the race.
    clock
        ``wall`` or ``cpu``, as of a race of models.
    confidence
        Confidence of all intervals of all benchmarks at all looks together.
    ahead
        As of a race of models.
    """

    suite: str
    margin: float
    threads: int
    seed: int
    budget: float
    clock: Clock = "wall"
    confidence: float = CONFIDENCE
    ahead: bool = False


@dataclass(frozen=True)
class SuiteContenderRecord:
    """A contender as it was raced.

    Parameters
    ----------
    name
        Its name in tables.
    spec
        Its text.
    commit
        The commit that its git revision resolved to; None without a revision.
    digest
        Identifies its code.
    environment
        Its environment, as in an ``environment.json``, with all packages.
    """

    name: str
    spec: str
    commit: str | None
    digest: str
    environment: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class SuiteBenchmark:
    """A benchmark that was raced.

    Parameters
    ----------
    name
        Its name in the suite.
    repeats
        Calls of one sample, of each contender.
    changed
        Whether its test function's source differs between contenders.
    """

    name: str
    repeats: tuple[int, ...]
    changed: bool = False


@dataclass(frozen=True)
class UnracedBenchmark:
    """A benchmark that was not raced, and the reason.

    ``has_failed`` is whether its test failed, in a contender that does not skip it.
    """

    name: str
    reason: str
    has_failed: bool = False


@dataclass(frozen=True)
class BenchmarkSamples:
    """Samples of a benchmark in a launch, in the order of their start.

    ``order`` has the number of each sample's contender, and ``seconds`` those of one call.
    """

    order: tuple[int, ...] = field(repr=False)
    seconds: tuple[float, ...] = field(repr=False)


@dataclass(frozen=True)
class SuiteLaunchRecord:
    """A launch: one fresh process for each contender, and the samples of every benchmark.

    Parameters
    ----------
    began, cores, started, hash_seeds, paddings, ready_seconds
        As of a race of models.
    whole_seconds
        Seconds of the whole launch.
    samples
        The samples of each benchmark.
    """

    began: str
    cores: tuple[int, ...]
    started: tuple[int, ...]
    hash_seeds: tuple[int, ...]
    paddings: tuple[int, ...]
    ready_seconds: float
    whole_seconds: float
    samples: tuple[BenchmarkSamples, ...] = field(repr=False)


@dataclass(frozen=True)
class SuiteRace:
    """A suite that was raced by contenders, the first of them the reference.

    Parameters
    ----------
    name
        Its name, which is also its file's.
    machine
        The machine's name.
    settings
        What was measured, and for how long.
    planned
        Number of launches that the first budget was for.
    judged
        Numbers of launches after which the data were looked at.
    contenders
        The contenders, the reference first.
    benchmarks
        The benchmarks that all contenders have, in the order of the suite.
    unraced
        Those that only some have, and those that failed.
    launches
        All whole launches.
    """

    name: str
    machine: str
    settings: SuiteSettings
    planned: int
    judged: tuple[int, ...]
    contenders: tuple[SuiteContenderRecord, ...]
    benchmarks: tuple[SuiteBenchmark, ...] = ()
    unraced: tuple[UnracedBenchmark, ...] = ()
    launches: tuple[SuiteLaunchRecord, ...] = field(default=(), repr=False)

    @property
    def confidence(self) -> float:
        """Confidence of the intervals of one benchmark: the error is shared (Bonferroni)."""
        return 1 - (1 - self.settings.confidence) / max(len(self.benchmarks), 1)

    @property
    def is_judged(self) -> bool:
        """Whether the data were looked at after the last launch."""
        return len(self.launches) in self.judged

    def timed_blocks(self, benchmark: int) -> list[TimedBlocks]:
        """Return the samples of a benchmark in each launch."""
        blocks = []
        for launch in self.launches:
            samples = launch.samples[benchmark]
            order = np.reshape(samples.order, (-1, len(self.contenders)))
            places = np.argsort(order, axis=1)
            seconds = np.reshape(samples.seconds, order.shape)
            blocks.append(TimedBlocks(np.take_along_axis(seconds, places, axis=1), places))
        return blocks

    def medians(self, benchmark: int) -> list[float]:
        """Return each contender's median seconds of one call of a benchmark."""
        seconds = [launch.seconds for launch in self.timed_blocks(benchmark)]
        return [float(median) for median in np.median(np.concatenate(seconds), axis=0)]

    @cached_property
    def ratios(self) -> tuple[tuple[Ratio, ...], ...]:
        """For each benchmark, the ratios of the contenders after the first."""
        return tuple(self._judged(number) for number in range(len(self.benchmarks)))

    @property
    def all_ratios(self) -> list[Ratio]:
        """The ratios of all benchmarks."""
        return [ratio for ratios in self.ratios for ratio in ratios]

    @property
    def is_slower(self) -> bool:
        """Whether a benchmark is slower in a contender than in the first."""
        return any(ratio.verdict == SLOWER for ratio in self.all_ratios)

    @property
    def failed(self) -> list[str]:
        """Benchmarks whose test failed."""
        return [benchmark.name for benchmark in self.unraced if benchmark.has_failed]

    @property
    def without_evidence(self) -> dict[str, str]:
        """Verdicts of benchmarks that may be slower than in the first contender, or that failed."""
        failed = dict.fromkeys(self.failed, "failed")
        return failed | {
            f"{benchmark.name} of {contender.name}": ratio.verdict
            for benchmark, ratios in zip(self.benchmarks, self.ratios, strict=True)
            for contender, ratio in zip(self.contenders[1:], ratios, strict=True)
            if ratio.verdict not in NOT_SLOWER_VERDICTS
        }

    @property
    def is_decided(self) -> bool:
        """Whether every verdict is final."""
        return self.is_judged and all_decided(self.all_ratios)

    @property
    def is_settled(self) -> bool:
        """Whether no later launch of the plan would change a verdict."""
        return self.is_judged and all(
            nothing_can_change(
                self.timed_blocks(number),
                self.settings.margin,
                self.planned,
                overall=self.confidence,
            )
            for number in range(len(self.benchmarks))
        )

    def without(self, name: str, reason: str, has_failed: bool = False) -> SuiteRace:
        """Return the race without a benchmark, which then counts as one that was not raced."""
        places = [n for n, benchmark in enumerate(self.benchmarks) if benchmark.name != name]
        return replace(
            self,
            benchmarks=tuple(self.benchmarks[place] for place in places),
            unraced=(*self.unraced, UnracedBenchmark(name, reason, has_failed)),
            launches=tuple(
                replace(launch, samples=tuple(launch.samples[place] for place in places))
                for launch in self.launches
            ),
        )

    def _judged(self, benchmark: int) -> tuple[Ratio, ...]:
        blocks = self.timed_blocks(benchmark)
        ratios = judge(blocks, self.settings.margin, self.planned, self.confidence)
        if self.is_judged:
            return ratios
        return tuple(replace(ratio, verdict=UNDECIDED) for ratio in ratios)
