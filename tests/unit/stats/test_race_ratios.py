"""Ratios of races: their intervals and verdicts, against scipy and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from builders.race_blocks import noisy_races, timed, timed_blocks
from evenfold.errors import UsageError
from evenfold.stats.launch_ratios import TimedBlocks, launch_ratios
from evenfold.stats.launch_variance import VariancePrior
from evenfold.stats.race_looks import CONFIDENCE, planned_looks
from evenfold.stats.race_ratios import MARGIN, all_decided, judge, student_half
from evenfold.stats.verdicts import time_verdict
from strategies import SEEDS

OPPOSITE = {"faster": "slower", "slower": "faster", "not faster": "not slower",
            "not slower": "not faster"}  # fmt: skip
TWO = st.just(2)


@given(race=noisy_races(TWO))
def test_the_interval_of_two_contenders_is_students_t_over_launches(race):
    """As scipy computes it, with an error of 1 %."""
    (result,) = judge(race)
    each = launch_ratios(race)
    logs = each.medians[0]
    assert result.estimate == pytest.approx(math.exp(np.mean(logs)))
    assert result.mean.estimate == pytest.approx(math.exp(np.mean(each.means)))
    assert (len(race), sum(len(one.seconds) for one in race)) == (result.launches, result.blocks)
    if len(race) > 1 and np.ptp(logs) > 1e-9:
        low, high = scipy_stats.ttest_1samp(logs, 0).confidence_interval(0.99)
        assert (result.low, result.high) == pytest.approx(np.exp([low, high]), rel=1e-6)


@given(race=noisy_races())
def test_intervals_of_several_contenders_are_adjusted(race):
    """The error is divided by their number; without pooling, each is Student's t."""
    each, results = launch_ratios(race), judge(race)
    assert len(each.medians) == len(results)
    for logs, ratio in zip(each.medians, results, strict=True):
        if len(race) > 1 and np.ptp(logs) > 1e-9 and not ratio.is_pooled:
            level = 1 - 0.01 / len(results)
            low, high = scipy_stats.ttest_1samp(logs, 0).confidence_interval(level)
            assert (ratio.low, ratio.high) == pytest.approx(np.exp([low, high]), rel=1e-6)


@given(race=noisy_races(launches=st.integers(2, 9)))
def test_an_interval_of_means_is_never_narrower_than_its_blocks_allow(race):
    each = launch_ratios(race)
    for number, ratio in enumerate(judge(race)):
        half = student_half(
            each.mean_variances[number].mean(), (len(race) - 1) * len(each.means), len(race), 0.99
        )
        assert math.log(ratio.mean.high / ratio.mean.estimate) >= half * (1 - 1e-9)


@given(race=noisy_races(), margin=st.sampled_from([0, 0.005, 0.02]))
def test_verdicts_are_of_the_interval_that_is_judged(race, margin):
    """It is that of medians, or reaches over both where the ratios differ."""
    for ratio in judge(race, margin):
        ends = np.log([ratio.judged_low, ratio.judged_high])
        expected = time_verdict(*ends, margin) if len(race) >= 5 else "undecided"
        assert expected == ratio.verdict
        lows, highs = [ratio.low], [ratio.high]
        if ratio.differs:
            lows, highs = [*lows, ratio.mean.low], [*highs, ratio.mean.high]
        ends = (min(lows), max(highs))
        assert ends == pytest.approx((ratio.judged_low, ratio.judged_high), nan_ok=True)
        half = (math.log(ratio.judged_high) - math.log(ratio.judged_low)) / 2
        expected = (1 + margin) * math.exp(half) - 1
        assert ratio.detectable == pytest.approx(expected, nan_ok=True)


@given(race=noisy_races(TWO))
def test_exchanged_contenders_have_the_opposite_verdict(race):
    exchanged = [TimedBlocks(one.seconds[:, ::-1], one.places[:, ::-1]) for one in race]
    (there,), (back,) = judge(race), judge(exchanged)
    assert OPPOSITE.get(there.verdict, there.verdict) == back.verdict
    assert 1 / there.estimate == pytest.approx(back.estimate)
    assert 1 / there.mean.estimate == pytest.approx(back.mean.estimate)
    assert (1 / there.high, 1 / there.low) == pytest.approx((back.low, back.high), nan_ok=True)
    assert (there.outliers, there.differs) == (back.outliers, back.differs)


@given(race=noisy_races(), seed=SEEDS)
def test_a_change_of_a_whole_block_changes_no_ratio_of_medians(race, seed):
    """A machine whose speed drifts, and another order of launches and blocks."""
    rng = np.random.default_rng(seed)
    drifted = []
    for one in race:
        order = rng.permutation(len(one.seconds))
        speeds = np.exp(rng.uniform(-2, 2, (len(order), 1)))
        drifted.append(TimedBlocks((one.seconds * speeds)[order], one.places[order]))
    for before, after in zip(judge(race), judge(drifted[::-1]), strict=True):
        numbers = [(r.estimate, r.low, r.high, r.outliers) for r in (before, after)]
        assert numbers[0] == pytest.approx(numbers[1], nan_ok=True, rel=1e-6)


@given(ratio=st.floats(0.1, 10), seed=SEEDS)
@example(ratio=9.363841991060616, seed=0)  # its logarithm lies between two rounded ones
def test_rounding_is_neither_variance_nor_an_outlier(ratio, seed):
    """A contender with a constant ratio, on a machine whose speed changes."""
    seconds = np.exp(np.random.default_rng(seed).uniform(-2, 2, (6, 9)))
    race = [timed_blocks(np.column_stack([blocks, ratio * blocks])) for blocks in seconds]
    (result,) = judge(race, margin=0)
    assert (0, pytest.approx(0, abs=1e-11)) == (result.outliers, result.detectable)
    assert not result.differs
    assert ratio == pytest.approx(result.estimate) == pytest.approx(result.mean.estimate)


A_LITTLE = np.array([-0.002, -0.001, 0.0, 0.001, 0.002])


@pytest.mark.parametrize(
    ("ratio", "spread", "margin", "verdict"),
    [
        (1.05, 1, 0.02, "slower"),
        (0.95, 1, 0.02, "faster"),
        (1.0, 1, 0.02, "equivalent"),
        (1.005, 1, 0.02, "equivalent"),
        (1.019, 1, 0.02, "not faster"),
        (1 / 1.019, 1, 0.02, "not slower"),
        (1.021, 1, 0.02, "not faster"),
        (1.01, 1, 0.005, "slower"),
        (1.004, 1, 0.005, "not faster"),
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
    """Among them ratios surely above 1 but not surely beyond the margin, and a noisy one."""
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
    ends = (result.low, result.high, result.mean.low, result.detectable)
    assert [launches == 1] * 4 == [math.isnan(end) for end in ends]
    assert not all_decided([result])


def test_equal_launches_have_an_interval_without_width():
    (result,) = judge(timed([0.1] * 6, blocks=4), margin=0)
    assert result.low == pytest.approx(result.high)
    assert ("slower", pytest.approx(0)) == (result.verdict, result.detectable)


def test_one_contender_has_no_ratio():
    assert () == judge([timed_blocks(np.ones((3, 1)))] * 5)


def test_launches_far_apart_have_an_interval_without_ends():
    (result,) = judge(timed([-400, 400]))
    assert (0, math.inf) == (result.low, result.high)


def test_outliers_are_counted_and_kept():
    """One of twelve blocks takes ten times as long; the ratio of medians hardly moves."""
    logs = np.column_stack([np.zeros(12), np.linspace(-0.01, 0.01, 12)])
    burst = logs.copy()
    burst[3, 1] += math.log(10)
    before, after = (judge([timed_blocks(np.exp(one))] * 5)[0] for one in (logs, burst))
    assert (0, 5) == (before.outliers, after.outliers)
    assert 60 == after.blocks
    assert after.estimate == pytest.approx(before.estimate, rel=0.003)
    assert after.mean.estimate > 1.5


def test_slow_samples_have_to_be_within_the_margin_too():
    """A contender that takes twice as long in one of ten samples is not equivalent."""
    rng = np.random.default_rng(0)
    race = []
    for _ in range(6):
        seconds = np.exp(rng.normal(0, 0.002, (20, 2)))
        seconds[rng.permutation(20)[:2], 1] *= 2
        race.append(timed_blocks(seconds))
    (result,) = judge(race)
    assert 0.98 < result.low < result.high < 1.02
    assert 1.1 == pytest.approx(result.mean.estimate, rel=0.01)
    assert (True, "not faster") == (result.differs, result.verdict)
    assert (result.mean.low, result.mean.high) == (result.judged_low, result.judged_high)
    (alike,) = judge([timed_blocks(np.exp(rng.normal(0, 0.002, (20, 2)))) for _ in range(6)])
    assert (False, "equivalent") == (alike.differs, alike.verdict)


def test_a_race_is_finished_when_every_verdict_is_final():
    alike, slower, faster, beyond, noisy = (
        judge(timed(medians))[0]
        for medians in (
            A_LITTLE, A_LITTLE + 0.1, A_LITTLE - 0.1, A_LITTLE + math.log(1.02), 100 * A_LITTLE
        )
    )  # fmt: skip
    assert all_decided([alike, slower, faster])
    assert "not faster" == beyond.verdict
    assert not all_decided([alike, beyond])
    assert not all_decided([alike, noisy])


def test_a_prior_narrows_the_interval_of_the_ratio_of_medians_alone():
    race = timed(math.log(1.01) + A_LITTLE)
    (alone,) = judge(race)
    (moderated,) = judge(race, prior=VariancePrior(float(np.var(A_LITTLE, ddof=1)), 100.0, 20))
    assert (False, True) == (alone.is_moderated, moderated.is_moderated)
    assert alone.low < moderated.low < moderated.high < alone.high
    assert alone.mean == moderated.mean


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
            noise = rng.standard_t(3, (8, contenders)) / 100
            launches.append(timed_blocks(np.exp(effects + noise)))
        ratios = judge(launches, margin, plan)
        if all_decided(ratios):
            break
    return any(ratio.verdict in ("faster", "slower") for ratio in ratios)


@pytest.mark.slow(reason="simulates thousands of races")
@pytest.mark.parametrize(
    ("contenders", "margin", "plan"), [(2, 0, 8), (4, 0, 8), (2, 0, 5), (2, MARGIN / 4, 8)]
)
def test_false_positives_with_the_stopping_rule_at_work(contenders, margin, plan):
    rng = np.random.default_rng(contenders * 100 + plan)
    wrong = sum(called(rng, contenders, margin, plan) for _ in range(3000))
    assert wrong / 3000 <= scipy_stats.binom(3000, 1 - CONFIDENCE).isf(1e-3) / 3000


@pytest.mark.parametrize("launches", [5, 8, 12])
def test_intervals_cover_their_confidence(launches):
    """99 % within chance of 40,000 races, for launches that are not quite normal."""
    medians = np.random.default_rng(launches).standard_t(9, (40_000, launches))
    halves = student_half(np.var(medians, axis=1, ddof=1), launches - 1, launches, CONFIDENCE)
    covered = np.abs(medians.mean(axis=1)) <= halves
    assert covered.mean() == pytest.approx(0.99, abs=0.0025)
