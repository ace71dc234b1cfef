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
    """There: t 0.750, one-sided p 0.227; the probability that rbf is better 0.773."""
    found = compare({"rbf": published}, "roc_auc", TEN_BY_TEN, rope=0.0)["rbf"]
    assert pytest.approx(2 * 0.227, abs=1e-3) == found.p
    half = found.difference.half_width / scipy_stats.t.ppf(0.975, 99)
    assert pytest.approx(0.750, abs=5e-4) == found.difference.mean / half
    assert pytest.approx(0.773, abs=1e-3) == found.probabilities[2]


@given(d=DIFFERENCES.filter(lambda d: np.ptp(d) > 1e-3))
def test_the_bayesian_probabilities_are_those_of_baycomp(d):
    import baycomp

    d = np.concatenate([d] * 10)[:20]
    expected = baycomp.CorrelatedTTest.probs(np.zeros(20), d, rope=0.01, runs=2)
    found = compare({"b": d}, "accuracy", Design(10, 2))["b"].probabilities
    assert expected == pytest.approx(found, abs=1e-9)
    assert all(np.signbit(p) == 0 for p in found)


@given(d=DIFFERENCES)
def test_over_seeds_of_one_split_it_is_the_plain_t_test(d):
    if np.ptp(d) < 1e-6:
        return
    found = compare({"b": d}, "accuracy", Design(1, len(d)))["b"]
    assert float(scipy_stats.ttest_1samp(d, 0).pvalue) == pytest.approx(found.p, abs=1e-9)
    expected = scipy_stats.ttest_1samp(d, 0).confidence_interval()
    assert tuple(expected) == pytest.approx((found.difference.low, found.difference.high))


@given(d=DIFFERENCES)
def test_turned_about_it_says_the_opposite(d):
    there, back = (compare({"b": s * d}, "accuracy", TEN_BY_TEN)["b"] for s in (1, -1))
    opposite = {"better": "worse", "worse": "better"}
    assert opposite.get(there.verdict, there.verdict) == back.verdict
    assert there.probabilities[::-1] == pytest.approx(back.probabilities, abs=1e-12)


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
    assert 1 == sum(found.probabilities)


def test_a_real_but_tiny_difference_is_equivalent():
    """What is significant need not be of interest."""
    d = 0.004 + np.random.default_rng(0).normal(0, 0.001, 100)
    found = compare({"b": d}, "accuracy", TEN_BY_TEN)["b"]
    assert found.p < 1e-6
    assert "equivalent" == found.verdict


def test_noise_is_undecided():
    d = np.random.default_rng(0).normal(0.01, 0.05, 100)
    assert "undecided" == compare({"b": d}, "accuracy", TEN_BY_TEN)["b"].verdict


def test_several_contenders_are_held_to_a_stricter_p():
    """Holm: the least of three p-values is multiplied by 3, the next by 2, never out of order."""
    rng = np.random.default_rng(1)
    d = {
        name: rng.normal(mean, 0.02, 100)
        for name, mean in zip("abc", (0.02, 0.015, 0.0), strict=True)
    }
    alone = {name: compare({name: v}, "accuracy", TEN_BY_TEN)[name].p for name, v in d.items()}
    together = {name: c.p for name, c in compare(d, "accuracy", TEN_BY_TEN).items()}
    first, second, third = sorted(alone, key=lambda name: alone[name])
    assert together[first] == pytest.approx(min(1, 3 * alone[first]))
    assert together[second] == pytest.approx(min(1, max(3 * alone[first], 2 * alone[second])))
    assert together[third] >= together[second]


def test_one_fit_decides_nothing():
    """It has no interval, and so no comparison; it is not counted among those that have one."""
    d = np.random.default_rng(0).normal(0.02, 0.05, 10)
    one = np.array([0.5])
    assert {} == compare({"b": one}, "accuracy", Design(1, 1))
    assert compare({"a": d}, "accuracy", Design(1, 10)) == compare(
        {"a": d, "b": one, "c": one[:0]}, "accuracy", Design(1, 10)
    )
    assert np.isnan(interval(one, Design(1, 1)).low)
    assert np.isnan(interval(one[:0], Design(1, 1)).mean)


def test_the_same_scores_are_rarely_called_different():
    """An A/A test: at most 5 % of 400 studies of two models that are alike find a difference."""
    rng = np.random.default_rng(7)
    wrong = 0
    for _ in range(400):
        # Correlated within a repeat, as overlapping folds are.
        d = rng.normal(0, 0.02, (10, 1)) + rng.normal(0, 0.02, (10, 10))
        wrong += compare({"b": d.ravel()}, "accuracy", TEN_BY_TEN, rope=0.0)["b"].p < 0.05
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
