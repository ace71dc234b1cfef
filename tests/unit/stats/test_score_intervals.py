"""Intervals and verdicts, against published and independently computed numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats as scipy_stats

from evenfold.stats.score_intervals import Design, compare, equivalence, interval

TEN_BY_TEN = Design(10, 10)
DIFFERENCES = arrays.arrays(np.float64, st.integers(2, 40), elements=st.floats(-1, 1, width=32))


@pytest.fixture(scope="module")
def published():
    """Scores of scikit-learn's example "Statistical comparison of models using grid search"."""
    from sklearn.datasets import make_moons
    from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold
    from sklearn.svm import SVC

    x, y = make_moons(noise=0.352, random_state=1, n_samples=100)
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    grid = [{"kernel": ["linear"]}, {"kernel": ["rbf"]}]
    search = GridSearchCV(SVC(random_state=0), grid, scoring="roc_auc", cv=folds).fit(x, y)
    scores = [[search.cv_results_[f"split{i}_test_score"][m] for i in range(100)] for m in (0, 1)]
    return np.array(scores[1]) - np.array(scores[0])


def test_the_corrected_test_is_that_of_the_published_example(published):
    """There: t 0.750, one-sided p 0.227."""
    found = compare({"rbf": published}, "roc_auc", TEN_BY_TEN, rope=0.0)["rbf"]
    error = found.difference.half_width / scipy_stats.t.ppf(0.975, 99)
    t = found.difference.estimate / error
    assert t == pytest.approx(0.750, abs=5e-4)
    assert scipy_stats.t.sf(t, 99) == pytest.approx(0.227, abs=1e-3)


@given(d=DIFFERENCES)
def test_over_seeds_of_one_split_it_is_the_plain_t_test(d):
    if np.ptp(d) < 1e-6:
        return
    found = compare({"b": d}, "accuracy", Design(1, len(d)))["b"]
    expected = scipy_stats.ttest_1samp(d, 0).confidence_interval()
    assert tuple(expected) == pytest.approx((found.difference.low, found.difference.high))


@given(d=DIFFERENCES)
def test_the_reversed_comparison_is_that_of_the_reversed_difference(d):
    there, back = (compare({"b": s * d}, "accuracy", TEN_BY_TEN)["b"] for s in (1, -1))
    assert there.reversed.verdict == back.verdict
    turned = there.reversed.difference
    expected = (back.difference.estimate, back.difference.low, back.difference.high)
    assert expected == pytest.approx((turned.estimate, turned.low, turned.high), abs=1e-12)


def test_less_loss_is_better():
    d = np.full(100, -0.5) + np.linspace(-0.01, 0.01, 100)
    assert "better" == compare({"b": d}, "log_loss", TEN_BY_TEN)["b"].verdict
    assert "worse" == compare({"b": d}, "accuracy", TEN_BY_TEN)["b"].verdict


@pytest.mark.parametrize(
    ("difference", "verdict"), [(0.0, "equivalent"), (0.009, "equivalent"), (0.02, "better")]
)
def test_differences_without_variance_are_their_own_interval(difference, verdict):
    found = compare({"b": np.full(7, difference)}, "accuracy", TEN_BY_TEN)["b"]
    assert (difference, difference) == (found.difference.low, found.difference.high)
    assert verdict == found.verdict


def test_a_real_but_tiny_difference_is_equivalent():
    """What excludes 0 need not exceed the margin."""
    d = 0.004 + np.random.default_rng(0).normal(0, 0.001, 100)
    found = compare({"b": d}, "accuracy", TEN_BY_TEN)["b"]
    assert found.difference.low > 0
    assert "equivalent" == found.verdict


def test_a_difference_above_the_margin_is_better_only_if_the_interval_is():
    """The estimate exceeds the margin, the interval does not: that is not shown to be better."""
    d = 0.015 + np.random.default_rng(0).normal(0, 0.01, 100)
    found = compare({"b": d}, "accuracy", TEN_BY_TEN)["b"]
    assert found.difference.low > 0
    assert found.difference.estimate > 0.01
    assert "not worse" == found.verdict


def test_noise_is_undecided_and_states_the_detectable_difference():
    d = np.random.default_rng(0).normal(0.01, 0.05, 100)
    found = compare({"b": d}, "accuracy", TEN_BY_TEN)["b"]
    assert "undecided" == found.verdict
    assert found.detectable == pytest.approx(0.01 + found.difference.half_width)


def test_several_contenders_have_wider_intervals():
    """Bonferroni: each interval has a third of the error."""
    rng = np.random.default_rng(1)
    d = {name: rng.normal(0.01, 0.02, 100) for name in "abc"}
    together = compare(d, "accuracy", TEN_BY_TEN)
    for name, values in d.items():
        expected = interval(values, TEN_BY_TEN, 1 - 0.05 / 3)
        assert together[name].level == pytest.approx(0.05 / 3)
        assert together[name].difference == expected
        assert expected.half_width > interval(values, TEN_BY_TEN).half_width


def test_one_fit_decides_nothing():
    """It has no interval, and so no comparison; it is not counted among those that have one."""
    d = np.random.default_rng(0).normal(0.02, 0.05, 10)
    one = np.array([0.5])
    assert {} == compare({"b": one}, "accuracy", Design(1, 1))
    assert compare({"a": d}, "accuracy", Design(1, 10)) == compare(
        {"a": d, "b": one, "c": one[:0]}, "accuracy", Design(1, 10)
    )
    assert np.isnan(interval(one, Design(1, 1)).low)
    assert np.isnan(interval(one[:0], Design(1, 1)).estimate)


def test_the_same_scores_are_rarely_called_different():
    """An A/A test: at most 5 % of 400 studies of two models that are alike find a difference."""
    rng = np.random.default_rng(7)
    wrong = 0
    for _ in range(400):
        # Correlated within a repeat, as overlapping folds are.
        d = rng.normal(0, 0.02, (10, 1)) + rng.normal(0, 0.02, (10, 10))
        found = compare({"b": d.ravel()}, "accuracy", TEN_BY_TEN, rope=0.0)["b"]
        wrong += found.verdict in ("better", "worse")
    assert wrong <= 400 * 0.05


@given(d=DIFFERENCES.filter(lambda d: np.ptp(d) > 1e-3), margin=st.floats(0, 1))
def test_equivalence_is_two_one_sided_t_tests(d, margin):
    """The larger p-value of scipy's two tests."""
    below = scipy_stats.ttest_1samp(d, -margin, alternative="greater").pvalue
    above = scipy_stats.ttest_1samp(d, margin, alternative="less").pvalue
    assert pytest.approx(max(below, above), abs=1e-9) == equivalence(d, margin)


def test_equal_numbers_are_equivalent_and_others_are_not():
    assert 0 == equivalence(np.zeros(5), 0.01)
    assert 1 == equivalence(np.full(5, 0.02), 0.01)
