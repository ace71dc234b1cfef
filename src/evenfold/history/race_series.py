"""Series of races: the ratio of a contender to its reference, race by race."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone

import numpy as np

from evenfold.errors import UsageError
from evenfold.history.options import HistoryOptions
from evenfold.history.series import HistoryPoint, Order, ResultSeries, SeriesChange, change_word
from evenfold.race.contenders import ContenderSpec, parse_contender
from evenfold.race.record import ContenderRecord, Race
from evenfold.runtime.results_folder import natural_text
from evenfold.stats.change_points import changes_of_intervals
from evenfold.stats.launch_ratios import launch_ratios
from evenfold.stats.race_looks import FEWEST_LAUNCHES

REVISION_DIGITS = 10
CONFIDENCE = 0.95
Dates = Callable[[str], datetime | None]


@dataclass(frozen=True)
class _RacedRatio:
    """The log ratio of a contender in a race, with the variance over its launches."""

    label: str
    order: tuple[datetime, str]
    version: str
    log: float
    variance: float
    freedom: float
    when: datetime


def race_series(
    races: Sequence[Race], options: HistoryOptions, dates: Dates | None
) -> Iterator[ResultSeries]:
    """Yield the series of races with the same settings, reference and contender.

    The code of the reference is the same in all races of a series: a ratio to other code is no
    later result. By date and revision, contenders are the same but for their code; by version, but
    for their environments. A race that has too few launches for a verdict, a contender with a
    delay, and a race of a contender against itself are left out.
    """
    groups: dict[Hashable, list[_RacedRatio]] = {}
    titles: dict[Hashable, tuple[str, str]] = {}
    for race in races:
        if len(race.launches) < FEWEST_LAUNCHES:
            continue
        for number, contender in enumerate(race.contenders[1:]):
            identity = _identity(race, contender, options.by)
            if identity is None:
                continue
            key, title = identity
            groups.setdefault(key, []).append(_raced(race, number, contender, options.by, dates))
            titles[key] = (title, race.machine)
    for key, ratios in groups.items():
        yield _series(ratios, *titles[key], options)


def _identity(race: Race, contender: ContenderRecord, by: Order) -> tuple[Hashable, str] | None:
    """What races of one series share, and its title; None for a contender of none."""
    reference = race.contenders[0]
    has_delay = contender.delay or reference.delay
    is_itself = (contender.spec, contender.commit) == (reference.spec, reference.commit)
    try:
        specs = [parse_contender(one.spec) for one in (reference, contender)]
    except UsageError:
        return None
    if has_delay or is_itself or (by == "revision" and contender.commit is None):
        return None
    if by == "version" and specs[1].environment is None:
        return None
    first, other = (_without(spec, by) for spec in specs)
    if by == "version":
        first = str(specs[0])
    settings = race.settings
    rows = f" of {settings.rows} row{'s' * (settings.rows != 1)}" if settings.rows else ""
    clock = ", CPU time" if settings.clock == "cpu" else ""
    code = (reference.digest, contender.digest if by == "version" else "")
    key = (race.machine, race.dataset, race.fingerprint, settings.measure, settings.clock,
           settings.rows, settings.threads, first, other, code)  # fmt: skip
    return key, f"{settings.measure}{rows}{clock} of {other} over {first}, {race.dataset}"


def _without(spec: ContenderSpec, by: Order) -> str:
    """A contender's text without what differs along the series."""
    if by == "version":
        return str(replace(spec, environment=None))
    return str(replace(spec, revision=None))


def _raced(
    race: Race, number: int, contender: ContenderRecord, by: Order, dates: Dates | None
) -> _RacedRatio:
    logs = launch_ratios(race.timed_blocks).medians[number]
    when = datetime.fromisoformat(race.launches[0].began)
    when = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    commit, version = contender.commit or "", str(contender.environment["name"])
    committed = dates(commit) if dates else None
    labels = {
        "date": when.strftime("%Y-%m-%d %H:%M"),
        "revision": commit[:REVISION_DIGITS],
        "version": version,
    }
    return _RacedRatio(
        label=labels[by],
        order=(committed or when, race.name),
        version=version,
        log=float(logs.mean()),
        variance=float(np.var(logs, ddof=1)) / len(logs),
        freedom=float(len(logs) - 1),
        when=when,
    )


def _series(
    ratios: list[_RacedRatio], title: str, machine: str, options: HistoryOptions
) -> ResultSeries:
    from scipy.special import stdtrit

    if options.by == "version":
        ratios = sorted(ratios, key=lambda one: (natural_text(one.version), one.order))
    else:
        ratios = sorted(ratios, key=lambda one: one.order)
    marks = changes_of_intervals(
        np.array([one.log for one in ratios]),
        np.array([one.variance for one in ratios]),
        np.array([one.freedom for one in ratios]),
        math.log1p(options.margin),
        options.rate,
    )
    changes = [
        SeriesChange(
            mark.place, mark.seen, math.exp(mark.difference), math.exp(mark.low),
            math.exp(mark.high), change_word("time", mark.difference),
        )
        for mark in marks
    ]  # fmt: skip
    points = []
    for one in ratios:
        half = float(stdtrit(one.freedom, (1 + CONFIDENCE) / 2)) * math.sqrt(one.variance)
        ends = math.exp(one.log - half), math.exp(one.log + half)
        points.append(HistoryPoint(one.label, math.exp(one.log), *ends, when=one.when))
    return ResultSeries("race", title, machine, "ratio", "time", points, changes, options.margin)
