"""Looks at a race's data, and the error that each may spend."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from evenfold.stats.race_looks import (
    CONFIDENCE,
    PLANNED_SHARE,
    confidence_at,
    next_look,
    planned_looks,
)
from evenfold.stats.race_ratios import student_half
from evenfold.stats.verdicts import time_verdicts

PLANS = st.integers(5, 200)


@given(plan=PLANS)
def test_looks_are_fixed_by_the_budget(plan):
    """From five launches to all of them, in ascending order."""
    result = planned_looks(plan)
    assert plan == result[-1]
    assert result[0] >= 5
    assert all(before < after for before, after in pairwise(result))


@pytest.mark.parametrize(
    ("plan", "expected"), [(4, ()), (0, ()), (5, (5,)), (7, (7,)), (8, (5, 8)), (12, (5, 12))]
)
def test_an_early_look_is_taken_where_it_saves_three_launches(plan, expected):
    assert expected == planned_looks(plan)


@given(plan=PLANS, ratios=st.integers(1, 9))
def test_the_error_of_all_looks_together_is_below_one_percent(plan, ratios):
    """The looks of the plan and any number of looks beyond it; each ratio has its part."""
    beyond = [plan * 2**doubling for doubling in range(1, 25)]
    planned = sum(1 - confidence_at(n, ratios, plan) for n in planned_looks(plan))
    spent = planned + sum(1 - confidence_at(n, ratios, plan) for n in beyond)
    assert planned * ratios == pytest.approx(PLANNED_SHARE * (1 - CONFIDENCE))
    assert planned < spent
    assert spent * ratios < 0.95 * (1 - CONFIDENCE)


@pytest.mark.parametrize("plan", [5, 7])
def test_without_an_early_look_the_error_of_the_plan_is_spent_once(plan):
    assert 1 - confidence_at(plan, 1, plan) == pytest.approx(PLANNED_SHARE * (1 - CONFIDENCE))


@pytest.mark.parametrize("plan", [8, 12])
def test_an_early_look_leaves_most_of_the_error_to_the_last(plan):
    early, last = (1 - confidence_at(n, 1, plan) for n in planned_looks(plan))
    assert last >= 7 * early * (1 - 1e-9)


@pytest.mark.parametrize(
    ("launches", "plan", "expected"),
    [(0, 8, 5), (3, 8, 5), (5, 8, 8), (6, 8, 16), (8, 8, 16), (10, 8, 32), (16, 8, 32),
     (5, 5, 10), (2, 7, 7), (3, 3, 5), (9, 4, 20)],
)  # fmt: skip
def test_the_next_look_has_an_error_of_its_own(launches, plan, expected):
    """A look between two planned ones has used up the error of the later one."""
    assert expected == next_look(launches, plan)
    if launches >= 5:
        spent = confidence_at(launches, 1, plan)
        assert any(spent == confidence_at(n, 1, plan) for n in range(launches, expected))


@given(plan=PLANS, launches=st.integers(1, 400))
def test_between_two_looks_an_interval_has_the_error_of_the_later(plan, launches):
    at = [n for n in (*planned_looks(plan), 2 * plan, 4 * plan) if n >= launches]
    if at:
        assert confidence_at(at[0], 1, plan) == confidence_at(launches, 1, plan)


def most(races):
    """Share of false positives that an error of 1 % exceeds once in a thousand times."""
    return scipy_stats.binom(races, 1 - CONFIDENCE).isf(1e-3) / races


def ever_called(medians, at, confidences):
    """Share of races that are ``faster`` or ``slower`` at any look, by medians of launches."""
    wrong = np.zeros(len(medians), bool)
    for after, confidence in zip(at, confidences, strict=True):
        means, variances = medians[:, :after].mean(axis=1), medians[:, :after].var(axis=1, ddof=1)
        halves = student_half(variances, after - 1, after, confidence)
        wrong |= np.isin(time_verdicts(means - halves, means + halves, 0.0), ("faster", "slower"))
    return wrong.mean()


@pytest.mark.parametrize("plan", [5, 8, 12])
def test_a_race_continued_again_and_again_has_no_more_false_positives(plan):
    """At margin 0, the worst case, with six further looks."""
    medians = np.random.default_rng(plan).normal(0, 0.006, (20_000, plan * 64))
    at = [*planned_looks(plan), *(plan * 2**doubling for doubling in range(1, 7))]
    confidences = [confidence_at(after, 1, plan) for after in at]
    assert 0.006 < ever_called(medians, at, confidences) <= most(20_000)


def test_a_look_after_every_launch_errs_too_often():
    """The test above can fail: the whole error at each of 5 to 12 launches is too much."""
    medians = np.random.default_rng(0).normal(0, 0.006, (20_000, 12))
    at = range(5, 13)
    assert ever_called(medians, at, [CONFIDENCE] * len(at)) > most(3000)
