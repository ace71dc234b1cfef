"""Signs of slow samples and of launches that are not like the others."""

from __future__ import annotations

import numpy as np
import pytest

from evenfold.stats.launch_ratios import LaunchRatios
from evenfold.stats.race_signs import odd_launches, ratios_differ


def launches(medians, means=None, above=0, below=0):
    """One ratio of several launches; outliers are those of the first launch."""
    medians = np.array([medians])
    means = medians if means is None else np.array([means])
    counts = [np.zeros(medians.shape, int) for _ in range(2)]
    counts[0][0, 0], counts[1][0, 0] = above, below
    return LaunchRatios(medians, means, np.zeros(medians.shape), *counts)


NONE = np.zeros(1)  # no interval
NOISE = np.array([-0.004, 0.003, 0.001, -0.002, 0.004, -0.001])


@pytest.mark.parametrize(
    ("shift", "noise", "half", "margin", "expected"),
    [
        (0.0, 1, 0.01, 0.02, False),
        (0.03, 1, 0.01, 0.02, True),  # beyond the margin and significant
        (0.01, 1, 0.01, 0.02, True),  # significant
        (0.03, 30, 0.01, 0.02, True),  # beyond the margin, by chance or not
        (0.03, 30, 0.04, 0.02, False),  # within the interval
        (0.03, 30, 0.01, 0.05, False),  # within the margin
        (0.005, 3, 0.001, 0.0, False),  # at a small margin, chance alone does that
        (-0.03, 1, 0.01, 0.02, True),
    ],
)
def test_ratios_differ_beyond_margin_and_interval_or_significantly(
    shift, noise, half, margin, expected
):
    each = launches(np.zeros(6), shift + noise * NOISE)
    assert [expected] == list(ratios_differ(each, np.array([half]), margin))


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [(0, 0, False), (3, 0, False), (8, 0, True), (0, 8, True), (9, 7, False), (30, 9, True)],
)
def test_outliers_of_one_contender_are_a_sign(above, below, expected):
    each = launches(np.zeros(6), above=above, below=below)
    assert [expected] == list(ratios_differ(each, NONE, 0.02))


def test_chance_gives_a_sign_of_slow_samples_in_one_race_of_a_hundred():
    rng = np.random.default_rng(0)
    medians, means = rng.normal(0, 0.001, (2, 20_000, 1, 8))
    none = np.zeros(medians.shape, int)
    each = LaunchRatios(medians, means, np.zeros(medians.shape), none, none)
    assert ratios_differ(each, NONE, 0.02).mean() == pytest.approx(0.01, abs=0.003)


@pytest.mark.parametrize("count", [5, 8, 12])
def test_chance_gives_an_odd_launch_in_one_race_of_a_hundred(count):
    medians = np.random.default_rng(count).normal(0, 1, (20_000, count))
    assert odd_launches(medians).mean() == pytest.approx(0.01, abs=0.003)


def test_a_slow_launch_is_seen():
    medians = np.append(NOISE, 0.05)[None]
    assert [True] == list(odd_launches(medians))
    assert [False] == list(odd_launches(NOISE[None]))
    assert [False] == list(odd_launches(medians[:, -4:]))


def test_equal_launches_are_not_odd():
    assert [False] == list(odd_launches(np.full((1, 6), 0.3) + np.eye(1, 6) * 1e-12))
