"""The fitted power: exponents that are known, units, coverage, and what cannot be fitted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.scaling import DECADES, costs
from evenfold.errors import UsageError
from evenfold.stats.power_law import fit_power

EXPONENTS = st.floats(0.4, 3.0)
# How much of the largest cost is fixed, and how much the logarithms scatter.
SHARES = st.sampled_from([0.0, 1e-4, 1e-2, 0.3])


@given(exponent=EXPONENTS, share=SHARES)
@settings(max_examples=40, deadline=None)
def test_an_exact_power_is_found_exactly(exponent, share):
    cost = costs(exponent, share)
    found = fit_power(DECADES, cost)
    assert exponent == pytest.approx(found.exponent, abs=1e-3)
    assert found.low <= found.exponent <= found.high
    assert cost == pytest.approx(found.cost(DECADES), rel=1e-3)


@given(exponent=st.floats(0.5, 2.5), share=st.sampled_from([0.0, 1e-3, 1e-2]),
       seed=st.integers(0, 2**16))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_noise_of_a_hundredth_moves_the_exponent_little(exponent, share, seed):
    found = fit_power(DECADES, costs(exponent, share, 0.01, seed))
    assert found.is_determined
    assert exponent == pytest.approx(found.exponent, abs=0.15)


@pytest.mark.slow(reason="fits eight hundred simulated sweeps")
@pytest.mark.parametrize(("exponent", "share"), [(1, 0.0), (1, 0.02), (0.7, 0.1), (2, 1e-3)])
def test_the_interval_covers_the_exponent_in_95_of_100(exponent, share):
    """Between 90 and 99 % of 200: three deviations of a share of 0.95 are 0.046."""
    found = [fit_power(DECADES, costs(exponent, share, 0.05, seed)) for seed in range(200)]
    assert 0.90 < np.mean([fit.low <= exponent <= fit.high for fit in found]) <= 0.995


@given(
    exponent=EXPONENTS, share=SHARES, seed=st.integers(0, 99),
    stretch=st.floats(1e-3, 1e3), unit=st.floats(1e-9, 1e9),
)  # fmt: skip
@settings(max_examples=30, deadline=None)
def test_units_change_no_exponent(exponent, share, seed, stretch, unit):
    cost = costs(exponent, share, 0.03, seed)
    here, there = fit_power(DECADES, cost), fit_power(DECADES * stretch, cost * unit)
    assert here.is_determined == there.is_determined
    if here.is_determined:
        expected = (here.exponent, here.low, here.high)
        assert expected == pytest.approx((there.exponent, there.low, there.high), abs=1e-5)
        assert here.fixed * unit == pytest.approx(there.fixed, rel=1e-3, abs=1e-6 * cost[0] * unit)


def test_a_cost_that_does_not_grow_has_a_determined_exponent_in_at_most_5_of_100():
    flat = [fit_power(DECADES, costs(1, 1e6, 0.05, seed)) for seed in range(200)]
    assert np.mean([fit.is_determined for fit in flat]) <= 0.05


def test_a_fixed_part_that_hides_the_power_leaves_the_exponent_open():
    found = fit_power(DECADES, costs(1, 300.0, 0.05))
    assert (0, np.inf) == (found.low, found.high)
    assert not found.is_determined


@pytest.mark.parametrize(
    ("n", "cost", "message"),
    [
        ([1, 10, 100], [1, 2, 3], "needs 4 points or more, found 3: measure more"),
        ([1, 1, 2, 3], [1, 1, 2, 3], "needs 4 points or more, found 3"),
        ([1, 2, 3, 0], [1, 2, 3, 4], "must be above 0"),
        ([1, 2, 3, 4], [1, 2, 3, np.nan], "must be above 0"),
        ([1, 2, 3, 4], [1, 2, 3], r"\(4,\) numbers and \(3,\) costs"),
    ],
)
def test_points_that_cannot_be_fitted_are_refused(n, cost, message):
    with pytest.raises(UsageError, match=message):
        fit_power(n, cost)
