"""Signs that a single ratio does not describe a race: slow samples, and launches unlike the others.

A contender that takes twice as long in one of ten samples is 10 % slower in the mean, and equal in
the median. A contender with a slow launch now and then may never have one in a race.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evenfold.stats.launch_ratios import LaunchRatios
from evenfold.stats.race_looks import FEWEST_LAUNCHES

# Levels of the tests that the two ratios differ, and that one contender has the slow samples.
DIFFERENCE_LEVEL, SIDE_LEVEL = 0.01, 0.01
# Ratios that differ by less may do so by chance where the margin is small.
LEAST_DIFFERENCE = 0.01
# Level of the test that one launch is not like the others.
LAUNCH_LEVEL = 0.01
# Log ratios that differ by less are equal but for rounding.
ROUNDING = 1e-9

Values = NDArray[np.float64]


def ratios_differ(each: LaunchRatios, halves: Values, margin: float) -> NDArray[np.bool_]:
    """Return whether slow samples matter, for each ratio, as an array of shape ``(..., ratios)``.

    They do if the ratio of means differs from that of medians beyond both the margin and the
    interval of the ratio of medians, or significantly, or if the outliers are mostly of one of both
    contenders.

    Parameters
    ----------
    each
        The log ratios of all launches, of two at least.
    halves
        Half-widths of the intervals of the ratios of medians, of shape ``(..., ratios)``.
    margin
        Practical threshold.
    """
    from scipy.special import bdtr, stdtr

    differences = each.means - each.medians
    sizes = np.abs(differences.mean(axis=-1))
    spreads = np.std(differences, axis=-1, ddof=1) / math.sqrt(each.launches)
    p = 2 * stdtr(each.launches - 1, -sizes / np.maximum(spreads, ROUNDING))
    above, below = each.above.sum(axis=-1), each.below.sum(axis=-1)
    one_sided = 2 * bdtr(np.minimum(above, below), above + below, 0.5) < SIDE_LEVEL
    beyond = sizes > np.maximum(math.log1p(max(margin, LEAST_DIFFERENCE)), halves)
    differ: NDArray[np.bool_] = beyond | (p < DIFFERENCE_LEVEL) | one_sided
    return differ


def odd_launches(medians: Values) -> NDArray[np.bool_]:
    """Return whether one launch is far from the others, by Grubbs' test, for each ratio.

    Parameters
    ----------
    medians
        Log ratios of shape ``(..., ratios, launches)``.

    References
    ----------
    Grubbs, F. E. (1950). Sample criteria for testing outlying observations. Annals of Mathematical
    Statistics 21, 27-58.
    """
    from scipy.special import stdtrit

    count = medians.shape[-1]
    if count < FEWEST_LAUNCHES:
        return np.zeros(medians.shape[:-1], bool)
    t = stdtrit(count - 2, 1 - LAUNCH_LEVEL / (2 * count))
    limit = (count - 1) / math.sqrt(count) * math.sqrt(t**2 / (count - 2 + t**2))
    far = np.abs(medians - medians.mean(axis=-1, keepdims=True)).max(axis=-1)
    odd: NDArray[np.bool_] = far > limit * np.maximum(np.std(medians, axis=-1, ddof=1), ROUNDING)
    return odd
