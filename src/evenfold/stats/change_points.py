"""Changes in a series of results, looked for at each new result with a stated rate of false alarms.

At each new result the results since the last change are examined once. Without a change such an
examination errs with a probability of at most ``rate``: in a series without changes at most that
share of its results is marked on average, however long it is.

- *Intervals of their own* (races): the mean of the latest 1, 2, 4, … results is compared with the
  mean of those before them by a t interval with Welch's degrees of freedom, Bonferroni-adjusted
  over the numbers. A change is marked where an interval lies beyond the margin. One new result may
  suffice.
- *None* (runs one after the other, whose own spread says nothing about the next run): the largest
  standardized rank sum over all places of a change is compared with that of random orders of the
  same results. This holds for every distribution, as long as results without a change are
  exchangeable. It needs 12 results since the last change, or more. A change is marked if it is also
  beyond the margin, by a rank-sum test at 5 %.

The place of a change is where the standardized difference is largest.

References
----------
Pettitt, A. N. (1979). A non-parametric approach to the change-point problem. Applied Statistics 28,
126-135.
Welch, B. L. (1947). The generalization of 'Student's' problem when several different population
variances are involved. Biometrika 34, 28-35.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

RATE = 0.005
# Random orders, at least, and as a multiple of 1 / rate: with fewer, no share is below the rate.
ORDERS, ORDERS_OF_RATE = 3999, 2
# Of the results since the last change, those that are examined.
MOST_RESULTS = 120
MARGIN_LEVEL = 0.05
Values = NDArray[np.float64]


@dataclass(frozen=True)
class ChangePoint:
    """A change that is marked.

    Parameters
    ----------
    place
        The first result after the change.
    seen
        The result at which it was marked.
    difference
        The mean after the change minus that before it, of results between two marks.
    low, high
        The ends of its interval; NaN where there is none.
    """

    place: int
    seen: int
    difference: float
    low: float = math.nan
    high: float = math.nan


def changes_of_intervals(
    values: Values, variances: Values, freedoms: Values, margin: float, rate: float = RATE
) -> list[ChangePoint]:
    """Mark the changes of results that have a variance of their own.

    Parameters
    ----------
    values, variances, freedoms
        The results in their order, the variance of each and its degrees of freedom.
    margin
        Differences up to it do not matter.
    rate
        The probability that the examination at a result marks a change where there is none.
    """

    def examined(start: int, end: int) -> ChangePoint | None:
        part = slice(start, end)
        return _by_intervals(values[part], variances[part], freedoms[part], margin, rate)

    return _marked(len(values), examined)


def changes_of_runs(values: Values, margin: float, rate: float = RATE) -> list[ChangePoint]:
    """Mark the changes of results without intervals, by their ranks.

    Parameters
    ----------
    values
        The results in their order.
    margin, rate
        As of `changes_of_intervals`.
    """

    def examined(start: int, end: int) -> ChangePoint | None:
        return _by_ranks(values[max(start, end - MOST_RESULTS) : end], margin, rate)

    return _marked(len(values), examined)


def _marked(count: int, examined: Callable[[int, int], ChangePoint | None]) -> list[ChangePoint]:
    """Examine the results since the last change at every result."""
    marks: list[ChangePoint] = []
    start = 0
    for end in range(2, count + 1):
        found = examined(start, end)
        if found is not None:
            # Places are counted from the end: an examination may leave out old results.
            place = end - found.seen + found.place
            marks.append(ChangePoint(place, end - 1, found.difference, found.low, found.high))
            start = place
    return marks


def _by_intervals(
    values: Values, variances: Values, freedoms: Values, margin: float, rate: float
) -> ChangePoint | None:
    """Examine results; ``seen`` is their number."""
    from scipy.special import stdtrit

    count = len(values)
    latest = [2**power for power in range(count.bit_length()) if 2**power < count]
    level = rate / len(latest)
    beyond = False
    for number in latest:
        difference, variance, freedom = _difference(values, variances, freedoms, count - number)
        half = float(stdtrit(freedom, 1 - level / 2)) * math.sqrt(variance)
        beyond = beyond or abs(difference) - half > margin
    if not beyond:
        return None
    splits = [_difference(values, variances, freedoms, place) for place in range(1, count)]
    sizes = [abs(difference) / math.sqrt(variance) for difference, variance, _ in splits]
    place = int(np.argmax(sizes))
    difference, variance, freedom = splits[place]
    half = float(stdtrit(freedom, 1 - rate / 2)) * math.sqrt(variance)
    return ChangePoint(place + 1, count, difference, difference - half, difference + half)


def _difference(
    values: Values, variances: Values, freedoms: Values, place: int
) -> tuple[float, float, float]:
    """The means after a place minus before it, its variance, and Welch's degrees of freedom."""
    weights = np.concatenate([
        np.full(place, -1 / place), np.full(len(values) - place, 1 / (len(values) - place))
    ])  # fmt: skip
    parts = np.maximum(weights**2 * variances, 1e-100)
    variance = float(parts.sum())
    freedom = variance**2 / float((parts**2 / freedoms).sum())
    return float(weights @ values), variance, freedom


def _by_ranks(values: Values, margin: float, rate: float) -> ChangePoint | None:
    """Examine results by their ranks; ``seen`` is their number."""
    from scipy.stats import mannwhitneyu, rankdata

    count = len(values)
    if count < _fewest(rate):
        return None
    ranks = rankdata(values)
    own = _standardized(ranks[None, :])[0]
    number = max(ORDERS, math.ceil(ORDERS_OF_RATE / rate) - 1)
    orders = _largest_of_orders(tuple(np.sort(ranks).tolist()), number)
    share = (1 + np.count_nonzero(orders >= own.max() - 1e-9)) / (1 + number)
    if share > rate:
        return None
    place = int(np.argmax(own)) + 1
    before, after = values[:place], values[place:]
    difference = float(np.median(after[:, None] - before[None, :]))
    sign = math.copysign(1.0, difference)
    side: Literal["greater", "less"] = "greater" if sign > 0 else "less"
    # Its stubs differ by version.
    at_margin: Any = mannwhitneyu(after - sign * margin, before, alternative=side)
    if abs(difference) <= margin or at_margin.pvalue > MARGIN_LEVEL:
        return None
    return ChangePoint(place, count, difference)


def _standardized(ranks: Values) -> Values:
    """Rank sums before each place, standardized as without a change; shape ``(orders, places)``."""
    count = ranks.shape[1]
    places = np.arange(1, count)
    sums = np.cumsum(ranks, axis=1)[:, :-1]
    expected = places * (count + 1) / 2
    deviation = np.sqrt(places * (count - places) * (count + 1) / 12)
    standardized: Values = np.abs(sums - expected) / deviation
    return standardized


@cache
def _largest_of_orders(ranks: tuple[float, ...], number: int) -> Values:
    """The largest standardized rank sum of each of many random orders, the same each time."""
    orders = np.random.default_rng(len(ranks)).permuted(np.tile(ranks, (number, 1)), axis=1)
    largest: Values = _standardized(orders).max(axis=1)
    return largest


@cache
def _fewest(rate: float) -> int:
    """The fewest results of which some order is rare enough."""
    count = 2
    # The rarest: both orders that separate the results in the middle.
    while 4 / math.comb(count, count // 2) > rate:
        count += 1
    return count
