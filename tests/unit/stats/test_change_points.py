"""Changes in series: the rate of false alarms is the stated one, and clear changes are marked."""

from __future__ import annotations

import numpy as np
import pytest

from evenfold.stats.change_points import RATE, changes_of_intervals, changes_of_runs

MARGIN = 0.02
FREEDOM = 7.0


def races(rng, levels, spread=0.003):
    """Results with variances of their own, as races of eight launches have them."""
    launches = rng.normal(levels[:, None], spread * np.sqrt(8), (len(levels), 8))
    variances = launches.var(axis=1, ddof=1) / 8
    return launches.mean(axis=1), variances, np.full(len(levels), FREEDOM)


def disturbed(rng, levels):
    """Runs one after the other on a machine with a neighbour now and then, and heavy tails."""
    slow = 0.28 * rng.integers(0, 2, len(levels))
    return levels + slow + 0.01 * np.abs(rng.standard_t(2.5, len(levels)))


def heavy(rng, levels):
    return levels + 0.004 * rng.standard_t(2.5, len(levels))


def rate_of(marks_of, levels, runs):
    """Marks as a share of results."""
    rng = np.random.default_rng(0)
    return sum(len(marks_of(rng, levels)) for _ in range(runs)) / (runs * len(levels))


def of_races(margin=MARGIN, rate=RATE):
    return lambda rng, levels: changes_of_intervals(*races(rng, levels), margin, rate)


def of_runs(make, margin=MARGIN, rate=RATE):
    return lambda rng, levels: changes_of_runs(make(rng, levels), margin, rate)


# At a margin of 0 every examination may err: the rate is that of the method alone.
@pytest.mark.parametrize(
    "marks_of", [of_races(0.0), of_runs(disturbed, 0.0), of_runs(heavy, 0.0)],
    ids=["races", "neighbour", "heavy tails"],
)  # fmt: skip
def test_false_alarms_are_no_more_frequent_than_stated(marks_of):
    assert rate_of(marks_of, np.zeros(30), 60) <= RATE * 1.5


@pytest.mark.parametrize("marks_of", [of_races(0.0, 0.1), of_runs(heavy, 0.0, 0.1)])
def test_a_rate_that_is_not_kept_shows(marks_of):
    """The test above fails where examinations err twenty times as often."""
    assert rate_of(marks_of, np.zeros(30), 20) > RATE * 1.5


def test_runs_and_a_threshold_would_alarm_all_the_time():
    rng = np.random.default_rng(0)
    series = [disturbed(rng, np.zeros(30)) for _ in range(20)]
    assert np.mean([np.abs(np.diff(values)) > np.log(1.03) for values in series]) > 0.3
    assert sum(len(changes_of_runs(values, MARGIN)) for values in series) <= 3


def test_one_new_race_may_suffice():
    rng = np.random.default_rng(1)
    levels = np.r_[np.zeros(6), np.full(1, 0.1)]
    (mark,) = changes_of_intervals(*races(rng, levels), MARGIN)
    assert (6, 6) == (mark.place, mark.seen)
    assert mark.low < 0.1 < mark.high
    assert mark.low > MARGIN


def test_changes_in_both_directions_are_marked_where_they_are():
    rng = np.random.default_rng(2)
    levels = np.r_[np.zeros(10), np.full(9, 0.1), np.full(8, 0.04)]
    marks = changes_of_intervals(*races(rng, levels), MARGIN)
    assert [10, 19] == [mark.place for mark in marks]
    assert marks[0].difference > 0 > marks[1].difference


def test_runs_need_several_results_to_show_a_change():
    rng = np.random.default_rng(3)
    values = heavy(rng, np.r_[np.zeros(20), np.full(12, 0.1)])
    assert not changes_of_runs(values[:21], MARGIN)
    (mark,) = changes_of_runs(values, MARGIN)
    assert abs(mark.place - 20) <= 1
    assert mark.difference == pytest.approx(0.1, abs=0.02)


def test_runs_show_a_clear_change_at_the_smallest_rate():
    levels = np.r_[np.zeros(12), np.ones(8)]
    values = levels + 0.001 * np.random.default_rng(6).standard_normal(20)
    (mark,) = changes_of_runs(values, MARGIN, rate=1e-4)
    assert mark.place == 12


def test_a_change_within_the_margin_is_rarely_marked():
    levels = np.r_[np.zeros(15), np.full(15, MARGIN)]
    rng = np.random.default_rng(4)
    marked = sum(bool(of_races()(rng, levels)) for _ in range(60))
    assert marked <= 9
    marked = sum(bool(of_runs(heavy)(rng, levels)) for _ in range(15))
    assert marked <= 3


def test_equal_results_have_no_change():
    assert not changes_of_runs(np.ones(40), 0.0)
    assert not changes_of_intervals(np.ones(5), np.full(5, 0.0), np.full(5, 4.0), 0.0)
