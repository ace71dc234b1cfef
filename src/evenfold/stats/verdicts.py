"""Verdicts: their words, and the rules that give them, on scores and on times."""

from __future__ import annotations

import math
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

ScoreVerdict = Literal["better", "worse", "equivalent", "undecided"]
TimeVerdict = Literal["faster", "slower", "equivalent", "undecided"]

BETTER: Final = "better"
WORSE: Final = "worse"
FASTER: Final = "faster"
SLOWER: Final = "slower"
EQUIVALENT: Final = "equivalent"
UNDECIDED: Final = "undecided"

# The verdict on a pair of models when the two change places.
REVERSED: Final[dict[ScoreVerdict, ScoreVerdict]] = {BETTER: WORSE, WORSE: BETTER}

# Significance level of the p-values of scores.
ALPHA: Final = 0.05


def score_verdict(mean: float, low: float, high: float, p: float, margin: float) -> ScoreVerdict:
    """Give the verdict on a difference of scores, oriented so that above 0 is better.

    Parameters
    ----------
    mean, low, high
        The mean difference with its 95 % interval.
    p
        The p-value of no difference, adjusted for the number of comparisons.
    margin
        The practical threshold.

    Returns
    -------
    ScoreVerdict
        ``better`` or ``worse`` if ``p`` is below 0.05 and the mean exceeds the margin;
        ``equivalent`` if the interval lies within the margin; else ``undecided``.
    """
    if p < ALPHA and abs(mean) > margin:
        return BETTER if mean > 0 else WORSE
    if -margin <= low and high <= margin:
        return EQUIVALENT
    return UNDECIDED


def time_verdicts(
    log_ratios: NDArray[np.float64], half_widths: NDArray[np.float64], margin: float
) -> NDArray[np.str_]:
    """Give the verdicts on log ratios of times, oriented so that above 0 is slower.

    Parameters
    ----------
    log_ratios, half_widths
        The log ratios and the half-widths of their intervals, of the same shape.
    margin
        The practical threshold of a ratio: 0.02 for ratios from 1/1.02 to 1.02.

    Returns
    -------
    numpy.ndarray
        Words of ``TimeVerdict`` in the same shape: ``faster`` or ``slower`` if the interval
        excludes 0 and the log ratio exceeds the margin; ``equivalent`` if the interval lies within
        the margin; else ``undecided``.
    """
    threshold = math.log1p(margin)
    sizes = np.abs(log_ratios)
    different = (sizes > half_widths) & (sizes > threshold)
    same = sizes + half_widths <= threshold
    directions = np.where(log_ratios < 0, FASTER, SLOWER)
    return np.select(
        [different, same], [directions, np.full(np.shape(log_ratios), EQUIVALENT)], UNDECIDED
    )
