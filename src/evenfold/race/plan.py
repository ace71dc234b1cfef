"""The lines of ``evenfold race --plan``: contenders, time, the detectable ratio, and minutes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from statistics import median

from evenfold.race.budget import (
    SECONDS_TO_END,
    affordable_launches,
    smallest_budget,
    usual_seconds,
)
from evenfold.race.contenders import resolve_contenders
from evenfold.race.files import race_files, read_races
from evenfold.race.history import MachineHistory, read_history
from evenfold.race.request import RaceRequest
from evenfold.race.settings import RaceSettings
from evenfold.render.cells import number
from evenfold.render.words import counted
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.environment import current_machine
from evenfold.stats.race_looks import FEWEST_LAUNCHES
from evenfold.stats.race_outlook import expected_half_width, launches_for

# Ratios whose minutes a plan shows.
WANTED = (0.005, 0.01, 0.02, 0.05)


def plan_lines(request: RaceRequest) -> Iterator[str]:
    """Yield the lines of a plan; nothing is run.

    Raises
    ------
    UsageError
        A contender does not exist.
    ResultsError
        The history of the machine cannot be read.
    """
    with scratch() as folder:
        contenders = resolve_contenders(
            request.contenders, request.files, request.interpreters, request.root, folder
        )
    for contender in contenders:
        commit = f", its file at {contender.commit[:12]}" if contender.commit else ""
        yield f"{contender.name}: {contender.interpreter.python}{commit}"
    settings = request.settings
    rows = f" of {settings.rows:,} row{'s' * (settings.rows > 1)}" if settings.rows else ""
    clock = ", CPU time," if settings.clock == "cpu" else ""
    yield (
        f"{settings.measure}{rows}{clock} on {request.dataset.name}, margin {settings.margin:g}: "
        f"{settings.budget / 60:.3g} minutes or less; a verdict needs {FEWEST_LAUNCHES} launches"
    )
    yield detectable_before(request)
    yield from _wanted_lines(request)


def detectable_before(request: RaceRequest) -> str:
    """Return a sentence on what such a race detects, from the machine's history or a saved race.

    Raises
    ------
    ResultsError
        The history of the machine cannot be read.
    """
    history = read_history(request.root, current_machine())
    races = history.like(request.settings)
    if races:
        return _expected(history, request.settings, len(request.contenders))
    return _last_race(request)


def _expected(history: MachineHistory, settings: RaceSettings, contenders: int) -> str:
    """Return a sentence on the interval and the detectable ratio, from a history."""
    races, pace = history.like(settings), history.pace(settings)
    left = settings.budget - SECONDS_TO_END - history.first_seconds(settings)
    launches = affordable_launches(left, pace)
    known = f"by {counted(len(races), 'race')} of a contender against itself on this machine"
    if launches < FEWEST_LAUNCHES:
        first = history.first_seconds(settings)
        smallest = smallest_budget(first, FEWEST_LAUNCHES, pace)
        return f"{known}, {settings.budget:g} s are too few: use --budget {smallest:.0f}s or more"
    half = expected_half_width(_variance(history, settings), launches - 1, launches, contenders - 1)
    detectable = (1 + settings.margin) * (1 + half)
    return (
        f"{known}, it has about {launches} launches and an interval of ±{number(100 * half)} %: "
        f"half of such races show that a ratio of {detectable:.4f} is beyond the margin"
    )


def _wanted_lines(request: RaceRequest) -> Iterator[str]:
    """Yield the minutes of some detectable ratios, or the command that makes them known."""
    settings, history = request.settings, read_history(request.root, current_machine())
    clock = " --clock cpu" if settings.clock == "cpu" else ""
    rows = f" --rows {settings.rows}" if settings.rows else ""
    if not history.like(settings):
        yield f"next: evenfold selfcheck{clock}{rows}, to know what races detect on this machine"
        return
    ready, first = history.pace(settings).ready, history.first_seconds(settings)
    ratios, variance = len(request.contenders) - 1, _variance(history, settings)
    times = []
    for wanted in WANTED:
        launches = launches_for(variance, wanted, ratios)
        if launches is not None:
            minutes = usual_seconds(first, ready, launches) / 60
            ratio = (1 + settings.margin) * (1 + wanted)
            times.append(f"{ratio:.4g}: {number(minutes)}")
    yield f"minutes by detectable ratio: {', '.join(times)}"
    names = " ".join(shlex.quote(name) for name in map(str, request.contenders.values()))
    yield f"next: evenfold race {names}{clock}{rows} --budget {settings.budget:g}s"


def _variance(history: MachineHistory, settings: RaceSettings) -> float:
    """Return the usual variance of a launch's log ratio."""
    return median(race.variance for race in history.like(settings))


def _last_race(request: RaceRequest) -> str:
    """Return a sentence on the last saved race of the same measure and clock."""
    settings = request.settings
    files = [file for folder in request.result_folders for file in race_files(folder)]
    files.sort(key=lambda file: file.stat().st_mtime)
    name = settings.measure + (" by CPU time" if settings.clock == "cpu" else "")
    alike = [
        race
        for _, race in read_races(files).races
        if (race.settings.measure, race.settings.clock) == (settings.measure, settings.clock)
    ]
    if not alike:
        return f"no race of {name} is saved here: the detectable difference is not known yet"
    last = alike[-1]
    detectable = max(ratio.detectable for ratio in last.ratios)
    return (
        f"the last race of {name} that is saved here, {last.name}, could detect a difference of "
        f"{100 * detectable:.2g} % half of the time, with {len(last.launches)} launches"
    )
