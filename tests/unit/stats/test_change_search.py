"""The search for changes along a path: what it finds, what it costs, and how often it errs."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.stats.change_search import (
    CHANGED,
    OPEN,
    SAME,
    ChangeSearch,
    UnusableVersionError,
    comparisons_of_one_change,
    most_comparisons,
)

MARGIN, ERROR = 1.0, 0.05


def exact(levels, half=0.4, unusable=()):
    """A comparer of levels with intervals that always hold."""

    def compare(first, last, error):
        for place in (first, last):
            if place in unusable:
                raise UnusableVersionError(place)
        difference = levels[last] - levels[first]
        return difference - half, difference + half

    return compare


def searched(levels, **options):
    comparer = options.pop("compare", None) or exact(levels)
    return ChangeSearch(len(levels), comparer, MARGIN, ERROR, **options).run()


def named(search):
    return [(step.first, step.last) for step in search.changes]


def test_one_change_is_found_at_its_step():
    assert [(10, 11)] == named(searched([0] * 11 + [5] * 8))


def test_several_changes_in_both_directions_are_all_found():
    levels = [0] * 4 + [5] * 5 + [3] * 6 + [9] * 4
    search = searched(levels)
    assert [(3, 4), (8, 9), (14, 15)] == named(search)
    assert ["higher", "lower", "higher"] == [s.finding(MARGIN) for s in search.changes]


def test_changes_that_cancel_are_found_by_a_thorough_search_alone():
    levels = [0] * 4 + [5] * 5 + [0] * 6
    assert [] == named(searched(levels))
    assert 1 == len(searched(levels).steps)
    thorough = searched(levels, thorough=True)
    assert [(3, 4), (8, 9)] == named(thorough)
    assert len(levels) == len(thorough.steps)


def test_small_steps_that_add_up_are_named_as_a_stretch():
    search = searched([0.5 * n for n in range(9)])
    assert search.changes
    assert all(step.last - step.first > 1 for step in search.changes)
    assert SAME != search.whole.finding(MARGIN)


def test_small_steps_that_add_up_are_named_around_a_change_in_the_other_direction():
    levels = [*(0.5 * n for n in range(12)), *(0.5 * n - 3 for n in range(12, 24))]
    search = searched(levels, thorough=True)
    assert [(0, 23), (11, 12)] == named(search)
    assert ["higher", "lower"] == [step.finding(MARGIN) for step in search.changes]


def test_a_path_without_a_change_takes_one_comparison():
    search = searched([0] * 30)
    assert (1, []) == (len(search.steps), named(search))


def test_a_version_that_cannot_be_measured_is_left_out():
    levels = [0] * 5 + [5] * 4
    compare = exact(levels, unusable=(4, 5))
    search = searched(levels, compare=compare)
    assert [(3, 6)] == named(search)
    assert [4, 5] == sorted(search.unusable)
    thorough = searched(levels, compare=compare, thorough=True)
    assert [(3, 6)] == named(thorough)


@given(
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 3.0, 9.0]), min_size=1, max_size=20),
    st.sets(st.integers(1, 19)),
    st.booleans(),
)
def test_whatever_is_left_out_every_change_of_a_rising_path_is_found(jumps, left_out, thorough):
    levels = [0.0, *np.cumsum(jumps).tolist()]
    usable = [n for n in range(len(levels)) if n in (0, len(levels) - 1) or n not in left_out]
    compare = exact(levels, half=0.1, unusable=set(range(len(levels))) - set(usable))
    search = searched(levels, compare=compare, thorough=thorough)
    expected = [(a, b) for a, b in pairwise(usable) if levels[b] - levels[a] > MARGIN]
    assert expected == named(search)
    assert search.spent <= ERROR * (1 + 1e-9)


def test_an_end_that_cannot_be_measured_ends_the_search():
    with pytest.raises(UnusableVersionError, match="version 3"):
        searched([0, 0, 0, 5], compare=exact([0, 0, 0, 5], unusable=(3,)))


def test_steps_that_stay_open_are_listed():
    search = searched([0, 0, 1.2], compare=exact([0, 0, 1.2], half=0.4))
    assert [(1, 2)] == [(s.first, s.last) for s in search.open_steps]
    assert [] == named(search)


@given(st.integers(0, 2**32 - 1))
def test_a_difference_by_subtraction_holds_where_both_intervals_hold(seed):
    rng = np.random.default_rng(seed)
    levels = np.cumsum(rng.choice([0.0, 0.0, 6.0], 17)).tolist()

    def compare(first, last, error):
        below, above = rng.uniform(0, 0.9, 2)
        difference = levels[last] - levels[first]
        return difference - below, difference + above

    for step in searched(levels, compare=compare).steps:
        assert step.low <= levels[step.last] - levels[step.first] <= step.high


def test_a_change_is_never_named_by_subtraction():
    # Steps of 4 are beyond the margin of each single step, but only measured ones are named.
    search = searched([0] * 9 + [5] * 8)
    assert any(not step.is_measured for step in search.steps)
    assert all(step.is_measured and step.last - step.first == 1 for step in search.changes)


@given(
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 2.0, 7.0]), min_size=2, max_size=24),
    st.booleans(),
    st.booleans(),
)
def test_the_error_is_never_overspent_and_comparisons_are_bounded(levels, thorough, is_fresh):
    search = searched(levels, thorough=thorough, is_fresh=is_fresh)
    measured = [step for step in search.steps if step.is_measured]
    assert search.spent <= ERROR * (1 + 1e-9)
    assert len(measured) <= most_comparisons(len(levels), thorough)
    assert all(step.error > 0 for step in measured)


@given(st.lists(st.sampled_from([0.0, 0.0, 3.0, 7.0]), min_size=2, max_size=24))
def test_intervals_that_hold_make_an_answer_that_holds(levels):
    search = searched(levels, thorough=True)
    jumps = {(n, n + 1) for n in range(len(levels) - 1) if abs(levels[n + 1] - levels[n]) > MARGIN}
    assert jumps == set(named(search))


def test_one_clear_change_takes_few_comparisons():
    counts = list(comparisons_of_one_change(19))
    assert max(counts) <= 2 * math.ceil(math.log2(18)) + 1
    assert min(counts) >= math.floor(math.log2(18)) + 1


def noisy(levels, rng, spread=0.5, mutate=lambda error: error):
    """A comparer whose intervals miss with just the probability that they may miss with."""
    from scipy.special import ndtri

    def compare(first, last, error):
        half = spread * ndtri(1 - mutate(error) / 2)
        estimate = rng.normal(levels[last] - levels[first], spread)
        return estimate - half, estimate + half

    return compare


def errors_of(levels, runs, mutate=lambda error: error):
    """The share of searches whose answer errs: a change that is none, or a false equivalence."""
    rng = np.random.default_rng(0)
    false = 0
    for _ in range(runs):
        search = ChangeSearch(len(levels), noisy(levels, rng, mutate=mutate), MARGIN, ERROR).run()
        differences = {step: levels[step.last] - levels[step.first] for step in search.steps}
        false += any(
            (step.finding(MARGIN) in CHANGED and abs(differences[step]) <= MARGIN)
            or (step.finding(MARGIN) == SAME and abs(differences[step]) > MARGIN)
            for step in search.steps
            if step.is_measured
        )
    return false / runs


# Differences of just the margin are where a false change is easiest to name.
AT_THE_MARGIN = [0.0] * 6 + [1.0] * 6 + [0.0] * 6


def test_answers_err_no_more_often_than_stated():
    assert errors_of(AT_THE_MARGIN, 400) <= ERROR


@pytest.mark.parametrize(
    "mutate", [lambda error: ERROR, lambda error: min(20 * error, 1)], ids=["whole", "20 times"]
)
def test_a_broken_control_of_the_error_shows(mutate):
    """The test above would fail if every comparison spent the whole error, or too large a share."""
    assert errors_of(AT_THE_MARGIN, 250, mutate) > ERROR + 0.02


def test_open_is_neither_changed_nor_the_same():
    search = searched([0, 1], compare=exact([0, 1]))
    assert OPEN == search.whole.finding(MARGIN)
