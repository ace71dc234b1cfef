"""Log ratios of launches: medians without effects of the order, means, and outliers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.race_blocks import noisy_races, timed_blocks
from evenfold.errors import ResultsError
from evenfold.stats.launch_ratios import TimedBlocks, launch_ratios, ratios_of_blocks, stacked
from strategies import SEEDS


def median_by_order(launch, contender):
    """The definition, one block after the other."""
    groups = {True: [], False: []}
    for seconds, places in zip(launch.seconds, launch.places, strict=True):
        is_before = bool(places[contender] < places[0])
        groups[is_before].append(math.log(seconds[contender] / seconds[0]))
    return np.mean([np.median(group) for group in groups.values() if group])


@given(race=noisy_races())
def test_a_launch_is_the_mean_of_the_medians_of_both_orders(race):
    result = launch_ratios(race)
    contenders = race[0].seconds.shape[1]
    assert (contenders - 1, len(race)) == result.medians.shape
    for number, launch in enumerate(race):
        for contender in range(1, contenders):
            expected = median_by_order(launch, contender)
            assert result.medians[contender - 1, number] == pytest.approx(expected, abs=1e-9)


@given(race=noisy_races())
def test_a_ratio_of_means_is_that_of_the_mean_seconds(race):
    result = launch_ratios(race)
    for number, launch in enumerate(race):
        means = launch.seconds.mean(axis=0)
        expected = np.log(means[1:] / means[0])
        assert result.means[:, number] == pytest.approx(expected, abs=1e-9)


@given(seed=SEEDS, blocks=st.integers(1, 8), size=st.floats(-0.3, 0.3))
def test_an_effect_of_the_order_cancels(seed, blocks, size):
    """The later sample of a block takes longer or shorter by a factor."""
    rng = np.random.default_rng(seed)
    launch = timed_blocks(np.exp(rng.normal(0, 0.01, (2 * blocks, 2))))
    shifted = TimedBlocks(launch.seconds * np.exp(size * launch.places), launch.places)
    before, after = (launch_ratios([one]).medians for one in (launch, shifted))
    assert before == pytest.approx(after, abs=1e-9)


def test_an_effect_of_the_order_does_not_cancel_in_a_plain_median():
    """The test above can fail."""
    launch = timed_blocks(np.exp(0.05 * np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])))
    ratios = np.log(launch.seconds[:, 1] / launch.seconds[:, 0])
    assert np.median(ratios) == pytest.approx(0.05)
    assert launch_ratios([launch]).medians == pytest.approx(0.0)


def test_blocks_of_one_order_have_their_median():
    launch = TimedBlocks(np.array([[1.0, 2.0], [1.0, 3.0], [1.0, 9.0]]), np.array([[0, 1]] * 3))
    assert launch_ratios([launch]).medians == pytest.approx(math.log(3))


def test_slow_samples_change_the_ratio_of_means_alone():
    """One of ten samples takes twice as long."""
    seconds = np.ones((20, 2))
    seconds[[3, 12], 1] = 2.0
    result = launch_ratios([timed_blocks(seconds)])
    assert 0.0 == result.medians[0, 0]
    assert result.means[0, 0] == pytest.approx(math.log(1.1))


def test_outliers_are_counted_by_the_contender_that_was_slow():
    logs = np.column_stack([np.zeros(12), np.linspace(-0.01, 0.01, 12)])
    logs[3, 1] += 1.0
    logs[5:7, 0] += 1.0
    result = launch_ratios([timed_blocks(np.exp(logs))])
    assert (1, 2) == (result.above[0, 0], result.below[0, 0])


def test_the_scatter_of_blocks_explains_the_variance_of_a_mean():
    """Over many launches, the mean of the explained variances is the variance of the means."""
    logs = np.random.default_rng(0).normal(0, 0.05, (4000, 16, 2))
    places = np.broadcast_to(timed_blocks(np.ones((16, 2))).places, logs.shape)
    result = ratios_of_blocks(logs, places)
    assert np.var(result.means) == pytest.approx(result.mean_variances.mean(), rel=0.05)


@given(race=noisy_races())
def test_launches_of_equally_many_blocks_are_computed_at_once(race):
    """As the simulation does."""
    long = [one for one in race if len(one.seconds) == len(race[0].seconds)]
    at_once = ratios_of_blocks(
        np.log([one.seconds for one in long]), np.array([one.places for one in long])
    )
    alone = launch_ratios(long)
    for name in ("medians", "means", "mean_variances", "above", "below"):
        expected = np.moveaxis(getattr(at_once, name)[..., 0], 0, -1)
        np.testing.assert_allclose(expected, getattr(alone, name), atol=1e-12)
    again = stacked([alone.first(1), alone])
    assert 1 + alone.launches == again.launches


@pytest.mark.parametrize("wrong", [0.0, -0.1, math.nan, math.inf])
def test_an_impossible_time_is_reported_with_its_place(wrong):
    race = [timed_blocks(np.full((4, 3), 0.16)) for _ in range(5)]
    race[1].seconds[2, 1] = wrong
    message = rf"launch 2, block 3, contender 2: {wrong} seconds is no time: run the race again"
    with pytest.raises(ResultsError, match=message):
        launch_ratios(race)


@pytest.mark.parametrize("shape", [(0, 2), (3, 3), (6,), (3, 0)])
def test_a_launch_of_another_shape_is_refused(shape):
    other = TimedBlocks(np.ones(shape), np.zeros(shape, int))
    with pytest.raises(ResultsError, match=r"launch 2: expected times of shape .* as many"):
        launch_ratios([timed_blocks(np.ones((3, 2))), other])


def test_a_race_without_launches_is_refused():
    with pytest.raises(ResultsError, match="without a launch has nothing to judge"):
        launch_ratios([])
