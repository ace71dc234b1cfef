"""Series of bisects: the versions that were compared, each relative to the first of the path.

A bisect compares pairs of versions, not each with the first. The values of all versions follow from
all comparisons together, by weighted least squares on the graph of comparisons. The marked changes
are those that the bisect names, whose error it controls.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenfold.bisect.record import Bisect, BisectStep
from evenfold.errors import UsageError
from evenfold.history.options import HistoryOptions
from evenfold.history.series import (
    Direction,
    HistoryPoint,
    Order,
    ResultSeries,
    SeriesChange,
    change_word,
)
from evenfold.race.contenders import parse_contender

CONFIDENCE = 0.95
LEAST_VARIANCE = 1e-12
Values = NDArray[np.float64]


@dataclass(frozen=True)
class _Chained:
    """The versions that comparisons connect with the first, and their values relative to it."""

    places: list[int]
    values: Values
    half_widths: Values


def bisect_series(bisects: Sequence[Bisect], options: HistoryOptions) -> Iterator[ResultSeries]:
    """Yield a series for each bisect over what results are ordered by: versions, or revisions."""
    for bisect in bisects:
        if bisect.steps and _order_of(bisect) == options.by:
            yield _series(bisect)


def _order_of(bisect: Bisect) -> Order | None:
    """What the path of a bisect is made of."""
    try:
        spec = parse_contender(bisect.versions[-1].contender)
    except UsageError:
        return None
    if spec.revision is not None:
        return "revision"
    return None if spec.environment is None else "version"


def _series(bisect: Bisect) -> ResultSeries:
    settings, is_score = bisect.settings, bisect.settings.quantity == "score"
    chained = _chain(bisect)
    points = []
    for place, value, half in zip(chained.places, chained.values, chained.half_widths, strict=True):
        low, high = (value - half, value + half) if place else (math.nan, math.nan)
        if not is_score:
            value, low, high = math.exp(value), math.exp(low), math.exp(high)
        points.append(HistoryPoint(bisect.versions[place].name, value, low, high))
    direction: Direction = "score" if is_score else "time"
    return ResultSeries(
        source="bisect",
        title=f"{settings.label} of {settings.model} over {bisect.versions[0].name}, "
        f"{settings.dataset} ({bisect.name})",
        machine=bisect.machine,
        unit=settings.label if is_score else "ratio",
        direction=direction,
        points=points,
        changes=list(_changes(bisect, chained.places, direction)),
        margin=settings.margin,
    )


def _changes(bisect: Bisect, places: Sequence[int], direction: Direction) -> Iterator[SeriesChange]:
    """The changes that the bisect names, at the later of their two versions."""
    for change in bisect.search.changes:
        step = bisect.step(change.first, change.last)
        if step is not None and step.last in places:
            sign = step.estimate if direction == "score" else math.log(step.estimate)
            place = places.index(step.last)
            word = change_word(direction, sign)
            yield SeriesChange(place, place, step.estimate, step.low, step.high, word)


def _chain(bisect: Bisect) -> _Chained:
    """Estimate every connected version relative to the first, with 95 % intervals."""
    from scipy.special import ndtri, stdtrit

    places = _connected(bisect.steps)
    number = {place: n for n, place in enumerate(places)}
    steps = [step for step in bisect.steps if step.first in number]
    design = np.zeros((len(steps), len(places)))
    differences, weights = np.empty(len(steps)), np.empty(len(steps))
    for row, step in enumerate(steps):
        low, high = bisect.ends(step)
        design[row, number[step.last]], design[row, number[step.first]] = 1.0, -1.0
        differences[row] = _estimate(bisect, step)
        weights[row] = 1 / max(((high - low) / 2 / _quantile(step)) ** 2, LEAST_VARIANCE)
    design = design[:, 1:]  # the first version is the reference
    covariance = np.linalg.inv(design.T @ (weights[:, None] * design))
    values = covariance @ (design.T @ (weights * differences))
    launches = [step.launches for step in steps if step.launches is not None]
    tail = (1 + CONFIDENCE) / 2
    quantile = float(stdtrit(min(launches) - 1, tail) if launches else ndtri(tail))
    half_widths = quantile * np.sqrt(np.diag(covariance))
    return _Chained(places, np.r_[0.0, values], np.r_[0.0, half_widths])


def _quantile(step: BisectStep) -> float:
    """The quantile that the interval of a step was made with."""
    from scipy.special import ndtri, stdtrit

    tail = 1 - max(step.error, 1e-12) / 2
    return float(ndtri(tail) if step.launches is None else stdtrit(step.launches - 1, tail))


def _estimate(bisect: Bisect, step: BisectStep) -> float:
    return step.estimate if bisect.settings.quantity == "score" else math.log(step.estimate)


def _connected(steps: Sequence[BisectStep]) -> list[int]:
    """The places that comparisons connect with the first one, in the order of the path."""
    found, before = {0}, -1
    while len(found) > before:
        before = len(found)
        for step in steps:
            if found & {step.first, step.last}:
                found |= {step.first, step.last}
    return sorted(found)
