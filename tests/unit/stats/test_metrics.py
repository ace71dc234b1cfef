"""Every metric against scikit-learn's, against numbers worked out by hand, and at its limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as theirs

from builders.mutations import assert_caught
from evenfold.stats import metrics
from evenfold.stats.metric_names import METRIC_NAMES
from strategies import PROPERTY, predictions

BINARY = predictions(classes=st.just(2))
EXACT = {"rel": 1e-9, "abs": 1e-12}


def score(name, case, positive=None):
    return metrics.compute_scores(case.y, case.probabilities, positive)[name]


@PROPERTY
@given(case=predictions())
def test_accuracy_is_that_of_scikit_learn(case):
    """The share of rows whose most probable class, the first of equals, is right."""
    expected = theirs.accuracy_score(case.y, case.probabilities.argmax(axis=1))
    assert expected == pytest.approx(score("accuracy", case), **EXACT)


@PROPERTY
@given(case=predictions())
def test_balanced_accuracy_is_that_of_scikit_learn(case):
    """The mean over the classes of the share found."""
    expected = theirs.balanced_accuracy_score(case.y, case.probabilities.argmax(axis=1))
    assert expected == pytest.approx(score("balanced_accuracy", case), **EXACT)


@PROPERTY
@given(case=BINARY)
def test_roc_auc_of_two_classes_is_that_of_scikit_learn(case):
    """The area under the curve of class 1's probability."""
    expected = theirs.roc_auc_score(case.y, case.probabilities[:, 1])
    assert expected == pytest.approx(score("roc_auc", case), **EXACT)


@PROPERTY
@given(case=predictions(classes=st.integers(3, 6)))
def test_roc_auc_of_several_classes_is_that_of_scikit_learn(case):
    """The unweighted mean of one class against the rest."""
    expected = theirs.roc_auc_score(case.y, case.probabilities, multi_class="ovr", average="macro")
    assert expected == pytest.approx(score("roc_auc", case), **EXACT)


@PROPERTY
@given(case=predictions())
def test_log_loss_is_that_of_scikit_learn(case):
    """The mean of -log of the true class's probability, which is kept off 0."""
    labels = np.arange(case.probabilities.shape[1])
    expected = theirs.log_loss(case.y, case.probabilities, labels=labels)
    assert expected == pytest.approx(score("log_loss", case), **EXACT)


@PROPERTY
@given(case=BINARY)
def test_brier_of_two_classes_is_that_of_scikit_learn(case):
    """The mean squared error of class 1's probability."""
    expected = theirs.brier_score_loss(case.y, case.probabilities[:, 1])
    assert expected == pytest.approx(score("brier", case), **EXACT)


@PROPERTY
@given(case=predictions(classes=st.integers(3, 6)))
def test_brier_of_several_classes_is_the_sum_over_them(case):
    """The sum over the classes of scikit-learn's score of each against the rest."""
    expected = sum(
        theirs.brier_score_loss(case.y == label, case.probabilities[:, label])
        for label in range(case.probabilities.shape[1])
    )
    assert expected == pytest.approx(score("brier", case), **EXACT)


@PROPERTY
@given(case=predictions(), data=st.data())
def test_sensitivity_and_specificity_are_recalls_of_scikit_learn(case, data):
    """Recall of the positive class, and recall of all that is not, for any class declared."""
    positive = data.draw(st.integers(0, case.probabilities.shape[1] - 1))
    truth, found = case.y == positive, case.probabilities.argmax(axis=1) == positive
    sensitivity = theirs.recall_score(truth, found, pos_label=True)
    specificity = theirs.recall_score(truth, found, pos_label=False)
    assert sensitivity == pytest.approx(score("sensitivity", case, positive), **EXACT)
    assert specificity == pytest.approx(score("specificity", case, positive), **EXACT)


@PROPERTY
@given(case=BINARY, positive=st.sampled_from([0, 1, None]))
def test_average_precision_and_f1_of_two_classes_are_those_of_scikit_learn(case, positive):
    """Of the positive class or, without one, of class 1."""
    code = 1 if positive is None else positive
    truth, found = case.y == code, case.probabilities.argmax(axis=1) == code
    precision = theirs.average_precision_score(truth, case.probabilities[:, code])
    assert precision == pytest.approx(score("average_precision", case, positive), **EXACT)
    assert theirs.f1_score(truth, found) == pytest.approx(score("f1", case, positive), **EXACT)


@PROPERTY
@given(case=predictions(classes=st.integers(3, 6)))
def test_average_precision_and_f1_of_several_classes_are_means_over_them(case):
    classes = case.probabilities.shape[1]
    found = case.probabilities.argmax(axis=1)
    precision = theirs.average_precision_score(np.eye(classes)[case.y], case.probabilities)
    assert precision == pytest.approx(score("average_precision", case), **EXACT)
    expected = theirs.f1_score(case.y, found, average="macro")
    assert expected == pytest.approx(score("f1", case), **EXACT)


@PROPERTY
@given(case=predictions())
def test_mcc_is_that_of_scikit_learn(case):
    expected = theirs.matthews_corrcoef(case.y, case.probabilities.argmax(axis=1))
    assert expected == pytest.approx(score("mcc", case), rel=1e-9, abs=1e-9)


@PROPERTY
@given(case=predictions())
def test_every_metric_has_a_score(case):
    """Scores have the names of NAMES, in that order, and plain floats."""
    found = metrics.compute_scores(case.y, case.probabilities, 0)
    assert list(METRIC_NAMES) == list(found)
    assert {float} == {type(value) for value in found.values()}


HAND = {
    "accuracy": 3 / 5,
    # Of class 0 two of three, of class 1 one of two.
    "balanced_accuracy": (2 / 3 + 1 / 2) / 2,
    # Of six pairs the row of class 1 comes first in three, and two are ties.
    "roc_auc": 4 / 6,
    "log_loss": -(math.log(0.9) + math.log(0.6) + math.log(0.2) + math.log(0.8) + math.log(0.4))
    / 5,
    "brier": (0.1**2 + 0.4**2 + 0.8**2 + 0.2**2 + 0.6**2) / 5,
    "sensitivity": 2 / 3,
    "specificity": 1 / 2,
    # Class 0 by its probabilities 0.9, then 0.6 (with a row of class 1), then 0.2 (with another).
    "average_precision": (1 + 2 / 3 + 3 / 5) / 3,
    "f1": 2 * 2 / (3 + 3),
    # Counts: 2 right of class 0, 1 wrong; 1 right of class 1, 1 wrong.
    "mcc": (2 * 1 - 1 * 1) / math.sqrt(3 * 2 * 3 * 2),
}


@pytest.mark.parametrize("name", METRIC_NAMES)
def test_two_classes_by_hand(name):
    """Five rows, class 0 positive: each metric is the number worked out on paper."""
    y = np.array([0, 0, 0, 1, 1])
    of_class_1 = np.array([0.1, 0.4, 0.8, 0.8, 0.4])
    found = metrics.compute_scores(y, np.column_stack([1 - of_class_1, of_class_1]), positive=0)
    assert HAND[name] == pytest.approx(found[name], **EXACT)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", 3 / 4),
        ("balanced_accuracy", (1 + 1 / 2 + 1) / 3),
        # Pairs won: class 0 three of three, class 1 two of four, class 2 two of three.
        ("roc_auc", (1 + 1 / 2 + 2 / 3) / 3),
        ("log_loss", -(math.log(0.7) + math.log(0.6) + math.log(0.1) + math.log(0.5)) / 4),
        ("brier", (0.14 + 0.24 + 1.46 + 0.38) / 4),
        ("sensitivity", 1.0),
        ("specificity", 2 / 3),
        # Class 0: 1. Class 1: 0.6 first, then 0.2 (class 2), then 0.1 last. Class 2: second.
        ("average_precision", (1 + (1 + 2 / 4) / 2 + 1 / 2) / 3),
        ("f1", (1 + 2 / 3 + 2 / 3) / 3),
        ("mcc", (4 * 3 - (1 + 2 + 2)) / math.sqrt((16 - 6) * (16 - 6))),
    ],
)
def test_three_classes_by_hand(name, expected):
    """Four rows, class 2 positive: each metric is the number worked out on paper."""
    y = np.array([0, 1, 1, 2])
    probabilities = np.array([[0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8], [0.3, 0.2, 0.5]])
    assert expected == pytest.approx(metrics.compute_scores(y, probabilities, 2)[name], **EXACT)


@PROPERTY
@given(case=predictions())
def test_perfect_predictions_have_perfect_scores(case):
    """Certainty of the true class is 1 in every share and 0 in every loss."""
    probabilities = np.eye(case.probabilities.shape[1])[case.y]
    found = metrics.compute_scores(case.y, probabilities, 0)
    losses = [found.pop(name) for name in ("log_loss", "brier")]
    assert {1.0} == set(found.values())
    assert [0, 0] == pytest.approx(losses, abs=1e-12)


@PROPERTY
@given(case=predictions())
def test_constant_predictions_have_the_scores_of_chance(case):
    """Equal probabilities name class 0, rank nothing, and cost log(classes)."""
    n_classes = case.probabilities.shape[1]
    found = metrics.compute_scores(case.y, np.full(case.probabilities.shape, 1 / n_classes), 0)
    assert np.mean(case.y == 0) == pytest.approx(found["accuracy"], **EXACT)
    assert 1 / n_classes == pytest.approx(found["balanced_accuracy"], **EXACT)
    assert 0.5 == pytest.approx(found["roc_auc"], **EXACT)
    assert math.log(n_classes) == pytest.approx(found["log_loss"], **EXACT)
    assert (1.0, 0.0) == (found["sensitivity"], found["specificity"])


def test_certain_and_wrong_has_a_finite_log_loss():
    """A probability of 0 for the true class counts as float64's epsilon."""
    found = metrics.compute_scores(np.array([0, 1]), np.array([[0.0, 1.0], [0.0, 1.0]]), None)
    assert -math.log(np.finfo(np.float64).eps) / 2 == pytest.approx(found["log_loss"], rel=1e-9)


ONE_CLASS = np.array([1, 1])
HALVES = np.full((2, 2), 0.5)


@pytest.mark.parametrize(
    ("name", "y", "positive"),
    [
        pytest.param("roc_auc", ONE_CLASS, None, id="AUC of one class"),
        pytest.param("average_precision", ONE_CLASS, None, id="average precision of one class"),
        pytest.param("f1", np.array([0, 0]), 1, id="F1 of a class that is nowhere"),
        pytest.param("sensitivity", ONE_CLASS, 0, id="sensitivity without a positive row"),
        pytest.param("specificity", ONE_CLASS, 1, id="specificity without a negative row"),
        pytest.param("sensitivity", np.array([0, 1]), None, id="sensitivity of no class"),
        pytest.param("specificity", np.array([0, 1]), None, id="specificity of no class"),
    ],
)
def test_undefined_score_is_nan(name, y, positive):
    """What is not defined is NaN, neither 0 nor an error nor a warning."""
    assert math.isnan(metrics.compute_scores(y, HALVES, positive)[name])


def test_roc_auc_of_several_classes_needs_them_all():
    """With one of three classes missing from the labels the AUC is NaN."""
    probabilities = np.full((2, 3), 1 / 3)
    assert math.isnan(metrics.compute_scores(np.array([0, 1]), probabilities, None)["roc_auc"])


def test_balanced_accuracy_is_of_the_classes_there_are():
    """A class without rows counts neither for nor against."""
    probabilities = np.eye(3)[[0, 2]]
    found = metrics.compute_scores(np.array([0, 1]), probabilities, None)
    assert 0.5 == found["balanced_accuracy"]


@pytest.mark.parametrize(
    ("y_train", "y_test", "expected"),
    [
        pytest.param([0, 1, 1], [1, 1, 0, 1], 3 / 4, id="the frequent class of the training part"),
        pytest.param([0, 0, 1], [1, 1, 1], 0.0, id="not that of the test part"),
        pytest.param([1, 0], [0, 0, 1], 2 / 3, id="the first of equals"),
        pytest.param([2, 2, 0], [2, 1, 0, 2], 1 / 2, id="a class of several"),
    ],
)
def test_majority_accuracy_by_hand(y_train, y_test, expected):
    """The share of test rows that are of the training part's most frequent class."""
    found = metrics.majority_accuracy(np.array(y_train), np.array(y_test))
    assert expected == pytest.approx(found, **EXACT)


# Code broken on purpose: the properties above fail.


def least_probable(y, probabilities):
    return float(np.mean(probabilities.argmin(axis=1) == y))


def last_of_equals(y, probabilities):
    last = probabilities.shape[1] - 1 - probabilities[:, ::-1].argmax(axis=1)
    return float(np.mean(last == y))


def share_of_rows_above_half(y, probabilities):
    return float(np.mean(probabilities[np.arange(len(y)), y] > 0.5))


@pytest.mark.parametrize("broken", [least_probable, last_of_equals, share_of_rows_above_half])
def test_a_wrong_accuracy_is_caught(broken, monkeypatch):
    """Accuracy of another prediction than the most probable class does not pass."""
    real = metrics.compute_scores

    def scores(y, probabilities, positive):
        return {**real(y, probabilities, positive), "accuracy": broken(y, probabilities)}

    monkeypatch.setattr(metrics, "compute_scores", scores)
    assert_caught(test_accuracy_is_that_of_scikit_learn)
