"""How often one machine's races err, beside runs of the same by themselves: one JSON file.

``experiments/race_errors.py`` measures it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from math import isfinite, log, log1p, nan
from pathlib import Path
from typing import Any

from evenfold.race.record import CLOCKS
from evenfold.race.selfcheck_record import Finding, Share, Trial, findings
from evenfold.runtime.experiment_files import Experiment
from evenfold.runtime.record_checks import is_number, is_shown, require_environment
from evenfold.runtime.results_folder import write_json
from evenfold.stats.verdicts import EQUIVALENT, FASTER, SLOWER, UNDECIDED

SCHEMA = 1  # 1: the first
VERDICTS = (FASTER, SLOWER, EQUIVALENT, UNDECIDED)
# What a number of a race is at least and at most.
BOUNDS = {"delay": (0, 1), "margin": (1e-6, 1), "ratio": (1e-6, 1e6), "seconds": (1e-6, 1e9),
          "launches": (1, 1e9), "blocks": (1, 1e9)}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One run by itself: the median of its fits, of wall time.

    ``regressed`` where it was ``compared`` with the run before, and failed.
    """

    median_seconds: float
    regressed: bool
    compared: bool


@dataclass(frozen=True)
class RaceErrors:
    """Races of a training epoch of ``model`` against itself, and runs that time its fits.

    ``environment`` as in an environment.json; ``clock`` and ``budget``, in seconds, are a race's;
    ``epochs`` are those of a fit, ``rounds`` the fits of a run, and ``gate`` is what a run was held
    against the one before by, in pytest-benchmark's words.
    """

    environment: Mapping[str, Any]
    model: str
    clock: str
    budget: float
    epochs: int
    rounds: int
    gate: str
    races: tuple[Trial, ...] = ()
    runs: tuple[Run, ...] = ()

    @property
    def machine(self) -> str:
        """The machine's name."""
        return str(self.environment["machine"])

    @property
    def name(self) -> str:
        """The environment's name."""
        return str(self.environment["name"])

    @cached_property
    def findings(self) -> list[Finding]:
        """What came of the races, by delay and margin."""
        return findings(self.races)

    @property
    def gate_failures(self) -> Share:
        """Runs that regressed, of those that were compared."""
        compared = [run.regressed for run in self.runs if run.compared]
        return Share(sum(compared), len(compared))

    def pairs_beyond(self, share: float) -> float:
        """The share of all pairs of runs of which one takes longer by more than a share."""
        import numpy as np

        medians = np.sort([log(run.median_seconds) for run in self.runs])
        within = np.searchsorted(medians, medians + log1p(share), side="right")
        count = len(medians)
        return float((count - within).sum() / (count * (count - 1) / 2)) if count > 1 else nan


def write_race_errors(file: Path, told: RaceErrors) -> None:
    """Writes it, so that a reader finds the old file or the whole new one.

    An interval without an end has None there. Raises ResultsError when it cannot be written.
    """
    races = [
        {**asdict(race), "low": _finite(race.low), "high": _finite(race.high)}
        for race in told.races
    ]
    write_json(file, {"schema": SCHEMA, **asdict(told), "races": races})


def _made(told: Mapping[str, Any]) -> RaceErrors:
    more = {name: value for name, value in told.items() if name != "schema"}
    races = tuple(_trial(number, race) for number, race in _numbered(more.pop("races")))
    runs = tuple(_run(number, run) for number, run in _numbered(more.pop("runs")))
    found = RaceErrors(**more, races=races, runs=runs)
    _check(found)
    return found


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _numbered(told: Sequence[Any]) -> Iterable[tuple[int, Any]]:
    if not isinstance(told, list):
        raise TypeError(f"{told!r} is no list")
    return enumerate(told, 1)


def _trial(number: int, told: Mapping[str, Any]) -> Trial:
    race = Trial(**told)
    for name, (least, most) in BOUNDS.items():
        if not is_number(getattr(race, name), least, most):
            raise ValueError(f"race {number}: {name} of {getattr(race, name)!r}")
    if race.verdict not in VERDICTS or not is_shown(race.name):
        raise ValueError(f"race {number}: {race.verdict!r}, {race.name!r}")
    low, high = (nan if end is None else end for end in (race.low, race.high))
    if race.low is not None and not is_number(low, most=race.ratio):
        raise ValueError(f"race {number}: low of {low!r}")
    if race.high is not None and not is_number(high, least=race.ratio):
        raise ValueError(f"race {number}: high of {high!r}")
    return Trial(**{**told, "low": low, "high": high})


def _run(number: int, told: Mapping[str, Any]) -> Run:
    run = Run(**told)
    if not is_number(run.median_seconds):
        raise ValueError(f"run {number}: median_seconds of {run.median_seconds!r}")
    if not isinstance(run.regressed, bool) or not isinstance(run.compared, bool):
        raise ValueError(f"run {number}: {run.regressed!r}, {run.compared!r}: not true or false")
    return run


def _check(found: RaceErrors) -> None:
    require_environment(found.environment)
    for name in ("model", "gate"):
        if not is_shown(getattr(found, name)):
            raise ValueError(f"{name} of {getattr(found, name)!r}")
    if found.clock not in CLOCKS:
        raise ValueError(f"{found.clock!r} is no clock")
    for name in ("budget", "epochs", "rounds"):
        if not is_number(getattr(found, name), most=1e9):
            raise ValueError(f"{name} of {getattr(found, name)!r}")


RACE_ERRORS = Experiment("race_errors", "runs", SCHEMA, _made)
