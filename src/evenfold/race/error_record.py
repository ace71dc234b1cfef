"""How often races of one machine err, beside benchmark runs of the same training: one JSON file.

``experiments/race_errors.py`` measures it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from math import inf, isfinite, isnan, log, log1p, nan
from pathlib import Path
from typing import Any

from evenfold.race.selfcheck_record import Share, Trial, TrialSummary, summarize_trials
from evenfold.runtime.experiment_files import Experiment, MeasuredHere, require_texts
from evenfold.runtime.record_checks import is_number, is_printable, require_environment
from evenfold.runtime.records import converted
from evenfold.runtime.results_folder import write_json
from evenfold.stats.race_looks import FEWEST_LAUNCHES
from evenfold.stats.verdicts import UNDECIDED, time_verdict
from evenfold.worker.protocol import Clock

SCHEMA = 2  # 1: the first; 2: verdicts of six words, each of its interval alone
# Least and greatest values of a trial's numbers.
BOUNDS = {"delay": (0, 1), "margin": (0, 1), "ratio": (1e-6, 1e6), "seconds": (1e-6, 1e9),
          "launches": (1, 1e9), "blocks": (1, 1e9)}  # fmt: skip


@dataclass(frozen=True)
class BenchRun:
    """A run of pytest-benchmark: the median seconds of its fits, by wall time.

    ``compared``: whether it was compared with the run before; ``regressed``: whether that failed.
    """

    median_seconds: float
    regressed: bool
    compared: bool


@dataclass(frozen=True)
class RaceErrors(MeasuredHere):
    """Races of a training epoch of a model against itself, and benchmark runs of its fits.

    Parameters
    ----------
    environment
        The environment, as in an ``environment.json``.
    model
        The model.
    clock
        The clock of the races.
    budget
        Seconds of each race.
    epochs, rounds
        Epochs of a fit, and fits of a benchmark run.
    gate
        The limit of a run against the one before, as pytest-benchmark writes it: ``median:3%``.
    races
        The races.
    runs
        The benchmark runs.
    """

    environment: Mapping[str, Any]
    model: str
    clock: Clock
    budget: float
    epochs: int
    rounds: int
    gate: str
    races: tuple[Trial, ...] = ()
    runs: tuple[BenchRun, ...] = ()

    @cached_property
    def summaries(self) -> list[TrialSummary]:
        """The races of each delay and margin."""
        return summarize_trials(self.races)

    @property
    def gate_failures(self) -> Share:
        """Runs that regressed, of those that were compared."""
        compared = [run.regressed for run in self.runs if run.compared]
        return Share(sum(compared), len(compared))

    def pairs_beyond(self, share: float) -> float:
        """Return the share of all pairs of runs of which one takes longer by more than a share."""
        import numpy as np

        medians = np.sort([log(run.median_seconds) for run in self.runs])
        within = np.searchsorted(medians, medians + log1p(share), side="right")
        count = len(medians)
        return float((count - within).sum() / (count * (count - 1) / 2)) if count > 1 else nan


def write_race_errors(file: Path, errors: RaceErrors) -> None:
    """Write a file so that a reader finds the old one or the whole new one.

    An end of an interval that is not finite is null.

    Raises
    ------
    ResultsError
        The file cannot be written.
    """
    races = [
        {**asdict(race), "low": _finite(race.low), "high": _finite(race.high)}
        for race in errors.races
    ]
    write_json(file, {"schema": SCHEMA, **asdict(errors), "races": races})


def _from_content(content: Mapping[str, Any]) -> RaceErrors:
    """Convert and check a file's content. Raises ValueError, naming the field."""
    fields = {name: value for name, value in content.items() if name != "schema"}
    races = fields.get("races")
    if isinstance(races, list):
        fields["races"] = [_with_open_ends(number, race) for number, race in enumerate(races)]
    for name in ("races", "runs"):
        if name not in fields:
            raise ValueError(f"{name} is missing")
    errors = converted(fields, RaceErrors)
    if content["schema"] < SCHEMA:
        errors = replace(errors, races=tuple(map(_with_new_verdict, errors.races)))
    require_environment(errors.environment)
    require_texts(errors, ("model", "gate"))
    for name in ("budget", "epochs", "rounds"):
        if not is_number(getattr(errors, name), most=1e9):
            raise ValueError(f"{name}: {getattr(errors, name)!r} is out of range")
    for number, race in enumerate(errors.races):
        _require_trial(f"races[{number}]", race)
    for number, run in enumerate(errors.runs):
        if not is_number(run.median_seconds):
            raise ValueError(f"runs[{number}].median_seconds: {run.median_seconds!r} is no time")
    return errors


def _with_open_ends(number: int, race: object) -> object:
    """Replace null ends of an interval by NaN, which a file cannot hold itself."""
    if not isinstance(race, dict):
        return race  # its type is refused later
    for end in ("low", "high"):
        if race.get(end) != race.get(end):
            raise ValueError(f"races[{number}].{end}: NaN is no end of an interval")
    open_ends = [end for end in ("low", "high") if end in race and race[end] is None]
    return {**race, **dict.fromkeys(open_ends, nan)}


def _with_new_verdict(trial: Trial) -> Trial:
    """Return a trial of the first schema with the verdict that its interval has now."""
    if trial.launches < FEWEST_LAUNCHES or not 0 < trial.low <= trial.high < inf:
        return replace(trial, verdict=UNDECIDED)
    return replace(trial, verdict=time_verdict(log(trial.low), log(trial.high), trial.margin))


def _require_trial(where: str, trial: Trial) -> None:
    for name, (least, most) in BOUNDS.items():
        if not is_number(getattr(trial, name), least, most):
            raise ValueError(f"{where}.{name}: {getattr(trial, name)!r} is out of range")
    if not is_printable(trial.name):
        raise ValueError(f"{where}.name: {trial.name!r} cannot be printed")
    if not isnan(trial.low) and not is_number(trial.low, most=trial.ratio):
        raise ValueError(f"{where}.low: {trial.low!r} is not below the ratio")
    if not isnan(trial.high) and not is_number(trial.high, least=trial.ratio):
        raise ValueError(f"{where}.high: {trial.high!r} is not above the ratio")


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


RACE_ERRORS = Experiment("race_errors", "runs", SCHEMA, _from_content)
