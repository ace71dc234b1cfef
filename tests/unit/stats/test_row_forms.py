"""Row-wise forms of metrics, against scikit-learn and against the derivatives that they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from builders.tested_rows import random_predictions
from evenfold.stats.row_forms import row_values
from evenfold.stats.tested_rows import TestedRows
from strategies import PROPERTY

SCORES = {
    "accuracy": lambda y, p: sk.accuracy_score(y, p.argmax(axis=1)),
    "balanced_accuracy": lambda y, p: sk.balanced_accuracy_score(y, p.argmax(axis=1)),
    "sensitivity": lambda y, p: sk.recall_score(y, p.argmax(axis=1)),
    "specificity": lambda y, p: sk.recall_score(1 - y, 1 - p.argmax(axis=1)),
    "roc_auc": lambda y, p: sk.roc_auc_score(y, p[:, 1]),
    "average_precision": lambda y, p: sk.average_precision_score(y, p[:, 1]),
    "log_loss": lambda y, p: sk.log_loss(y, p),
    "brier": lambda y, p: sk.brier_score_loss(y, p[:, 1]),
}
WEIGHTED = {
    "roc_auc": lambda y, p, w: sk.roc_auc_score(y, p[:, 1], sample_weight=w),
    "average_precision": lambda y, p, w: sk.average_precision_score(y, p[:, 1], sample_weight=w),
    "balanced_accuracy": lambda y, p, w: sk.balanced_accuracy_score(
        y, p.argmax(axis=1), sample_weight=w
    ),
    "sensitivity": lambda y, p, w: sk.recall_score(y, p.argmax(axis=1), sample_weight=w),
    "f1": lambda y, p, w: sk.f1_score(y, p.argmax(axis=1), sample_weight=w),
    "mcc": lambda y, p, w: sk.matthews_corrcoef(y, p.argmax(axis=1), sample_weight=w),
}
SEEDS = st.integers(0, 10_000)


@pytest.mark.parametrize("metric", SCORES)
@given(seed=SEEDS, digits=st.sampled_from([1, 16]))
@settings(PROPERTY, max_examples=15)
def test_the_mean_of_the_values_is_the_mean_score_of_the_fits(metric, seed, digits):
    """With one digit, many probabilities are equal."""
    tested = random_predictions(seed, digits=digits)
    expected = [SCORES[metric](tested.y[c], tested.probabilities[c]) for c in tested.of_fits()]
    assert row_values(metric, tested).estimate == pytest.approx(np.mean(expected))


@pytest.mark.parametrize(("metric", "score"), [("f1", sk.f1_score), ("mcc", sk.matthews_corrcoef)])
@given(seed=SEEDS)
@settings(PROPERTY, max_examples=15)
def test_f1_and_mcc_are_those_of_the_counts_of_all_fits(metric, score, seed):
    tested = random_predictions(seed)
    expected = score(tested.y, tested.probabilities.argmax(axis=1))
    assert row_values(metric, tested).estimate == pytest.approx(expected)


@pytest.mark.parametrize("metric", WEIGHTED)
@given(seed=SEEDS, digits=st.sampled_from([1, 16]))
@settings(PROPERTY, max_examples=10)
def test_values_are_the_derivatives_of_the_score_by_the_weights_of_rows(metric, seed, digits):
    tested = random_predictions(seed, fits=1, digits=digits)
    y, p, rows = tested.y, tested.probabilities, len(tested.y)
    values = row_values(metric, tested).value
    for place in (0, rows // 2, rows - 1):
        weights = [np.ones(rows) for _ in range(2)]
        weights[0][place] += 1e-4
        weights[1][place] -= 1e-4
        high, low = (WEIGHTED[metric](y, p, w) for w in weights)
        slope = (high - low) / 2e-4
        assert values[place] - values.mean() == pytest.approx(rows * slope, abs=1e-3)


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision", "f1", "mcc"])
def test_metrics_of_several_classes_are_those_of_scikit_learn(metric):
    tested = random_predictions(3, classes=3, rows=120, fits=1)
    y, p, predicted = tested.y, tested.probabilities, tested.probabilities.argmax(axis=1)
    expected = {
        "roc_auc": sk.roc_auc_score(y, p, multi_class="ovr"),
        "average_precision": sk.average_precision_score(np.eye(3)[y], p),
        "f1": sk.f1_score(y, predicted, average="macro"),
        "mcc": sk.matthews_corrcoef(y, predicted),
    }[metric]
    assert row_values(metric, tested).estimate == pytest.approx(expected)


@pytest.mark.parametrize("metric", [*SCORES, "f1", "mcc"])
def test_the_order_of_rows_within_fits_does_not_matter(metric):
    tested = random_predictions(5)
    order = np.concatenate([np.arange(c.start, c.stop)[::-1] for c in tested.of_fits()])
    turned = TestedRows(
        tested.row[order], tested.fit[order], tested.y[order], tested.probabilities[order], 1
    )
    values, again = row_values(metric, tested), row_values(metric, turned)
    assert again.value == pytest.approx(values.value[order])


def test_fits_without_both_classes_have_no_auc_and_are_left_out():
    tested = random_predictions(1, fits=3)
    y = np.where(tested.fit == 1, 0, tested.y)
    partial = TestedRows(tested.row, tested.fit, y, tested.probabilities, 1)
    values = row_values("roc_auc", partial)
    expected = [
        SCORES["roc_auc"](y[c], tested.probabilities[c])
        for number, c in enumerate(tested.of_fits())
        if number != 1
    ]
    assert values.estimate == pytest.approx(np.mean(expected))
    assert set(values.fit) == {0, 2}


def test_without_a_positive_class_there_is_no_sensitivity():
    tested = random_predictions(1)
    none = TestedRows(tested.row, tested.fit, tested.y, tested.probabilities, None)
    for metric in ("sensitivity", "specificity"):
        assert not len(row_values(metric, none).value)
