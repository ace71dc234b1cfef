"""Cost curves: samples at many sizes, in random order, as long as none takes too long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import log
from random import Random
from statistics import median
from time import perf_counter

from evenfold.bench.scaling_record import Against, LeftOut, Point, Quantity, Series
from evenfold.errors import EvenfoldError, Skip

# A longer sample is not repeated, and shorter ones repeat for at most twice this time.
LONG_SECONDS = 5.0
# Smallest exponent that is assumed when a cost is extrapolated.
LEAST_GROWTH = 1.0
SHORTEST = 1e-9  # so that a time below the clock's resolution has a logarithm


@dataclass
class Curve:
    """Cost of one model against one size, while it is being measured.

    ``sample(n, expected)`` measures and checks at size ``n`` and returns a list of costs.
    ``expected`` is the expected duration in seconds, None at first. With ``warms`` the first sample
    at each ``n`` is discarded unless it is long, because it includes one-time costs. ``bound(n)``
    is a reason not to measure at all, or None. A sample's cost occurs ``units`` times in it.
    """

    model: str
    quantity: Quantity
    against: Against
    numbers: Sequence[int]
    sample: Callable[[int, float | None], list[float]]
    warms: bool = False
    bound: Callable[[int], str | None] = lambda n: None
    units: int = 1
    measured: dict[int, list[float]] = field(default_factory=dict)
    walls: dict[int, float] = field(default_factory=dict)
    costs: dict[int, float] = field(default_factory=dict)
    spent: dict[int, float] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)

    def expected(self, n: int) -> float | None:
        """Expected seconds of a sample: as measured, or extrapolated from smaller sizes.

        One-time costs, such as tracing, do not grow. Only the cost does, ``units`` times.
        """
        if n in self.walls:
            return self.walls[n]
        below = sorted(m for m in self.walls if m < n)
        if not below:
            return None
        growth = LEAST_GROWTH
        if len(below) > 1:
            a, b = below[-2:]
            growth = max(growth, log(self.costs[b] / self.costs[a]) / log(b / a))
        last = below[-1]
        more = self.costs[last] * ((n / last) ** growth - 1)
        return self.walls[last] + self.units * more

    def measure(self, n: int, most_seconds: float) -> None:
        """Take one sample, or note the reason why there is none."""
        expected, known = self.expected(n), n in self.walls
        # A size that was measured once stays, whatever happens at other sizes.
        reason = None if known else self.bound(n)
        if reason is None and not known and expected is not None and expected > most_seconds:
            reason = f"not measured: it would take {expected:.0f} s, more than {most_seconds:g} s"
        smaller = [size for size in self.left_out if size < n]
        if reason is None and not known and smaller:
            reason = f"not measured, as {self.quantity} at {min(smaller):,} is not"
        if reason is not None:
            self.left_out[n] = reason
            return
        started = perf_counter()
        try:
            costs = self.sample(n, expected)
        except (EvenfoldError, Skip) as error:
            # A size with one failure has no times at all.
            self.measured.pop(n, None)
            self.left_out[n] = f"not measured: {error}"
            return
        wall = max(perf_counter() - started, SHORTEST)
        self.walls[n] = min(wall, self.walls.get(n, wall))
        self.costs[n] = max(median(costs), SHORTEST)
        self.spent[n] = wall + self.spent.get(n, 0.0)
        if (known or not self.warms) or wall > LONG_SECONDS:
            self.measured.setdefault(n, []).extend(costs)

    def series(self) -> Series:
        """The finished series."""
        points = [Point(n, tuple(costs)) for n, costs in sorted(self.measured.items())]
        left_out = [LeftOut(n, reason) for n, reason in sorted(self.left_out.items())]
        return Series(self.model, self.quantity, self.against, tuple(points), tuple(left_out))


def first_round(curves: Sequence[Curve], most_seconds: float, random: Random) -> None:
    """Measure every point once: curves in random order, each from its smallest size up.

    The order within a curve gives an expected duration before each point.
    """
    turns = [curve for curve in curves for _ in curve.numbers]
    random.shuffle(turns)
    remaining = {id(curve): iter(sorted(curve.numbers)) for curve in curves}
    for curve in turns:
        curve.measure(next(remaining[id(curve)]), most_seconds)


def more_rounds(
    curves: Sequence[Curve], rounds: int, most_seconds: float, until: float, random: Random
) -> None:
    """Measure every short point again, in random order, until that value of ``perf_counter``.

    A point without a sample, because the first was discarded, is measured in any case.
    """
    for _ in range(rounds):
        candidates = [
            (curve, n)
            for curve in curves
            for n, wall in curve.walls.items()
            if n not in curve.left_out
            and wall <= LONG_SECONDS
            and (n not in curve.measured or curve.spent[n] + wall <= 2 * LONG_SECONDS)
        ]
        random.shuffle(candidates)
        for curve, n in candidates:
            if n not in curve.measured or perf_counter() < until:
                curve.measure(n, most_seconds)
