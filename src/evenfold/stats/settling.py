"""What would settle an undecided comparison: more rows, repeats or launches, or none of them.

A study that goes on keeps the rows and fits that it has. Its later estimate is predicted from what
is known now. A comparison is *settled* if its interval no longer holds differences beyond the
margin on both sides, whichever side that is.

Differences of models that are worth comparing are mostly small, and an estimate that is far from 0
after few rows is partly luck. The prior of the true difference is therefore a mixture of normal
distributions around 0, whose deviations are spread evenly in logarithm from half of the margin to
``WIDEST`` times the margin. With a flat prior, advice that promised 80 % decided half of the
simulated studies without any difference (docs/decisions/142-advice-on-undecided-verdicts.md).

Further assumptions: new rows are drawn from where these come from; the true difference and the
variance over fits stay as they are when training sets grow; the variance by rows falls as one over
their number, and that by fits as one over the number of fits; and the rest of the design stays.

References
----------
Spiegelhalter, D. J., Freedman, L. S. and Blackburn, P. R. (1986). Monitoring clinical trials:
conditional or predictive power? Controlled Clinical Trials 7, 8-17.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

CHANCE: Final = 0.8
# More than so many times the rows or repeats are no useful advice.
MOST_TIMES: Final = 1000
MORE_REPEATS: Final = 10
# The prior of the true difference: the widest of its deviations in margins, and their number.
WIDEST: Final = 20.0
SCALES: Final = 25


@dataclass(frozen=True)
class UndecidedDifference:
    """A difference whose interval holds values beyond the margin on both sides.

    Parameters
    ----------
    estimate
        The difference.
    half_width
        Half of its interval.
    margin
        The practical threshold.
    by_rows, by_fits
        The parts of the variance that more rows, and more repeats, lower.
    freedom
        The degrees of freedom of the variance.
    rows, repeats
        The number of independent rows (or groups), and of repeats (or seeds), of the study.
    """

    estimate: float
    half_width: float
    margin: float
    by_rows: float
    by_fits: float
    freedom: float
    rows: int
    repeats: int


@dataclass(frozen=True)
class Settlement:
    """What would settle a comparison with a chance of ``CHANCE``.

    Parameters
    ----------
    rows, repeats
        The number of rows, or of repeats, that the study needs in all; None where no number up to
        ``MOST_TIMES`` as many is enough.
    most_by_repeats
        The chance that no number of repeats exceeds.
    together
        Where neither is enough alone: the rows that are enough with ``MORE_REPEATS`` times the
        repeats, and these repeats; None where they are not, or are not needed.
    """

    rows: int | None
    repeats: int | None
    most_by_repeats: float
    together: tuple[int, int] | None = None


def settle(difference: UndecidedDifference, chance: float = CHANCE) -> Settlement:
    """Return how many rows, or how many repeats, settle a difference with this chance.

    Parameters
    ----------
    difference
        What is known of it.
    chance
        The wanted chance.
    """
    rows = _least(lambda n: chance_of_settling(difference, rows=n), difference.rows, chance)
    repeats = _least(
        lambda n: chance_of_settling(difference, repeats=n), difference.repeats, chance
    )
    most = chance_of_settling(difference, repeats=math.inf)
    if rows is not None or repeats is not None:
        return Settlement(rows, repeats, most)
    more = MORE_REPEATS * difference.repeats
    beside = _least(
        lambda n: chance_of_settling(difference, rows=n, repeats=more), difference.rows, chance
    )
    return Settlement(None, None, most, None if beside is None else (beside, more))


def chance_of_settling(
    difference: UndecidedDifference, rows: float | None = None, repeats: float | None = None
) -> float:
    """Return the chance that a study with so many rows and repeats settles a difference.

    Parameters
    ----------
    difference
        What is known of it.
    rows, repeats
        The number in all, at least that of the study; None for that of the study.
    """
    of_rows = difference.rows / (difference.rows if rows is None else rows)
    of_repeats = difference.repeats / (difference.repeats if repeats is None else repeats)
    known = difference.by_rows + difference.by_fits
    later = difference.by_rows * of_rows + difference.by_fits * of_repeats
    if not known > 0:
        return 0.0
    falling = (difference.by_rows if of_rows < 1 else 0.0) + (
        difference.by_fits if of_repeats < 1 else 0.0
    )
    outlook = Prediction(
        estimate=difference.estimate,
        lasting=known - falling,
        now=falling,
        later=falling - (known - later),
        freedom=difference.freedom,
    )
    width = difference.half_width * math.sqrt(later / known)
    return chance_beyond(outlook, width, difference.margin)


@dataclass(frozen=True)
class Prediction:
    """What predicts a later estimate.

    Parameters
    ----------
    estimate
        The present estimate.
    lasting
        The part of its variance that more data do not lower.
    now, later
        The other part, now and with more data.
    freedom
        The degrees of freedom of the variance.
    """

    estimate: float
    lasting: float
    now: float
    later: float
    freedom: float


def chance_beyond(prediction: Prediction, half_width: float, margin: float) -> float:
    """Return the chance that a later interval does not hold both ends of the margin and beyond.

    Parameters
    ----------
    prediction
        What predicts the later estimate.
    half_width
        Half of the later interval.
    margin
        The practical threshold.
    """
    from scipy.special import stdtr

    limit = half_width - margin
    if limit <= 0:
        return 1.0
    d, now, later = prediction.estimate, prediction.now, prediction.later
    if not now > 0 or later >= now:
        return float(abs(d) >= limit)
    scales = _prior_scales(margin, now + prediction.lasting)
    variances = scales**2 + prediction.lasting
    weights = np.exp(-(d**2) / (2 * (variances + now))) / np.sqrt(variances + now)
    trust = variances / (variances + now)
    kept = later / now
    means = d * (kept + (1 - kept) * trust)
    deviations = np.sqrt((1 - kept) * later + (1 - kept) ** 2 * trust * now)
    above = stdtr(prediction.freedom, (means - limit) / deviations)
    below = stdtr(prediction.freedom, (-limit - means) / deviations)
    return float((weights * (above + below)).sum() / weights.sum())


def _prior_scales(margin: float, variance: float) -> NDArray[np.float64]:
    """Deviations of the true difference, evenly spread in logarithm; without a margin wide ones."""
    deviation = math.sqrt(variance)
    low = margin / 2 if margin else deviation / WIDEST
    return np.geomspace(low, max(WIDEST * margin, 2 * deviation, 2 * low), SCALES)


def _least(chance_at: Callable[[int], float], now: int, chance: float) -> int | None:
    """The least number above the present one with this chance, which grows with the number."""
    low, high = now, now + 1
    while chance_at(high) < chance:
        if high >= MOST_TIMES * now:
            return None
        low, high = high, min(2 * high, MOST_TIMES * now)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if chance_at(middle) >= chance else (middle, high)
    return high
