"""Diagnostics of predictions: calibration, seeds, and baselines anyone can make."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from builders.predicted_studies import predicted_study
from evenfold.diagnostics.baselines import (
    are_alike,
    constant_predictions,
    is_constant,
    not_shown_better,
)
from evenfold.diagnostics.calibration import calibration_distance
from evenfold.diagnostics.finding import CODE_ERROR
from evenfold.diagnostics.logistic import PreparedSplit, is_affordable, logistic_probabilities
from evenfold.diagnostics.seeds import seeds_vary_more_than_folds
from evenfold.score.findings import saved_findings
from evenfold.stats.row_variance import RowValues, row_variance
from evenfold.stats.score_intervals import Design
from evenfold.stats.tested_rows import TestedRows

ROWS, FOLDS = 400, 5


def predicted(strength, rng, sharpness=1.0):
    """Calibrated probabilities of two classes, made sharper, and labels drawn from them."""
    odds = strength * rng.normal(size=ROWS)
    p = 1 / (1 + np.exp(-odds))
    y = (rng.uniform(size=ROWS) < p).astype(np.int64)
    p = 1 / (1 + np.exp(-sharpness * odds))
    return y, np.column_stack([1 - p, p])


def predictions_of(strength, rng):
    y, p = predicted(strength, rng)
    return TestedRows(np.arange(ROWS), np.arange(ROWS) // (ROWS // FOLDS), y, p, 1)


def test_sharpened_probabilities_are_off():
    rng = np.random.default_rng(1)
    y, p = predicted(1.5, rng, 4.0)
    assert calibration_distance(y, p, np.arange(ROWS)) > 0.05
    y, p = predicted(3.0, rng, 0.2)
    assert calibration_distance(y, p, np.arange(ROWS)) > 0.05


def test_calibrated_probabilities_are_off_as_rarely_as_the_test_says():
    rng = np.random.default_rng(2)
    every = np.arange(ROWS)
    fired = sum(calibration_distance(*predicted(1.5, rng), every) > 0 for _ in range(1000))
    assert fired <= 1000 * CODE_ERROR + 3 * np.sqrt(1000 * CODE_ERROR)


def test_few_rows_are_off_by_chance_and_that_is_not_mentioned():
    rng = np.random.default_rng(12)
    few = np.arange(60)
    drawn = [predicted(1.5, rng) for _ in range(500)]
    fired = sum(calibration_distance(y[few], p[few], few) > 0 for y, p in drawn)
    assert fired <= 500 * CODE_ERROR + 3 * np.sqrt(500 * CODE_ERROR)


def test_rows_of_a_group_vary_together():
    rng = np.random.default_rng(3)
    fired = 0
    for _ in range(200):
        _y, p = predicted(0.8, rng)
        unit = np.arange(ROWS) // 20
        right = rng.uniform(size=ROWS // 20)[unit] < p[:, 1]  # the luck of a group is one
        fired += calibration_distance(right.astype(np.int64), p, unit) > 0
    assert fired <= 10


def values(of_seeds, of_rows, rng, repeats=6):
    """Values of rows in fits: a row's own part, one of its fit, and noise."""
    own = of_rows * rng.normal(size=ROWS)
    parts = []
    for repeat in range(repeats):
        fold = rng.permutation(ROWS) % FOLDS
        effect = of_seeds * rng.normal(size=FOLDS)
        parts.append((np.arange(ROWS), repeat * FOLDS + fold, own + effect[fold]))
    row, fit, value = (np.concatenate(part) for part in zip(*parts, strict=True))
    value = value + 0.1 * rng.normal(size=len(value))
    order = np.lexsort((row, fit))
    weight = np.full(len(row), 1 / len(row))
    return RowValues(row[order], fit[order], value[order], weight, ROWS, folds=FOLDS)


def test_seeds_that_matter_more_than_rows_are_found():
    # A fold has 80 rows: rows of deviation 1 give its score one of 0.11.
    many = row_variance(values(0.4, 1.0, np.random.default_rng(4)))
    few = row_variance(values(0.02, 1.0, np.random.default_rng(4)))
    assert seeds_vary_more_than_folds(many, 6) > 3
    assert 0.0 == seeds_vary_more_than_folds(few, 6)
    assert 0.0 == seeds_vary_more_than_folds(many, 2)


def test_seeds_that_matter_as_much_as_rows_are_found_as_rarely_as_the_test_says():
    rng = np.random.default_rng(5)
    equal = 1 / np.sqrt(ROWS / FOLDS)
    fired = sum(
        seeds_vary_more_than_folds(row_variance(values(equal, 1.0, rng, 4)), 4, 0.05) > 0
        for _ in range(200)
    )
    assert fired <= 30


def test_labels_by_chance_are_not_shown_to_be_predicted():
    rng = np.random.default_rng(6)
    good, chance = predictions_of(2.0, rng), predictions_of(2.0, rng)
    chance = replace(chance, y=good.y)
    constant = constant_predictions(good)
    models = {"good": good, "chance": chance}
    assert ["chance"] == list(not_shown_better(models, constant, "accuracy"))
    assert ["chance"] == list(not_shown_better(models, constant, "log_loss"))


def test_a_constant_prediction_has_the_shares_of_the_other_folds():
    good = predictions_of(2.0, np.random.default_rng(7))
    constant = constant_predictions(good)
    assert is_constant(constant)
    assert not is_constant(good)
    outside = good.y[good.fit != 0]
    assert np.mean(outside) == pytest.approx(constant.probabilities[0, 1])


def test_models_are_alike_if_their_probabilities_are():
    good = predictions_of(2.0, np.random.default_rng(8))
    assert are_alike(good, replace(good, probabilities=good.probabilities + 0.001))
    assert not are_alike(good, constant_predictions(good))


def test_the_baseline_is_scikit_learns():
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(60, 3)), np.arange(60) % 3
    split = PreparedSplit(x[:40], y[:40], x[40:])
    expected = LogisticRegression(max_iter=300).fit(x[:40], y[:40]).predict_proba(x[40:])
    assert np.allclose(expected, logistic_probabilities(split, 3))
    one = logistic_probabilities(PreparedSplit(x[:9], np.full(9, 1), x[9:]), 3)
    assert (one == [0, 1, 0]).all()
    assert is_affordable(569, 30, 2)
    assert not is_affordable(10**6, 30, 2)


def test_a_saved_study_without_findings_is_compared_with_the_logistic_regression_that_it_has():
    """Its data are not at hand, but the predictions are."""
    study = predicted_study({"logistic_regression": 0.8, "mine": 0.8}, Design(4, 2))
    found = {one.code: one for one in saved_findings(study, "accuracy")}
    assert found["EF012"].subjects == ("mine",)
    without = predicted_study({"other": 0.8, "mine": 0.8}, Design(4, 2))
    assert "EF012" not in {one.code for one in saved_findings(without, "accuracy")}
