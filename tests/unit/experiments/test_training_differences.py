"""``experiments/training_differences.py``, with trainings and samples of known differences."""

from __future__ import annotations

import numpy as np
import pytest

from builders import ROOT
from builders.constructs import all_constructs

CHANCE = sum(construct.is_random for construct in all_constructs())


@pytest.fixture
def differences(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    import training_differences

    return training_differences


def sample(differences, rng, shift=0.0):
    return rng.normal(shift, size=(differences.SEEDS, len(differences.QUANTITIES)))


def test_the_largest_difference_is_named(differences):
    first = differences.Trained({"a": np.array([1.0, 2.0]), "b": np.array([100.0])})
    second = differences.Trained({"a": np.array([1.0, 2.1]), "b": np.array([100.0])})
    difference, name = first.difference(second)
    assert (pytest.approx(0.1 / 3.1), "a") == (difference, name)


@pytest.mark.parametrize(
    "other", [{"a": np.zeros(2), "b": np.zeros(1)}, {"a": np.zeros(3)}, {"a": np.full(2, np.nan)}]
)
def test_what_cannot_be_compared_differs(differences, other):
    first = differences.Trained({"a": np.zeros(2)})
    assert np.isinf(first.difference(differences.Trained(other))[0])


def test_equal_distributions_are_seldom_called_different(differences):
    rng = np.random.default_rng(0)
    samples = [(sample(differences, rng), sample(differences, rng)) for _ in range(120)]
    p_values = np.array([differences.distribution_test(*pair)[0] for pair in samples])
    assert np.mean(p_values < 0.1) < 0.13


def test_the_detectable_shift_is_found_in_nine_of_ten_cases(differences):
    level = 0.01 / CHANCE
    shift = differences.detectable_shift(level)
    assert 0.5 < shift < 1.2
    rng = np.random.default_rng(0)
    one_quantity = np.array([shift, 0, 0, 0])
    pairs = []
    for _ in range(120):
        first = 100 * sample(differences, rng)  # the seeds differ far more than the engines
        pairs.append((first, first + sample(differences, rng, one_quantity)))
    found = np.mean([differences.distribution_test(*pair)[0] < level for pair in pairs])
    assert 0.85 < found < 0.95
