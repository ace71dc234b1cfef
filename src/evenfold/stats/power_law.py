"""Power laws: a cost that grows with a number, fitted as a fixed part and a power.

The interval of the exponent is a profile t interval: all exponents with which the other two
parameters still fit the points about as well. An interval from the covariance is far too narrow:
where the fixed part hides the power, or is zero, the sum of squares is not a parabola.

References
----------
Bates, D. M. and Watts, D. G. (1988). Nonlinear Regression Analysis and Its Applications. Wiley,
section 6.1.2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenfold.errors import UsageError

CONFIDENCE = 0.95
LEAST_POINTS = 4  # one more than the parameters
EXPONENTS = (0.01, 4.0)  # searched range; an interval that reaches its end is open there
PARAMETERS = 3
# A part that is smaller by this logarithm is below the resolution of any clock.
NEGLIGIBLE = 14.0
GRID, ZOOMS = 41, 7
COARSE_ZOOMS = 2  # until an exponent is near enough for its derivatives
# The residual that rounding leaves where points lie on the curve.
ROUNDING = 1e-9
Values = NDArray[np.float64]


@dataclass(frozen=True)
class PowerFit:
    """``cost = fixed + slope * n ** exponent``, and the 95 % interval of the exponent.

    ``low`` is 0, or ``high`` infinite, if the interval is open at that end: the points do not
    determine the exponent then, and other parameters fit them about as well.
    """

    fixed: float
    slope: float
    exponent: float
    low: float
    high: float

    @property
    def is_determined(self) -> bool:
        """Whether the points determine the exponent: its interval has both ends."""
        return self.low > 0 and math.isfinite(self.high)

    def cost(self, n: ArrayLike) -> Values:
        """Return the fitted cost at any numbers, in the unit of the costs."""
        return self.fixed + self.slope * np.asarray(n, np.float64) ** self.exponent


def fit_power(n: Sequence[float], cost: Sequence[float]) -> PowerFit:
    """Fit a power law by least squares on the logarithm of the cost.

    Parameters
    ----------
    n
        Numbers above 0, shape ``(points,)``, at least four of them different.
    cost
        The cost at each number, such as seconds or bytes, above 0.

    Raises
    ------
    UsageError
        There are too few different numbers, or a value is not above 0.
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
        raise UsageError("numbers and costs must be above 0: leave the others out")
    different = len(np.unique(n))
    if different < LEAST_POINTS:
        raise UsageError(
            f"an exponent needs {LEAST_POINTS} points or more, found {different}: measure more"
        )


def _squares(x: Values, y: Values, exponents: Values) -> tuple[Values, Values]:
    """Return for each exponent the least sum of squares, and the fixed part that gives it.

    That part is the logarithm of ``fixed / slope`` at the middle of all n, where ``x`` is 0. A grid
    is refined around its best point again and again, as there may be two local minima.
    """
    powers = exponents[:, None] * x  # (exponents, points)
    low, high = powers.min(axis=1) - NEGLIGIBLE, powers.max(axis=1) + NEGLIGIBLE
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
    """Return the exponent and the fixed part with the least squares; minus infinity for no part.

    They are found on grids and refined by derivatives: the last digits must be the same on every
    machine, since figures are compared by their numbers.
    """
    from scipy.optimize import least_squares

    def residuals(parameters: Values) -> Values:
        off = y - np.logaddexp(parameters[1], parameters[0] * x)
        return np.asarray(off - off.mean(), np.float64)

    low, high = EXPONENTS
    for _ in range(COARSE_ZOOMS):
        exponents = np.linspace(low, high, GRID)
        squares, ratios = _squares(x, y, exponents)
        best = int(squares.argmin())
        step = (high - low) / (GRID - 1)
        low, high = (float(np.clip(exponents[best] + 2 * d * step, *EXPONENTS)) for d in (-1, 1))
    start = np.array([exponents[best], ratios[best]])
    exact = least_squares(residuals, start, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15).x
    # Without a fixed part the logarithms lie on a line.
    line = np.array([x @ y / (x @ x), -np.inf])
    inside = [fit for fit in (line, start, exact) if low <= fit[0] <= high]
    best_fit = min(inside, key=lambda parameters: float(np.square(residuals(parameters)).sum()))
    return float(best_fit[0]), float(best_fit[1])


def _interval(x: Values, y: Values, exponent: float, least: float) -> tuple[float, float]:
    """Return both ends of the exponent's interval, 0 and infinity where it is open."""
    from scipy.optimize import brentq
    from scipy.special import stdtrit

    free = len(x) - PARAMETERS
    quantile = float(stdtrit(free, (1 + CONFIDENCE) / 2))
    most = max(least, len(x) * ROUNDING**2) * (1 + quantile**2 / free)

    def excess(candidate: float) -> float:
        return float(_squares(x, y, np.array([candidate]))[0][0]) - most

    def end(outer: float, open_end: float) -> float:
        return float(brentq(excess, exponent, outer)) if excess(outer) > 0 else open_end

    return end(EXPONENTS[0], 0.0), end(EXPONENTS[1], math.inf)
