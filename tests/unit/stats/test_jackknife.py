"""The jackknife of a user's metric."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics as sk

from builders.tested_rows import random_predictions
from evenfold.stats.jackknife import ROW_GROUPS, jackknife_values
from evenfold.stats.metrics import Metric
from evenfold.stats.row_forms import row_values
from evenfold.stats.row_intervals import compare_rows, score_interval
from evenfold.stats.row_variance import row_variance
from evenfold.stats.score_scales import LOSS, REAL, SHARE
from evenfold.stats.tested_rows import TestedRows


def test_jackknife_values_of_a_mean_are_the_rows_own_scores():
    tested = random_predictions(2)
    metric = Metric(lambda y, p, positive: float(np.mean(p.argmax(axis=1) == y)))
    values = jackknife_values(metric, tested)
    assert values.value == pytest.approx(row_values("accuracy", tested).value)


def test_the_score_is_that_of_the_metric_without_the_jackknifes_correction_for_bias():
    tested = random_predictions(2, rows=30, fits=2)

    def squared(y, p, positive):
        return float(np.mean(p.argmax(axis=1) == y)) ** 2

    expected = [squared(tested.y[c], tested.probabilities[c], 1) for c in tested.of_fits()]
    assert jackknife_values(Metric(squared), tested).estimate == pytest.approx(np.mean(expected))


def test_jackknife_values_of_auc_are_delongs():
    """Structural components and the jackknife agree but for the rows that a class loses."""
    tested = random_predictions(4, rows=400, fits=2)
    own = jackknife_values(Metric(lambda y, p, _: float(sk.roc_auc_score(y, p[:, 1]))), tested)
    values = row_values("roc_auc", tested)
    assert own.estimate == pytest.approx(values.estimate)
    assert own.value == pytest.approx(values.value, abs=0.02)


def test_without_a_row_that_a_users_metric_needs_it_has_a_score_and_no_interval():
    tested = random_predictions(6, rows=40, fits=2)
    y = np.zeros(len(tested.y), np.int64)
    y[[0, 20]] = 1
    rare = TestedRows(tested.row, tested.fit, y, tested.probabilities, 1)

    def auc(y, p, positive):
        return float(sk.roc_auc_score(y, p[:, 1])) if len(set(y)) == 2 else float("nan")

    values = jackknife_values(Metric(auc), rare)
    fits = [auc(rare.y[cells], rare.probabilities[cells], 1) for cells in rare.of_fits()]
    around = score_interval(values, "auc of the user's", SHARE)
    assert around.estimate == pytest.approx(np.mean(fits))
    assert np.isnan([around.low, around.high]).all()
    assert compare_rows({"rare": values}, values, "auc of the user's", 0.01, SHARE) == {}


def test_where_a_users_metric_without_a_range_never_varies_different_models_are_not_compared():
    tested = random_predictions(6, rows=40, fits=2)
    y = tested.y
    models = [replace(tested, probabilities=np.c_[1 - y, y] * a + (1 - a) / 2) for a in (0.5, 0.6)]

    def accuracy(y, p, positive):
        return float(np.mean(p.argmax(axis=1) == y))

    ours, theirs = (jackknife_values(Metric(accuracy), model) for model in models)
    for scale in (REAL, LOSS):
        assert compare_rows({"a": ours}, theirs, "own", 0.01, scale) == {}
        around = score_interval(ours, "own", scale)
        assert around.estimate == 1
        assert np.isnan([around.low, around.high]).all()
        same = compare_rows({"a": ours}, ours, "own", 0.01, scale)["a"].difference
        assert (same.low, same.high) == (0, 0)
    bounded = compare_rows({"a": ours}, theirs, "own", 0.01, SHARE)["a"].difference
    assert bounded.low < 0 < bounded.high


def test_with_many_rows_groups_of_them_are_left_out():
    """The interval is that of the rows, and the metric is computed far less often."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 12_000)
    chance = np.clip(0.5 + (y - 0.5) * 0.4 + rng.normal(0, 0.3, len(y)), 0.01, 0.99)
    fit = np.repeat(np.arange(3), 4000)
    tested = TestedRows(np.arange(len(y)), fit, y, np.c_[1 - chance, chance], 1)
    calls = []

    def brier(y, p, positive):
        calls.append(len(y))
        return float(np.mean((p[:, 1] - y) ** 2))

    groups = jackknife_values(Metric(brier), tested)
    rows = row_values("brier", tested)
    assert len(calls) <= 3 * (ROW_GROUPS + 1)
    assert groups.estimate == pytest.approx(rows.estimate)
    assert row_variance(groups).rows == pytest.approx(row_variance(rows).rows, rel=0.25)


@pytest.mark.parametrize(("groups", "most_calls"), [(1500, ROW_GROUPS + 1), (200, 50 + 1)])
def test_with_many_rows_in_groups_no_group_is_divided(groups, most_calls):
    """The interval is that of the groups, whose rows share most of their error.

    Up to 1000 groups are left out one by one, more of them together.
    """
    rng = np.random.default_rng(0)
    rows, folds = 6000, 4
    group = rng.permutation(np.arange(rows) % groups)
    y = rng.integers(0, 2, rows)
    of_group, of_row = rng.normal(0, 0.15, groups)[group], rng.normal(0, 0.1, rows)
    chance = np.clip(0.5 + (y - 0.5) * (0.4 + of_group + of_row), 0.01, 0.99)
    order = np.argsort(group % folds, kind="stable")
    tested = TestedRows(
        order, (group % folds)[order], y[order], np.c_[1 - chance, chance][order], 1, group[order]
    )
    calls = []

    def brier(y, p, positive):
        calls.append(len(y))
        return float(np.mean((p[:, 1] - y) ** 2))

    own, closed = jackknife_values(Metric(brier), tested), row_values("brier", tested)
    ungrouped = row_values("brier", replace(tested, group=None))
    assert len(calls) <= folds * most_calls
    assert own.estimate == pytest.approx(closed.estimate)
    assert (own.observations, own.rows) == (groups, rows)
    assert row_variance(own).rows == pytest.approx(row_variance(closed).rows, rel=0.25)
    assert row_variance(own).rows > 2 * row_variance(ungrouped).rows
    intervals = [score_interval(values, "brier") for values in (own, closed)]
    widths = [one.high - one.low for one in intervals]
    assert widths[0] == pytest.approx(widths[1], rel=0.15)
