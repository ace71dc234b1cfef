"""What more launches of a race can do: change a verdict, and narrow an interval."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from evenfold.stats.launch_ratios import TimedBlocks, launch_ratios
from evenfold.stats.launch_variance import VariancePrior
from evenfold.stats.race_looks import CONFIDENCE, FEWEST_LAUNCHES, confidence_at
from evenfold.stats.race_ratios import (
    FINAL_VERDICTS,
    RatioIntervals,
    ratio_intervals,
    student_half,
)
from evenfold.stats.settling import CHANCE, Prediction, chance_beyond
from evenfold.stats.verdicts import time_verdicts

# More launches than so many times those of a race are no useful advice.
MOST_TIMES = 20
# Quantiles of the final estimate at which the final verdict is predicted.
QUANTILES = np.linspace(0.005, 0.995, 100)


@dataclass(frozen=True)
class LaunchPlan:
    """The launches of a race.

    Parameters
    ----------
    launches
        How many it has.
    ratios
        The number of contenders after the first.
    planned
        How many were planned.
    freedom
        The degrees of freedom of the variance of a ratio: more than ``launches - 1`` where it is
        that of all contenders, or moderated.
    confidence
        Confidence of all intervals of all looks together.
    """

    launches: int
    ratios: int
    planned: int
    freedom: float
    confidence: float = CONFIDENCE

    def half_width(self, launches: int) -> float:
        """Return half of an interval at so many launches, in deviations of a launch's log ratio."""
        freedom = self.freedom * (launches - 1) / (self.launches - 1)
        return _log_half(1.0, freedom, launches, self.ratios, self.planned, self.confidence)


def verdict_is_settled(
    intervals: RatioIntervals,
    launches: int,
    most_launches: int,
    margin: float,
    overall: float = CONFIDENCE,
) -> NDArray[np.bool_]:
    """Return whether the look after the last planned launch would give the same verdict.

    The estimate is predicted from the variance so far; with 99 % probability the verdict stays as
    it is. Where slow samples matter, nothing is predicted.

    Parameters
    ----------
    intervals
        The intervals at a look, of shape ``(..., ratios)``.
    launches
        Launches at the look.
    most_launches
        Launches that the race was planned for.
    margin
        Practical threshold.
    overall
        Confidence of all intervals of all looks together.
    """
    from scipy.special import stdtrit

    spread = intervals.spread
    if spread is None or most_launches <= launches:
        return np.zeros(intervals.medians.shape, bool)
    ratios = intervals.medians.shape[-1]
    confidence = confidence_at(most_launches, ratios, most_launches, overall)
    freedoms = spread.freedoms * (most_launches - 1) / (launches - 1)
    halves = student_half(spread.variances, freedoms, most_launches, confidence)[..., None]
    sizes = np.sqrt(spread.variances * (1 / launches - 1 / most_launches))[..., None]
    steps = stdtrit(spread.freedoms[..., None], QUANTILES)
    finals = intervals.medians[..., None] + sizes * steps
    later = time_verdicts(finals - halves, finals + halves, margin)
    now = time_verdicts(intervals.lows, intervals.highs, margin)
    settled: NDArray[np.bool_] = (later == now[..., None]).all(axis=-1) & ~intervals.differs
    return settled


def nothing_can_change(
    launches: Sequence[TimedBlocks],
    margin: float,
    most_launches: int,
    prior: VariancePrior | None = None,
    overall: float = CONFIDENCE,
) -> bool:
    """Return whether every verdict of a look is final, or would be the same in the end.

    Parameters
    ----------
    launches
        The samples of each launch.
    margin, most_launches, prior
        As in `evenfold.stats.race_ratios.judge`.
    overall
        Confidence of all intervals of all looks together.
    """
    each = launch_ratios(launches)
    taken = each.launches
    confidence = confidence_at(taken, len(each.medians), most_launches, overall)
    intervals = ratio_intervals(each, confidence, margin, prior)
    words = time_verdicts(intervals.lows, intervals.highs, margin)
    settled = verdict_is_settled(intervals, taken, most_launches, margin, overall)
    return bool((np.isin(words, FINAL_VERDICTS) | settled).all())


def expected_half_width(
    variance: float, freedom: float, launches: int, ratios: int, most_launches: int | None = None
) -> float:
    """Return the expected half-width of an interval, as a distance between ratios.

    Parameters
    ----------
    variance, freedom
        The variance of a launch's log ratio, with its degrees of freedom at so many launches.
    launches
        Launches of the race.
    ratios
        Number of contenders after the first.
    most_launches
        Launches that the race is planned for; by default ``launches``.
    """
    return math.expm1(_log_half(variance, freedom, launches, ratios, most_launches or launches))


def launches_to_settle(
    estimate: float, half_width: float, margin: float, plan: LaunchPlan, chance: float = CHANCE
) -> int | None:
    """Return the least number of launches, in all, that settle an undecided ratio with a chance.

    As in `evenfold.stats.settling`: a ratio is settled if its interval no longer holds ratios
    beyond the margin on both sides. The variance of a launch stays as it is.

    Parameters
    ----------
    estimate, half_width
        The log ratio, and half of its interval.
    margin
        The practical threshold of the ratio.
    plan
        The launches of the race.
    chance
        The wanted chance.

    Returns
    -------
    int or None
        None where more than ``MOST_TIMES`` as many launches are not enough.
    """
    deviation = half_width / plan.half_width(plan.launches)
    most = MOST_TIMES * plan.launches
    for later in _ladder_of_launches(plan, most):
        known, then = deviation**2 / plan.launches, deviation**2 / later
        prediction = Prediction(estimate, 0.0, known, then, plan.freedom)
        width = deviation * plan.half_width(later)
        if chance_beyond(prediction, width, math.log1p(margin)) >= chance:
            return later
    return None


def _ladder_of_launches(plan: LaunchPlan, most: int) -> Iterator[int]:
    """Numbers of launches above those of a race, in steps of a twentieth at most."""
    later = plan.launches
    while later < most:
        later = max(later + 1, round(later * 1.05))
        yield later


def useful_launches(launches: int, ratios: int, most_launches: int) -> int:
    """Return the least number of launches, in all, that make a continued race's intervals narrower.

    A further look has less of the error than those of the plan. A race that was interrupted before
    it had enough launches for a verdict needs those first.

    Parameters
    ----------
    launches
        Launches of the race so far, at which it was looked at.
    ratios
        Number of contenders after the first.
    most_launches
        Launches that the race was planned for.
    """
    if launches < FEWEST_LAUNCHES:
        return FEWEST_LAUNCHES
    now = _log_half(1.0, launches - 1, launches, ratios, most_launches)
    return next(
        later
        for later in count(launches + 1)
        if _log_half(1.0, later - 1, later, ratios, most_launches) < now
    )


def launches_for(variance: float, half_width: float, ratios: int, most: int = 10_000) -> int | None:
    """Return the least number of launches whose interval is expected to be so narrow.

    Parameters
    ----------
    variance
        The variance of a launch's log ratio.
    half_width
        The half-width, as a distance between ratios.
    ratios
        Number of contenders after the first.
    most
        The largest number that is considered; None is returned beyond it.
    """
    for launches in range(FEWEST_LAUNCHES, most + 1):
        if expected_half_width(variance, launches - 1, launches, ratios) <= half_width:
            return launches
    return None


def _log_half(
    variance: float,
    freedom: float,
    launches: int,
    ratios: int,
    most_launches: int,
    overall: float = CONFIDENCE,
) -> float:
    confidence = confidence_at(launches, ratios, most_launches, overall)
    return float(student_half(np.asarray(variance), freedom, launches, confidence))
