"""What one machine's races erred and found, beside runs one after the other: one JSON file.

``bench/race_errors.py`` measures it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import combinations
from math import log, log1p
from pathlib import Path
from typing import Any

from evenfold.errors import ResultsError
from evenfold.results.environment import MACHINE
from evenfold.results.folder import natural, read_each, read_record, write_json
from evenfold.results.races import CLOCKS
from evenfold.results.ratios import FASTER, SLOWER
from evenfold.results.stats import EQUIVALENT, UNDECIDED
from evenfold.results.trials import Finding, Share, Trial, findings

SCHEMA = 1  # 1: the first
VERDICTS = (FASTER, SLOWER, EQUIVALENT, UNDECIDED)
FILES = "experiments/race_errors*.json"
_AGAIN = "write it anew with python bench/race_errors.py FILE, or remove it"


@dataclass(frozen=True)
class Run:
    """One run by itself; ``regressed`` where it was ``compared`` with the one before and failed."""

    median_seconds: float
    regressed: bool
    compared: bool


@dataclass(frozen=True)
class RaceErrors:
    """Races of ``model`` against itself, of ``budget`` seconds each, and runs of the same training.

    ``environment`` as in an environment.json; ``clock`` is the races', runs are of wall time;
    ``gate`` is what a run was held against the one before by: pytest-benchmark's words.
    """

    environment: Mapping[str, Any]
    model: str
    clock: str
    budget: float
    gate: str
    races: tuple[Trial, ...] = ()
    sequential: tuple[Run, ...] = ()

    @property
    def machine(self) -> str:
        """The machine's name."""
        return str(self.environment["machine"])

    @cached_property
    def findings(self) -> list[Finding]:
        """What came of the races, by delay and margin."""
        return findings(self.races)

    @property
    def failed(self) -> Share:
        """Runs that failed the gate, of those that were compared."""
        compared = [run.regressed for run in self.sequential if run.compared]
        return Share(sum(compared), len(compared))

    def apart(self, share: float) -> Share:
        """Pairs of runs whose medians differ by more than a share, of all pairs.

        They are no independent draws: their interval is none.
        """
        pairs = list(combinations((run.median_seconds for run in self.sequential), 2))
        return Share(sum(abs(log(a / b)) > log1p(share) for a, b in pairs), len(pairs))


@dataclass(frozen=True)
class ManyRaceErrors:
    """The files that could be read, and a line on each that could not."""

    race_errors: tuple[RaceErrors, ...]
    problems: tuple[str, ...]


def write_race_errors(file: Path, told: RaceErrors) -> None:
    """Writes it, so that a reader finds the old file or the whole new one.

    Raises ResultsError when it cannot be written.
    """
    write_json(file, {"schema": SCHEMA, **asdict(told)})


def read_many(paths: Iterable[Path]) -> ManyRaceErrors:
    """Every race_errors file of experiments below the paths, in natural order.

    A file that is truncated, foreign or newer is a problem, and the others are read.
    """
    files = (file for path in paths for file in sorted(path.rglob(FILES), key=natural))
    found, problems = read_each(files, read_race_errors)
    return ManyRaceErrors(tuple(one for _, one in found), tuple(problems))


def read_race_errors(file: Path) -> RaceErrors:
    """A file, checked. Raises ResultsError, naming it and what is wrong, for one that is not."""
    told = read_record(file, "sequential", SCHEMA, f"is not of bench/race_errors.py: {_AGAIN}")
    try:
        found = RaceErrors(
            dict(told["environment"]),
            str(told["model"]),
            told["clock"],
            float(told["budget"]),
            str(told["gate"]),
            tuple(Trial(**race) for race in told["races"]),
            tuple(Run(**run) for run in told["sequential"]),
        )
        _check(found)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        words = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ResultsError(f"{file} is not whole: {words}: {_AGAIN}") from error
    return found


def _check(found: RaceErrors) -> None:
    if not MACHINE.fullmatch(found.machine):
        raise ValueError(f"{found.machine!r} is no machine's name")
    if not (found.model.isprintable() and found.gate.isprintable()):
        raise ValueError(f"{found.model!r} or {found.gate!r} cannot be shown")
    if found.clock not in CLOCKS:
        raise ValueError(f"{found.clock!r} is no clock")
    for race in found.races:
        if race.verdict not in VERDICTS:
            raise ValueError(f"{race.verdict!r} is no verdict")
        if not (0 <= race.delay < 1 and 0 < race.margin < 1 and 0 < race.ratio < float("inf")):
            raise ValueError(f"race {race.name!r} has a delay, margin or ratio that none has")
        if not (race.seconds > 0 and race.high >= race.low):
            raise ValueError(f"race {race.name!r} has seconds or an interval that none has")
    for run in found.sequential:
        if not 0 < run.median_seconds < float("inf"):
            raise ValueError(f"a run of {run.median_seconds!r} s")
