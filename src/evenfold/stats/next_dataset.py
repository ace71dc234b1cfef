"""What differences on several data sets say about the next one: a hierarchical model.

The true difference on each data set is drawn from a Student t distribution with a location, a scale
and degrees of freedom that are unknown. Priors are those of baycomp: the location and the scale are
uniform, the degrees of freedom are 1 plus a gamma variable whose parameters are uniform themselves.
A study's estimate is normal around the true difference. The posterior is integrated on a grid, with
the t distribution as a mixture of normal ones, so that there is no chain whose convergence would be
in doubt.

References
----------
Corani, G., Benavoli, A., Demsar, J., Mangili, F. and Zaffalon, M. (2017). Statistical comparison of
classifiers through Bayesian hierarchical modelling. Machine Learning 106, 1817-1837.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenfold.stats.comparisons import Interval
from evenfold.stats.verdicts import (
    BETTER,
    EQUIVALENT,
    NOT_BETTER,
    NOT_WORSE,
    UNDECIDED,
    WORSE,
    ScoreVerdict,
)

Values = NDArray[np.float64]

# With two, a uniform prior of the scale has no proper posterior.
FEWEST_DATASETS: Final = 3
CERTAINTY: Final = 0.95
# baycomp's: the gamma distribution of the degrees of freedom minus 1, and the largest scale as a
# multiple of the standard deviation of the estimates.
SHAPES, RATES = (1.0, 2.0), (0.01, 0.1)
LARGEST_SCALE = 1000.0
FREEDOMS, SCALES, PLACES, NODES = 10, 84, 91, 28
# Equal predictions on every row have no error, and say little about other rows: baycomp draws such
# differences from the margin. Smaller errors than a part of the estimates' spread do not matter.
ERROR_OF_EQUAL = 0.25
SMALLEST_ERROR = 1e-3


@dataclass(frozen=True)
class NextDataset:
    """The difference of two models on a data set like those that were studied.

    Parameters
    ----------
    better, equivalent, worse
        The probability that the true difference on the next data set is above the margin, within
        it, and below it; they sum to 1.
    most_likely
        The probability that each of the three is the most likely one on the next data set, in the
        same order: what baycomp reports.
    centre
        The location of the differences, with its central 95 % interval.
    spread
        The posterior median of their scale.
    """

    better: float
    equivalent: float
    worse: float
    most_likely: tuple[float, float, float]
    centre: Interval
    spread: float

    @property
    def verdict(self) -> ScoreVerdict:
        """The verdict on the next data set: what has a probability of 95 % or more."""
        if self.better >= CERTAINTY:
            return BETTER
        if self.worse >= CERTAINTY:
            return WORSE
        if self.equivalent >= CERTAINTY:
            return EQUIVALENT
        if self.worse <= 1 - CERTAINTY:
            return NOT_WORSE
        return NOT_BETTER if self.better <= 1 - CERTAINTY else UNDECIDED


@dataclass(frozen=True)
class _Posterior:
    """Weights of a grid of freedoms, scales and locations, which sum to 1."""

    freedoms: Values  # (f,)
    scales: Values  # (s,)
    locations: Values  # (s, l)
    weights: Values  # (f, s, l)


def predict_next(estimates: Values, errors: Values, margin: float) -> NextDataset:
    """Predict the difference of two models on the next data set.

    Parameters
    ----------
    estimates, errors
        The difference on each data set, above 0 if the contender is better, and its standard error,
        each of shape ``(datasets,)``.
    margin
        The practical threshold, at least 0.

    Raises
    ------
    ValueError
        There are fewer than ``FEWEST_DATASETS``.
    """
    from scipy.special import stdtr

    if len(estimates) < FEWEST_DATASETS:
        raise ValueError(f"{len(estimates)} data sets, expected {FEWEST_DATASETS} or more")
    unit = _unit(estimates, errors, margin)
    errors = np.where(errors > 0, errors, ERROR_OF_EQUAL * margin)
    posterior = _posterior(estimates / unit, np.maximum(errors / unit, SMALLEST_ERROR))
    bound = margin / unit
    freedoms = posterior.freedoms[:, None, None]
    scales = posterior.scales[:, None]
    worse = stdtr(freedoms, (-bound - posterior.locations) / scales)
    better = stdtr(freedoms, (posterior.locations - bound) / scales)
    parts = np.stack([better, np.maximum(1 - better - worse, 0), worse])
    first, second, third = (float((posterior.weights * part).sum()) for part in parts)
    likely = np.bincount(
        parts.argmax(axis=0).ravel(), weights=posterior.weights.ravel(), minlength=3
    )
    by_scale = posterior.weights.sum(axis=(0, 2))
    return NextDataset(
        better=first,
        equivalent=second,
        worse=third,
        most_likely=(float(likely[0]), float(likely[1]), float(likely[2])),
        centre=_centre(posterior, unit),
        spread=unit * _median(posterior.scales, by_scale),
    )


def _unit(estimates: Values, errors: Values, margin: float) -> float:
    """Return the size of differences, which the grid is laid out by."""
    spread = float(np.std(estimates)) + float(np.median(errors))
    return spread or margin or 1.0


def _centre(posterior: _Posterior, unit: float) -> Interval:
    weights = posterior.weights.sum(axis=0)
    mean = float((posterior.locations * weights).sum())
    within = weights.sum(axis=1) > 1e-9
    used = posterior.locations[within]
    ends = np.linspace(used.min(), used.max(), 4001)
    below = np.zeros_like(ends)
    for places, each in zip(used, weights[within], strict=True):
        below += np.interp(ends, places, np.cumsum(each) - each / 2, left=0.0, right=each.sum())
    low, high = (float(np.interp(share, below, ends)) for share in (0.025, 0.975))
    return Interval(unit * mean, unit * min(low, mean), unit * max(high, mean))


def _median(values: Values, weights: Values) -> float:
    # Each weight is spread around its value.
    return float(np.interp(0.5, np.cumsum(weights) - weights / 2, values))


def _posterior(estimates: Values, errors: Values) -> _Posterior:
    """Return the posterior on a grid, in units in which differences are of the order of 1."""
    freedoms, prior = _freedoms()
    largest = LARGEST_SCALE * max(float(np.std(estimates)), SMALLEST_ERROR)
    scales = np.geomspace(min(3e-3, largest / 10), largest, SCALES)
    # Locations are dense around the mean of normal differences, and reach far beyond it.
    steps = np.sinh(np.linspace(-3.6, 3.6, PLACES))
    density = np.gradient(steps)
    precisions = 1 / (errors**2 + scales[:, None] ** 2)
    centres = (precisions * estimates).sum(axis=1) / precisions.sum(axis=1)
    widths = 1 / np.sqrt(precisions.sum(axis=1))
    locations = centres[:, None] + widths[:, None] * steps
    logs = np.empty((len(freedoms), SCALES, PLACES))
    for place, freedom in enumerate(freedoms):
        logs[place] = _log_likelihood(estimates, errors, freedom, scales, locations)
    # The grid is even in the logarithm of the scale; its prior is uniform in the scale.
    logs += np.log(prior)[:, None, None] + np.log(scales * widths)[:, None] + np.log(density)
    weights = np.exp(logs - logs.max())
    return _Posterior(freedoms, scales, locations, weights / weights.sum())


def _log_likelihood(
    estimates: Values, errors: Values, freedom: float, scales: Values, locations: Values
) -> Values:
    """Return the log likelihood of each scale and location, without constants."""
    nodes, shares = _mixture(freedom)
    total = np.zeros_like(locations)
    for estimate, error in zip(estimates, errors, strict=True):
        variances = error**2 + scales[:, None] ** 2 / nodes  # (s, n)
        squares = (estimate - locations) ** 2  # (s, l)
        exponents = squares[:, :, None] / (-2 * variances[:, None, :])
        factors = shares / np.sqrt(variances)
        density = np.einsum("sln,sn->sl", np.exp(exponents), factors)
        total += np.log(np.maximum(density, 1e-300))
    return total


@lru_cache(maxsize=64)
def _mixture(freedom: float) -> tuple[Values, Values]:
    """Return precisions and shares: a t distribution as a mixture of normal ones.

    The precisions are even in their logarithm. Rules of Gauss have none near 0, where the tails
    of the t distribution come from.
    """
    from scipy.special import gammaincinv

    half = freedom / 2
    least, most = gammaincinv(half, 1e-5), gammaincinv(half, 1 - 1e-7)
    nodes = np.asarray(np.geomspace(least, most, NODES) / half, dtype=np.float64)
    logs = half * (np.log(nodes) - nodes)
    shares: Values = np.exp(logs - logs.max())
    return nodes, shares / shares.sum()


@lru_cache(maxsize=1)
def _freedoms() -> tuple[Values, Values]:
    """Return degrees of freedom and their prior, which sums to 1."""
    from scipy.special import gammaln

    minus_one = np.geomspace(0.05, 150, FREEDOMS, dtype=np.float64)
    shapes = np.linspace(*SHAPES, 9)[:, None, None]
    rates = np.linspace(*RATES, 9)[:, None]
    logs = (
        shapes * np.log(rates)
        - gammaln(shapes)
        + (shapes - 1) * np.log(minus_one)
        - rates * minus_one
    )
    prior = np.asarray(np.exp(logs).mean(axis=(0, 1)) * minus_one, dtype=np.float64)
    return 1 + minus_one, prior / prior.sum()
