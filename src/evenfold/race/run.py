"""A race that a user asks for, run or continued, and its file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic

from evenfold.errors import ResultsError, UsageError
from evenfold.race.contenders import parse
from evenfold.race.launches import Clock, Launches, Watch
from evenfold.race.record import Race, read_race
from evenfold.race.setup import Request, entered, planned
from evenfold.runtime.environment import differences
from evenfold.runtime.lock import timing_lock
from evenfold.runtime.results_folder import base_of, require_writable
from evenfold.stats.race_ratios import finished


@dataclass(frozen=True)
class Raced:
    """A race that has been run, and the file that holds it."""

    race: Race
    file: Path


def run_race(request: Request, watch: Watch) -> Raced:
    """Runs a race, while no other timed run of this machine goes on.

    Raises UsageError for what cannot be raced, WorkerError when a worker fails, ResultsError when
    the race cannot be saved: what whole launches there were is saved in the latter two cases.
    """
    require_writable(request.results or request.root)
    with timing_lock(watch.say), entered(request) as (made, found):
        base = base_of(request.root, request.results, False, datetime.now())
        race = planned(request, made, found)
        file = base / race.machine / "races" / f"{race.name}.json"
        if file.exists():
            raise ResultsError(f"{file} is there already: give another --name, or --continue it")
        clock = Clock(monotonic(), request.seconds)
        return Raced(Launches(race, made, clock, watch).run(file), file)


def continue_race(file: Path, request: Request, watch: Watch) -> Raced:
    """Adds launches to an undecided race, for a further budget.

    It is looked at again when its launches have doubled since the plan, and then again, with
    what error was kept for that: see ``results.ratios``. Raises as ``run_race`` does, and
    UsageError when the contenders, the data or the machine are not what they were.
    """
    before = read_race(file)
    if before.is_judged and finished(before.ratios):
        raise UsageError(f"every verdict of {file} is decided: there is nothing to continue")
    require_writable(file.parent)
    with timing_lock(watch.say), entered(request) as (made, found):
        _require_same(before, planned(request, made, found))
        race = replace(before, budget=before.budget + request.seconds)
        clock = Clock(monotonic(), request.seconds)
        return Raced(Launches(race, made, clock, watch).run(file), file)


def as_before(race: Race, request: Request) -> Request:
    """A request for the same race again; only what a file does not hold is ``request``'s own.

    That is its data, models, environments, budget and time-out.
    """
    contenders = {
        runner.name: replace(parse(runner.spec), revision=runner.commit)
        for runner in race.contenders
    }
    return replace(
        request,
        contenders=contenders,
        seed=race.seed,
        measure=race.measure,
        clock=race.clock,
        rows=race.rows,
        margin=race.margin,
        threads=race.threads,
        name=race.name,
        delays={runner.name: runner.delay for runner in race.contenders},
    )


def _require_same(before: Race, now: Race) -> None:
    """Raises UsageError, saying what differs, when launches cannot be added."""
    for what in ("machine", "dataset", "fingerprint", "clock"):
        was, found = getattr(before, what), getattr(now, what)
        if was != found:
            raise UsageError(f"the race was of another {what}: {was}, this is {found}")
    for old, new in zip(before.contenders, now.contenders, strict=True):
        if old.digest != new.digest:
            raise UsageError(f"{old.name}: its file is not what was raced: start another race")
        differs = differences(old.environment, new.environment)
        if differs:
            raise UsageError(
                f"{old.name}: its environment is not what was raced ({'; '.join(differs)}): "
                "start another race"
            )
