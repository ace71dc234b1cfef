"""Costs at many numbers, in random order, as long as they are not too much to wait for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import log
from random import Random
from statistics import median
from time import perf_counter

from evenfold.bench.scaling_record import LeftOut, Point, Series
from evenfold.errors import EvenfoldError, Skip

# What takes longer is not repeated, and what is short is repeated for twice as long at most.
LONG_SECONDS = 5.0
# How steeply a cost is thought to grow on from what has been measured, at least.
LEAST_GROWTH = 1.0
SHORTEST = 1e-9  # what has no time to be seen has a logarithm all the same


@dataclass
class Curve:
    """A series in the making.

    ``sample(n, expected)`` measures and checks at ``n``: a list of costs. ``expected`` is the
    seconds that it is thought to take as a whole, None at first. With ``warms`` what the first call
    at each ``n`` gives is not kept, unless it is long: it holds what is paid once.
    ``bound(n)`` is a reason not to measure at all, or None.
    """

    model: str
    quantity: str
    against: str
    numbers: Sequence[int]
    sample: Callable[[int, float | None], list[float]]
    warms: bool = False
    bound: Callable[[int], str | None] = lambda n: None
    units: int = 1
    found: dict[int, list[float]] = field(default_factory=dict)
    walls: dict[int, float] = field(default_factory=dict)
    costs: dict[int, float] = field(default_factory=dict)
    spent: dict[int, float] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)

    def expected(self, n: int) -> float | None:
        """Seconds of a sample: as measured, or what the largest below would grow to.

        What is paid once, as tracing, does not grow: only the cost does, ``units`` times a sample.
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
        """One sample, or the reason why there is none."""
        expected, known = self.expected(n), n in self.walls
        # What has been measured once is not thought too long, or too large, afterwards.
        reason = None if known else self.bound(n)
        if reason is None and not known and expected is not None and expected > most_seconds:
            reason = f"not measured: it would take {expected:.0f} s, more than {most_seconds:g} s"
        smaller = [left for left in self.left_out if left < n]
        if reason is None and not known and smaller:
            reason = f"not measured, as {self.quantity} at {min(smaller):,} is not"
        if reason is not None:
            self.left_out[n] = reason
            return
        started = perf_counter()
        try:
            costs = self.sample(n, expected)
        except (EvenfoldError, Skip) as error:
            # One that failed once has no time at all.
            self.found.pop(n, None)
            self.left_out[n] = f"not measured: {error}"
            return
        wall = max(perf_counter() - started, SHORTEST)
        self.walls[n] = min(wall, self.walls.get(n, wall))
        self.costs[n] = max(median(costs), SHORTEST)
        self.spent[n] = wall + self.spent.get(n, 0.0)
        if (known or not self.warms) or wall > LONG_SECONDS:
            self.found.setdefault(n, []).extend(costs)

    def series(self) -> Series:
        """What was found."""
        points = [Point(n, tuple(costs)) for n, costs in sorted(self.found.items())]
        left = [LeftOut(n, reason) for n, reason in sorted(self.left_out.items())]
        return Series(self.model, self.quantity, self.against, tuple(points), tuple(left))


def first_round(curves: Sequence[Curve], most_seconds: float, random: Random) -> None:
    """Every point once: curves in random order, each from its least number up.

    Only so is it known what a point will take before it is measured.
    """
    turns = [curve for curve in curves for _ in curve.numbers]
    random.shuffle(turns)
    left = {id(curve): iter(sorted(curve.numbers)) for curve in curves}
    for curve in turns:
        curve.measure(next(left[id(curve)]), most_seconds)


def more_rounds(
    curves: Sequence[Curve], rounds: int, most_seconds: float, until: float, random: Random
) -> None:
    """Every point that is not long again, in wholly random order, until a ``perf_counter``.

    What has no sample yet, since the first was not kept, is measured in any case.
    """
    for _ in range(rounds):
        again = [
            (curve, n)
            for curve in curves
            for n, wall in curve.walls.items()
            if n not in curve.left_out
            and wall <= LONG_SECONDS
            and (n not in curve.found or curve.spent[n] + wall <= 2 * LONG_SECONDS)
        ]
        random.shuffle(again)
        for curve, n in again:
            if n not in curve.found or perf_counter() < until:
                curve.measure(n, most_seconds)
