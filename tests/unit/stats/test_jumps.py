"""Which learners jump when training rows change."""

from __future__ import annotations

import numpy as np
import pytest

from evenfold.stats.jumps import jump_measure

ROWS, REPEATS, FOLDS = 120, 10, 10


def measure(chances: np.ndarray, folds: int = FOLDS) -> float:
    """The measure of probabilities of class 1 of shape ``(repeats, rows)``."""
    repeats, rows = chances.shape
    fit = np.arange(rows) % folds + folds * np.arange(repeats)[:, None]
    row = np.tile(np.arange(rows), repeats)
    y = (row % 2).astype(np.int64)
    flat = chances.ravel()
    return jump_measure(row, fit.ravel(), y, np.c_[1 - flat, flat])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def smooth(rng):
    """Log odds of rows that differ, and that wander from repeat to repeat."""
    logits = rng.normal(0, 2, ROWS) + rng.normal(0, 1, (REPEATS, ROWS))
    return 1 / (1 + np.exp(-logits))


def test_probabilities_that_wander_do_not_jump(smooth):
    assert measure(smooth) == 0


def test_confident_networks_do_not_jump(smooth):
    logits = 6 * np.log(smooth / (1 - smooth))
    assert measure(1 / (1 + np.exp(-logits))) == 0


def test_two_values_jump(smooth):
    assert measure(np.round(smooth)) == 1
    assert measure(0.1 + 0.8 * np.round(smooth)) == 1


def test_leaves_whose_shares_wander_a_little_still_jump(smooth, rng):
    jumping = 0.2 + 0.6 * np.round(smooth) + rng.normal(0, 0.01, smooth.shape)
    assert measure(jumping) > 0.9


def test_few_rows_that_change_class_are_no_evidence(smooth):
    chances = np.where(np.arange(ROWS) < 1, np.round(smooth), 0.9)
    assert measure(chances) < 0.3


def test_predictions_that_never_change_class_do_not_jump():
    assert measure(np.full((REPEATS, ROWS), 0.7)) == 0


@pytest.mark.parametrize("repeats", [1, 2, 3])
def test_with_few_repeats_equal_probabilities_within_fits_decide(smooth, repeats):
    few = smooth[:repeats]
    assert measure(few, 3) == 0
    assert measure(np.round(few), 3) == 1
    assert measure(np.round(few, 1), 3) == 1


@pytest.mark.parametrize("chance", [0.0, 0.3, 1.0])
def test_a_constant_prediction_is_smooth(chance):
    assert measure(np.full((1, ROWS), chance), 3) == 0


def test_a_network_whose_probabilities_end_at_0_and_1_is_smooth(smooth):
    logits = 12 * np.log(smooth / (1 - smooth))
    ended = np.where(np.abs(logits) > 16, np.round(smooth), 1 / (1 + np.exp(-logits)))
    assert np.mean(ended == np.round(ended)) > 0.3
    assert measure(ended[:1], 3) == 0


@pytest.mark.parametrize("repeats", [2, 3])
def test_rows_with_equal_features_do_not_jump(rng, repeats):
    """A smooth learner on eight patterns of features gives eight probabilities in each fit."""
    pattern = rng.integers(0, 8, ROWS)
    logits = rng.normal(0, 1.5, 8) + rng.normal(0, 0.1, (repeats, 3, 8))
    fold = np.arange(ROWS) % 3
    chances = 1 / (1 + np.exp(-logits[np.arange(repeats)[:, None], fold, pattern]))
    assert measure(chances, 3) == 0


def missing_fits(chances: np.ndarray, fits: list[int]) -> float:
    repeats = len(chances)
    fit = (np.arange(ROWS) % FOLDS + FOLDS * np.arange(repeats)[:, None]).ravel()
    row, flat = np.tile(np.arange(ROWS), repeats), chances.ravel()
    present = ~np.isin(fit, fits)
    y = (row % 2).astype(np.int64)
    return jump_measure(row[present], fit[present], y[present], np.c_[1 - flat, flat][present])


@pytest.mark.parametrize("repeats", [5, 10])
def test_a_missing_fit_changes_no_measure_by_much(smooth, rng, repeats):
    few = smooth[:repeats]
    patterns = np.round(few, 1) + rng.normal(0, 0.01, (repeats, 1))
    for chances in (few, np.round(few), np.clip(patterns, 0.05, 0.95)):
        assert missing_fits(chances, [3, 14]) == pytest.approx(measure(chances), abs=0.15)


@pytest.mark.parametrize("fits", [[], [3, 14]])
def test_ties_of_a_fit_are_no_evidence_where_repeats_show_that_a_learner_is_smooth(rng, fits):
    pattern = rng.integers(0, 8, ROWS)
    logits = rng.normal(0, 1, 8) + rng.normal(0, 1, (REPEATS, FOLDS, 8))
    fold = np.arange(ROWS) % FOLDS
    chances = 1 / (1 + np.exp(-logits[np.arange(REPEATS)[:, None], fold, pattern]))
    assert missing_fits(chances, fits) == 0
