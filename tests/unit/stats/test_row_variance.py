"""The two-way variance, against the designs in which it is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenfold.stats.row_variance import (
    JUMP_SHARE,
    REPEATS_SHARE,
    TRAINING_SHARE,
    RowValues,
    difference_variance,
    row_variance,
)
from strategies import PROPERTY

SEEDS = st.integers(0, 10_000)


def holdout(values: np.ndarray) -> RowValues:
    """Values of shape ``(seeds, rows)``."""
    seeds, rows = values.shape
    return RowValues(
        np.tile(np.arange(rows), seeds), np.repeat(np.arange(seeds), rows), values.ravel(),
        np.full(values.size, 1 / values.size), rows,
    )  # fmt: skip


def repeated(values: np.ndarray, folds: int, seed: int = 0, jumps: float = 0.0) -> RowValues:
    """Values of shape ``(repeats, rows)``, in random folds."""
    repeats, rows = values.shape
    fold = np.random.default_rng(seed).permuted(
        np.broadcast_to(np.arange(rows) % folds, values.shape), axis=1
    )
    fit = fold + folds * np.arange(repeats)[:, None]
    weight = np.full(values.size, 1 / values.size)
    return RowValues(np.tile(np.arange(rows), repeats), fit.ravel(), values.ravel(), weight, rows,
                     jumps)  # fmt: skip


@given(seed=SEEDS, rows=st.integers(5, 60))
@settings(PROPERTY, max_examples=30)
def test_one_fit_has_the_variance_of_a_mean(seed, rows):
    values = np.random.default_rng(seed).normal(size=(1, rows))
    variance = row_variance(holdout(values))
    assert variance.rows == pytest.approx(values.var(ddof=1) / rows)
    assert variance.fits == variance.training == 0


@given(seed=SEEDS, seeds=st.integers(2, 30))
@settings(PROPERTY, max_examples=30)
def test_identical_fits_count_once(seed, seeds):
    """Thirty equal fits of one holdout are not thirty observations."""
    values = np.random.default_rng(seed).normal(size=(1, 40))
    once, often = row_variance(holdout(values)), row_variance(holdout(np.tile(values, (seeds, 1))))
    assert often.total == pytest.approx(once.total)
    assert often.freedom == pytest.approx(once.freedom)


def test_the_variance_over_seeds_of_all_rows_at_once_is_divided_by_the_seeds():
    rng = np.random.default_rng(0)
    shifts = rng.normal(size=(200, 1))
    variance = row_variance(holdout(np.tile(shifts, (1, 50))))
    assert variance.rows == pytest.approx(0, abs=1e-12)
    assert variance.fits == pytest.approx(shifts.var(ddof=1) / 200, rel=0.05)


def test_the_parts_are_right_on_average():
    """Rows, seeds and cells of known variance, in ten times ten folds."""
    rng = np.random.default_rng(0)
    rows, repeats, folds = 100, 10, 10
    found, estimates = [], []
    for number in range(300):
        base = repeated(np.zeros((repeats, rows)), folds, number)
        value = rng.normal(size=rows)[base.row] + rng.normal(0, 0.5, 100)[base.fit]
        value = value + rng.normal(size=len(value))
        found.append(row_variance(replace(base, value=value)))
        estimates.append(value.mean())
    # A tenth of it, that of single cells, is among the rows.
    assert np.mean([v.fits for v in found]) == pytest.approx(0.9 * 0.25 / 100, rel=0.06)
    expected = 1 / rows + 1 / (rows * repeats) + 0.25 / 100 / repeats
    factor = 1 + TRAINING_SHARE / 9
    assert np.mean([v.rows for v in found]) == pytest.approx(factor * expected, rel=0.05)
    unseen = np.mean([v.unseen for v in found])
    total = np.mean([v.total for v in found]) - unseen
    assert total == pytest.approx(np.var(estimates), rel=0.25)


@given(seed=SEEDS, shift=st.floats(-5, 5), factor=st.floats(0.1, 10))
@settings(PROPERTY, max_examples=25)
def test_a_shift_changes_nothing_and_a_factor_its_square(seed, shift, factor):
    values = repeated(np.random.default_rng(seed).normal(size=(5, 40)), 4)
    before = row_variance(values)
    after = row_variance(replace(values, value=shift + factor * values.value))
    assert after.total == pytest.approx(factor**2 * before.total)
    assert after.freedom == pytest.approx(before.freedom, rel=1e-6)


@given(seed=SEEDS)
@settings(PROPERTY, max_examples=25)
def test_names_of_rows_and_fits_and_the_order_of_cells_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    values = repeated(rng.normal(size=(5, 40)), 4)
    order, rows, fits = rng.permutation(200), rng.permutation(40), rng.permutation(20)
    mixed = RowValues(rows[values.row][order], fits[values.fit][order], values.value[order],
                      values.weight[order], 40)  # fmt: skip
    assert row_variance(mixed).total == pytest.approx(row_variance(values).total)


@given(seed=SEEDS)
@settings(PROPERTY, max_examples=25)
def test_a_difference_turns_without_a_change_of_variance(seed):
    rng = np.random.default_rng(seed)
    a, b = (repeated(rng.normal(size=(5, 40)), 4, 1) for _ in range(2))
    there, back = difference_variance(a, b), difference_variance(b, a)
    assert there.total == pytest.approx(back.total)
    assert there.effects == pytest.approx(-back.effects)


def test_a_model_does_not_differ_from_itself_even_if_it_jumps():
    values = repeated(np.random.default_rng(0).normal(size=(5, 40)), 4, jumps=1.0)
    assert difference_variance(values, values).total == 0


def test_a_learner_that_jumps_varies_more():
    rng = np.random.default_rng(0)
    smooth = repeated((rng.random((10, 200)) < 0.8).astype(float), 10)
    jumping = replace(smooth, jumps=1.0)
    before, after = row_variance(smooth), row_variance(jumping)
    assert after.training == pytest.approx(JUMP_SHARE * before.rows / (1 + TRAINING_SHARE / 9))
    half = row_variance(replace(smooth, jumps=0.5))
    assert half.training == pytest.approx(after.training / 2)


def test_a_difference_is_widened_by_each_of_its_learners_that_jumps():
    rng = np.random.default_rng(0)
    a, b = (repeated((rng.random((10, 200)) < 0.8).astype(float), 10, 1) for _ in range(2))
    both = difference_variance(replace(a, jumps=1.0), replace(b, jumps=1.0))
    first = difference_variance(replace(a, jumps=1.0), b)
    assert first.training == pytest.approx(row_variance(replace(a, jumps=1.0)).training)
    assert 1.3 * first.training < both.training
    assert difference_variance(a, b).training == 0


def test_a_learner_that_hardly_varies_over_repeats_is_hardly_widened():
    rng = np.random.default_rng(0)
    values = np.tile((rng.random(200) < 0.8).astype(float), (10, 1))
    values[0, 0] = 1 - values[0, 0]
    after = row_variance(repeated(values, 10, jumps=1.0))
    over_repeats = values.var(axis=0, ddof=1).mean() / 200
    assert after.training == pytest.approx(REPEATS_SHARE * 10 * over_repeats)
    assert after.training < 0.1 * after.rows


def test_a_holdouts_variance_has_no_part_for_training_sets():
    rng = np.random.default_rng(0)
    values = replace(holdout(rng.normal(size=(30, 50))), jumps=1.0)
    assert row_variance(values).training == 0


def test_few_rows_that_count_give_few_degrees_of_freedom():
    values = np.zeros((1, 500))
    values[0, :6] = 1
    variance = row_variance(holdout(values))
    assert variance.rows_that_count == pytest.approx(6, rel=0.05)
    assert variance.row_freedom == pytest.approx(12, rel=0.05)
    assert variance.freedom == pytest.approx(12 * (7 / 6) ** 2, rel=0.05)
    normal = row_variance(holdout(np.random.default_rng(0).normal(size=(1, 500))))
    assert normal.freedom == pytest.approx(499, rel=0.2)


def test_rounding_errors_are_no_variance():
    values = holdout(0.5 + 1e-16 * np.random.default_rng(0).normal(size=(3, 50)))
    assert row_variance(values).total == 0


def test_a_fit_that_one_model_lacks_is_left_out_of_the_difference():
    rng = np.random.default_rng(0)
    a, b = (repeated(rng.normal(size=(3, 40)), 4, 1) for _ in range(2))
    present = b.fit != 5
    short = RowValues(b.row[present], b.fit[present], b.value[present],
                      b.weight[present] / b.weight[present].sum(), 40)  # fmt: skip
    difference = a.minus(short)
    kept = a.fit != 5
    assert difference.estimate == pytest.approx((a.value[kept] - b.value[kept]).mean())
    assert difference_variance(a, short).total > 0


def test_rows_of_one_number_in_a_fit_count_as_their_sum():
    """As rows of a group do: a patient's samples are in the same fit."""
    rng = np.random.default_rng(0)
    groups = repeated(np.zeros((3, 40)), 4)
    values = rng.normal(size=(120, 5))
    rows = RowValues(
        np.repeat(groups.row, 5),
        np.repeat(groups.fit, 5),
        values.ravel(),
        np.full(600, 1 / 600),
        40,
    )
    summed, apart = row_variance(replace(groups, value=values.mean(axis=1))), row_variance(rows)
    assert apart.total == pytest.approx(summed.total)
    assert apart.fits_gross == pytest.approx(summed.fits_gross)


def test_fits_of_other_rows_are_not_compared():
    values = repeated(np.zeros((2, 40)), 4)
    with pytest.raises(ValueError, match="different test rows"):
        values.minus(replace(values, row=(values.row + 1) % 40))
