"""Times to an event that some fits never reach: the share that does, and the median.

A fit that does not reach its target within its training is censored: its time is infinite, that is,
longer than any that the recipe takes, and it counts in the share and in the median. All fits of a
recipe end by the recipe (its epochs, or its early stopping), so that order statistics suffice.
Where every fit ends after the same number of epochs they equal Kaplan and Meier's median. Where
fits stop early they do not: Kaplan and Meier take a fit that stopped because it no longer improved
for one that would have gone on like the others, and their median is too short.

References
----------
Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in
the case of the binomial. Biometrika 26, 404-413.

Brookmeyer, R. and Crowley, J. (1982). A confidence interval for the median survival time.
Biometrics 38, 29-41. (The interval of a median by inverting a test of the distribution.)
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evenfold.stats.comparisons import ERROR, Interval
from evenfold.stats.score_intervals import Design

Values = NDArray[np.float64]


def independent_fits(fits: int, design: Design) -> float:
    """Return as how many independent fits those of a design count.

    Nadeau and Bengio take the correlation of fits of ``k`` overlapping folds as ``1/k``. Whether
    two such fits reach a target is then correlated by at most ``2/pi * asin(1/k)``, at the median.
    The seeds of a holdout are independent, given its split.

    Parameters
    ----------
    fits
        The number of fits.
    design
        The folds and repeats.
    """
    effective = design.effective_fits(fits)
    if design.folds == 1:
        return effective
    correlation = 2 / math.pi * math.asin(1 / design.folds)
    return effective / (1 + max(effective - 1, 0) * correlation)


def share_interval(count: int, fits: int, independent: float, error: float = ERROR) -> Interval:
    """Compute a share with Clopper and Pearson's interval.

    Parameters
    ----------
    count, fits
        The number of fits in which something happened, and of all fits.
    independent
        As how many independent fits they count.
    error
        The error of the interval.
    """
    shares = np.array([count / fits])
    low, high = _share_ends(shares, independent, error)
    return Interval(float(shares[0]), float(low[0]), float(high[0]))


def median_time(
    times: Values, independent: float, least: float = 0.0, error: float = ERROR
) -> Interval:
    """Compute the median of times with an interval without assumptions on their distribution.

    Parameters
    ----------
    times
        The time of each fit, ``(fits,)``; infinite where it never comes.
    independent
        As how many independent fits they count.
    least
        The shortest time there is: the lower end of very few fits.
    error
        The error of the interval.

    Returns
    -------
    Interval
        The median and the ends are times of fits; infinite where more than half may never reach it.
    """
    places, counts = np.unique(times, return_counts=True)
    reached = np.cumsum(counts) / len(times)
    low, high = _share_ends(reached, independent, error)
    return Interval(
        estimate=float(places[np.searchsorted(reached, 0.5)]),
        low=least if _share_ends(np.zeros(1), independent, error)[1][0] >= 0.5
        else float(places[np.argmax(high >= 0.5)]),
        high=float(places[np.argmax(low > 0.5)]) if (low > 0.5).any() else math.inf,
    )  # fmt: skip


def _share_ends(shares: Values, independent: float, error: float) -> tuple[Values, Values]:
    """The ends of the intervals of some shares."""
    from scipy.special import betaincinv

    count = shares * independent
    rest = np.maximum(independent - count, 0.0)
    with np.errstate(invalid="ignore"):
        low = np.where(count > 0, betaincinv(np.maximum(count, 1e-9), rest + 1, error / 2), 0.0)
        high = np.where(rest > 0, betaincinv(count + 1, np.maximum(rest, 1e-9), 1 - error / 2), 1.0)
    return low, high
