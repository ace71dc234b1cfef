"""Bisects whose comparisons are made for the tests."""

from __future__ import annotations

import math

from evenfold.bisect.record import Bisect, BisectSettings, BisectStep, BisectVersion
from evenfold.stats.change_search import UnusableVersionError

TIMES = BisectSettings(
    "conv1d", "breast_cancer", "f", "epoch", 0.02, 0.05, False, 0, "wall", None, 1, 120.0
)
SCORES = BisectSettings(
    "conv1d", "breast_cancer", "f", "score", 0.01, 0.05, False, 0, metric="accuracy", folds=5,
    repeats=2,
)  # fmt: skip


def versions(count, unusable=()):
    return tuple(
        BisectVersion(
            f"tf2.{3 + place}", f"conv1d@tf2.{3 + place}", "d",
            unusable="no wheel" if place in unusable else None,
        )
        for place in range(count)
    )  # fmt: skip


def started(levels, settings=TIMES, unusable=()):
    """A bisect without a comparison."""
    return Bisect("aa", "epyc-2c", settings, versions(len(levels), unusable))


class Comparer:
    """Makes the steps of a bisect: log times, or scores, of known levels; counts its calls."""

    def __init__(self, bisect, levels, half=0.004):
        self.bisect, self.levels, self.half, self.calls = bisect, levels, half, 0

    def __call__(self, first, last, error):
        for place in (first, last):
            if self.bisect.versions[place].unusable:
                raise UnusableVersionError(place)
        step = self.bisect.step(first, last)
        if step is None:
            self.calls += 1
            step = self.step(first, last, error)
            self.bisect = self.bisect.with_step(step)
        return self.bisect.ends(step)

    def step(self, first, last, error):
        difference = self.levels[last] - self.levels[first]
        ends = (difference, difference - self.half, difference + self.half)
        if self.bisect.settings.quantity == "score":
            return BisectStep(first, last, *ends, error)
        estimate, low, high = map(math.exp, ends)
        return BisectStep(first, last, estimate, low, high, error, f"aa-{first}-{last}", 8)


def finished(levels, settings=TIMES, unusable=(), half=0.004):
    """A complete bisect over versions of these levels."""
    start = started(levels, settings, unusable)
    comparer = Comparer(start, levels, half)
    start.new_search(comparer).run()
    return comparer.bisect
