"""Ratios of a race's contenders to its first: estimates, 99 % intervals and verdicts.

A launch is the independent unit. Each has a log ratio of medians and one of means (see
`evenfold.stats.launch_ratios`); their intervals are Student's t over launches, with the variance of
`evenfold.stats.launch_variance` and the error of `evenfold.stats.race_looks`.

**Verdict.** It is that of the ratio of medians, whose interval is mostly the narrower one. Where
both ratios differ, slow samples matter: then the verdict has to hold for both, and the interval
that is judged reaches from the lower of both lower ends to the higher of both upper ends. Ratios
differ by the tests of `evenfold.stats.race_signs`.

``experiments/simulate_races.py`` measures how often all this errs, beside other designs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import UsageError
from evenfold.stats.launch_ratios import LaunchRatios, TimedBlocks, launch_ratios
from evenfold.stats.launch_variance import Spread, VariancePrior, launch_spread
from evenfold.stats.race_looks import CONFIDENCE, FEWEST_LAUNCHES, confidence_at
from evenfold.stats.race_signs import odd_launches, ratios_differ
from evenfold.stats.verdicts import (
    EQUIVALENT,
    FASTER,
    SLOWER,
    UNDECIDED,
    TimeVerdict,
    detectable_difference,
    time_verdicts,
)

MARGIN = 0.02
FINAL_VERDICTS: tuple[TimeVerdict, ...] = (FASTER, SLOWER, EQUIVALENT)

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A ratio and the ends of its interval, which are NaN with one launch."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Ratio(Estimate):
    """A contender's time over the reference's; below 1 the contender is faster.

    The estimate and its interval are of the ratio of medians.

    Parameters
    ----------
    mean
        The ratio of means.
    judged_low, judged_high
        The ends of the interval that the verdict is of: ``low`` and ``high``, or, where the ratios
        differ, the outer ends of both intervals.
    verdict
        The verdict; ``undecided`` below five launches.
    differs
        Whether the two ratios differ, or one of the contenders has the slow samples.
    slow_launches
        Whether one launch is not like the others.
    is_pooled
        Whether the variance is that of all contenders.
    is_moderated
        Whether the variance was moderated by the machine's history.
    launches, blocks
        Numbers of launches and of blocks.
    outliers
        Number of blocks more than 5 scaled MADs from their launch's median; they are kept.
    detectable
        The ratio less 1 that half of such races would show to be beyond the margin.
    """

    mean: Estimate
    judged_low: float
    judged_high: float
    verdict: TimeVerdict
    differs: bool
    slow_launches: bool
    is_pooled: bool
    is_moderated: bool
    launches: int
    blocks: int
    outliers: int
    detectable: float


@dataclass(frozen=True)
class RatioIntervals:
    """Intervals of log ratios at a look; all arrays have the shape ``(..., ratios)``.

    Parameters
    ----------
    medians, means
        Estimates.
    median_halves, mean_halves
        Half-widths of their intervals; NaN with one launch.
    differs
        Whether both ratios differ.
    spread
        The variance of the ratio of medians; None with one launch.
    """

    medians: Values
    median_halves: Values
    means: Values
    mean_halves: Values
    differs: NDArray[np.bool_]
    spread: Spread | None

    @property
    def lows(self) -> Values:
        """Lower ends of the intervals that are judged."""
        low = self.medians - self.median_halves
        return np.where(self.differs, np.minimum(low, self.means - self.mean_halves), low)

    @property
    def highs(self) -> Values:
        """Upper ends of the intervals that are judged."""
        high = self.medians + self.median_halves
        return np.where(self.differs, np.maximum(high, self.means + self.mean_halves), high)


def judge(
    launches: Sequence[TimedBlocks],
    margin: float = MARGIN,
    most_launches: int | None = None,
    confidence: float = CONFIDENCE,
    prior: VariancePrior | None = None,
) -> tuple[Ratio, ...]:
    """Compare each contender after the first with the first.

    The verdict is that of `evenfold.stats.verdicts.time_verdict` on the interval that is judged,
    and ``undecided`` below five launches. Intervals are Bonferroni-adjusted over the contenders.

    Parameters
    ----------
    launches
        The samples of each launch.
    margin
        Practical threshold, such as 0.02.
    most_launches
        Launches that the race was planned for, before any continuation; None if the data are looked
        at once.
    confidence
        Confidence of all intervals of all looks together.
    prior
        The variance that the machine's history makes expect, if it does.

    Returns
    -------
    tuple
        One ratio for each contender after the first.

    Raises
    ------
    ResultsError
        A time is not a positive finite number, or launches differ in their contenders.
    UsageError
        The margin is negative or not finite.
    """
    if not 0 <= margin < math.inf:
        raise UsageError(f"margin {margin}: give a number of at least 0, as 0.02 for 2 %")
    each = launch_ratios(launches)
    count = each.launches
    adjusted = confidence_at(count, len(each.medians), most_launches, confidence)
    intervals = ratio_intervals(each, adjusted, margin, prior)
    blocks = sum(len(launch.seconds) for launch in launches)
    return _as_ratios(each, intervals, margin, blocks)


def ratio_intervals(
    each: LaunchRatios, confidence: float, margin: float, prior: VariancePrior | None = None
) -> RatioIntervals:
    """Return the intervals of all ratios.

    Parameters
    ----------
    each
        The log ratios of all launches; leading axes are of several races.
    confidence
        Confidence of one interval.
    margin, prior
        As in `judge`.
    """
    medians, means = each.medians.mean(axis=-1), each.means.mean(axis=-1)
    if each.launches < 2:
        nothing = np.full_like(medians, np.nan)
        return RatioIntervals(medians, nothing, means, nothing, medians > math.inf, None)
    spread = launch_spread(each.medians, prior)
    of_means = launch_spread(each.means)
    # By chance all launches may have equally many slow samples: their blocks show it.
    variances = np.maximum(of_means.variances, each.mean_variances.mean(axis=-1))
    halves = student_half(spread.variances, spread.freedoms, each.launches, confidence)
    return RatioIntervals(
        medians,
        halves,
        means,
        student_half(variances, of_means.freedoms, each.launches, confidence),
        ratios_differ(each, halves, margin),
        spread,
    )


def student_half(
    variances: Values, freedoms: Values | float, launches: int, confidence: float
) -> Values:
    """Return half-widths of Student's t intervals of means over launches."""
    from scipy.special import stdtrit

    # Its stubs differ by version.
    quantile: Any = stdtrit(freedoms, (1 + confidence) / 2)
    half: Values = quantile * np.sqrt(variances / launches)
    return half


def all_decided(ratios: Sequence[Ratio]) -> bool:
    """Return whether more launches would change no verdict; a race may then stop at a look.

    ``not faster`` and ``not slower`` may become another word; so may ``undecided``.
    """
    return all(ratio.verdict in FINAL_VERDICTS for ratio in ratios)


def _as_ratios(
    each: LaunchRatios, intervals: RatioIntervals, margin: float, blocks: int
) -> tuple[Ratio, ...]:
    lows, highs = intervals.lows, intervals.highs
    verdicts = time_verdicts(lows, highs, margin)
    outliers = (each.above + each.below).sum(axis=-1)
    spread, odd = intervals.spread, odd_launches(each.medians)
    medians = _estimates(intervals.medians, intervals.median_halves)
    means = _estimates(intervals.means, intervals.mean_halves)
    return tuple(
        Ratio(
            estimate=medians[number].estimate,
            low=medians[number].low,
            high=medians[number].high,
            mean=means[number],
            judged_low=_exp(lows[number]),
            judged_high=_exp(highs[number]),
            verdict=verdict if each.launches >= FEWEST_LAUNCHES else UNDECIDED,
            differs=bool(intervals.differs[number]),
            slow_launches=bool(odd[number]),
            is_pooled=spread is not None and bool(spread.pooled[number]),
            is_moderated=spread is not None and bool(spread.moderated[number]),
            launches=each.launches,
            blocks=blocks,
            outliers=int(outliers[number]),
            detectable=_exp(
                detectable_difference(lows[number], highs[number], math.log1p(margin))
            ) - 1,
        )
        for number, verdict in enumerate(cast("list[TimeVerdict]", verdicts.tolist()))
    )  # fmt: skip


def _estimates(logs: Values, halves: Values) -> list[Estimate]:
    return [
        Estimate(_exp(log), _exp(log - half), _exp(log + half))
        for log, half in zip(logs, halves, strict=True)
    ]


def _exp(log: float) -> float:
    with np.errstate(over="ignore"):  # where launches are far apart an interval may have no end
        return float(np.exp(log))
