"""How a cost grows with a number: a fixed part and a power, fitted to what was measured.

The interval is by profile t (Bates and Watts, *Nonlinear Regression Analysis and Its Applications*,
1988, section 6.1.2): all exponents with which the other two parameters still fit the points about
as well. A covariance would not do: where the fixed part hides the power, or is none at all, the sum
of squares is no parabola, and an interval from its curvature is far too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenfold.errors import UsageError

CONFIDENCE = 0.95
LEAST_POINTS = 4  # one more than there are parameters
EXPONENTS = (0.01, 4.0)  # what is searched; an interval that reaches an end has none there
PARAMETERS = 3
# Beyond this (in logarithms) a part is too small to be seen by any clock.
UNSEEN = 14.0
GRID, ZOOMS = 41, 7
COARSE = 2  # zooms to an exponent from which its derivative leads on
# Of a residual: what arithmetic alone leaves where points lie on the curve.
ROUNDING = 1e-9
Values = NDArray[np.float64]


@dataclass(frozen=True)
class PowerFit:
    """``cost = fixed + slope * n ** exponent``, and the 95 % interval of the exponent.

    ``low`` is 0 and ``high`` infinite where no such end was found: the points do not tell the
    exponent then, and the three numbers are but one of many ways through them.
    """

    fixed: float
    slope: float
    exponent: float
    low: float
    high: float

    @property
    def is_told(self) -> bool:
        """Whether the points tell the exponent: its interval has both ends."""
        return self.low > 0 and math.isfinite(self.high)

    def cost(self, n: ArrayLike) -> Values:
        """The curve at any numbers, in the unit of the costs that were fitted."""
        return self.fixed + self.slope * np.asarray(n, np.float64) ** self.exponent


def fit_power(n: Sequence[float], cost: Sequence[float]) -> PowerFit:
    """Least squares on the logarithm of the cost (seconds or bytes) at each ``n``, shape (points,).

    Raises UsageError for fewer than four different ``n``, and for a number that is not above 0.
    """
    numbers, costs = np.asarray(n, np.float64), np.asarray(cost, np.float64)
    _check(numbers, costs)
    logs, y = np.log(numbers), np.log(costs)
    middle = float(logs.mean())
    x = logs - middle
    exponent, ratio = _least(x, y)
    least = _squares(x, y, np.array([exponent]))[0][0]
    low, high = _interval(x, y, exponent, float(least))
    level = float(np.mean(y - np.logaddexp(ratio, exponent * x)))
    slope = math.exp(level - exponent * middle)
    return PowerFit(math.exp(level + ratio), slope, exponent, low, high)


def _check(n: Values, cost: Values) -> None:
    if n.shape != cost.shape or n.ndim != 1:
        raise UsageError(f"{n.shape} numbers and {cost.shape} costs: give one cost for each number")
    if not (
        np.isfinite(n).all() and np.isfinite(cost).all() and (n > 0).all() and (cost > 0).all()
    ):
        raise UsageError("an exponent is of numbers and costs above 0: leave the others out")
    different = len(np.unique(n))
    if different < LEAST_POINTS:
        raise UsageError(
            f"an exponent needs {LEAST_POINTS} points or more, found {different}: measure more"
        )


def _squares(x: Values, y: Values, exponents: Values) -> tuple[Values, Values]:
    """Of each exponent the least sum of squares, and the fixed part it is reached with.

    That part is the logarithm of ``fixed / slope`` at the middle of all n, where ``x`` is 0. A grid
    is made finer about its best point again and again: there may be two valleys.
    """
    powers = exponents[:, None] * x  # (exponents, points)
    low, high = powers.min(axis=1) - UNSEEN, powers.max(axis=1) + UNSEEN
    rows = np.arange(len(exponents))
    for _ in range(ZOOMS):
        ratios = np.linspace(low, high, GRID, axis=1)  # (exponents, grid)
        off = y - np.logaddexp(ratios[:, :, None], powers[:, None, :])
        squares = np.square(off - off.mean(axis=2, keepdims=True)).sum(axis=2)
        best = squares.argmin(axis=1)
        step = (high - low) / (GRID - 1)
        low, high = ratios[rows, best] - 1.5 * step, ratios[rows, best] + 1.5 * step
    return squares[rows, best], ratios[rows, best]


def _least(x: Values, y: Values) -> tuple[float, float]:
    """The exponent and the fixed part with the least squares; minus infinity for none at all.

    Found on grids, then made exact by derivatives: the last digits must be the same everywhere,
    since drawings are compared by their numbers.
    """
    from scipy.optimize import least_squares

    def residuals(parameters: Values) -> Values:
        off = y - np.logaddexp(parameters[1], parameters[0] * x)
        return np.asarray(off - off.mean(), np.float64)

    low, high = EXPONENTS
    for _ in range(COARSE):
        exponents = np.linspace(low, high, GRID)
        squares, ratios = _squares(x, y, exponents)
        best = int(squares.argmin())
        step = (high - low) / (GRID - 1)
        low, high = (float(np.clip(exponents[best] + 2 * d * step, *EXPONENTS)) for d in (-1, 1))
    start = np.array([exponents[best], ratios[best]])
    exact = least_squares(residuals, start, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15).x
    # Without a fixed part it is a line on logarithms.
    line = np.array([x @ y / (x @ x), -np.inf])
    inside = [found for found in (line, start, exact) if low <= found[0] <= high]
    found = min(inside, key=lambda parameters: float(np.square(residuals(parameters)).sum()))
    return float(found[0]), float(found[1])


def _interval(x: Values, y: Values, exponent: float, least: float) -> tuple[float, float]:
    """Both ends of the exponent's interval, 0 and infinity where there is none."""
    from scipy.optimize import brentq
    from scipy.stats import t

    free = len(x) - PARAMETERS
    quantile = float(t.ppf((1 + CONFIDENCE) / 2, free))
    most = max(least, len(x) * ROUNDING**2) * (1 + quantile**2 / free)

    def beyond(tried: float) -> float:
        return float(_squares(x, y, np.array([tried]))[0][0]) - most

    def end(outer: float, none: float) -> float:
        return float(brentq(beyond, exponent, outer)) if beyond(outer) > 0 else none

    return end(EXPONENTS[0], 0.0), end(EXPONENTS[1], math.inf)
