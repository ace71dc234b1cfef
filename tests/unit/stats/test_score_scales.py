"""Intervals that know the range of their metric."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from evenfold.stats.score_scales import (
    CORRELATION,
    LOSS,
    REAL,
    SHARE,
    Scale,
    difference_limits,
    score_limits,
)
from strategies import PROPERTY

SPREADS = st.floats(0, 4)
CRITICAL = st.floats(1, 20)


@given(score=st.floats(0, 1), spread=SPREADS, critical=CRITICAL, rows=st.integers(1, 10**6))
@settings(PROPERTY, max_examples=30)
def test_no_interval_of_a_share_leaves_its_range(score, spread, critical, rows):
    low, high = score_limits(score, spread**2, critical, rows, SHARE)
    assert 0 <= low <= high <= 1
    assert low - 1e-9 <= score <= high + 1e-9


@given(score=st.floats(-1, 1), spread=SPREADS, critical=CRITICAL, rows=st.integers(1, 10**6))
@settings(PROPERTY, max_examples=30)
def test_no_interval_of_a_correlation_leaves_its_range(score, spread, critical, rows):
    low, high = score_limits(score, spread**2, critical, rows, CORRELATION)
    assert -1 <= low <= high <= 1


@given(score=st.floats(0, 50), spread=SPREADS, critical=CRITICAL)
@settings(PROPERTY, max_examples=30)
def test_no_interval_of_a_loss_is_below_0(score, spread, critical):
    low, high = score_limits(score, spread**2, critical, 10, LOSS)
    if score > 0:
        assert 0 <= low <= score <= high


@given(difference=st.floats(-1, 1), spread=SPREADS, critical=CRITICAL)
@settings(PROPERTY, max_examples=30)
def test_no_interval_of_a_difference_of_shares_leaves_its_range(difference, spread, critical):
    low, high = difference_limits(difference, spread**2, critical, 100, SHARE)
    assert -1 <= low <= high <= 1
    assert low - 1e-6 <= difference <= high + 1e-6


@given(difference=st.floats(-1, 1), spread=st.floats(0, 0.3), critical=CRITICAL)
@settings(PROPERTY, max_examples=30)
def test_the_interval_turns_with_the_difference(difference, spread, critical):
    low, high = difference_limits(difference, spread**2, critical, 100, SHARE)
    turned = difference_limits(-difference, spread**2, critical, 100, SHARE)
    assert turned == pytest.approx((-high, -low), abs=1e-9)


@given(difference=st.floats(-1, 1), spread=st.floats(0.001, 0.3), rows=st.integers(5, 10**6))
@example(difference=0.999, spread=0.005, rows=100)
@example(difference=-1.0, spread=0.01, rows=100)
@settings(PROPERTY, max_examples=30)
def test_no_limit_of_a_difference_is_far_outside_the_plain_interval(difference, spread, rows):
    """What the end of the scale adds is the width of a perfect score's interval."""
    low, high = difference_limits(difference, spread**2, 2.0, rows, SHARE)
    end, _ = score_limits(1.0, 0.0, 2.0, rows, SHARE)
    reach = 2 * spread + 2 * (1 - end) + 1e-9
    assert difference - reach <= low <= high <= difference + reach


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99, 1.0])
def test_a_difference_near_the_end_of_its_scale_is_shown(share):
    variance = share * (1 - share) / 100
    low, high = difference_limits(-share, variance or 1e-4, 2.0, 100, SHARE)
    assert -1 <= low <= high < -share + 0.15


@given(score=st.floats(-50, 1), spread=SPREADS, critical=CRITICAL)
@settings(PROPERTY, max_examples=30)
def test_a_scale_with_an_upper_end_alone_is_a_loss_turned_over(score, spread, critical):
    low, high = score_limits(score, spread**2, critical, 10, Scale(-math.inf, 1.0))
    turned = score_limits(1 - score, spread**2, critical, 10, LOSS)
    assert (1 - high, 1 - low) == pytest.approx(turned, rel=1e-6, abs=1e-9)
    if score < 1:
        assert high <= 1


@pytest.mark.parametrize("hits", [0, 1, 7, 40, 49, 50])
def test_the_interval_of_a_plain_share_is_wilsons(hits):
    share = hits / 50
    expected = scipy_stats.binomtest(hits, 50).proportion_ci(method="wilson")
    critical = scipy_stats.norm.ppf(0.975)
    found = score_limits(share, share * (1 - share) / 50, critical, 50, SHARE)
    assert found == pytest.approx((expected.low, expected.high))


def test_a_score_that_no_row_can_change_has_no_width():
    assert score_limits(0.5, 0.0, 2.0, 100, SHARE) == (0.5, 0.5)
    assert score_limits(0.0, 0.0, 2.0, 100, CORRELATION) == (0.0, 0.0)


def test_a_perfect_score_is_as_uncertain_as_its_rows_are_few():
    assert score_limits(1.0, 0.0, 1.96, 100, SHARE) == pytest.approx((1 / 1.038416, 1.0))


def test_a_rounding_error_below_1_is_no_certainty():
    almost = 1 - 2**-53
    assert score_limits(almost, 0.0, 1.96, 100, SHARE) == score_limits(1.0, 0.0, 1.96, 100, SHARE)


def test_far_from_the_ends_all_scales_agree_with_the_symmetric_one():
    for scale in (SHARE, CORRELATION, LOSS):
        middle = 0.5 if scale is not CORRELATION else 0.0
        found = score_limits(middle, 1e-8, 2.0, 10**9, scale)
        assert found == pytest.approx(score_limits(middle, 1e-8, 2.0, 10, REAL), abs=1e-7)
    assert difference_limits(0.01, 1e-8, 2.0, 100, SHARE) == pytest.approx(
        difference_limits(0.01, 1e-8, 2.0, 100, REAL), abs=1e-7
    )


# Less skewness is lost in the rounding of the ends.
SMALLEST_SKEWNESS = 1e-9


@given(skewness=st.floats(-2, 2), critical=st.floats(1, 4))
@example(skewness=-1e-12, critical=1.0)
@example(skewness=5e-324, critical=4.0)
@settings(PROPERTY, max_examples=30)
def test_skewness_lengthens_the_side_of_the_longer_tail_and_shortens_none(skewness, critical):
    plain = difference_limits(0.1, 0.01, critical, 100, REAL)
    low, high = difference_limits(0.1, 0.01, critical, 100, REAL, skewness)
    assert low <= plain[0] if skewness < 0 else low == plain[0]
    assert high >= plain[1] if skewness > 0 else high == plain[1]
    if abs(skewness) > SMALLEST_SKEWNESS:
        assert low < plain[0] if skewness < 0 else high > plain[1]
    assert low >= plain[0] - 0.05 * critical - 1e-9
    assert high <= plain[1] + 0.05 * critical + 1e-9


def test_skewness_of_a_mean_is_that_of_cornish_and_fisher():
    low, high = difference_limits(0.0, 1.0, 2.0, 100, REAL, 0.1)
    assert (low, high) == pytest.approx((-2.0, 2.0 + 0.1 * 9 / 6))


def test_without_variance_a_difference_has_no_width():
    assert difference_limits(0.2, 0.0, 2.0, 100, SHARE) == (0.2, 0.2)
