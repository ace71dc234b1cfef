"""Verdicts on scores and times: functions of the printed interval and the margin alone.

An interval is that of a difference of scores, oriented so that above 0 is better, or of a logarithm
of a ratio of times, oriented so that above 0 is slower. The first row that applies decides, with
the margin ``m``:

==================== ============ ============
interval             scores       times
==================== ============ ============
low > m              better       slower
high < -m            worse        faster
-m <= low, high <= m equivalent   equivalent
low >= -m            not worse    not faster
high <= m            not better   not slower
else                 undecided    undecided
==================== ============ ============

References
----------
Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach.
Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.
"""

from __future__ import annotations

import math
from typing import Final, Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

ScoreVerdict = Literal["better", "worse", "equivalent", "not worse", "not better", "undecided"]
TimeVerdict = Literal["slower", "faster", "equivalent", "not faster", "not slower", "undecided"]

BETTER: Final = "better"
WORSE: Final = "worse"
NOT_WORSE: Final = "not worse"
NOT_BETTER: Final = "not better"
SLOWER: Final = "slower"
FASTER: Final = "faster"
NOT_FASTER: Final = "not faster"
NOT_SLOWER: Final = "not slower"
EQUIVALENT: Final = "equivalent"
UNDECIDED: Final = "undecided"

# Both in the order of the rows above.
SCORE_VERDICTS: Final[tuple[ScoreVerdict, ...]] = get_args(ScoreVerdict)
TIME_VERDICTS: Final[tuple[TimeVerdict, ...]] = get_args(TimeVerdict)

# Words that exclude a difference beyond the margin for the worse.
NOT_WORSE_VERDICTS: Final[tuple[ScoreVerdict, ...]] = (BETTER, EQUIVALENT, NOT_WORSE)
NOT_SLOWER_VERDICTS: Final[tuple[TimeVerdict, ...]] = (FASTER, EQUIVALENT, NOT_SLOWER)

# The verdict on a pair of models when the two change places.
REVERSED: Final[dict[ScoreVerdict, ScoreVerdict]] = {
    BETTER: WORSE, WORSE: BETTER, EQUIVALENT: EQUIVALENT,
    NOT_WORSE: NOT_BETTER, NOT_BETTER: NOT_WORSE, UNDECIDED: UNDECIDED,
}  # fmt: skip


def score_verdict(low: float, high: float, margin: float) -> ScoreVerdict:
    """Give the verdict on a difference of scores, oriented so that above 0 is better.

    Parameters
    ----------
    low, high
        The ends of the interval; NaN where there is none.
    margin
        The practical threshold, at least 0.

    Returns
    -------
    ScoreVerdict
        ``undecided`` without an interval, else by the table of this module.
    """
    return SCORE_VERDICTS[int(_verdict_codes(np.asarray(low), np.asarray(high), margin))]


def time_verdict(low: float, high: float, margin: float) -> TimeVerdict:
    """Give the verdict on a log ratio of times, oriented so that above 0 is slower.

    Parameters
    ----------
    low, high
        The ends of the interval of the log ratio; NaN where there is none.
    margin
        The practical threshold of a ratio: 0.02 for ratios from 1/1.02 to 1.02.

    Returns
    -------
    TimeVerdict
        ``undecided`` without an interval, else by the table of this module.
    """
    return cast("TimeVerdict", str(time_verdicts(np.asarray(low), np.asarray(high), margin)))


def time_verdicts(
    lows: NDArray[np.float64], highs: NDArray[np.float64], margin: float
) -> NDArray[np.str_]:
    """Give the verdicts on log ratios of times, oriented so that above 0 is slower.

    Parameters
    ----------
    lows, highs
        The ends of the intervals of the log ratios, of the same shape; NaN where there is none.
    margin
        The practical threshold of a ratio: 0.02 for ratios from 1/1.02 to 1.02.

    Returns
    -------
    numpy.ndarray
        Words of ``TimeVerdict`` in the same shape, as of ``time_verdict``.
    """
    return np.asarray(TIME_VERDICTS)[_verdict_codes(lows, highs, math.log1p(margin))]


def detectable_difference(low: float, high: float, margin: float) -> float:
    """Return the difference that an interval of this width would call beyond the margin.

    With a true difference of this size, half of such studies show that it exceeds the margin.

    Parameters
    ----------
    low, high
        The ends of the interval, on the scale of the margin.
    margin
        The practical threshold, at least 0.
    """
    return margin + (high - low) / 2


def _verdict_codes(
    lows: NDArray[np.float64], highs: NDArray[np.float64], margin: float
) -> NDArray[np.int64]:
    """Return the number of the first row of this module's table that applies, from 0."""
    # Comparisons with NaN are false, so that the last row applies.
    rules = [
        lows > margin,
        highs < -margin,
        (lows >= -margin) & (highs <= margin),
        lows >= -margin,
        highs <= margin,
    ]
    has_interval = ~(np.isnan(lows) | np.isnan(highs))
    return np.select([rule & has_interval for rule in rules], list(range(5)), 5)
