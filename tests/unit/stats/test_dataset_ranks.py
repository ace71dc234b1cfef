"""Ranks over data sets, against the published example of Demsar (2006) and exact p-values."""

from __future__ import annotations

import numpy as np
import pytest

from evenfold.stats.dataset_ranks import FEWEST_TO_REJECT, holm, mean_ranks, signed_ranks

# Table 6 of Demsar (2006): areas under the curve of C4.5 without and with two parameters tuned.
AREAS = np.array([
    [.763, .768, .771, .798], [.599, .591, .590, .569], [.954, .971, .968, .967],
    [.628, .661, .654, .657], [.882, .888, .886, .898], [.936, .931, .916, .931],
    [.661, .668, .609, .685], [.583, .583, .563, .625], [.775, .838, .866, .875],
    [1.0, 1.0, 1.0, 1.0], [.940, .962, .965, .962], [.619, .666, .614, .669],
    [.972, .981, .9751, .975], [.957, .978, .946, .970],
])  # fmt: skip
NAMES = ["C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf"]


def test_mean_ranks_and_critical_difference_are_those_of_the_published_example() -> None:
    """Demsar has ranks of 3.143 to 1.964, and Nemenyi's difference of 1.25 at 5 %.

    His p-value of Friedman's test, 0.026, is not corrected for ties.
    """
    ranks = mean_ranks(AREAS, NAMES)
    assert list(ranks.ranks) == ["C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5"]
    assert ranks.ranks["C4.5"] == pytest.approx(3.143, abs=1e-3)
    assert ranks.ranks["C4.5+m+cf"] == pytest.approx(1.964, abs=1e-3)
    assert ranks.critical == pytest.approx(1.25, abs=0.01)
    assert ranks.p == pytest.approx(0.0167, abs=0.001)
    assert ranks.groups == [["C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5"]]


def test_the_signed_rank_test_is_exact_on_few_data_sets() -> None:
    """Six differences of one sign have two of 64 orders, and five cannot be below 5 %."""
    assert FEWEST_TO_REJECT == 6
    six = signed_ranks({"b": np.arange(1, 7) / 100})["b"]
    assert six.p == pytest.approx(2 / 64)
    five = signed_ranks({"b": np.arange(1, 6) / 100})["b"]
    assert (five.p, five.can_reject) == (pytest.approx(2 / 32), False)


def test_equal_scores_have_a_p_value_of_one() -> None:
    """Differences that are rounding errors are ties."""
    assert signed_ranks({"b": np.full(7, 1e-17)})["b"].p == 1.0


def test_holms_adjustment_never_falls() -> None:
    """The smallest of three is tripled; a larger one is at least as large afterwards."""
    adjusted = holm({"a": 0.01, "b": 0.03, "c": 0.02})
    assert adjusted == pytest.approx({"a": 0.03, "b": 0.04, "c": 0.04})


def test_models_far_apart_are_in_no_common_group() -> None:
    """One model that is best on all of thirty data sets has ranks of its own."""
    scores = np.column_stack([np.full(30, 0.9), np.full(30, 0.8), np.full(30, 0.7)])
    ranks = mean_ranks(scores, ["a", "b", "c"])
    assert list(ranks.ranks.values()) == [1, 2, 3]
    assert ranks.groups == []
