"""Series of races: the ratio of a contender to its reference, race by race."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace

from evenfold.errors import UsageError
from evenfold.history.options import HistoryOptions
from evenfold.history.ratio_points import (
    Dates,
    RacedContender,
    RacedRatio,
    raced_ratio,
    ratio_series,
)
from evenfold.history.series import Order, ResultSeries
from evenfold.race.contenders import ContenderSpec, parse_contender
from evenfold.race.record import ContenderRecord, Race
from evenfold.stats.launch_ratios import launch_ratios
from evenfold.stats.race_looks import FEWEST_LAUNCHES


def race_series(
    races: Sequence[Race], options: HistoryOptions, dates: Dates | None
) -> Iterator[ResultSeries]:
    """Yield the series of races with the same settings, reference and contender.

    The code of the reference is the same in all races of a series: a ratio to other code is no
    later result. By date and revision, contenders are the same but for their code; by version, but
    for their environments. A race that has too few launches for a verdict, a contender with a
    delay, and a race of a contender against itself are left out.
    """
    groups: dict[Hashable, list[RacedRatio]] = {}
    titles: dict[Hashable, tuple[str, str]] = {}
    for race in races:
        if len(race.launches) < FEWEST_LAUNCHES:
            continue
        for number, contender in enumerate(race.contenders[1:]):
            identity = _identity(race, contender, options.by)
            if identity is None:
                continue
            key, title = identity
            raced = RacedContender(
                race.name, race.launches[0].began, contender.commit, contender.environment
            )
            logs = launch_ratios(race.timed_blocks).medians[number]
            groups.setdefault(key, []).append(raced_ratio(logs, raced, options, dates))
            titles[key] = (title, race.machine)
    for key, ratios in groups.items():
        yield ratio_series(ratios, "race", *titles[key], options)


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
