"""A bisect as it is saved: its path, what is compared, and every comparison with its interval."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from evenfold.files.path_names import require_slug
from evenfold.runtime.record_checks import is_number, is_printable
from evenfold.runtime.records import RecordType
from evenfold.runtime.results_folder import natural, read_each
from evenfold.stats.change_search import ChangeSearch, PairComparer, UnusableVersionError

SCHEMA = 1  # 1: the first
Quantity = Literal["epoch", "fit", "predict", "score"]


@dataclass(frozen=True)
class BisectSettings:
    """What a bisect compares.

    Parameters
    ----------
    model
        The model with its settings.
    dataset, fingerprint
        The dataset and the digest of its content.
    quantity
        What is timed, or ``score``.
    margin
        The practical threshold: of ratios of times, or of differences of scores.
    error
        The probability that the answer may err with.
    thorough
        Whether every step is compared.
    seed
        Random seed of splits, fits and races.
    clock, rows, threads, budget
        The races; None of a score.
    metric, folds, repeats
        The score studies; None of times.
    """

    model: str
    dataset: str
    fingerprint: str
    quantity: Quantity
    margin: float
    error: float
    thorough: bool
    seed: int
    clock: Literal["wall", "cpu"] | None = None
    rows: int | None = None
    threads: int | None = None
    budget: float | None = None
    metric: str | None = None
    folds: int | None = None
    repeats: int | None = None

    @property
    def limit(self) -> float:
        """The margin on the scale of the search: of log ratios, or of differences."""
        return self.margin if self.quantity == "score" else math.log1p(self.margin)

    @property
    def label(self) -> str:
        """What is compared, in words."""
        if self.quantity == "score":
            return str(self.metric)
        rows = f" of {self.rows} row{'s' * (self.rows != 1)}" if self.rows else ""
        return f"{self.quantity}{rows}" + (", CPU time" if self.clock == "cpu" else "")


@dataclass(frozen=True)
class BisectVersion:
    """A version of the path.

    Parameters
    ----------
    name
        Its name.
    contender
        The model in it.
    digest
        The digest of the model's sources in it.
    note
        The subject of its commit; empty for an environment.
    unusable
        Why it could not be measured; None if it was, or was not needed.
    """

    name: str
    contender: str
    digest: str
    note: str = ""
    unusable: str | None = None


@dataclass(frozen=True)
class BisectStep:
    """A comparison of two versions.

    Parameters
    ----------
    first, last
        Their places on the path.
    estimate, low, high
        The ratio of times with its interval, the last over the first; or the difference of scores,
        above 0 if the last is better.
    error
        The probability with which the interval may miss.
    race
        The name of the race; None for scores.
    launches
        Launches of the race; None for scores.
    """

    first: int
    last: int
    estimate: float
    low: float
    high: float
    error: float
    race: str | None = None
    launches: int | None = None


@dataclass(frozen=True)
class Bisect:
    """A bisect, perhaps one that goes on.

    Parameters
    ----------
    name
        Its name, which is also its file's.
    machine
        The machine's name.
    settings
        What is compared.
    versions
        The path.
    steps
        The comparisons so far, in their order.
    """

    name: str
    machine: str
    settings: BisectSettings
    versions: tuple[BisectVersion, ...]
    steps: tuple[BisectStep, ...] = field(default=(), repr=False)

    @cached_property
    def search(self) -> ChangeSearch:
        """The search as far as it went."""
        search = self.new_search(_Recorded(self))
        try:
            return search.run()
        except _EndOfRecordError:
            return search

    @cached_property
    def is_complete(self) -> bool:
        """Whether no comparison is left to make."""
        try:
            self.new_search(_Recorded(self)).run()
        except _EndOfRecordError:
            return False
        return True

    def new_search(self, compare: PairComparer) -> ChangeSearch:
        """Return a search of this path by a comparer."""
        settings = self.settings
        return ChangeSearch(
            places=len(self.versions),
            compare=compare,
            margin=settings.limit,
            error=settings.error,
            thorough=settings.thorough,
            is_fresh=settings.quantity != "score",
        )

    def step(self, first: int, last: int) -> BisectStep | None:
        """Return the comparison of two versions; None if there is none yet."""
        found = (step for step in self.steps if (step.first, step.last) == (first, last))
        return next(found, None)

    def ends(self, step: BisectStep) -> tuple[float, float]:
        """Return the interval of a step on the scale of the search."""
        if self.settings.quantity == "score":
            return step.low, step.high
        return _log(step.low), _log(step.high)

    def with_step(self, step: BisectStep) -> Bisect:
        """Return the bisect with a further comparison."""
        return replace(self, steps=(*self.steps, step))

    def with_unusable(self, place: int, reason: str) -> Bisect:
        """Return the bisect with a version that cannot be measured."""
        versions = list(self.versions)
        versions[place] = replace(versions[place], unusable=reason)
        return replace(self, versions=tuple(versions))


@dataclass
class _Recorded:
    """Compares by the steps of a record; raises _EndOfRecordError after the last one."""

    bisect: Bisect

    def __call__(self, first: int, last: int, error: float) -> tuple[float, float]:
        for place in (first, last):
            if self.bisect.versions[place].unusable is not None:
                raise UnusableVersionError(place)
        step = self.bisect.step(first, last)
        if step is None:
            raise _EndOfRecordError
        return self.bisect.ends(step)


class _EndOfRecordError(Exception):
    """A comparison that a record does not have yet."""


def _log(value: float) -> float:
    return math.log(value) if 0 < value < math.inf else -math.inf if value == 0 else math.inf


def _require_whole(bisect: Bisect) -> None:
    """Raise ValueError, naming the field, if a bisect cannot be shown or continued."""
    for field_name, text in (("name", bisect.name), ("machine", bisect.machine)):
        require_slug(f"a bisect's {field_name}", text)
    settings = bisect.settings
    if not is_number(settings.error, 1e-9, 0.5) or not is_number(settings.margin, 0, 1e6):
        raise ValueError("settings: margin or error is out of range")
    if (settings.quantity == "score") != (settings.metric is not None):
        raise ValueError("settings.metric: scores have one, and times have none")
    texts = [settings.model, settings.dataset, *(v.name for v in bisect.versions)]
    texts += [version.contender for version in bisect.versions]
    texts += [version.note for version in bisect.versions if version.note]
    texts += [version.unusable for version in bisect.versions if version.unusable is not None]
    if settings.metric is not None:
        texts.append(settings.metric)
    if not all(map(is_printable, texts)):
        raise ValueError("versions: a text cannot be printed")
    _require_steps(bisect)


def _require_steps(bisect: Bisect) -> None:
    """Raise ValueError if the path or the steps cannot be of a search."""
    places = len(bisect.versions)
    names = {version.name for version in bisect.versions}
    if places < 2 or len(names) < places:
        raise ValueError("versions: expected two or more of different names")
    if any(bisect.versions[place].unusable is not None for place in (0, -1)):
        raise ValueError("versions: an end of the path is unusable")
    lowest = -1e9 if bisect.settings.quantity == "score" else 0.0
    for number, step in enumerate(bisect.steps):
        values = (step.low, step.estimate, step.high)
        if not 0 <= step.first < step.last < places:
            raise ValueError(f"steps[{number}]: {step.first} to {step.last} is not on the path")
        if not all(is_number(value, lowest, 1e300) for value in values):
            raise ValueError(f"steps[{number}]: an interval has no numbers")
        if not step.low <= step.estimate <= step.high:
            raise ValueError(f"steps[{number}]: the estimate is not in its interval")
        if not is_number(step.error, 0, 1):
            raise ValueError(f"steps[{number}].error: {step.error!r} is no share")
        if step.race is not None:
            require_slug("a race's name", step.race)
    made = {(step.first, step.last) for step in bisect.search.steps if step.is_measured}
    if made != {(step.first, step.last) for step in bisect.steps} or len(made) < len(bisect.steps):
        raise ValueError("steps: they are not those of a search of this path")


BISECT_FILE = RecordType(Bisect, SCHEMA, "bisect of evenfold", "", _require_whole)


def bisect_files(path: Path) -> list[Path]:
    """Return the files of bisects in a folder, or below it, in natural order."""
    own = path.glob("*.json") if path.name == "bisects" else ()
    return sorted({*own, *path.rglob("bisects/*.json")}, key=natural)


def read_bisects(paths: Iterable[Path]) -> tuple[list[Bisect], list[str]]:
    """Read every bisect in or below the paths; files that cannot be read become problems."""
    files = (file for path in paths for file in bisect_files(path))
    read, problems = read_each(files, BISECT_FILE.read)
    return [bisect for _, bisect in read], problems
