"""How a race's time is divided: properties of any budget and pace."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evenfold.race.budget import (
    FEWEST_BLOCKS,
    MOST_LAUNCHES,
    Pace,
    affordable_launches,
    default_budget,
    measuring_seconds,
    sufficient_budget,
)
from evenfold.stats.race_ratios import FEWEST_LAUNCHES
from strategies import PROPERTY

SECONDS = st.floats(0.01, 1000)
PACES = st.builds(Pace, SECONDS, SECONDS)


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
def test_a_sufficient_budget_suffices(spent, pace):
    budget = sufficient_budget(spent, FEWEST_LAUNCHES, pace) * (1 + 1e-9)
    assert FEWEST_LAUNCHES <= affordable_launches(budget - spent, pace)


@PROPERTY
@given(st.floats(1, 10_000), st.integers(0, 11), PACES)
def test_shares_and_what_follows_add_up_to_the_time(left, launches, pace):
    measured = measuring_seconds(left, launches, pace)
    total = measured * (launches + 1) + launches * pace.ready
    assert abs(total - left) <= 1e-6 * (left + launches * pace.ready)


def test_two_contenders_have_two_minutes():
    assert 120 == default_budget("epoch", 2) == default_budget("predict", 2)
    assert default_budget("fit", 2) > default_budget("epoch", 2)
