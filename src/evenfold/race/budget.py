"""How a race's time is divided: into how many launches, and how long each is measured."""

from __future__ import annotations

from dataclasses import dataclass

from evenfold.stats.race_ratios import FEWEST_LAUNCHES

SECONDS_A_CONTENDER = {"epoch": 60.0, "fit": 150.0, "predict": 60.0}
FEWEST_BLOCKS = 3
# Beyond these, time is better spent on more blocks of each.
MOST_LAUNCHES = 12


@dataclass(frozen=True)
class Pace:
    """Seconds that a launch takes until it is ready, and that a block of it takes."""

    ready: float
    block: float

    @property
    def shortest(self) -> float:
        """Seconds of the shortest launch that is worth its start."""
        return self.ready + FEWEST_BLOCKS * self.block


def default_budget(measure: str, contenders: int) -> float:
    """Seconds: two minutes for two contenders; fits take longer."""
    return SECONDS_A_CONTENDER[measure] * contenders


def affordable(left: float, pace: Pace) -> int:
    """How many launches ``left`` seconds are for, the one that has just begun included.

    Each is to be measured for as long as it took to be ready, but there are to be five where they
    can be had, if only of the fewest blocks.
    """
    measured = left - FEWEST_BLOCKS * pace.block
    most = 1 + max(0, int(measured // pace.shortest))
    usual = 1 + max(0, int((left - pace.ready) // max(2 * pace.ready, pace.shortest)))
    return min(most, max(usual, FEWEST_LAUNCHES), MOST_LAUNCHES)


def enough(spent: float, launches: int, pace: Pace) -> float:
    """Seconds of a budget for so many launches, after ``spent`` in the first one."""
    return spent + FEWEST_BLOCKS * pace.block + (launches - 1) * pace.shortest


def share(left: float, launches: int, pace: Pace) -> float:
    """Seconds to measure a launch that is ready, when ``launches`` more are to follow it."""
    return (left - launches * pace.ready) / (launches + 1)
