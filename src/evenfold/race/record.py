"""Races on disk: one JSON file each, with every sample of every whole launch; and read back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from evenfold.errors import ResultsError
from evenfold.runtime.environment import MACHINE
from evenfold.runtime.record_checks import is_number, require_environment
from evenfold.runtime.results_folder import natural, read_each, read_json, read_record, write_json
from evenfold.stats import race_ratios as ratios
from evenfold.stats.race_ratios import Ratio
from evenfold.stats.verdicts import SLOWER, UNDECIDED
from evenfold.worker.protocol import Clock, Measure

SCHEMA = 4  # 1: the first; 2: differences of paths that round; 3: clocks; 4: jit_compile
MEASURES = ("epoch", "fit", "predict")
WALL: Clock = "wall"
CPU: Clock = "cpu"
CLOCKS = (WALL, CPU)


@dataclass(frozen=True)
class Runner:
    """A contender as it was raced; ``spec`` is how it is written.

    ``commit`` is what a git revision was resolved to, ``digest`` the SHA-256 of the model's file,
    ``path`` the inference path where predictions were raced, ``repeats`` the units (epochs, fits,
    predictions) of a sample. ``accuracy`` is that of one fit of full length on the fold, and
    ``delay`` a share that was added to its time. ``environment`` as in an environment.json.
    ``difference`` is the largest between its probabilities and those of ``predict``, of a path that
    need not agree with it. ``jit_compile`` is whether Keras compiles the model that was trained,
    None for an estimator and where it was not told.
    """

    name: str
    spec: str
    commit: str | None
    digest: str
    path: str | None
    device: str
    environment: Mapping[str, Any]
    repeats: int
    accuracy: float | None
    delay: float = 0.0
    difference: float | None = None
    jit_compile: bool | None = None

    @property
    def label(self) -> str:
        """Its name, and what was added to its time if anything was: ``conv1d (2) +5 %``."""
        return self.name + (f" +{100 * self.delay:g} %" if self.delay else "")

    @property
    def is_compiled(self) -> bool:
        """Whether what was timed is what Keras compiled: other paths than its own are not."""
        return bool(self.jit_compile) and self.path in (None, "predict")


@dataclass(frozen=True)
class LaunchRecord:
    """A launch: a fresh process a contender, and samples in the order in which they were asked for.

    ``began`` is the time in UTC; ``cores`` those that the processes were kept on, none where the
    system cannot; ``hash_seeds`` and ``paddings`` (bytes) what each process' environment had.
    ``ready_seconds`` went by until it was ready. Of each sample: ``order``, the contender's number;
    ``at``, seconds after ``began``; ``seconds`` a unit. A block is one sample of every contender.
    """

    began: str
    cores: tuple[int, ...]
    started: tuple[int, ...]
    hash_seeds: tuple[int, ...]
    paddings: tuple[int, ...]
    ready_seconds: float
    order: tuple[int, ...]
    at: tuple[float, ...]
    seconds: tuple[float, ...]

    def times(self, contenders: int) -> ratios.Launch:
        """Seconds a unit, of shape ``(blocks, contenders)``."""
        table = np.empty((len(self.order) // contenders, contenders))
        table[np.arange(len(self.order)) // contenders, list(self.order)] = self.seconds
        return table


@dataclass(frozen=True)
class Race:
    """Contenders on one fold, the first the reference, and their launches so far.

    ``clock``: seconds are of wall time, and contenders sampled in turns, or of the CPU time of
    their processes, sampled at the same time. ``rows`` is the batch where predictions were raced.
    ``planned`` is the number of launches that the first budget was for and ``judged`` the numbers
    after which there was a look; ``budget`` is in seconds of wall time, over all its continuations.
    ``seed`` is of order and fits.
    """

    name: str
    machine: str
    dataset: str
    fingerprint: str
    split: str
    measure: Measure
    rows: int | None
    margin: float
    threads: int
    seed: int
    budget: float
    planned: int
    judged: tuple[int, ...]
    contenders: tuple[Runner, ...]
    launches: tuple[LaunchRecord, ...]
    clock: Clock = WALL

    @property
    def times(self) -> list[ratios.Launch]:
        """Of each launch seconds a unit, ``(blocks, contenders)``."""
        return [launch.times(len(self.contenders)) for launch in self.launches]

    @property
    def medians(self) -> list[float]:
        """Each contender's median seconds a unit, over all launches."""
        return [float(median) for median in np.median(np.concatenate(self.times), axis=0)]

    @property
    def ratios(self) -> tuple[Ratio, ...]:
        """Of the contenders after the first; undecided where the race ended between two looks."""
        found = ratios.judge(self.times, self.margin, self.planned)
        if self.is_judged:
            return found
        return tuple(replace(ratio, verdict=UNDECIDED) for ratio in found)

    @property
    def is_slower(self) -> bool:
        """Whether one of them is slower than the first, and was not made so on purpose."""
        others = zip(self.contenders[1:], self.ratios, strict=True)
        return any(ratio.verdict == SLOWER and not runner.delay for runner, ratio in others)

    @property
    def is_judged(self) -> bool:
        """Whether there was a look after the last launch."""
        return len(self.launches) in self.judged


@dataclass(frozen=True)
class Races:
    """The races that could be read, with their files, and a line on each that could not."""

    races: tuple[tuple[Path, Race], ...]
    problems: tuple[str, ...]


def write_race(file: Path, race: Race) -> None:
    """Writes a race so that a reader finds the old file or the whole new one.

    Raises ResultsError when it cannot be written.
    """
    write_json(file, {"schema": SCHEMA, **asdict(race)})


def race_files(path: Path) -> list[Path]:
    """The files of races that a path is or holds, in natural order."""
    if path.is_file():
        return [path] if path.parent.name == "races" or _tells_of_a_race(path) else []
    return sorted(path.rglob("races/*.json"), key=natural)


def read_races(paths: Iterable[Path]) -> Races:
    """Every race that the paths are or hold.

    A file that is truncated, foreign or newer is a problem, and the others are read.
    """
    files = (file for path in paths for file in race_files(path))
    found, problems = read_each(files, read_race)
    return Races(tuple(found), tuple(problems))


def read_race(file: Path) -> Race:
    """A saved race, checked. Raises ResultsError, naming the file, for one that is not."""
    foreign = "is not a race of evenfold: nothing was read from it"
    told = read_record(file, "launches", SCHEMA, foreign)
    try:
        race = _race({key: value for key, value in told.items() if key != "schema"})
        _check(race)
        # Times that are none are told by the statistics.
        if not all(0 < ratio.estimate < math.inf for ratio in race.ratios):
            raise ValueError("its times are too far apart for a ratio")
    except (TypeError, ValueError, KeyError, AttributeError, IndexError, ResultsError) as error:
        raise ResultsError(f"{file} is not a whole race of evenfold: {error}") from error
    return race


def find_race(name: str, folders: Iterable[Path]) -> Path:
    """The file of a saved race: a path to it, or its name, the newest where there are several.

    Raises ResultsError when there is none.
    """
    if Path(name).is_file():
        return Path(name)
    found = [file for folder in folders for file in race_files(folder) if file.stem == name]
    if not found:
        raise ResultsError(
            f"no saved race {name!r}: give its file, or the name that it was saved as"
        )
    return max(found, key=lambda file: file.stat().st_mtime)


def free_name(name: str, folder: Path) -> str:
    """The name, with ``-2`` and so on where a race below the folder is saved as that already."""
    taken = {file.stem for file in race_files(folder)}
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(free for free in names if free not in taken)


def _race(told: dict[str, Any]) -> Race:
    contenders = tuple(Runner(**contender) for contender in told.pop("contenders"))
    launches = tuple(LaunchRecord(**_tuples(launch)) for launch in told.pop("launches"))
    return Race(**_tuples(told), contenders=contenders, launches=launches)


def _tuples(told: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}


def _check(race: Race) -> None:
    """Raises ValueError where what a file says cannot be used as a path or a number."""
    count = len(race.contenders)
    names = [runner.name for runner in race.contenders]
    if count < 2 or len(set(names)) < count or not all(isinstance(name, str) for name in names):
        raise ValueError(f"contenders are called {names}")
    if not all(text.isprintable() for text in (*names, race.dataset)):
        raise ValueError(f"names that cannot be shown: {[*names, race.dataset]}")
    if not isinstance(race.rows or 1, int) or not isinstance(race.threads, int):
        raise ValueError(f"{race.rows!r} rows, {race.threads!r} threads")
    told = [number for r in race.contenders for number in (r.accuracy, r.difference)]
    if not all(isinstance(number, (int, float, type(None))) for number in told):
        raise ValueError("an accuracy or a difference is no number")
    for name in (race.name, race.machine):
        if not MACHINE.fullmatch(name):
            raise ValueError(f"{name!r} is no name")
    if race.measure not in MEASURES:
        raise ValueError(f"nothing measures {race.measure!r}")
    if race.clock not in CLOCKS:
        raise ValueError(f"no clock is called {race.clock!r}")
    for runner in race.contenders:
        if not isinstance(runner.jit_compile, (bool, type(None))):
            raise ValueError(f"{runner.name} has a jit_compile of {runner.jit_compile!r}")
        if runner.delay != 0 and not is_number(runner.delay, most=1):
            raise ValueError(f"{runner.name} has a delay of {runner.delay!r}")
        require_environment({"machine": race.machine, **runner.environment})
    for number, launch in enumerate(race.launches, 1):
        samples = len(launch.order)
        blocks = [sorted(launch.order[i : i + count]) for i in range(0, samples, count)]
        whole = all(block == list(range(count)) for block in blocks)
        if not blocks or not whole or {samples} != {len(launch.at), len(launch.seconds)}:
            raise ValueError(f"launch {number} has no whole blocks")
    if not race.launches:
        raise ValueError("it has no launch")


def _tells_of_a_race(file: Path) -> bool:
    if file.suffix != ".json":
        return False
    try:
        told = read_json(file)
    except ResultsError:
        return False
    return isinstance(told, dict) and "launches" in told and "contenders" in told
