"""Series of suites' races: the ratio of a contender to its reference, benchmark by benchmark."""

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
from evenfold.stats.launch_ratios import launch_ratios
from evenfold.stats.race_looks import FEWEST_LAUNCHES
from evenfold.suite.contenders import SuiteSpec, parse_suite_contender
from evenfold.suite.record import SuiteContenderRecord, SuiteRace


def suite_series(
    races: Sequence[SuiteRace], options: HistoryOptions, dates: Dates | None
) -> Iterator[ResultSeries]:
    """Yield a series for each benchmark that races of one suite have of the same contenders.

    The code of the reference is the same in all races of a series, as in a series of races of
    models. By date and revision, contenders are the same but for their code; by version, but for
    their environments. A race that has too few launches for a verdict is left out.
    """
    groups: dict[Hashable, list[RacedRatio]] = {}
    titles: dict[Hashable, tuple[str, str]] = {}
    for race in races:
        if len(race.launches) < FEWEST_LAUNCHES:
            continue
        for number, contender in enumerate(race.contenders[1:]):
            reference = race.contenders[0]
            names = _names(reference, contender, options.by)
            if names is None:
                continue
            raced = RacedContender(
                race.name, race.launches[0].began, contender.commit, contender.environment
            )
            code = (reference.digest, contender.digest if options.by == "version" else "")
            for place, benchmark in enumerate(race.benchmarks):
                settings = race.settings
                key: Hashable = (race.machine, settings.suite, settings.clock, settings.threads,
                       benchmark.name, *names, *code)  # fmt: skip
                logs = launch_ratios(race.timed_blocks(place)).medians[number]
                groups.setdefault(key, []).append(raced_ratio(logs, raced, options, dates))
                clock = ", CPU time" if settings.clock == "cpu" else ""
                title = f"{benchmark.name}{clock} of {names[1]} over {names[0]}, {settings.suite}"
                titles[key] = (title, race.machine)
    for key, ratios in groups.items():
        yield ratio_series(ratios, "suite", *titles[key], options)


def _names(
    reference: SuiteContenderRecord, contender: SuiteContenderRecord, by: Order
) -> tuple[str, str] | None:
    """The texts of both contenders without what differs along a series; None for none."""
    try:
        first, other = (parse_suite_contender(one.spec) for one in (reference, contender))
    except UsageError:
        return None
    if by == "revision" and contender.commit is None:
        return None
    if by == "version" and other.environment is None:
        return None
    return (str(first) if by == "version" else _without(first, by)), _without(other, by)


def _without(spec: SuiteSpec, by: Order) -> str:
    if by == "version":
        return str(replace(spec, environment=None))
    return str(replace(spec, revision=None))
