"""The lines of ``evenfold race --plan``: contenders, time, the detectable ratio, and minutes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from evenfold.race.budget import (
    SECONDS_TO_END,
    affordable_launches,
    smallest_budget,
    usual_seconds,
)
from evenfold.race.contenders import resolve_contenders
from evenfold.race.files import race_files, read_races
from evenfold.race.history import PastRace, read_history, usual_race
from evenfold.race.request import RaceRequest
from evenfold.render.cells import number
from evenfold.render.words import counted, duration, listed
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
            request.contenders,
            request.files,
            request.interpreters,
            request.root,
            folder,
            request.sources,
        )
    for contender in contenders:
        commit = f", its file at {contender.commit[:12]}" if contender.commit else ""
        yield f"{contender.name}: {contender.interpreter.python}{commit}"
    settings = request.settings
    rows = f" of {settings.rows:,} row{'s' * (settings.rows > 1)}" if settings.rows else ""
    clock = ", CPU time," if settings.clock == "cpu" else ""
    yield (
        f"{settings.measure}{rows}{clock} on {request.dataset.name}, margin {settings.margin:g}: "
        f"{duration(settings.budget)} or less; a verdict needs {FEWEST_LAUNCHES} launches"
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
    races = _past_races(request)
    return _expected(request, races) if races else _last_race(request)


def _past_races(request: RaceRequest) -> tuple[PastRace, ...]:
    """Return past races with these settings, of the same model if there are any."""
    history = read_history(request.root, current_machine())
    models = {spec.model for spec in request.contenders.values()}
    own = history.like(request.settings, *models) if len(models) == 1 else ()
    return own or history.like(request.settings)


def _expected(request: RaceRequest, races: Sequence[PastRace]) -> str:
    """Return a sentence on the interval and the detectable ratio, from a history."""
    settings, usual = request.settings, usual_race(races)
    names = listed(list(dict.fromkeys(race.contender for race in races)))
    rows = f" with predictions of {counted(settings.rows, 'row')}" if settings.rows else ""
    known = (
        f"by {counted(len(races), 'race')} of {names} against itself{rows} on this machine, "
        f"{current_machine()}"
    )
    left = settings.budget - SECONDS_TO_END - usual.first_seconds
    launches = affordable_launches(left, usual.pace)
    if launches < FEWEST_LAUNCHES:
        smallest = smallest_budget(usual.first_seconds, FEWEST_LAUNCHES, usual.pace)
        return f"{known}, {settings.budget:g} s are too few: use --budget {smallest:.0f}s or more"
    ratios = len(request.contenders) - 1
    half = expected_half_width(usual.variance, launches - 1, launches, ratios)
    detectable = (1 + settings.margin) * (1 + half)
    return (
        f"{known}, it has about {launches} launches and an interval of ±{number(100 * half)} %: "
        f"half of such races show that a ratio of {detectable:.4f} is beyond the margin"
    )


def _wanted_lines(request: RaceRequest) -> Iterator[str]:
    """Yield the minutes of some detectable ratios, or the command that makes them known."""
    settings, races = request.settings, _past_races(request)
    clock = " --clock cpu" if settings.clock == "cpu" else ""
    rows = f" --rows {settings.rows}" if settings.rows else ""
    if not races:
        yield f"next: evenfold selfcheck{clock}{rows}, to know what races detect on this machine"
        return
    usual, ratios, times = usual_race(races), len(request.contenders) - 1, []
    for wanted in WANTED:
        launches = launches_for(usual.variance, wanted, ratios)
        if launches is not None:
            minutes = usual_seconds(usual.first_seconds, usual.pace, launches) / 60
            ratio = (1 + settings.margin) * (1 + wanted)
            times.append(f"{ratio:.4g}: {number(minutes)}")
    yield f"minutes by detectable ratio: {', '.join(times)}"
    names = " ".join(shlex.quote(name) for name in map(str, request.contenders.values()))
    measure = "" if rows else f" --measure {settings.measure}"
    yield f"next: evenfold race {names}{measure}{clock}{rows} --budget {settings.budget:g}s"


def _last_race(request: RaceRequest) -> str:
    """Return a sentence on the last saved race of the same measure and clock.

    One of this machine and of as many rows comes before any other.
    """
    settings = request.settings
    files = [file for folder in request.result_folders for file in race_files(folder)]
    files.sort(key=lambda file: file.stat().st_mtime)
    alike = [
        race
        for _, race in read_races(files).races
        if (race.settings.measure, race.settings.clock) == (settings.measure, settings.clock)
    ]
    clock = " by CPU time" if settings.clock == "cpu" else ""
    if not alike:
        return (
            f"no race of {settings.measure}{clock} is saved: the detectable difference is not "
            "known yet"
        )
    here = current_machine()
    # The latest of the best: max returns the first.
    alike.reverse()
    last = max(alike, key=lambda race: (race.machine == here, race.settings.rows == settings.rows))
    rows = f" of {counted(last.settings.rows, 'row')}" if last.settings.rows else ""
    where = "on this machine," if last.machine == here else "on another machine,"
    detectable = max(ratio.detectable for ratio in last.ratios)
    return (
        f"the last saved race of {settings.measure}{rows}{clock}, {last.name} {where} "
        f"{last.machine}, could detect a difference of {100 * detectable:.2g} % half of the time, "
        f"with {len(last.launches)} launches"
    )
