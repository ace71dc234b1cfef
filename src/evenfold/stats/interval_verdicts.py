"""The verdict on a difference: a function of its interval and a margin alone.

References
----------
Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power approach.
Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

IntervalVerdict = Literal["better", "worse", "equivalent", "not worse", "not better", "undecided"]
INTERVAL_VERDICTS: Final[tuple[IntervalVerdict, ...]] = get_args(IntervalVerdict)
# Words that show that a contender is not worse.
SHOWN_NOT_WORSE: Final[tuple[IntervalVerdict, ...]] = ("better", "equivalent", "not worse")


def interval_verdict(low: float, high: float, margin: float) -> IntervalVerdict:
    """Give the verdict on a difference of scores, oriented so that above 0 is better.

    Parameters
    ----------
    low, high
        The ends of the interval; NaN where there is none.
    margin
        The practical threshold, at least 0.

    Returns
    -------
    IntervalVerdict
        The first that applies: ``better`` if the interval lies above the margin, ``worse`` if below
        minus the margin, ``equivalent`` if between both, ``not worse`` if above minus the margin,
        ``not better`` if below the margin; else ``undecided``.
    """
    if low > margin:
        return "better"
    if high < -margin:
        return "worse"
    if -margin <= low and high <= margin:
        return "equivalent"
    if low >= -margin:
        return "not worse"
    if high <= margin:
        return "not better"
    return "undecided"
