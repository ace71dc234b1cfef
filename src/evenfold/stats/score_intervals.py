"""Intervals, paired comparisons and verdicts of scores over folds that overlap.

Training parts of cross-validation share rows, so the plain variance of a mean over folds is too
small; it is corrected as Nadeau and Bengio (2003) do: ``(1/n + test/train) * var``.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evenfold.stats.verdicts import BETTER, EQUIVALENT, UNDECIDED, WORSE, ScoreVerdict

CONFIDENCE = 0.95
ALPHA = 0.05
# A difference below this is of no practical interest: MEASURING, region of practical equivalence.
ROPE = {
    "accuracy": 0.01,
    "balanced_accuracy": 0.01,
    "roc_auc": 0.005,
    "log_loss": 0.01,
    "brier": 0.005,
    "sensitivity": 0.01,
    "specificity": 0.01,
}
LOWER_IS_BETTER = {"log_loss", "brier"}
Values = NDArray[np.float64]
Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Design:
    """How fits came about: ``folds`` a repeat and ``repeats`` of them; one fold is a holdout.

    A holdout is one split fitted with ``repeats`` seeds: nothing overlaps, nothing is corrected.
    """

    folds: int
    repeats: int

    @property
    def test_to_train(self) -> float:
        """Test rows to training rows of a fit; 0 for a holdout, whose variance is plain."""
        return 1 / (self.folds - 1) if self.folds > 1 else 0.0


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval; NaN at both ends with fewer than two values."""

    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """What a difference must exceed to be seen by an interval this wide."""
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class Comparison:
    """A contender against the reference, oriented so that above 0 is better.

    ``p`` is Holm-adjusted, two-sided. ``probabilities`` are the Bayesian correlated t-test's
    (Benavoli et al. 2017) of worse, practically equal and better; they decide nothing.
    """

    difference: Interval
    p: float
    verdict: ScoreVerdict
    probabilities: tuple[float, float, float]


def register_metric(metric: str, rope: float, lower_is_better: bool) -> None:
    """Register the margin and the direction of a metric that is not built in."""
    ROPE[metric] = rope
    (LOWER_IS_BETTER.add if lower_is_better else LOWER_IS_BETTER.discard)(metric)


def interval(values: Values, design: Design, confidence: float = CONFIDENCE) -> Interval:
    """Mean and interval of scores, or of differences, one a fit; shape ``(fits,)``.

    Without variance the interval is the mean.
    """
    from scipy.special import stdtrit

    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, float("nan"), float("nan"))
    error = _standard_error(values, design)
    half = error * float(stdtrit(len(values) - 1, (1 + confidence) / 2))
    return Interval(mean, mean - half, mean + half)


def compare(
    differences: Mapping[Name, Values], metric: str, design: Design, rope: float | None = None
) -> dict[Name, Comparison]:
    """Each contender's verdict, from its scores minus the reference's on the same fits.

    ``better`` or ``worse``: the Holm-adjusted p over all contenders is below 0.05 and the mean
    difference exceeds the rope. ``equivalent``: the 95 % interval lies inside the rope. Else
    ``undecided``.
    """
    if not differences:
        return {}
    margin = ROPE[metric] if rope is None else rope
    sign = -1 if metric in LOWER_IS_BETTER else 1
    oriented = {name: sign * np.asarray(d, np.float64) for name, d in differences.items()}
    raw = [_p_value(d, design) for d in oriented.values()]
    adjusted = _holm(raw)
    found = {}
    for (name, d), p in zip(oriented.items(), adjusted, strict=True):
        around = interval(d, design)
        verdict = _verdict(around, float(p), margin)
        found[name] = Comparison(around, float(p), verdict, _probabilities(d, design, margin))
    return found


def equivalence(d: Values, margin: float) -> float:
    """The p-value of two one-sided t-tests that a mean difference is within ``margin`` of 0.

    Schuirmann (1987); ``d`` are paired, independent differences of shape ``(pairs,)``. Without
    variance it is 0 inside the margin and 1 outside.
    """
    from scipy.special import stdtr

    mean, error = float(np.mean(d)), _standard_error(d, Design(1, len(d)))
    if error == 0:
        return float(abs(mean) >= margin)
    return float(stdtr(len(d) - 1, (abs(mean) - margin) / error))


def _standard_error(values: Values, design: Design) -> float:
    variance = float(np.var(values, ddof=1))
    # Equal numbers have a variance of a rounding error.
    if np.ptp(values) == 0:
        return 0.0
    return float(np.sqrt((1 / len(values) + design.test_to_train) * variance))


def _p_value(d: Values, design: Design) -> float:
    from scipy.special import stdtr

    if len(d) < 2:
        return 1.0
    error = _standard_error(d, design)
    if error == 0:
        return 0.0 if d[0] != 0 else 1.0
    return float(2 * stdtr(len(d) - 1, -abs(float(np.mean(d))) / error))


def _holm(p_values: list[float]) -> list[float]:
    # Holm (1979): the least of m is multiplied by m, the next by m - 1, and none is below the last.
    order = np.argsort(p_values)
    multiplied = np.asarray(p_values)[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(multiplied), 1)
    return [float(p) for p in adjusted]


def _verdict(around: Interval, p: float, margin: float) -> ScoreVerdict:
    if p < ALPHA and abs(around.mean) > margin:
        return BETTER if around.mean > 0 else WORSE
    if -margin <= around.low and around.high <= margin:
        return EQUIVALENT
    return UNDECIDED


def _probabilities(d: Values, design: Design, margin: float) -> tuple[float, float, float]:
    from scipy.special import stdtr

    if len(d) < 2:
        return (float("nan"),) * 3
    mean, error = float(np.mean(d)), _standard_error(d, design)
    if error == 0:
        return float(mean < -margin), float(abs(mean) <= margin), float(mean > margin)
    # The posterior of the mean difference is Student's t around it.
    worse = float(stdtr(len(d) - 1, (-margin - mean) / error))
    better = float(stdtr(len(d) - 1, (mean - margin) / error))
    return worse, max(0.0, 1 - worse - better), better
