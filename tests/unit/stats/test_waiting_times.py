"""Times to a target: shares and medians, with fits that never reach it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import CensoredData, binomtest, ecdf, norm

from evenfold.stats.score_intervals import Design
from evenfold.stats.waiting_times import independent_fits, median_time, share_interval

SIMULATED = 2000
BUDGET = 40
NEVER = np.inf
HOLDOUT = Design(1, 30)


@pytest.mark.parametrize("count", [0, 1, 17, 29, 30])
def test_a_share_has_clopper_and_pearsons_interval(count):
    expected = binomtest(count, 30).proportion_ci(0.95, method="exact")
    found = share_interval(count, 30, 30)
    assert found.estimate == count / 30
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_a_median_is_kaplan_and_meiers_where_all_fits_end_after_as_many_epochs():
    random = np.random.default_rng(5)
    for _ in range(50):
        times = np.ceil(random.weibull(1.5, 21) * 30)
        reached = times <= BUDGET
        data = CensoredData(times[reached], right=np.full((~reached).sum(), BUDGET))
        curve = ecdf(data).sf
        below = curve.quantiles[curve.probabilities <= 0.5]
        found = median_time(np.where(reached, times, NEVER), 21)
        assert found.estimate == (below.min() if len(below) else NEVER)


def test_a_median_that_half_of_the_fits_never_reach_is_infinite():
    found = median_time(np.array([3.0] * 8 + [NEVER] * 22), 30)
    assert (found.estimate, found.low, found.high) == (NEVER, NEVER, NEVER)
    found = median_time(np.array([3.0] * 14 + [NEVER] * 16), 30)
    assert (found.estimate, found.low, found.high) == (NEVER, 3.0, NEVER)


def test_the_interval_of_a_median_is_that_of_order_statistics():
    """Of ten values, the binomial one goes from the second to the ninth."""
    found = median_time(np.arange(1.0, 11.0), 10)
    assert (found.estimate, found.low, found.high) == (5.0, 2.0, 9.0)


def test_five_fits_do_not_bound_a_median():
    found = median_time(np.array([4.0, 5.0, 6.0, 7.0, 8.0]), 5, least=1.0)
    assert (found.estimate, found.low, found.high) == (6.0, 1.0, NEVER)


def test_fits_of_overlapping_folds_count_less_than_seeds_of_a_holdout():
    assert independent_fits(30, HOLDOUT) == 30
    assert independent_fits(10, Design(10, 1)) == pytest.approx(6.35, abs=0.01)
    assert independent_fits(100, Design(10, 10)) == pytest.approx(13.7, abs=0.1)
    assert independent_fits(1, Design(2, 1)) == 1


def coverage(draw, median, share, design):
    """How often intervals of a median and of a share hold the truth, in so many studies."""
    fits = design.folds * design.repeats
    independent = independent_fits(fits, design)
    held = np.zeros(2)
    for _ in range(SIMULATED):
        times = draw(fits)
        of_median = median_time(times, independent, 1.0)
        of_share = share_interval(int(np.isfinite(times).sum()), fits, independent)
        held += of_median.low <= median <= of_median.high, of_share.low <= share <= of_share.high
    return held / SIMULATED


@pytest.mark.parametrize("median", [12, 35, 38])
def test_intervals_of_a_holdout_hold_the_truth(median):
    """Epochs, of which the last are censored: at a median near the budget, almost half of them."""
    random = np.random.default_rng(median)
    scale = (median - 0.5) / np.log(2) ** (1 / 1.5)  # the ceiling has this median

    def draw(fits):
        times = np.ceil(scale * random.weibull(1.5, fits))
        return np.where(times <= BUDGET, times, NEVER)

    share = 1 - np.exp(-((BUDGET / scale) ** 1.5))
    held = coverage(draw, median, share, HOLDOUT)
    assert (held >= 0.945).all(), held


@pytest.mark.parametrize("design", [Design(10, 1), Design(10, 10), Design(5, 2)])
def test_intervals_of_overlapping_folds_hold_the_truth(design):
    """Fits correlated by one divided by the number of folds, as Nadeau and Bengio take them."""
    random = np.random.default_rng(7)

    def draw(fits):
        shared, own = random.normal(size=1), random.normal(size=fits)
        times = np.exp(np.sqrt(1 / design.folds) * shared + np.sqrt(1 - 1 / design.folds) * own)
        return np.where(times <= 1.5, times, NEVER)

    held = coverage(draw, 1.0, norm.cdf(np.log(1.5)), design)
    assert (held >= 0.94).all(), held


def test_early_stopping_would_make_kaplan_and_meiers_median_too_short():
    """60 % of fits never reach the target and stop early, as they no longer improve."""
    random = np.random.default_rng(3)
    never = np.arange(1000) < 600
    reached, stopped = random.uniform(20, 30, 400), random.uniform(5, 15, 600)
    times = np.where(never, NEVER, np.concatenate([np.zeros(600), reached]))
    curve = ecdf(CensoredData(reached, right=stopped)).sf
    assert curve.quantiles[curve.probabilities <= 0.5].min() < 27
    assert median_time(times, 1000).low == NEVER
