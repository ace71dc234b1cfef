"""Intervals and comparisons from the predictions of every test row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from builders.tested_rows import random_predictions, repeated_folds
from evenfold.stats.row_forms import row_values
from evenfold.stats.row_intervals import (
    SCALES,
    compare_pairs,
    compare_rows,
    scale_of,
    score_interval,
)
from evenfold.stats.tested_rows import TestedRows
from evenfold.stats.verdicts import score_verdict
from strategies import PROPERTY

SEEDS = st.integers(0, 10_000)


def one_fit(hits: np.ndarray, copies: int = 1) -> TestedRows:
    """A holdout whose fits all hit the same rows."""
    return TestedRows(
        np.tile(np.arange(len(hits)), copies),
        np.repeat(np.arange(copies), len(hits)),
        np.zeros(len(hits) * copies, np.int64),
        np.tile(np.c_[np.where(hits, 0.9, 0.1), np.where(hits, 0.1, 0.9)], (copies, 1)),
        None,
    )


def compare_hits(a: np.ndarray, b: np.ndarray, copies: int = 1):
    values = [row_values("accuracy", one_fit(hits, copies)) for hits in (a, b)]
    return compare_rows({"a": values[0]}, values[1], "accuracy", 0.0)["a"]


@pytest.mark.parametrize("metric", SCALES)
@given(seed=SEEDS)
@settings(PROPERTY, max_examples=10)
def test_every_interval_stays_in_the_range_of_its_metric_and_holds_the_score(metric, seed):
    values = row_values(metric, random_predictions(seed, rows=24, fits=2))
    interval = score_interval(values, metric)
    scale = SCALES[metric]
    assert scale.low <= interval.low <= interval.estimate <= interval.high <= scale.high


@pytest.mark.parametrize("metric", SCALES)
def test_a_perfect_model_is_not_certain(metric):
    y = np.arange(60) % 2
    sure = np.c_[1 - y, y] * 0.98 + 0.01
    tested = TestedRows(np.arange(60), np.repeat([0, 1], 30), y, sure, 1)
    interval = score_interval(row_values(metric, tested), metric)
    if metric not in ("log_loss", "brier"):
        assert interval.high == 1
        assert interval.low < 0.95


def test_a_constant_predictions_accuracy_is_uncertain_by_its_rows():
    """Stratified folds hold class shares fixed: scores of fits vary by nothing."""
    y = (np.arange(200) % 5 == 0).astype(np.int64)
    rows = np.tile(np.arange(200), 10)
    fits = (np.arange(200) // 5 % 10) + 10 * np.arange(10)[:, None]
    order = np.argsort(fits.ravel(), kind="stable")
    tested = TestedRows(
        rows[order], fits.ravel()[order], y[rows][order], np.tile([0.8, 0.2], (2000, 1)), 1
    )
    interval = score_interval(row_values("accuracy", tested), "accuracy")
    expected = scipy_stats.binomtest(160, 200).proportion_ci(method="wilson")
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=2e-3)
    auc = score_interval(row_values("roc_auc", tested), "roc_auc")
    assert (auc.low, auc.high) == pytest.approx((0.5, 0.5), abs=1e-9)


@pytest.mark.parametrize("copies", [1, 30])
def test_three_rows_against_one_decide_nothing_however_many_equal_fits(copies):
    """An exact test gives p = 0.625."""
    a, b = np.ones(114, bool), np.ones(114, bool)
    a[:1], b[1:4] = False, False
    compared = compare_hits(a, b, copies)
    assert compared.difference.estimate == pytest.approx(2 / 114)
    assert compared.verdict == "undecided"


@pytest.mark.parametrize("wins", range(3, 12))
def test_a_difference_is_shown_where_the_exact_test_shows_it(wins):
    """Of rows on which one model alone is right, all to one side."""
    a, b = np.ones(200, bool), np.ones(200, bool)
    b[:wins] = False
    shown = scipy_stats.binomtest(wins, wins).pvalue < 0.05
    assert (compare_hits(a, b).verdict == "better") == shown


@pytest.mark.parametrize(("wins", "losses"), [(8, 1), (9, 2), (12, 3), (20, 8), (40, 20), (10, 3)])
def test_a_difference_on_both_sides_is_shown_about_where_the_exact_test_shows_it(wins, losses):
    a, b = np.ones(400, bool), np.ones(400, bool)
    b[:wins], a[wins : wins + losses] = False, False
    p = scipy_stats.binomtest(wins, wins + losses).pvalue
    verdict = compare_hits(a, b).verdict
    if p < 0.03:
        assert verdict == "better"
    if p > 0.07:
        assert verdict != "better"


def test_equal_predictions_are_equivalent_at_any_margin():
    values = row_values("accuracy", random_predictions(0))
    compared = compare_rows({"a": values}, values, "accuracy", 0.0)["a"]
    assert (compared.difference.low, compared.difference.high) == (0, 0)
    assert compared.verdict == "equivalent"


def test_models_that_never_differed_on_these_rows_may_differ_on_others():
    tested = random_predictions(0, rows=60)
    near = replace(tested, probabilities=0.9 * tested.probabilities + 0.05)
    values = row_values("accuracy", tested), row_values("accuracy", near)
    compared = compare_rows({"a": values[1]}, values[0], "accuracy", 0.01)["a"]
    assert compared.difference.estimate == 0
    assert compared.difference.half_width == pytest.approx(2 / 60, rel=0.05)
    assert compared.verdict == "undecided"


@given(seed=SEEDS)
@settings(PROPERTY, max_examples=10)
def test_the_words_turn_when_the_models_change_places(seed):
    a, b = (row_values("brier", random_predictions(seed + k)) for k in (0, 20_000))
    there = compare_rows({"x": a}, b, "brier", 0.02)["x"].difference
    back = compare_rows({"x": b}, a, "brier", 0.02)["x"].difference
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_a_lower_loss_is_better():
    tested = random_predictions(0)
    sharper = np.where(np.eye(2)[tested.y] == 1, 0.95, 0.05)
    good = row_values("log_loss", replace(tested, probabilities=sharper))
    bad = row_values("log_loss", tested)
    compared = compare_rows({"good": good}, bad, "log_loss", 0.01)["good"]
    assert compared.difference.low > 0
    assert compared.verdict == "better"


def test_more_contenders_widen_every_interval_and_the_judged_one_is_the_printed_one():
    reference = row_values("accuracy", random_predictions(0))
    contenders = {k: row_values("accuracy", random_predictions(k)) for k in range(1, 8)}
    alone = compare_rows({1: contenders[1]}, reference, "accuracy", 0.01)[1]
    among = compare_rows(contenders, reference, "accuracy", 0.01)
    assert among[1].difference.half_width > 1.2 * alone.difference.half_width
    assert len({one.level for one in among.values()}) == 1
    for one in among.values():
        assert one.verdict == score_verdict(one.difference.low, one.difference.high, 0.01)


def test_a_smaller_error_widens_the_interval():
    values, reference = (row_values("accuracy", random_predictions(k)) for k in (1, 0))
    usual, rare = (
        compare_rows({"a": values}, reference, "accuracy", 0.01, error=error)["a"]
        for error in (0.05, 0.001)
    )
    assert (usual.level, rare.level) == (0.05, 0.001)
    assert rare.difference.half_width > 1.5 * usual.difference.half_width


def test_seed_noise_averages_out_over_repeats():
    """A learner compared with itself under other seeds: far narrower than a fold's variance."""
    rng = np.random.default_rng(0)
    chance = rng.choice([0.02, 0.5, 0.98], size=300, p=[0.05, 0.1, 0.85])
    values = [
        row_values("accuracy", repeated_folds(rng.random((10, 300)) < chance, 10)) for _ in range(2)
    ]
    compared = compare_rows({"a": values[0]}, values[1], "accuracy", 0.01)["a"].difference
    difference = values[0].minus(values[1])
    scores = np.bincount(difference.fit, difference.value * difference.weight) * 100
    corrected = 1.984 * np.sqrt((1 / 100 + 1 / 9) * scores.var(ddof=1))
    assert compared.half_width < 0.45 * corrected
    assert abs(compared.estimate) < 3 * compared.half_width


def test_one_row_has_no_interval():
    tested = TestedRows(np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1, np.int64),
                        np.array([[0.9, 0.1]]), None)  # fmt: skip
    interval = score_interval(row_values("accuracy", tested), "accuracy")
    assert interval.estimate == 1
    assert np.isnan(interval.low)


def test_rows_of_a_group_count_once():
    """Ten copies of every patient are no more patients."""
    tested = random_predictions(0, rows=60, fits=3)
    copies = np.concatenate([np.repeat(np.arange(c.start, c.stop), 10) for c in tested.of_fits()])
    copied = TestedRows(
        np.arange(600), tested.fit[copies], tested.y[copies], tested.probabilities[copies], 1,
        tested.row[copies],
    )  # fmt: skip
    for metric in ("accuracy", "brier", "roc_auc", "f1"):
        alone = score_interval(row_values(metric, tested), metric)
        groups = score_interval(row_values(metric, copied), metric)
        assert (groups.low, groups.high) == pytest.approx((alone.low, alone.high), abs=1e-6)


def test_pairs_of_other_fits_are_compared_at_one_level_and_without_common_fits_left_out():
    a, b = (row_values("accuracy", random_predictions(k)) for k in (0, 1))
    first, last = b.of_fits(np.array([0, 1])), b.of_fits(np.array([2]))
    compared = compare_pairs(
        {"all": (a, b), "some": (a, first), "none": (first, last)}, "accuracy", 0.01
    )
    assert compared["all"].level == compared["some"].level < 0.05
    assert "none" not in compared
    assert (compared["all"].pairs, compared["some"].pairs) == (len(set(a.fit)), 2)
    assert compared["some"].difference.half_width > compared["all"].difference.half_width


def test_without_contenders_there_is_nothing_to_compare():
    assert compare_rows({}, row_values("accuracy", random_predictions(0)), "accuracy") == {}


def test_the_brier_score_of_several_classes_goes_to_2():
    tested = random_predictions(0, classes=3)
    wrong = replace(tested, probabilities=np.eye(3)[(tested.y + 1) % 3])
    interval = score_interval(row_values("brier", wrong), "brier", scale_of("brier", 3))
    assert interval.high == 2
    assert interval.low < 1.95


def test_a_difference_of_rank_metrics_is_less_certain_on_the_side_of_its_long_tail():
    """A model near an AUC of 1 against one that is worse on few rows."""
    tested = random_predictions(0, rows=300)
    y = tested.y
    chance = np.where(y == 1, 0.9, 0.1) + np.random.default_rng(0).uniform(-0.09, 0.09, 300)
    good = replace(tested, probabilities=np.c_[1 - chance, chance])
    chance = np.where(np.arange(300) % 50 == 0, 1 - chance, chance)
    bad = replace(tested, probabilities=np.c_[1 - chance, chance])
    for metric, is_longer in (("roc_auc", True), ("accuracy", False)):
        values = row_values(metric, bad), row_values(metric, good)
        one = compare_rows({"bad": values[0]}, values[1], metric, 0.01)["bad"].difference
        assert (one.estimate - one.low > 1.2 * (one.high - one.estimate)) == is_longer


def rare_positives(negatives: int, positives: int, chances: np.ndarray | float) -> TestedRows:
    rows = negatives + positives
    hits = np.zeros((2, rows), bool)
    y = (np.arange(rows) < positives).astype(np.int64)
    tested = repeated_folds(hits, 5, labels=y)
    second = np.broadcast_to(chances, len(tested.y))
    return replace(tested, probabilities=np.c_[1 - second, second])


@pytest.mark.parametrize(("negatives", "positives"), [(490, 10), (60, 40), (30, 300)])
def test_a_rate_rests_on_the_rows_of_its_class(negatives, positives):
    called = rare_positives(negatives, positives, 0.1), rare_positives(negatives, positives, 0.9)
    for metric, tested, rows in (
        ("specificity", called[0], negatives),
        ("sensitivity", called[1], positives),
    ):
        values = row_values(metric, tested)
        assert values.observations == rows
        expected = scipy_stats.binomtest(rows, rows).proportion_ci(method="wilson")
        assert score_interval(values, metric).low == pytest.approx(expected.low, abs=0.01)


@pytest.mark.parametrize("metric", ["accuracy", "brier", "roc_auc", "sensitivity"])
@pytest.mark.parametrize(("groups", "size"), [(12, 100), (20, 50)])
def test_groups_of_independent_rows_widen_no_interval(metric, groups, size):
    """Up to the few groups' larger quantile of Student's t."""
    ratios = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        hits = np.tile(rng.random(groups * size) < 0.9, (3, 1))
        labels = rng.integers(0, 2, groups * size)
        tested = repeated_folds(hits, 4, seed, labels)
        plain = score_interval(row_values(metric, tested), metric)
        group = (tested.row * 7919 % (groups * size)) // size
        grouped = score_interval(row_values(metric, replace(tested, group=group)), metric)
        ratios.append(grouped.half_width / plain.half_width)
    assert 0.7 < np.mean(ratios) < 1.6


@pytest.mark.parametrize("metric", ["sensitivity", "f1"])
def test_a_model_that_misses_every_positive_row_is_worse(metric):
    y = np.arange(200) % 2
    hits = np.ones((2, 200), bool)
    hits[0, 1] = False
    good = repeated_folds(hits, 5, labels=y)
    none = replace(good, probabilities=np.tile([0.9, 0.1], (len(good.y), 1)))
    compared = compare_rows({"none": row_values(metric, none)}, row_values(metric, good), metric)[
        "none"
    ]
    assert compared.verdict == "worse"
    assert compared.difference.high < -0.8


@pytest.mark.parametrize("metric", SCALES)
@given(seed=SEEDS)
@settings(PROPERTY, max_examples=10)
def test_a_perfect_models_estimate_is_within_its_interval_and_its_range(metric, seed):
    rng = np.random.default_rng(seed)
    rows, classes = int(rng.integers(12, 90)), int(rng.integers(2, 5))
    labels = rng.permutation(np.arange(rows) % classes)
    sure = np.eye(classes)[labels] * 0.9 + 0.1 / classes
    tested = TestedRows(
        np.arange(rows), np.arange(rows) * 3 // rows, labels, sure, 1 if classes == 2 else None
    )
    values = row_values(metric, tested)
    if len(values.value) < 2:
        return
    interval, scale = score_interval(values, metric), scale_of(metric, classes)
    assert scale.low <= interval.low <= interval.estimate <= interval.high <= scale.high


def test_a_mean_of_ones_with_a_rounding_error_is_1():
    tested = one_fit(np.ones(30, bool))
    values = row_values("accuracy", tested)
    around = score_interval(replace(values, value=values.value * (1 + 3e-16)), "accuracy")
    assert around.low <= around.estimate <= around.high == 1
