"""Ratios of races: their intervals, verdicts and looks, against scipy and by simulation."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from evenfold.errors import ResultsError, UsageError
from evenfold.stats.race_ratios import (
    CONFIDENCE,
    MARGIN,
    all_decided,
    confidence_at,
    judge,
    next_look,
    planned_looks,
    student_interval,
)
from evenfold.stats.verdicts import time_verdicts
from strategies import SEEDS

PLANS = st.integers(5, 200)
FEW = st.integers(2, 4)
OPPOSITE = {"faster": "slower", "slower": "faster"}


def timed(medians, blocks=1):
    """Launches of two contenders with exactly these log-ratios."""
    return [np.exp([[0.0, median]] * blocks) for median in medians]


@st.composite
def races(draw, contenders=FEW):
    """Launches of 1 to 7 noisy blocks: 1 to 9 of them, of contenders up to half as slow again."""
    rng = np.random.default_rng(draw(SEEDS))
    many, noise = draw(contenders), draw(st.sampled_from([0.001, 0.01, 0.2]))
    speeds = rng.choice([0, 0, 0.02, 0.4], many)
    launches = draw(st.lists(st.integers(1, 7), min_size=1, max_size=9))
    return [0.16 * np.exp(speeds + rng.normal(0, noise, (rows, many))) for rows in launches]


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
def test_the_error_of_all_looks_together_is_one_percent(plan, ratios):
    """The looks of the plan and any number of looks beyond it; each ratio has its part."""
    beyond = [plan * 2**doubling for doubling in range(1, 25)]
    spent = sum(1 - confidence_at(n, ratios, plan) for n in [*planned_looks(plan), *beyond])
    assert spent * ratios == pytest.approx(1 - CONFIDENCE, rel=1e-6)
    assert spent * ratios <= 1 - CONFIDENCE


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


@given(race=races())
def test_intervals_are_students_t_over_medians_of_launches(race):
    """As scipy computes them, with an error of 1 % divided among the contenders."""
    result = judge(race)
    contenders = race[0].shape[1]
    assert contenders - 1 == len(result)
    for contender, ratio in enumerate(result, 1):
        logs = [np.median(np.log(launch[:, contender] / launch[:, 0])) for launch in race]
        assert ratio.estimate == pytest.approx(math.exp(np.mean(logs)))
        assert (len(race), sum(map(len, race))) == (ratio.launches, ratio.blocks)
        if len(race) > 1 and np.ptp(logs) > 1e-9:
            level = 1 - 0.01 / (contenders - 1)
            low, high = scipy_stats.ttest_1samp(logs, 0).confidence_interval(level)
            assert (ratio.low, ratio.high) == pytest.approx(np.exp([low, high]), rel=1e-6)
            assert ratio.detectable == pytest.approx(math.expm1((high - low) / 2), rel=1e-6)


@given(race=races(), margin=st.sampled_from([0, 0.005, 0.02]))
def test_verdicts_are_read_off_the_printed_interval(race, margin):
    for ratio in judge(race, margin):
        within = 1 / (1 + margin) <= ratio.low and ratio.high <= 1 + margin
        beyond = ratio.estimate > 1 + margin or ratio.estimate < 1 / (1 + margin)
        excluded = ratio.low > 1 or ratio.high < 1
        if len(race) < 5:
            expected = "undecided"
        elif excluded and beyond:
            expected = "slower" if ratio.estimate > 1 else "faster"
        else:
            expected = "equivalent" if within else "undecided"
        assert expected == ratio.verdict


@given(race=races(st.just(2)))
def test_exchanged_contenders_have_the_opposite_verdict(race):
    (there,), (back,) = judge(race), judge([launch[:, ::-1] for launch in race])
    assert OPPOSITE.get(there.verdict, there.verdict) == back.verdict
    assert 1 / there.estimate == pytest.approx(back.estimate)
    assert (1 / there.high, 1 / there.low) == pytest.approx((back.low, back.high), nan_ok=True)
    assert there.outliers == back.outliers


@given(race=races(), seed=SEEDS)
def test_a_change_of_a_whole_block_changes_no_ratio(race, seed):
    """A machine whose speed drifts, and another order of launches and blocks."""
    rng = np.random.default_rng(seed)
    drifted = [
        rng.permutation(launch * np.exp(rng.uniform(-2, 2, (len(launch), 1)))) for launch in race
    ]
    for before, after in zip(judge(race), judge(drifted[::-1]), strict=True):
        assert before.verdict == after.verdict
        numbers = [(r.estimate, r.low, r.high, r.outliers) for r in (before, after)]
        assert numbers[0] == pytest.approx(numbers[1], nan_ok=True, rel=1e-6)


@given(race=races(st.just(2)))
def test_another_contender_widens_the_interval_and_keeps_the_estimate(race):
    """Bonferroni's adjustment, with the ratios of each contender alone."""
    with_third = [np.column_stack([launch, launch[:, 0]]) for launch in race]
    (alone,), (beside, same) = judge(race), judge(with_third)
    assert alone.estimate == beside.estimate
    assert 1 == same.estimate
    if alone.low < alone.high:
        assert beside.low < alone.low
        assert beside.high > alone.high


@given(ratio=st.floats(0.1, 10), seed=SEEDS)
@example(ratio=9.363841991060616, seed=0)  # its logarithm lies between two rounded ones
def test_rounding_is_neither_variance_nor_an_outlier(ratio, seed):
    """A contender with a constant ratio, on a machine whose speed changes."""
    seconds = np.exp(np.random.default_rng(seed).uniform(-2, 2, (6, 9)))
    (result,) = judge([np.column_stack([blocks, ratio * blocks]) for blocks in seconds])
    assert (0, pytest.approx(0, abs=1e-11)) == (result.outliers, result.detectable)
    assert ratio == pytest.approx(result.estimate)


A_LITTLE = np.array([-0.002, -0.001, 0.0, 0.001, 0.002])


@pytest.mark.parametrize(
    ("ratio", "spread", "margin", "verdict"),
    [
        (1.05, 1, 0.02, "slower"),
        (0.95, 1, 0.02, "faster"),
        (1.0, 1, 0.02, "equivalent"),
        (1.005, 1, 0.02, "equivalent"),
        (1.019, 1, 0.02, "undecided"),
        (1.01, 1, 0.005, "slower"),
        (1.004, 1, 0.005, "undecided"),
        (1.0, 1, 0.0, "undecided"),
        (1.0, 0, 0.0, "equivalent"),
        (1.001, 0, 0.0, "slower"),
        (1.30, 100, 0.02, "undecided"),
        (1.45, 0, 0.5, "equivalent"),
        (1 / 1.45, 0, 0.5, "equivalent"),
        (1.6, 0, 0.5, "slower"),
    ],
)
def test_examples(ratio, spread, margin, verdict):
    """Among them a ratio surely above 1 but within the margin, and a large and noisy one."""
    (result,) = judge(timed(math.log(ratio) + spread * A_LITTLE), margin)
    assert verdict == result.verdict
    assert ratio == pytest.approx(result.estimate)


def test_a_large_and_noisy_ratio_has_a_larger_detectable_difference():
    (result,) = judge(timed(math.log(1.3) + 100 * A_LITTLE))
    assert result.low < 1 < result.high
    assert result.detectable > result.estimate - 1


@pytest.mark.parametrize("launches", [1, 2, 4])
def test_fewer_than_five_launches_are_undecided(launches):
    """However clear the ratio is; one launch has no interval."""
    (result,) = judge(timed([0.7] * launches), most_launches=launches)
    assert ("undecided", launches) == (result.verdict, result.launches)
    assert result.estimate == pytest.approx(math.exp(0.7))
    assert (launches == 1) == math.isnan(result.low) == math.isnan(result.high)
    assert (launches == 1) == math.isnan(result.detectable)
    assert not all_decided([result])


def test_equal_launches_have_an_interval_without_width():
    (result,) = judge(timed([0.1] * 6, blocks=3))
    assert result.low == pytest.approx(result.high)
    assert ("slower", pytest.approx(0)) == (result.verdict, result.detectable)


def test_one_contender_has_no_ratio():
    assert () == judge([np.ones((3, 1))] * 5)


def test_launches_far_apart_have_an_interval_without_ends():
    (result,) = judge(timed([-400, 400]))
    assert (0, math.inf) == (result.low, result.high)


def test_outliers_are_counted_and_kept():
    """One of eleven blocks takes ten times as long; the median of its launch does not move."""
    logs = np.linspace(-0.01, 0.01, 11)
    launch = np.exp(np.column_stack([np.zeros(11), logs]))
    burst = launch.copy()
    burst[3, 1] *= 10
    assert [0, 1] == [judge([one] * 5)[0].outliers // 5 for one in (launch, burst)]
    assert 55 == judge([burst] * 5)[0].blocks
    moved = judge([burst] * 5)[0].estimate
    assert moved == pytest.approx(math.exp(logs[6]))


def test_a_race_is_finished_when_every_verdict_is_decided():
    alike, slower, faster, noisy = (
        judge(timed(medians))[0]
        for medians in (A_LITTLE, A_LITTLE + 0.1, A_LITTLE - 0.1, 100 * A_LITTLE)
    )
    assert all_decided([alike, slower, faster])
    assert not all_decided([alike, noisy])


@pytest.mark.parametrize("wrong", [0.0, -0.1, math.nan, math.inf])
def test_an_impossible_time_is_reported_with_its_place(wrong):
    race = [np.full((4, 3), 0.16) for _ in range(5)]
    race[1][2, 1] = wrong
    message = rf"launch 2, block 3, contender 2: {wrong} seconds is no time: run the race again"
    with pytest.raises(ResultsError, match=message):
        judge(race)


@pytest.mark.parametrize("shape", [(0, 2), (3, 3), (6,), (3, 0)])
def test_a_launch_of_another_shape_is_refused(shape):
    race = [np.ones((3, 2)), np.ones(shape)]
    with pytest.raises(ResultsError, match=r"launch 2: expected times of shape .* as many"):
        judge(race)


def test_a_race_without_launches_is_refused():
    with pytest.raises(ResultsError, match="without a launch has nothing to judge"):
        judge([])


@pytest.mark.parametrize("margin", [-0.01, math.nan, math.inf])
def test_an_impossible_margin_is_refused(margin):
    with pytest.raises(UsageError, match=f"margin {margin}: give a number of at least 0"):
        judge(timed(A_LITTLE), margin)


def called(rng, contenders, margin, plan):
    """Whether a race of equal contenders that stops by the rule has a false verdict."""
    launches = []
    for after in planned_looks(plan):
        while len(launches) < after:
            effects = rng.normal(0, 0.003, contenders)
            launches.append(np.exp(effects + rng.standard_t(3, (8, contenders)) / 100))
        ratios = judge(launches, margin, plan)
        if all_decided(ratios):
            break
    return any(ratio.verdict in OPPOSITE for ratio in ratios)


def most(races):
    """Share of false positives that an error of 1 % exceeds once in a thousand times."""
    return scipy_stats.binom(races, 1 - CONFIDENCE).isf(1e-3) / races


@pytest.mark.slow(reason="simulates thousands of races")
@pytest.mark.parametrize(
    ("contenders", "margin", "plan"), [(2, 0, 8), (4, 0, 8), (2, 0, 5), (2, MARGIN / 4, 8)]
)
def test_false_positives_with_the_stopping_rule_at_work(contenders, margin, plan):
    rng = np.random.default_rng(contenders * 100 + plan)
    wrong = sum(called(rng, contenders, margin, plan) for _ in range(3000))
    assert wrong / 3000 <= most(3000)


def ever_called(medians, at, confidences):
    """Share of races that are ``faster`` or ``slower`` at any look, by medians of launches."""
    wrong = np.zeros(len(medians), bool)
    for after, confidence in zip(at, confidences, strict=True):
        means, halves = student_interval(medians[:, :after], confidence)
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
    """The two tests above can fail: the whole error at each of 5 to 12 launches is too much."""
    medians = np.random.default_rng(0).normal(0, 0.006, (20_000, 12))
    at = range(5, 13)
    assert ever_called(medians, at, [CONFIDENCE] * len(at)) > most(3000)


@pytest.mark.parametrize("launches", [5, 8, 12])
def test_intervals_cover_their_confidence(launches):
    """99 % within chance of 40,000 races, for launches that are not quite normal."""
    medians = np.random.default_rng(launches).standard_t(9, (40_000, launches))
    means, halves = student_interval(medians, CONFIDENCE)
    assert (np.abs(means) <= halves).mean() == pytest.approx(0.99, abs=0.0025)
