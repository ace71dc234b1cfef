"""How a race divides its time: the number of launches, and the time measured in each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from time import monotonic

from evenfold.stats.race_looks import FEWEST_LAUNCHES
from evenfold.worker.protocol import Clock, Measure

SECONDS_PER_CONTENDER: dict[Measure, float] = {"epoch": 60.0, "fit": 150.0, "predict": 60.0}
# Two of each order.
FEWEST_BLOCKS = 4
# Beyond these, more blocks in each launch are worth more than more launches.
MOST_LAUNCHES = 20
# How many times as long as it takes to be ready a launch is measured, where time allows it. Ratios
# of wall time vary more from block to block, those of CPU time more from launch to launch.
MEASURED_OVER_READY: dict[Clock, float] = {"wall": 3.0, "cpu": 2.0}
# A launch may take so many times as long as expected.
LONGER = 1.2
# A race that lacks launches for a verdict may take so much of its budget again.
OVERRUN = 0.5
# A default budget may become so many times as long.
MOST_EXTENSION = 5.0
# Seconds of the budget for ending processes and for the statistics.
SECONDS_TO_END = 1.0


@dataclass(frozen=True)
class TimeBudget:
    """A budget of ``seconds`` that began at ``start``, in seconds of ``time.monotonic``."""

    start: float
    seconds: float

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return monotonic() - self.start

    @property
    def left(self) -> float:
        """Seconds that are left for launches."""
        return self.seconds - SECONDS_TO_END - self.spent


@dataclass(frozen=True)
class Pace:
    """Seconds until a launch is ready, and seconds of one block; and the race's settings.

    ``ahead``: each launch but the first is prepared while the one before it is measured.
    """

    ready: float
    block: float
    clock: Clock = "wall"
    ahead: bool = False

    @property
    def gap(self) -> float:
        """Seconds between two launches in which nothing is measured."""
        return 0.0 if self.ahead else self.ready

    @property
    def measured(self) -> float:
        """Seconds for which a launch is to be measured: ahead, until the next one is ready."""
        return self.shortest if self.ahead else MEASURED_OVER_READY[self.clock] * self.ready

    @property
    def shortest(self) -> float:
        """Seconds of the shortest launch that is worth its start."""
        blocks = FEWEST_BLOCKS * self.block
        return max(self.ready, blocks) if self.ahead else self.ready + blocks


def default_budget(measure: Measure, contenders: int) -> float:
    """Return seconds: two minutes for two contenders, five minutes where fits are raced."""
    return SECONDS_PER_CONTENDER[measure] * contenders


def affordable_launches(left: float, pace: Pace) -> int:
    """Return the number of launches for ``left`` seconds, the one that has just begun included.

    Each launch is to be measured for two or three times as long as it takes to be ready, and ahead
    for as long as the next one takes. Where the time allows five launches only with fewer blocks,
    there are five.
    """
    most = 1 + max(0, int((left - FEWEST_BLOCKS * pace.block) // pace.shortest))
    each = max(pace.gap + pace.measured, pace.shortest)
    usual = 1 + max(0, int((left - pace.measured) // each))
    return min(most, max(usual, FEWEST_LAUNCHES), MOST_LAUNCHES)


def has_time_for_launch(left: float, budget: float, launches: int, pace: Pace) -> bool:
    """Return whether there is time for one more launch.

    A race that the machine slows down once it has begun runs the launches that a verdict needs
    beyond its budget, by half of it at most: without them, all of its time is wasted.

    Parameters
    ----------
    left
        Seconds that are left of the budget.
    budget
        Seconds of the budget.
    launches
        Launches that are finished.
    pace
        The pace of the latest launch.
    """
    beyond = OVERRUN * budget if launches < FEWEST_LAUNCHES else 0.0
    return left + beyond >= pace.gap + FEWEST_BLOCKS * pace.block


def smallest_budget(spent: float, launches: int, pace: Pace) -> float:
    """Return whole seconds of the smallest budget that is sure to afford ``launches``.

    A launch may take a fifth longer than expected.

    Parameters
    ----------
    spent
        Seconds of the budget until the first launch was ready.
    launches
        Launches, the first included.
    pace
        The pace of a launch.
    """
    rest = FEWEST_BLOCKS * pace.block + (launches - 1) * pace.shortest
    return math.ceil(spent + LONGER * rest + SECONDS_TO_END)


def usual_seconds(first: float, pace: Pace, launches: int) -> float:
    """Return seconds of a race of so many launches, each measured as long as it usually is.

    Parameters
    ----------
    first
        Seconds until the first launch is ready.
    pace
        The pace of later launches.
    launches
        Launches of the race.
    """
    return first + launches * pace.measured + (launches - 1) * pace.gap + SECONDS_TO_END


def measuring_seconds(left: float, launches: int, pace: Pace) -> float:
    """Return seconds to measure a launch that is ready, if ``launches`` more follow it."""
    return (left - launches * pace.gap) / (launches + 1)
