"""The hierarchical model of several data sets: baycomp's published example and known truths."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from evenfold.stats.next_dataset import _mixture, predict_next
from evenfold.stats.verdicts import EQUIVALENT, UNDECIDED

# J48 minus naive Bayes on 54 data sets: mean and corrected standard error of the first ten scores
# of each in baycomp's docs/code/accuracies.txt, in percent.
J48_MINUS_NBC = [
    2.006, 7.095, -4.624, -0.341, 10, 0.145, 0.145, -0.597, 13.182, -3.6, 0.952, -9, 0.355, 0,
    -3.042, -6.092, 0.981, 2, 0.667, 11.546, 2, 0, -6.048, 2.484, 24.101, 2.523, 4.173, 6.729,
    -13.328, 3.106, -5.833, 1.265, -0.661, 3.333, -6.783, 2.944, 2.784, 3.106, 4.669, -5.809,
    0.305, 2.956, -0.741, -1.003, 8.333, 15, 0, 16.364, -5.48, -10, -10.098, -3.433, 0.203, -1,
]  # fmt: skip
ERRORS = [
    0.53, 4.383, 2.401, 1.143, 7.398, 1.151, 1.151, 1.546, 4.406, 2.546, 3.971, 5.364, 1.645,
    0, 5.244, 3.825, 0.394, 2.32, 2.26, 0.904, 5.874, 0, 5.491, 2.036, 1.36, 0.802, 0.185,
    0.419, 1.09, 0.367, 10.987, 0.546, 1.604, 2.466, 2.851, 0.614, 1.245, 2.687, 1.811, 3.106,
    1.371, 0.44, 3.591, 0.734, 10.593, 10.979, 0, 2.415, 0.859, 9.506, 2.632, 1.424, 1.448,
    2.608,
]  # fmt: skip


def test_the_published_example_of_baycomp_is_met() -> None:
    """Its documentation has 0.0795, 0.0365 and 0.884, from a sample of a Markov chain."""
    predicted = predict_next(np.array(J48_MINUS_NBC), np.array(ERRORS), 1.0)
    better, equivalent, worse = predicted.most_likely
    assert better == pytest.approx(0.884, abs=0.02)
    assert equivalent == pytest.approx(0.0365, abs=0.02)
    assert worse == pytest.approx(0.0795, abs=0.02)


def test_many_data_sets_show_the_distribution_that_they_come_from() -> None:
    """The probabilities of the next one are those of the true distribution, nearly."""
    truth = t(4, 0.01, 0.02)
    estimates = truth.ppf((np.arange(30) + 0.5) / 30)
    predicted = predict_next(estimates, np.full(30, 0.004), 0.01)
    assert predicted.better == pytest.approx(1 - truth.cdf(0.01), abs=0.04)
    assert predicted.worse == pytest.approx(truth.cdf(-0.01), abs=0.04)
    assert predicted.centre.low < 0.01 < predicted.centre.high
    assert predicted.spread == pytest.approx(0.02, abs=0.007)


def test_three_data_sets_decide_little() -> None:
    """Differences far beyond the margin on three data sets leave the next one open."""
    predicted = predict_next(np.array([0.03, 0.05, 0.04]), np.full(3, 0.01), 0.01)
    assert predicted.verdict == UNDECIDED
    assert predicted.better > predicted.equivalent > 0


def test_equal_predictions_everywhere_are_equivalent() -> None:
    """Differences of 0 without an error are known to a quarter of the margin."""
    predicted = predict_next(np.zeros(12), np.zeros(12), 0.01)
    assert predicted.verdict == EQUIVALENT
    assert predicted.equivalent + predicted.better + predicted.worse == pytest.approx(1)


def test_models_in_each_others_place_have_the_mirrored_result() -> None:
    """The sign of the differences decides between better and worse alone."""
    estimates, errors = np.array([0.02, 0.01, 0.05, -0.01]), np.full(4, 0.01)
    one, other = (predict_next(sign * estimates, errors, 0.01) for sign in (1, -1))
    assert one.better == pytest.approx(other.worse)
    assert one.centre.low == pytest.approx(-other.centre.high, abs=1e-6)


def test_two_data_sets_are_refused() -> None:
    """A uniform prior of the scale has no proper posterior."""
    with pytest.raises(ValueError, match="2 data sets, expected 3 or more"):
        predict_next(np.zeros(2), np.ones(2), 0.01)


@pytest.mark.parametrize("freedom", [1.05, 3.0, 150.0])
def test_the_mixture_is_the_t_distribution(freedom: float) -> None:
    """Normal densities of the nodes' precisions sum to that of t, in the tails too."""
    nodes, shares = _mixture(freedom)
    for x in (0.0, 1.0, 5.0):
        normal = np.sqrt(nodes / (2 * np.pi)) * np.exp(-nodes * x**2 / 2)
        assert (shares * normal).sum() == pytest.approx(t.pdf(x, freedom), rel=2e-3)
