"""What comes of scores: intervals, and comparisons with a verdict on the interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from evenfold.stats.verdicts import REVERSED, ScoreVerdict, detectable_difference

# How intervals of scores are computed: from the predictions of every test row, or from the scores
# of fits with Nadeau and Bengio's correction.
IntervalMethod = Literal["rows", "nadeau-bengio"]
INTERVAL_METHODS: Final[tuple[IntervalMethod, ...]] = get_args(IntervalMethod)
ERROR: Final = 0.05


@dataclass(frozen=True)
class Interval:
    """A score, or a difference of scores, with its interval; NaN at both ends if it has none."""

    estimate: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the interval."""
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class Comparison:
    """A contender compared with the reference.

    Parameters
    ----------
    difference
        The difference with its interval, oriented so that above 0 is better, and adjusted for the
        number of comparisons.
    verdict
        The verdict on this interval.
    level
        The error of this interval alone.
    pairs
        The number of fits that both have.
    margin
        The practical threshold of the verdict.
    """

    difference: Interval
    verdict: ScoreVerdict
    level: float
    pairs: int
    margin: float

    @property
    def reversed(self) -> Comparison:
        """The comparison with the two models in each other's place."""
        d = self.difference
        turned = Interval(-d.estimate, -d.high, -d.low)
        return replace(self, difference=turned, verdict=REVERSED[self.verdict])

    @property
    def detectable(self) -> float:
        """The true difference that half of such studies show to be beyond the margin."""
        return detectable_difference(self.difference.low, self.difference.high, self.margin)
