"""How a race's time is divided: properties of any budget and pace."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.race.budget import (
    FEWEST_BLOCKS,
    MOST_LAUNCHES,
    SECONDS_TO_END,
    Pace,
    affordable_launches,
    default_budget,
    has_time_for_launch,
    measuring_seconds,
    smallest_budget,
    usual_seconds,
)
from evenfold.stats.race_looks import FEWEST_LAUNCHES
from strategies import PROPERTY

SECONDS = st.floats(0.01, 1000)
PACES = st.builds(Pace, SECONDS, SECONDS, ahead=st.booleans())


def shortest(launches, pace):
    """Seconds from when the first launch is ready, if every launch has the fewest blocks."""
    return FEWEST_BLOCKS * pace.block + (launches - 1) * pace.shortest


@PROPERTY
@given(st.floats(-10, 10_000), PACES)
def test_launches_fit_into_the_time(left, pace):
    """Except for the one that has begun."""
    count = affordable_launches(left, pace)
    assert 1 <= count <= MOST_LAUNCHES
    assert 1 == count or shortest(count, pace) <= left * (1 + 1e-9)


@PROPERTY
@given(st.floats(-10, 10_000), PACES)
def test_there_are_enough_launches_for_a_verdict_if_possible(left, pace):
    if shortest(FEWEST_LAUNCHES, pace) * (1 + 1e-9) <= left:
        assert FEWEST_LAUNCHES <= affordable_launches(left, pace)


@PROPERTY
@given(st.floats(0, 100), PACES)
def test_the_smallest_budget_suffices_and_little_less_does_not(spent, pace):
    """Even if launches take a sixth longer."""
    budget = smallest_budget(spent, FEWEST_LAUNCHES, pace)
    assert budget == int(budget)
    left = budget - spent - SECONDS_TO_END
    slower = replace(pace, ready=pace.ready * 7 / 6, block=pace.block * 7 / 6)
    assert FEWEST_LAUNCHES <= affordable_launches(left, slower)
    assert affordable_launches(left / 1.3 - 1, pace) < FEWEST_LAUNCHES


@PROPERTY
@given(st.floats(1, 20), st.floats(20, 10_000), st.sampled_from([("wall", 0.74), ("cpu", 0.65)]))
def test_most_of_the_time_is_measured(ready, left, share):
    """Where the time allows five launches; blocks are short."""
    clock, least = share
    pace = Pace(ready, ready / 100, clock)
    count = affordable_launches(left, pace)
    measured = count * measuring_seconds(left, count - 1, pace)
    assert count <= FEWEST_LAUNCHES or measured / left > least


def test_the_usual_seconds_afford_the_launches():
    for ahead in (False, True):
        pace = Pace(4.0, 0.8, "cpu", ahead)
        for launches in (5, 9, 14):
            left = usual_seconds(9.0, pace, launches) - 9.0 - SECONDS_TO_END
            assert launches == affordable_launches(left, pace)


@PROPERTY
@given(st.floats(1, 10_000), st.integers(0, 11), PACES)
def test_shares_and_what_follows_add_up_to_the_time(left, launches, pace):
    measured = measuring_seconds(left, launches, pace)
    total = measured * (launches + 1) + launches * pace.gap
    assert abs(total - left) <= 1e-6 * (left + launches * pace.gap)


@PROPERTY
@given(st.floats(1, 20), st.floats(100, 10_000), st.floats(0.01, 3))
def test_launches_that_are_prepared_ahead_are_more_and_leave_no_gap(ready, left, block):
    ahead = Pace(ready, block, "cpu", ahead=True)
    after = replace(ahead, ahead=False)
    count = affordable_launches(left, ahead)
    assert count >= affordable_launches(left, after)
    assert left == pytest.approx(count * measuring_seconds(left, count - 1, ahead))
    if count < MOST_LAUNCHES:
        assert measuring_seconds(left, count - 1, ahead) < 2 * ahead.shortest


def test_two_contenders_have_two_minutes():
    assert 120 == default_budget("epoch", 2) == default_budget("predict", 2)
    assert default_budget("fit", 2) > default_budget("epoch", 2)


def test_a_race_that_is_slowed_down_runs_the_launches_of_a_verdict_and_no_more():
    """Beyond the budget by half of it at most."""
    pace = Pace(4.0, 0.25)
    assert pace.shortest == 5.0
    lacking, enough = FEWEST_LAUNCHES - 1, FEWEST_LAUNCHES
    assert has_time_for_launch(5.0, 30.0, enough, pace)
    assert not has_time_for_launch(4.9, 30.0, enough, pace)
    assert has_time_for_launch(-10.0, 30.0, lacking, pace)
    assert not has_time_for_launch(-10.1, 30.0, lacking, pace)
    ahead = replace(pace, ahead=True)
    assert has_time_for_launch(1.0, 30.0, enough, ahead)
    assert not has_time_for_launch(0.9, 30.0, enough, ahead)
