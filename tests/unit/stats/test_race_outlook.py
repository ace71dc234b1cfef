"""What more launches can do: predictions against races that go on."""

from __future__ import annotations

import numpy as np
import pytest

from builders.race_blocks import timed
from evenfold.stats.launch_ratios import LaunchRatios
from evenfold.stats.race_looks import confidence_at
from evenfold.stats.race_outlook import (
    expected_half_width,
    launches_for,
    nothing_can_change,
    useful_launches,
    verdict_is_settled,
)
from evenfold.stats.race_ratios import ratio_intervals
from evenfold.stats.verdicts import time_verdicts


def races(log_ratio, count, number=4000, deviation=0.005):
    """Races whose launches vary by that deviation, all other quantities alike."""
    rng = np.random.default_rng(count)
    medians = log_ratio + rng.normal(0, deviation, (number, 1, count))
    none = np.zeros(medians.shape, int)
    return LaunchRatios(medians, medians, np.zeros(medians.shape), none, none)


def at_look(each, launches, plan, margin):
    """Intervals at a look, and the words."""
    confidence = confidence_at(launches, 1, plan)
    intervals = ratio_intervals(each.first(launches), confidence, margin)
    return intervals, time_verdicts(intervals.lows, intervals.highs, margin)


@pytest.mark.parametrize(("log_ratio", "margin"), [(0.0, 0.0), (0.04, 0.02)])
def test_a_settled_verdict_is_that_of_the_whole_race(log_ratio, margin):
    each = races(log_ratio, 8)
    intervals, early = at_look(each, 5, 8, margin)
    _, late = at_look(each, 8, 8, margin)
    settled = verdict_is_settled(intervals, 5, 8, margin)
    assert settled.mean() > 0.05
    assert (early == late)[settled].mean() > 0.95


def test_a_verdict_that_may_change_is_not_settled():
    """A ratio at the margin, and one whose interval will fit into it."""
    for log_ratio, margin in ((0.005, 0.0), (0.0, 0.01)):
        intervals, words = at_look(races(log_ratio, 8), 5, 8, margin)
        settled = verdict_is_settled(intervals, 5, 8, margin)
        assert settled[words == "undecided"].mean() < 0.1


def test_nothing_is_settled_where_slow_samples_matter_or_no_launch_is_left():
    each = races(0.0, 8)
    slow = LaunchRatios(each.medians, each.means + 0.1, each.mean_variances, each.above, each.below)
    intervals, _ = at_look(slow, 5, 8, 0.0)
    assert not verdict_is_settled(intervals, 5, 8, 0.0).any()
    intervals, _ = at_look(each, 8, 8, 0.0)
    assert not verdict_is_settled(intervals, 8, 8, 0.0).any()


@pytest.mark.parametrize("launches", [5, 8, 12])
def test_an_expected_half_width_is_that_of_races(launches):
    intervals, _ = at_look(races(0.0, launches), launches, launches, 0.02)
    expected = expected_half_width(0.005**2, launches - 1, launches, 1)
    assert np.median(np.expm1(intervals.median_halves)) == pytest.approx(expected, rel=0.08)


def test_the_fewest_launches_for_a_half_width():
    wanted = expected_half_width(0.005**2, 10, 11, 1)
    assert 11 == launches_for(0.005**2, wanted * (1 + 1e-9), 1)
    assert 12 == launches_for(0.005**2, wanted * (1 - 1e-9), 1)
    assert 5 == launches_for(0.005**2, 1.0, 1)
    assert launches_for(0.005**2, 1e-9, 1, most=50) is None
    assert launches_for(0.005**2, wanted, 7) > 11


A_LITTLE = np.array([-0.002, -0.001, 0.0, 0.001, 0.002])


@pytest.mark.parametrize(
    ("shift", "scale", "margin", "plan", "expected"),
    [
        (0.0, 0.1, 0.02, 8, True),  # equivalent
        (0.1, 0.1, 0.02, 8, True),  # slower
        (0.0, 1, 0.005, 8, False),  # three more launches may show that it is equivalent
        (0.0, 1, 0.0, 8, True),  # the same three would show nothing at a margin of 0
        (0.0, 1, 0.0, 12, False),
    ],
)
def test_a_race_stops_where_nothing_can_change(shift, scale, margin, plan, expected):
    race = timed(shift + scale * A_LITTLE, blocks=4)
    assert expected == nothing_can_change(race, margin, plan)


@pytest.mark.parametrize("plan", [5, 8, 12])
def test_a_continued_race_needs_more_than_one_launch(plan):
    """A further look has less of the error, so one more launch would widen the interval."""
    useful = useful_launches(plan, 1, plan)
    assert plan + 2 <= useful <= 2 * plan
    widths = [expected_half_width(1e-4, n - 1, n, 1, plan) for n in (plan, useful - 1, useful)]
    assert widths[2] < widths[0] <= widths[1]


@pytest.mark.parametrize("launches", [1, 2, 4])
def test_an_interrupted_race_needs_the_launches_of_a_verdict(launches):
    """The interval of one launch has no width: no number of launches would narrow it."""
    assert 5 == useful_launches(launches, 1, 20)


def test_a_race_between_looks_uses_every_launch():
    assert 7 == useful_launches(6, 1, 8)
