"""Races that are run or continued, and the files that they are saved in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic

from evenfold.errors import ResultsError, SkippedError, UsageError
from evenfold.race.budget import TimeBudget
from evenfold.race.files import read_race
from evenfold.race.history import with_prior
from evenfold.race.options import RaceOptions
from evenfold.race.prepare import new_race, prepared_race
from evenfold.race.progress import RaceMonitor
from evenfold.race.record import Race
from evenfold.race.request import RaceRequest, race_request
from evenfold.race.runner import RaceRunner
from evenfold.render.progress import Tell
from evenfold.runtime.environment import differences
from evenfold.runtime.lock import timing_lock
from evenfold.runtime.results_folder import require_writable, results_base
from evenfold.stats.race_ratios import all_decided


@dataclass(frozen=True)
class FinishedRace:
    """A race that has been run, and the file that it is saved in."""

    race: Race
    file: Path


def run_contenders(
    contenders: Sequence[str], options: RaceOptions, message: Tell, monitor: RaceMonitor
) -> FinishedRace:
    """Run or continue a race in the project of the working directory.

    Parameters
    ----------
    contenders
        Contenders as a user writes them; none for a race that is continued.
    options
        The options.
    message
        Called with notes about model files and data.
    monitor
        Called while the race runs.

    Raises
    ------
    EvenfoldError
        As `race_request`, `run_race` and `continue_race` do.
    """
    request, file = race_request(contenders, options, Path.cwd(), message)
    try:
        return run_race(request, monitor) if file is None else continue_race(file, request, monitor)
    except SkippedError as error:
        raise SkippedError(f"{error}. Leave it out: a race runs with all contenders") from error


def run_race(request: RaceRequest, monitor: RaceMonitor) -> FinishedRace:
    """Run a race while no other timed run of this machine goes on.

    Raises
    ------
    UsageError
        The contenders cannot be raced.
    WorkerError
        A worker fails; whole launches are saved.
    ResultsError
        The race cannot be saved.
    """
    require_writable(request.results or request.root)
    with timing_lock(monitor.message, request.settings.budget), prepared_race(request) as prepared:
        base = results_base(request.root, request.results, False, datetime.now())
        race = with_prior(new_race(request, prepared), request.root)
        file = base / race.machine / "races" / f"{race.name}.json"
        if file.exists():
            raise ResultsError(
                f"{file} already exists: give another --name, or continue it with --continue"
            )
        budget = TimeBudget(monotonic(), request.settings.budget)
        runner = RaceRunner(race, prepared, budget, monitor, request.has_budget)
        return FinishedRace(runner.run(file), file)


def continue_race(file: Path, request: RaceRequest, monitor: RaceMonitor) -> FinishedRace:
    """Add launches to an undecided race, for the request's budget.

    The race is looked at again when its launches have doubled since the plan, and again after each
    doubling, with the error that is reserved for that: see `evenfold.stats.race_ratios`.

    Raises
    ------
    UsageError
        Every verdict is decided, or the contenders, the data or the machine have changed.
    WorkerError, ResultsError
        As `run_race` does.
    """
    _read_undecided(file)
    require_writable(file.parent)
    with timing_lock(monitor.message, request.settings.budget), prepared_race(request) as prepared:
        # Another run may have added launches while this one waited for the lock.
        before = _read_undecided(file)
        _require_same(before, new_race(request, prepared))
        further = request.settings.budget
        settings = replace(before.settings, budget=before.settings.budget + further)
        race = replace(before, settings=settings)
        runner = RaceRunner(race, prepared, TimeBudget(monotonic(), further), monitor)
        return FinishedRace(runner.run(file), file)


def _read_undecided(file: Path) -> Race:
    """Read the race that is continued. Raises UsageError if it is decided."""
    race = read_race(file)
    if race.is_judged and all_decided(race.ratios):
        raise UsageError(f"every verdict of {file} is decided: there is nothing to continue")
    return race


class ChangedRaceError(UsageError):
    """A race whose contenders, data or machine are others than before: it cannot be continued."""


def _require_same(before: Race, now: Race) -> None:
    """Raise ChangedRaceError with what differs, if launches cannot be added."""
    for field in ("machine", "dataset", "fingerprint"):
        old_value, new_value = getattr(before, field), getattr(now, field)
        if old_value != new_value:
            raise ChangedRaceError(
                f"the race has another {field}, {old_value}, than this one, {new_value}: "
                "start another race"
            )
    for old, new in zip(before.contenders, now.contenders, strict=True):
        if old.digest != new.digest:
            raise ChangedRaceError(
                f"{old.name}: its code has changed since the race: start another race"
            )
        changes = differences(old.environment, new.environment)
        if changes:
            raise ChangedRaceError(
                f"{old.name}: its environment has changed since the race ({'; '.join(changes)}): "
                "start another race"
            )
