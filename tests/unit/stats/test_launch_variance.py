"""Variances of launches: of the race alone, of all contenders, and moderated by a history."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from evenfold.stats import launch_variance
from evenfold.stats.launch_variance import (
    FEWEST_RACES,
    VariancePrior,
    fit_prior,
    launch_spread,
)
from evenfold.stats.race_ratios import student_half
from strategies import SEEDS


def launches(seed, ratios, count, deviations=1.0, races=None):
    """Log ratios of contenders with effects of their launches, the reference's the first."""
    shape = (ratios + 1, count) if races is None else (races, ratios + 1, count)
    scale = np.broadcast_to(np.reshape(deviations, (-1, 1)), (ratios + 1, 1))
    effects = np.random.default_rng(seed).normal(0, 1, shape) * scale
    return effects[..., 1:, :] - effects[..., :1, :]


@given(seed=SEEDS, count=st.integers(2, 12))
def test_one_ratio_has_its_own_variance(seed, count):
    values = launches(seed, 1, count)
    spread = launch_spread(values)
    assert spread.variances == pytest.approx(values.var(axis=-1, ddof=1))
    assert (count - 1, False, False) == (spread.freedoms[0], spread.pooled[0], spread.moderated[0])


def test_alike_contenders_have_one_variance_with_more_freedom():
    """It estimates the variance of a ratio nearly without bias."""
    values = launches(0, 3, 6, races=4000)
    spread = launch_spread(values)
    assert 0.5 < spread.pooled.mean() < 0.8
    assert {5.0, 15.0} == set(spread.freedoms.ravel())
    assert spread.variances[spread.pooled].mean() == pytest.approx(2.0, rel=0.1)


def test_bartletts_test_is_scipys_for_independent_groups(monkeypatch):
    """Its statistic on the rests of a race: with many contenders they are nearly independent."""
    values = launches(1, 40, 8)
    logs = np.concatenate([np.zeros((1, 8)), values])
    p = scipy_stats.bartlett(*(logs - logs.mean(axis=0))).pvalue
    monkeypatch.setattr(launch_variance, "REFERENCE_ALIKE", 0.0)
    monkeypatch.setattr(launch_variance, "RATIO_ALIKE", 0.0)
    for level, expected in ((p - 0.02, True), (p + 0.02, False)):
        monkeypatch.setattr(launch_variance, "ALIKE", level)
        assert expected == bool(launch_spread(values).pooled.all())


# Of the reference and three others; at 1 and 1, Bartlett's test sees what pooling would not.
@pytest.mark.parametrize("deviations", [[1, 1, 1, 6], [2, 1, 1, 1], [3, 1, 1, 1], [1, 1, 1, 2]])
@pytest.mark.parametrize("count", [5, 8])
def test_contenders_that_do_not_vary_alike_have_intervals_that_cover(deviations, count):
    """All ratios of a race together, whoever varies most."""
    assert covered_together(deviations, count) > 0.978


def test_a_variance_that_is_pooled_in_any_case_misses_too_often(monkeypatch):
    """The test above can fail."""
    for name in ("ALIKE", "REFERENCE_ALIKE", "RATIO_ALIKE"):
        monkeypatch.setattr(launch_variance, name, 0.0)
    assert covered_together([3, 1, 1, 1], 5) < 0.96


def covered_together(deviations, count):
    """Share of races all of whose intervals hold the ratios."""
    values = launches(2, 3, count, deviations=deviations, races=4000)
    spread = launch_spread(values)
    halves = student_half(spread.variances, spread.freedoms, count, 1 - 0.01 / 3)
    return (np.abs(values.mean(axis=-1)) <= halves).all(axis=-1).mean()


def test_a_moderated_variance_is_the_mean_weighted_by_freedom():
    """A prior never weighs more than the race."""
    values = launches(3, 1, 6) * 0.1
    own = values.var(axis=-1, ddof=1)[0]
    for freedom, weight in ((3.0, 3.0), (100.0, 5.0)):
        spread = launch_spread(values, VariancePrior(2 * own, freedom, 20))
        assert spread.moderated.all()
        assert spread.variances == pytest.approx((5 * own + weight * 2 * own) / (5 + weight))
        assert spread.freedoms == pytest.approx(5 + weight)


def test_a_prior_that_the_race_exceeds_is_dropped():
    values = launches(4, 1, 8)
    own = values.var(axis=-1, ddof=1)[0]
    spread = launch_spread(values, VariancePrior(own / 3, 50.0, 20))
    assert not spread.moderated.any()
    assert (own, 7.0) == (spread.variances[0], spread.freedoms[0])


@pytest.mark.parametrize("count", [5, 8, 12])
@pytest.mark.parametrize("factor", [0.25, 1.0, 2.0, 4.0, 8.0])
def test_intervals_cover_even_with_the_history_of_a_calmer_contender(count, factor):
    """99 % intervals, 98 % at least, whatever the variance of the race is."""
    values = launches(5, 1, count, races=20_000) * np.sqrt(factor / 2)
    spread = launch_spread(values, VariancePrior(1.0, 1000.0, 20))
    halves = student_half(spread.variances, spread.freedoms, count, 0.99)
    assert (np.abs(values.mean(axis=-1)) <= halves).mean() > 0.98


@pytest.mark.parametrize(("count", "most"), [(5, 0.93), (8, 0.98)])
def test_the_history_of_the_same_contender_narrows_the_intervals(count, most):
    """In the mean over races; the fewer launches, the more."""
    values = launches(6, 1, count, races=5000)
    alone, with_prior = (
        launch_spread(values, prior) for prior in (None, VariancePrior(2.0, 1000.0, 20))
    )
    widths = [
        student_half(one.variances, one.freedoms, count, 0.99).mean() for one in (alone, with_prior)
    ]
    assert widths[1] < most * widths[0]
    covered = np.abs(values.mean(axis=-1)) <= student_half(
        with_prior.variances, with_prior.freedoms, count, 0.99
    )
    assert covered.mean() > 0.99


def history(rng, races, freedom, d=7, variance=1e-5):
    """Variances of races whose true variances are scaled inverse chi-squares."""
    true = variance * freedom / rng.chisquare(freedom, races)
    return list(true * rng.chisquare(d, races) / d), [d] * races


@pytest.mark.parametrize("freedom", [4.0, 12.0])
def test_a_prior_is_fitted_to_a_history(freedom):
    prior = fit_prior(*history(np.random.default_rng(1), 5000, freedom))
    assert isinstance(prior, VariancePrior)
    assert prior.variance == pytest.approx(1e-5, rel=0.05)
    assert prior.freedom == pytest.approx(freedom, rel=0.15)
    assert 5000 == prior.races


def test_races_that_vary_alike_give_a_prior_of_great_worth():
    rng = np.random.default_rng(2)
    prior = fit_prior(list(1e-5 * rng.chisquare(7, 30) / 7), [7] * 30)
    assert isinstance(prior, VariancePrior)
    assert prior.freedom > 20


@pytest.mark.parametrize(
    ("variances", "reason"),
    [
        ([1e-5] * (FEWEST_RACES - 1), "has 5 of 6 races"),
        ([1e-5] * 9 + [0.0], "without variance"),
        ([1e-5, 1.1e-5] * 30 + [1e-2, 1.1e-2] * 30, "vary in more than one way"),
    ],
)
def test_a_history_that_gives_no_prior_says_why(variances, reason):
    result = fit_prior(variances, [7] * len(variances))
    assert isinstance(result, str)
    assert reason in result
