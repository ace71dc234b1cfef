"""What would settle a comparison: monotone, bounded where rows bound it, and as often as stated."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.stats.race_outlook import LaunchPlan, launches_to_settle
from evenfold.stats.settling import (
    CHANCE,
    MOST_TIMES,
    UndecidedDifference,
    chance_of_settling,
    settle,
)
from strategies import PROPERTY

CRITICAL = 1.96


def undecided(estimate=0.01, by_rows=4e-4, by_fits=1e-4, margin=0.01, rows=300, repeats=2):
    half = CRITICAL * math.sqrt(by_rows + by_fits)
    return UndecidedDifference(
        estimate, half, margin, by_rows, by_fits, 200.0, rows, repeats
    )  # fmt: skip


@st.composite
def differences(draw):
    margin = draw(st.floats(0.002, 0.02))
    by_rows = draw(st.floats(1.5, 30)) * margin**2
    by_fits = draw(st.sampled_from([0.0, 0.1, 1.0])) * by_rows
    limit = CRITICAL * math.sqrt(by_rows + by_fits) - margin
    estimate = draw(st.floats(-0.95, 0.95)) * limit
    return undecided(estimate, by_rows, by_fits, margin)


@PROPERTY
@given(differences())
def test_more_rows_never_make_a_decision_much_less_likely(difference):
    chances = [chance_of_settling(difference, rows=300 * 2**k) for k in range(12)]
    assert all(0 <= chance <= 1 for chance in chances)
    assert 0.0 == chances[0]
    assert all(later >= before - 0.02 for before, later in itertools.pairwise(chances))


@PROPERTY
@given(differences())
def test_the_advised_number_has_the_chance_and_the_one_before_has_not(difference):
    advised = settle(difference)
    assert advised.most_by_repeats <= 1
    for name, now in (("rows", difference.rows), ("repeats", difference.repeats)):
        needed = getattr(advised, name)
        if needed is not None:
            assert now < needed <= MOST_TIMES * now
            assert chance_of_settling(difference, **{name: needed}) >= CHANCE
            if needed > now + 1:
                assert chance_of_settling(difference, **{name: needed - 1}) < CHANCE


@PROPERTY
@given(differences(), st.floats(1.2, 3))
def test_a_wider_margin_and_a_larger_chance_need_fewer_and_more_rows(difference, factor):
    few, many = (settle(difference, chance).rows or math.inf for chance in (0.7, 0.9))
    assert few <= many
    tight = settle(difference).rows or math.inf
    wide = replace(difference, margin=min(factor * difference.margin, difference.half_width / 1.05))
    if wide.half_width - wide.margin > abs(wide.estimate):
        assert (settle(wide).rows or math.inf) <= 1.1 * tight


@PROPERTY
@given(differences(), st.floats(0.1, 10))
def test_the_unit_of_the_metric_does_not_matter(difference, factor):
    scaled = replace(
        difference,
        estimate=factor * difference.estimate,
        half_width=factor * difference.half_width,
        margin=factor * difference.margin,
        by_rows=factor**2 * difference.by_rows,
        by_fits=factor**2 * difference.by_fits,
    )
    one, other = settle(difference).rows, settle(scaled).rows
    assert one == pytest.approx(other, rel=0.01) if one and other else one is other


def test_repeats_do_not_help_where_rows_bound_the_interval():
    advised = settle(undecided(by_fits=0.0))
    assert advised.repeats is None
    assert 0.0 == advised.most_by_repeats
    assert advised.rows is not None


def test_repeats_help_where_fits_make_the_interval_wide():
    advised = settle(undecided(estimate=0.02, by_rows=2e-5, by_fits=1e-3))
    assert advised.repeats is not None
    assert advised.most_by_repeats > CHANCE


def test_rows_and_repeats_together_where_neither_is_enough():
    advised = settle(undecided(by_rows=4e-4, by_fits=2e-4))
    assert (None, None) == (advised.rows, advised.repeats)
    rows, repeats = advised.together
    assert 20 == repeats
    assert rows > 300


def test_without_a_variance_nothing_is_advised():
    nothing = settle(replace(undecided(), by_rows=0.0, by_fits=0.0))
    assert (None, None) == (nothing.rows, nothing.repeats)


def test_without_a_margin_a_small_difference_may_need_very_many_rows():
    one = undecided(margin=0.0, estimate=0.03, by_fits=0.0)
    some, many = (chance_of_settling(one, rows=times * one.rows) for times in (10, 1000))
    assert 0.2 < some < 0.7 < many


def test_following_the_advice_decides_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    settled = []
    for _ in range(1500):
        margin = 0.01
        true = rng.normal(0, np.exp(rng.uniform(np.log(margin / 2), np.log(20 * margin))))
        one = undecided(rng.normal(true, 0.02), by_rows=4e-4, by_fits=0.0)
        if abs(one.estimate) >= one.half_width - margin:
            continue
        rows = settle(one).rows
        kept = one.rows / rows
        later = kept * one.estimate + (1 - kept) * rng.normal(
            true, 0.02 * math.sqrt(kept / (1 - kept))
        )
        settled.append(abs(later) >= one.half_width * math.sqrt(kept) - margin)
    assert len(settled) > 400
    assert 0.76 <= np.mean(settled) <= 0.86


def test_launches_settle_a_ratio_and_a_clear_one_needs_fewer():
    plan = LaunchPlan(10, 1, 10, 9.0)
    half = 0.05
    clear = launches_to_settle(0.028, half, 0.02, plan)
    assert 10 < clear <= 200
    assert launches_to_settle(0.0, half, 0.02, plan) > clear
    assert launches_to_settle(0.0, 1.0, 0.02, plan) is None


def test_a_variance_of_more_freedom_is_not_taken_for_a_smaller_one():
    """The same interval is of a larger deviation, which takes more launches."""
    moderated, alone = (LaunchPlan(5, 1, 5, freedom) for freedom in (16.0, 4.0))
    half = 0.02 * moderated.half_width(5)
    needed = launches_to_settle(0.001, half, 0.02, moderated)
    assert needed > launches_to_settle(0.001, half, 0.02, alone)
    assert 0.02 * moderated.half_width(needed) < half
