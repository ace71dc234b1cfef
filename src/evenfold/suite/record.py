"""A suite's race as it is saved: its settings, its benchmarks, and every sample of every launch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from evenfold.errors import ResultsError, did_you_mean
from evenfold.files.path_names import require_slug
from evenfold.runtime.record_checks import is_number, is_printable, require_environment
from evenfold.runtime.records import RecordType
from evenfold.runtime.results_folder import natural, read_each
from evenfold.stats.launch_ratios import TimedBlocks
from evenfold.stats.race_looks import CONFIDENCE
from evenfold.stats.race_outlook import nothing_can_change
from evenfold.stats.race_ratios import Ratio, all_decided, judge
from evenfold.stats.verdicts import NOT_SLOWER_VERDICTS, SLOWER, UNDECIDED, TimeVerdict
from evenfold.worker.protocol import Clock

SUITE_SCHEMA = 1  # 1: the first


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
    """

    suite: str
    margin: float
    threads: int
    seed: int
    budget: float
    clock: Clock = "wall"
    confidence: float = CONFIDENCE


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
    """A benchmark that was not raced, and the reason."""

    name: str
    reason: str


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
    def without_evidence(self) -> dict[str, TimeVerdict]:
        """Verdicts of benchmarks that may be slower than in the first contender."""
        return {
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

    def without(self, name: str, reason: str) -> SuiteRace:
        """Return the race without a benchmark, which then counts as one that was not raced."""
        places = [n for n, benchmark in enumerate(self.benchmarks) if benchmark.name != name]
        return replace(
            self,
            benchmarks=tuple(self.benchmarks[place] for place in places),
            unraced=(*self.unraced, UnracedBenchmark(name, reason)),
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


def _require_whole(race: SuiteRace) -> None:
    """Raise ValueError, naming the field, if a race from a file cannot be shown."""
    require_slug("a suite's race", race.name)
    require_slug("a machine", race.machine)
    names = Counter(contender.name for contender in race.contenders)
    if len(names) < 2 or max(names.values()) > 1:
        raise ValueError(f"contenders: expected two or more of different names, got {list(names)}")
    texts = [race.settings.suite, *names, *(benchmark.name for benchmark in race.benchmarks)]
    texts += [one.name for one in race.unraced]
    if not all(map(is_printable, texts)):
        raise ValueError("a name has characters that cannot be printed")
    settings = race.settings
    if not is_number(settings.confidence, 0.5, 1 - 1e-12) or not is_number(settings.margin, 0, 1e6):
        raise ValueError("confidence or margin: out of range")
    for contender in race.contenders:
        require_environment({"machine": race.machine, **contender.environment})
    if not race.launches:
        raise ValueError("launches: it has none")
    for number, launch in enumerate(race.launches):
        _require_samples(f"launches[{number}]", launch, race)
    if not all(0 < ratio.estimate < math.inf for ratio in race.all_ratios):
        raise ValueError("launches: the times are too far apart for a ratio")


def _require_samples(where: str, launch: SuiteLaunchRecord, race: SuiteRace) -> None:
    count = len(race.contenders)
    if len(launch.samples) != len(race.benchmarks):
        raise ValueError(f"{where}.samples: expected those of {len(race.benchmarks)} benchmarks")
    for samples in launch.samples:
        starts = range(0, len(samples.order), count)
        blocks = [sorted(samples.order[start : start + count]) for start in starts]
        if not blocks or any(block != list(range(count)) for block in blocks):
            raise ValueError(f"{where}.order: a block has not every contender once")
        if len(samples.seconds) != len(samples.order):
            raise ValueError(f"{where}: order and seconds need one value for each sample")


SUITE_FILE = RecordType(SuiteRace, SUITE_SCHEMA, "suite's race of evenfold", "", _require_whole)


def suite_files(path: Path) -> list[Path]:
    """Return the files of suites' races that a path is or holds, in natural order."""
    if path.is_file():
        return [path] if path.parent.name == "suites" and path.suffix == ".json" else []
    return sorted(path.rglob("suites/*.json"), key=natural)


def read_suite_races(paths: Iterable[Path]) -> tuple[list[tuple[Path, SuiteRace]], list[str]]:
    """Read every suite's race that the paths are or hold; files that cannot be read are problems.

    Returns
    -------
    list
        The races with their files.
    list
        A message about each file that cannot be read.
    """
    read, problems = read_each((f for path in paths for f in suite_files(path)), SUITE_FILE.read)
    return list(read), list(problems)


def find_suite_race(name: str, folders: Iterable[Path]) -> Path:
    """Find the file of a saved race by its path or its name, the newest if there are several.

    Raises
    ------
    ResultsError
        There is no such race.
    """
    if Path(name).is_file():
        return Path(name)
    saved = [file for folder in folders for file in suite_files(folder)]
    files = [file for file in saved if file.stem == name]
    if not files:
        raise ResultsError(
            f"no saved race of a suite {name!r}: give its file, or the name that it was saved as"
            f"{did_you_mean(name, [file.stem for file in saved])}"
        )
    return max(files, key=lambda file: file.stat().st_mtime)
