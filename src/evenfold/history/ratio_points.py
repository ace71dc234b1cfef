"""Ratios of races as points of a series: with their variance over launches, and their place."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenfold.history.options import HistoryOptions
from evenfold.history.series import HistoryPoint, ResultSeries, SeriesChange, Source, change_word
from evenfold.runtime.results_folder import natural_text
from evenfold.stats.change_points import changes_of_intervals

REVISION_DIGITS = 10
CONFIDENCE = 0.95
Dates = Callable[[str], datetime | None]


@dataclass(frozen=True)
class RacedRatio:
    """The log ratio of a contender in a race, with the variance over its launches."""

    label: str
    order: tuple[datetime, str]
    version: str
    log: float
    variance: float
    freedom: float
    when: datetime


@dataclass(frozen=True)
class RacedContender:
    """A contender of a saved race.

    Parameters
    ----------
    race
        The race's name.
    began
        When its first launch began.
    commit
        The commit of the contender; None without a revision.
    environment
        The contender's environment.
    """

    race: str
    began: str
    commit: str | None
    environment: Mapping[str, Any]


def raced_ratio(
    logs: NDArray[np.float64],
    contender: RacedContender,
    options: HistoryOptions,
    dates: Dates | None,
) -> RacedRatio:
    """Return the log ratio of a contender.

    Parameters
    ----------
    logs
        The log ratio of each launch, ``(launches,)``.
    contender
        Where it was raced.
    options
        The order of results.
    dates
        Returns the date of a revision; None where the order is another.
    """
    when = datetime.fromisoformat(contender.began)
    when = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    commit, version = contender.commit or "", str(contender.environment["name"])
    committed = dates(commit) if dates else None
    labels = {
        "date": when.strftime("%Y-%m-%d %H:%M"),
        "revision": commit[:REVISION_DIGITS],
        "version": version,
    }
    return RacedRatio(
        label=labels[options.by],
        order=(committed or when, contender.race),
        version=version,
        log=float(logs.mean()),
        variance=float(np.var(logs, ddof=1)) / len(logs),
        freedom=float(len(logs) - 1),
        when=when,
    )


def ratio_series(
    ratios: list[RacedRatio], source: Source, title: str, machine: str, options: HistoryOptions
) -> ResultSeries:
    """Return the series of some ratios in their order, with its changes."""
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
    return ResultSeries(source, title, machine, "ratio", "time", points, changes, options.margin)
