"""The variance of a launch's log ratio: of the race alone, of all contenders, or with a prior.

**All contenders.** Where their launches vary alike by Bartlett's test, the variance is that of all
contenders, with more degrees of freedom than each of them has. That test sees little in five
launches. So the reference, whose launches are in every ratio, must not vary more than the others,
and a ratio that varies more than the common variance explains keeps its own.

**A prior.** Races of a contender against itself show how much launches vary on a machine. Smyth's
moderated variance is the mean of the race's variance and the prior's, weighted by their degrees of
freedom. Another contender may vary more than the one that the prior is of. So the prior never
weighs more than the race, and it is dropped where the race varies more than the prior explains.

References
----------
Bartlett, M. S. (1937). Properties of sufficiency and statistical tests. Proceedings of the Royal
Society A 160, 268-282.

Smyth, G. K. (2004). Linear models and empirical Bayes methods for assessing differential expression
in microarray experiments. Statistical Applications in Genetics and Molecular Biology 3, 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Contenders vary alike if Bartlett's test has at least this p-value, the test that the reference
# varies more than the others this one, and the test that a ratio varies more than all this one.
ALIKE, REFERENCE_ALIKE, RATIO_ALIKE = 0.25, 0.2, 0.1
# A prior is used if a race of its variance would vary as much or more with this probability.
EXPLAINED = 0.4
# A history is described by one distribution of variances if a test of that has this p-value.
DESCRIBED = 0.05
FEWEST_RACES = 6
MOST_FREEDOM = 1000.0
# Variances of log ratios that are equal but for rounding.
SMALLEST = 1e-24

Values = NDArray[np.float64]


@dataclass(frozen=True)
class VariancePrior:
    """The variance of a launch's log ratio of medians that is expected on a machine.

    Parameters
    ----------
    variance
        The variance.
    freedom
        Its degrees of freedom: how much it is worth.
    races
        Number of races that it is from.
    """

    variance: float
    freedom: float
    races: int


@dataclass(frozen=True)
class Spread:
    """Variances of a launch's log ratios, each array of the shape ``(..., ratios)``.

    Parameters
    ----------
    variances, freedoms
        The variances with their degrees of freedom.
    pooled
        Whether a variance is that of all contenders.
    moderated
        Whether it was moderated by the prior.
    """

    variances: Values
    freedoms: Values
    pooled: NDArray[np.bool_]
    moderated: NDArray[np.bool_]


def launch_spread(values: Values, prior: VariancePrior | None = None) -> Spread:
    """Return the variances of log ratios over launches.

    Parameters
    ----------
    values
        Log ratios of shape ``(..., ratios, launches)``, of two launches or more.
    prior
        What is expected, if anything is.
    """
    *_, ratios, launches = values.shape
    variances = np.var(values, axis=-1, ddof=1)
    freedoms = np.full(variances.shape, launches - 1.0)
    pooled = np.zeros(variances.shape, bool)
    if ratios > 1:
        common, alike = _common_variance(values)
        all_freedom = ratios * (launches - 1.0)
        excess = variances / np.maximum(common[..., None], SMALLEST)
        pooled = alike[..., None] & _explained(excess, freedoms, all_freedom, RATIO_ALIKE)
        variances = np.where(pooled, common[..., None], variances)
        freedoms = np.where(pooled, all_freedom, freedoms)
    if prior is None:
        return Spread(variances, freedoms, pooled, np.zeros(variances.shape, bool))
    return _moderated(variances, freedoms, pooled, prior)


def fit_prior(variances: Sequence[float], freedoms: Sequence[float]) -> VariancePrior | str:
    """Return the prior that a history of races gives, or a clause that says why there is none.

    Parameters
    ----------
    variances
        Variance of a launch's log ratio in each race.
    freedoms
        Its degrees of freedom.
    """
    from scipy.special import digamma, polygamma
    from scipy.stats import f, kstest

    if len(variances) < FEWEST_RACES:
        return f"the history has {len(variances)} of {FEWEST_RACES} races"
    s2, d = np.asarray(variances, np.float64), np.asarray(freedoms, np.float64)
    if not (s2 > 0).all():
        return "the history has a race without variance"
    # Moments of the logarithms: Smyth (2004), section 6.2.
    logs = np.log(s2) - digamma(d / 2) + np.log(d / 2)
    excess = float(np.var(logs, ddof=1) - np.mean(polygamma(1, d / 2)))
    freedom = min(2 * _inverse_trigamma(excess), MOST_FREEDOM) if excess > 0 else MOST_FREEDOM
    variance = math.exp(np.mean(logs) + digamma(freedom / 2) - math.log(freedom / 2))
    places: Values = np.asarray(f.cdf(s2 / variance, d, freedom))
    if kstest(places, "uniform").pvalue < DESCRIBED:
        return "the races of the history vary in more than one way"
    return VariancePrior(variance, float(freedom), len(variances))


def _moderated(
    variances: Values, freedoms: Values, pooled: NDArray[np.bool_], prior: VariancePrior
) -> Spread:
    weights = np.minimum(prior.freedom, freedoms)
    used = _explained(variances / prior.variance, freedoms, weights, EXPLAINED)
    both = freedoms + weights
    mixed = (freedoms * variances + weights * prior.variance) / both
    return Spread(np.where(used, mixed, variances), np.where(used, both, freedoms), pooled, used)


def _explained(
    excess: Values, freedoms: Values, other_freedoms: Values | float, level: float
) -> NDArray[np.bool_]:
    """Return whether variances so many times as great as others are not significantly greater."""
    from scipy.special import fdtrc

    explained: NDArray[np.bool_] = fdtrc(freedoms, other_freedoms, excess) >= level
    return explained


def _common_variance(values: Values) -> tuple[Values, NDArray[np.bool_]]:
    """Return the variance of a ratio from all contenders, and whether they vary alike.

    Parameters
    ----------
    values
        Log ratios of shape ``(..., ratios, launches)``.
    """
    from scipy.special import chdtrc

    *_, ratios, launches = values.shape
    contenders, freedom = ratios + 1, launches - 1.0
    reference = np.zeros((*values.shape[:-2], 1, launches))
    logs = np.concatenate([reference, values], axis=-2)
    # A change that all contenders of a launch share is in no ratio.
    logs = logs - logs.mean(axis=-2, keepdims=True)
    rest = logs - logs.mean(axis=-1, keepdims=True)
    own = np.sum(rest**2, axis=-1) * contenders / (ratios * freedom)
    common = own.mean(axis=-1)
    common, own = common + SMALLEST, own + SMALLEST
    likelihood = contenders * freedom * np.log(common) - freedom * np.log(own).sum(axis=-1)
    correction = 1 + (contenders + 1) / (3 * contenders * freedom)
    alike = chdtrc(ratios, np.maximum(likelihood, 0) / correction) >= ALIKE
    excess = own[..., 0] / own[..., 1:].mean(axis=-1)
    alike &= _explained(excess, np.asarray(freedom), ratios * freedom, REFERENCE_ALIKE)
    return 2 * common, alike


def _inverse_trigamma(value: float) -> float:
    """Return x with trigamma(x) = value, by Newton's method on 1 / trigamma (Smyth 2004)."""
    from scipy.special import polygamma

    x = 0.5 + 1 / value
    for _ in range(50):
        trigamma, slope = float(polygamma(1, x)), float(polygamma(2, x))
        step = trigamma * (1 - trigamma / value) / slope
        x += step
        if abs(step) < 1e-10 * x:
            break
    return x
