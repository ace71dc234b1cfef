"""``svm_rbf``: its probabilities rank rows as an SVC does, and are calibrated with few rows too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.svm import SVC

from evenfold.contract import Task
from evenfold.plugins.folders import built_in_folder
from evenfold.plugins.models import load_model
from strategies import PROPERTY, SEEDS


@pytest.fixture(scope="module")
def svm():
    """Makes the estimator of the built-in model."""
    model = load_model("svm_rbf", built_in_folder() / "svm_rbf.py").model
    return lambda: model.build(Task((3,), 2))


def drawn(seed, rows, classes, shift):
    rng = np.random.default_rng(seed)
    y = np.r_[np.arange(classes), rng.integers(0, classes, rows - classes)]
    return rng.normal(size=(rows, 3)) + shift * y[:, np.newaxis], y


@settings(PROPERTY, max_examples=15)
@given(seed=SEEDS, rows=st.integers(4, 40), shift=st.sampled_from([0, 0.1, 0.3, 3, 30]))
def test_two_classes_are_ranked_as_by_an_svc_of_the_same_rows(svm, seed, rows, shift):
    x, y = drawn(seed, rows, 2, shift)
    others = np.random.default_rng(seed + 1).normal(size=(40, 3)) + shift / 2
    p = svm().fit(x, y).predict_proba(others)[:, 1]
    margins = SVC().fit(x, y).decision_function(others)
    assert spearmanr(p, margins)[0] > 0.999


@settings(PROPERTY, max_examples=10)
@given(
    seed=SEEDS, rows=st.integers(4, 30), classes=st.integers(2, 4), shift=st.sampled_from([0, 9])
)
def test_probabilities_are_proper_and_the_same_again(svm, seed, rows, classes, shift):
    """Classes of a single row, and margins that are all the same, included."""
    x, y = drawn(seed, rows, classes, shift)
    for inputs in (x, np.zeros_like(x)):
        p = svm().fit(inputs, y).predict_proba(inputs)
        assert (rows, classes) == p.shape
        assert p.min() >= 0
        np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-12)
        np.testing.assert_array_equal(p, svm().fit(inputs, y).predict_proba(inputs))


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_without_a_signal_probabilities_are_close_to_the_shares_of_classes(svm, classes):
    x, y = drawn(0, 60, classes, 0)
    others, labels = drawn(1, 400, classes, 0)
    p = svm().fit(x, y).predict_proba(others)
    shares = np.bincount(y) / len(y)
    assert log_loss(labels, p) < log_loss(labels, np.tile(shares, (400, 1))) + 0.1


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_separated_classes_are_told_apart(svm, classes):
    x, y = drawn(0, 120, classes, 9)
    others, labels = drawn(1, 120, classes, 9)
    fitted = svm().fit(x, y)
    assert (fitted.predict(others) == labels).mean() > 0.99
    assert log_loss(labels, fitted.predict_proba(others)) < 0.2


def test_labels_keep_their_names_and_parameters_are_cloned(svm):
    x, y = drawn(0, 30, 2, 9)
    names = np.array(["no", "yes"])[y]
    copy = clone(svm().set_params(cost=2.0, folds=3))
    assert {"cost": 2.0, "gamma": "scale", "folds": 3} == copy.get_params()
    assert list(names) == list(copy.fit(x, names).predict(x))
    with pytest.raises(ValueError, match="CalibratedSVC has no parameter 'C'"):
        copy.set_params(C=1)
