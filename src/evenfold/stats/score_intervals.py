"""Nadeau and Bengio's intervals and paired comparisons of scores over folds that overlap.

The training parts of cross-validation share rows, so that the plain variance of a mean over folds
is too small. It is corrected to ``(1/n + test/train) * var``. Fits on the same rows count once:
``n`` is the effective number of fits.

References
----------
Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine Learning 52,
239-281.

Kish, L. (1965). Survey Sampling. Wiley. (Effective number of fits, of which some count more.)
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evenfold.stats.comparisons import ERROR, Comparison, Interval
from evenfold.stats.metric_names import is_lower_better, margin_of
from evenfold.stats.verdicts import score_verdict

CONFIDENCE = 1 - ERROR
Values = NDArray[np.float64]
Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class SplitCounts:
    """How many splits of a study have rows of their own.

    Parameters
    ----------
    splits
        The number of splits.
    distinct
        The number of splits whose training and test rows differ from those of all others.
    effective
        The effective number: ``splits**2`` divided by the sum of the squared numbers of splits that
        have the same rows. It is ``distinct`` if each is there equally often.
    partitions
        The number of repeats whose folds are not those of an earlier repeat.
    """

    splits: int
    distinct: int
    effective: float
    partitions: int


@dataclass(frozen=True)
class Design:
    """The fits of a model: ``folds`` in each of ``repeats``; one fold is a holdout.

    A holdout is one split fitted with ``repeats`` seeds: nothing overlaps, and the variance is not
    corrected. ``counts`` are those of the splits where some have the same rows, else None.
    """

    folds: int
    repeats: int
    counts: SplitCounts | None = None

    @property
    def test_to_train(self) -> float:
        """The ratio of test to training rows of a fit; 0 for a holdout, without correction."""
        return 1 / (self.folds - 1) if self.folds > 1 else 0.0

    def effective_fits(self, fits: int) -> float:
        """Return as how many fits some fits count: fewer if splits have the same rows."""
        if self.counts is None:
            return fits
        return max(min(fits, 2), fits * self.counts.effective / self.counts.splits)


def interval(values: Values, design: Design, confidence: float = CONFIDENCE) -> Interval:
    """Compute the mean of scores, or of differences, with its corrected t-interval.

    Parameters
    ----------
    values
        One value for each fit, shape ``(fits,)``.
    design
        The folds and repeats.
    confidence
        The coverage of the interval.

    Returns
    -------
    Interval
        The mean and its interval; without variance both ends are the mean.
    """
    from scipy.special import stdtrit

    if not len(values):
        return Interval(float("nan"), float("nan"), float("nan"))
    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, float("nan"), float("nan"))
    error = _standard_error(values, design)
    freedom = design.effective_fits(len(values)) - 1
    half = error * float(stdtrit(freedom, (1 + confidence) / 2))
    return Interval(mean, mean - half, mean + half)


def compare(
    differences: Mapping[Name, Values],
    metric: str,
    design: Design,
    rope: float | None = None,
    error: float = ERROR,
) -> dict[Name, Comparison]:
    """Compare each contender with the reference: intervals that all hold at once, and verdicts.

    The error is divided by the number of comparisons (Bonferroni).

    Parameters
    ----------
    differences
        For each contender its scores minus the reference's on the same fits, shape ``(fits,)``. One
        with fewer than two differences has no interval, and so no verdict: it is left out.
    metric
        The metric, which has a direction and a margin.
    design
        The folds and repeats.
    rope
        The margin; None for the metric's own.
    error
        The error of all intervals together.
    """
    compared = {name: d for name, d in differences.items() if len(d) > 1}
    margin = margin_of(metric, rope)
    sign = -1 if is_lower_better(metric) else 1
    comparisons = {}
    for name, d in compared.items():
        level = error / len(compared)
        difference = interval(sign * np.asarray(d, np.float64), design, 1 - level)
        verdict = score_verdict(difference.low, difference.high, margin)
        comparisons[name] = Comparison(difference, verdict, level, len(d), margin)
    return comparisons


def equivalence(d: Values, margin: float) -> float:
    """Compute the p-value of two one-sided t-tests that a mean difference is within a margin of 0.

    Parameters
    ----------
    d
        Paired, independent differences, shape ``(pairs,)``.
    margin
        The margin, above 0.

    Returns
    -------
    float
        The p-value; without variance 0 inside the margin and 1 outside.

    References
    ----------
    Schuirmann, D. J. (1987). A comparison of the two one-sided tests procedure and the power
    approach. Journal of Pharmacokinetics and Biopharmaceutics 15, 657-680.
    """
    from scipy.special import stdtr

    mean, error = float(np.mean(d)), _standard_error(d, Design(1, len(d)))
    if error == 0:
        return float(abs(mean) >= margin)
    return float(stdtr(len(d) - 1, (abs(mean) - margin) / error))


def _standard_error(values: Values, design: Design) -> float:
    # The variance of equal numbers may be a rounding error.
    if np.ptp(values) == 0:
        return 0.0
    fits = design.effective_fits(len(values))
    variance = float(np.var(values)) * fits / (fits - 1)
    return float(np.sqrt((1 / fits + design.test_to_train) * variance))
