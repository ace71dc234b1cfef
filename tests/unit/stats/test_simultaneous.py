"""The level at which the intervals of several contenders hold at once."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as scipy_stats

from evenfold.stats.simultaneous import simultaneous_level

RNG = np.random.default_rng(0)


def test_one_contender_needs_no_adjustment():
    assert simultaneous_level(RNG.normal(size=(1, 50))) == 0.05
    assert simultaneous_level(np.zeros((0, 50))) == 0.05


@pytest.mark.parametrize("contenders", [2, 3, 7])
def test_contenders_that_share_nothing_have_sidaks_level(contenders):
    effects = np.linalg.qr(RNG.normal(size=(200, contenders)))[0].T
    expected = 1 - 0.95 ** (1 / contenders)
    assert simultaneous_level(effects) == pytest.approx(expected, rel=0.06)


def test_contenders_that_differ_by_nothing_need_no_adjustment():
    effects = np.tile(RNG.normal(size=50), (7, 1))
    assert simultaneous_level(effects) == pytest.approx(0.05, rel=0.05)


@pytest.mark.parametrize("contenders", [3, 7])
def test_a_shared_reference_gives_dunnetts_level(contenders):
    own, shared = RNG.normal(size=(contenders, 4000)), RNG.normal(size=4000)
    # Two-sided 5 % points of Dunnett's table for infinite degrees of freedom.
    expected = {3: 2.35, 7: 2.61}[contenders]
    critical = scipy_stats.norm.ppf(1 - simultaneous_level(own - shared) / 2)
    assert critical == pytest.approx(expected, abs=0.03)


def test_it_is_never_narrower_than_one_interval_nor_wider_than_bonferronis():
    for contenders in (2, 5, 20, 100):
        effects = RNG.normal(size=(contenders, 300)) - RNG.normal(size=300)
        assert 0.05 / contenders <= simultaneous_level(effects) <= 0.05


def test_it_is_the_same_again():
    effects = RNG.normal(size=(5, 100))
    assert simultaneous_level(effects) == simultaneous_level(effects)


def test_a_contender_without_any_effect_counts_as_one_that_shares_nothing():
    effects = np.vstack([RNG.normal(size=(1, 100)), np.zeros((1, 100))])
    assert simultaneous_level(effects) == pytest.approx(1 - 0.95**0.5, rel=0.06)
