"""Intervals of scores and of their differences from the predictions of every test row.

The estimand of cross-validation is the expected score of models that this recipe trains on training
sets of this size from this population, averaged over seeds. That of a holdout is the score of
models trained on its training rows, averaged over seeds.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evenfold.stats.comparisons import ERROR, Comparison, Interval
from evenfold.stats.metric_names import is_lower_better, margin_of
from evenfold.stats.row_variance import (
    RowValues,
    RowVariance,
    difference_variance,
    row_variance,
)
from evenfold.stats.score_scales import (
    CORRELATION,
    LOSS,
    REAL,
    SHARE,
    Scale,
    difference_limits,
    score_limits,
)
from evenfold.stats.simultaneous import simultaneous_level
from evenfold.stats.verdicts import score_verdict

Name = TypeVar("Name", bound=Hashable)
SCALES = {
    "accuracy": SHARE,
    "balanced_accuracy": SHARE,
    "sensitivity": SHARE,
    "specificity": SHARE,
    "roc_auc": SHARE,
    "average_precision": SHARE,
    "f1": SHARE,
    "mcc": CORRELATION,
    "log_loss": LOSS,
    "brier": SHARE,
}
# Means of hits, whose variance is that of a share of rows.
OF_HITS = ("accuracy", "balanced_accuracy", "sensitivity", "specificity")
# Metrics whose differences need no care for skewness, as the battery shows. Near 1, the variance of
# a rank metric falls with its distance from 1; of a user's metric nothing is known.
NOT_SKEWED = (*OF_HITS, "f1", "mcc", "log_loss", "brier")
# Few rows that count show less skewness than there is.
SKEW_FACTOR = 2.0


def score_interval(
    values: RowValues, metric: str, scale: Scale | None = None, error: float = ERROR
) -> Interval:
    """Return a model's score with its interval, which stays in the range of the metric.

    Parameters
    ----------
    values
        The row-wise values of the metric.
    metric
        The metric.
    scale
        Its range; None for that of a built-in metric.
    error
        The probability that the interval misses.
    """
    score = values.estimate if len(values.value) else float("nan")
    none = Interval(score, float("nan"), float("nan"))
    if not values.has_variance or not _has_units(values.row):
        return none
    scale = scale or scale_of(metric)
    variance = row_variance(values)
    if metric not in SCALES and not variance.total and not scale.is_bounded:
        # Nothing is known of how such a metric may vary.
        return none
    total, freedom = variance.total, variance.freedom
    if metric in OF_HITS:
        # Wilson's interval takes care of hits that were not seen.
        total -= variance.unseen
    most = (values.rows or values.observations) * max(1.0, variance.rows_that_count)
    critical = _quantile(error, freedom)
    limits = score_limits(score, total, critical, values.observations, scale, most)
    return _around(scale.clipped(score), *limits)


def compare_rows(
    contenders: Mapping[Name, RowValues],
    reference: RowValues,
    metric: str,
    margin: float | None = None,
    scale: Scale | None = None,
    error: float = ERROR,
) -> dict[Name, Comparison]:
    """Compare contenders with the reference: intervals that all hold at once, and verdicts.

    Parameters
    ----------
    contenders
        The row-wise values of each contender, of the same fits and rows as the reference's.
    reference
        The row-wise values of the reference.
    metric
        The metric, which has a direction.
    margin
        The practical threshold; None for the metric's own.
    scale
        The range of the metric; None for that of a built-in metric.
    error
        The probability that any of the intervals misses.
    """
    pairs = {name: (one, reference) for name, one in contenders.items()}
    return compare_pairs(pairs, metric, margin, scale, error)


def compare_pairs(
    pairs: Mapping[Name, tuple[RowValues, RowValues]],
    metric: str,
    margin: float | None = None,
    scale: Scale | None = None,
    error: float = ERROR,
) -> dict[Name, Comparison]:
    """Compare pairs of models, each the first with the second: intervals that all hold at once.

    Pairs with fewer than two rows, or groups of rows, in common fits have no interval: they are
    left out. So are different models of which nothing shows how their difference may vary.
    """
    scale = scale or scale_of(metric)
    common = {name: pair for name, pair in pairs.items() if _has_common_fits(*pair)}
    variances = {name: difference_variance(*pair) for name, pair in common.items()}
    if not scale.is_bounded:
        variances = {
            name: variance
            for name, variance in variances.items()
            if variance.total or not _differ(*common[name])
        }
    if not variances:
        return {}
    level = simultaneous_level(_effects_by_unit(list(variances.values())), error)
    threshold = margin_of(metric, margin)
    return {
        name: _interval_and_verdict(common[name], variance, metric, threshold, level, scale)
        for name, variance in variances.items()
    }


def scale_of(metric: str, classes: int = 2) -> Scale:
    """Return the range of a metric; that of a metric that is not built in has no ends."""
    if metric == "brier" and classes > 2:
        return Scale(0.0, 2.0)
    return SCALES.get(metric, REAL)


def _has_common_fits(values: RowValues, reference: RowValues) -> bool:
    have_variance = values.has_variance and reference.has_variance
    return have_variance and _has_units(values.row[np.isin(values.fit, reference.fit)])


def _differ(values: RowValues, reference: RowValues) -> bool:
    """Whether any prediction differs."""
    return values.digest != reference.digest


def _has_units(row: NDArray[np.int64]) -> bool:
    """Whether there are two rows, or groups of rows: one has no variance."""
    return len(np.unique(row)) > 1


def _effects_by_unit(variances: Sequence[RowVariance]) -> NDArray[np.float64]:
    """Return the effects of each comparison on every row that any of them has."""
    units = np.unique(np.concatenate([one.units for one in variances]))
    effects = np.zeros((len(variances), len(units)))
    for place, one in enumerate(variances):
        effects[place, np.searchsorted(units, one.units)] = one.effects
    return effects


def _interval_and_verdict(
    pair: tuple[RowValues, RowValues],
    variance: RowVariance,
    metric: str,
    margin: float,
    level: float,
    scale: Scale,
) -> Comparison:
    """Return the difference of two models with its interval and the verdict."""
    values, reference = pair
    difference, total = values.minus(reference), variance.total
    if not total and scale.is_bounded and _differ(values, reference):
        # Models that never differed on these rows may differ on others: as if on one more.
        total = ((scale.high - scale.low) / values.observations) ** 2
    skewness = 0.0 if metric in NOT_SKEWED else SKEW_FACTOR * variance.skewness
    critical = _quantile(level, variance.freedom)
    estimate = scale.differences.clipped(difference.estimate)
    low, high = difference_limits(
        estimate, total, critical, difference.observations, scale, skewness
    )
    if is_lower_better(metric):
        estimate, low, high = -estimate, -high, -low
    verdict = score_verdict(low, high, margin)
    pairs = len(np.unique(difference.fit))
    return Comparison(_around(estimate, low, high), verdict, level, pairs, margin)


def _around(estimate: float, low: float, high: float) -> Interval:
    """Return an interval that rounding errors do not move off its estimate."""
    return Interval(estimate, min(low, estimate), max(high, estimate))


def _quantile(error: float, freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - error / 2))
