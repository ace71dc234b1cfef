"""Intervals on the scale of a score: none leaves the range of its metric.

References
----------
Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal
of the American Statistical Association 22, 209-212.
Hall, P. (1992). On the removal of skewness by transformation. Journal of the Royal Statistical
Society B 54, 221-228. (Skewness and coverage of each side.)
Korn, E. L. and Graubard, B. I. (1998). Confidence intervals for proportions with small expected
number of positive counts estimated from survey data. Survey Methodology 24, 193-201. (Effective
number of rows.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# A side of an interval becomes longer by no more than this share of it.
MOST_SKEW = 0.5
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Scale:
    """The range of a metric; ``math.inf`` where it has no end."""

    low: float
    high: float

    @property
    def is_bounded(self) -> bool:
        """Whether both ends are finite."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def reversed(self) -> Scale:
        """The range of the negated metric."""
        return Scale(-self.high, -self.low)

    @property
    def differences(self) -> Scale:
        """The range of a difference of two values."""
        return Scale(self.low - self.high, self.high - self.low)

    def clipped(self, value: float) -> float:
        """Return the value, or the end of the range that it exceeds; NaN stays."""
        return min(max(value, self.low), self.high) if value == value else value


SHARE, CORRELATION, LOSS = Scale(0.0, 1.0), Scale(-1.0, 1.0), Scale(0.0, math.inf)
REAL = Scale(-math.inf, math.inf)


def score_limits(
    score: float,
    variance: float,
    critical: float,
    observations: float,
    scale: Scale,
    most: float = math.inf,
) -> tuple[float, float]:
    """Return the interval of one score.

    Parameters
    ----------
    score, variance
        The score and its variance.
    critical
        The quantile of Student's t for half of the error.
    observations
        The number of independent rows; it decides at the ends of the range, as for a score of 1.
    scale
        The range of the metric.
    most
        The largest number of rows that a bounded score counts for between the ends.

    Returns
    -------
    tuple
        Both ends: Wilson's between two finite ends, with the number of rows whose share would have
        this variance; on the log scale from one finite end; else symmetric.
    """
    if scale.is_bounded:
        width = scale.high - scale.low
        low, high = _wilson(
            (score - scale.low) / width, variance / width**2, critical, observations, most
        )
        return scale.low + width * low, scale.low + width * high
    if math.isfinite(scale.high):
        low, high = score_limits(-score, variance, critical, observations, scale.reversed, most)
        return -high, -low
    half = critical * math.sqrt(variance)
    if math.isfinite(scale.low) and score > scale.low and half > 0:
        above = score - scale.low
        factor = math.exp(min(half / above, 700.0))
        return scale.low + above / factor, scale.low + above * factor
    return score - half, score + half


def difference_limits(
    difference: float,
    variance: float,
    critical: float,
    observations: float,
    scale: Scale,
    skewness: float = 0.0,
) -> tuple[float, float]:
    """Return the interval of a difference of two scores.

    Parameters
    ----------
    difference, variance, critical, scale
        As of ``score_limits``.
    observations
        The number of independent rows; it decides at the largest possible difference.
    skewness
        The skewness of the estimate; it widens the side of the longer tail, by Cornish and Fisher's
        expansion of a studentised mean, and narrows none.

    Returns
    -------
    tuple
        Both ends: symmetric or, where the largest possible difference is finite, Wilson's, whose
        variance grows with the distance from it.
    """
    if not variance:
        return difference, difference
    error = math.sqrt(variance)
    more = min(abs(skewness) * (2 * critical**2 + 1) / 6, MOST_SKEW * critical)
    down = error * (critical + (more if skewness < 0 else 0.0))
    up = error * (critical + (more if skewness > 0 else 0.0))
    if not scale.is_bounded:
        return difference - down, difference + up
    width = 2 * (scale.high - scale.low)
    share, share_variance = difference / width + 0.5, variance / width**2
    low, _ = _wilson(share, share_variance, down / error, observations)
    _, high = _wilson(share, share_variance, up / error, observations)
    # Few rows seem to count where a variance is large for its distance from the end.
    down += width * _reach_at_the_end(down / error, observations)
    up += width * _reach_at_the_end(up / error, observations)
    low, high = (width * (limit - 0.5) for limit in (low, high))
    return max(low, difference - down), min(high, difference + up)


def _reach_at_the_end(critical: float, observations: float) -> float:
    """The width of Wilson's interval of a share of 0 or 1."""
    return critical**2 / (observations + critical**2)


def _wilson(
    share: float, variance: float, critical: float, observations: float, most: float = math.inf
) -> tuple[float, float]:
    # A mean of ones may differ from 1 by its rounding error.
    share = 0.0 if share < _ROUNDING else 1.0 if share > 1 - _ROUNDING else share
    spread = share * (1 - share)
    if spread > 0 and variance == 0:
        # No row could change it: the AUC of a constant prediction.
        return share, share
    rows = min(most, spread / variance) if spread > 0 else observations
    ratio = critical**2 / rows
    middle = (share + ratio / 2) / (1 + ratio)
    half = critical / (1 + ratio) * math.sqrt(spread / rows + ratio / (4 * rows))
    return max(0.0, middle - half), min(1.0, middle + half)
