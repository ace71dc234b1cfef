"""How far a race is, and where its messages go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evenfold.race.budget import TimeBudget
from evenfold.render.progress import Line


@dataclass(frozen=True)
class RaceProgress:
    """The launch that runs, of so many once that is known, its blocks so far, and the time."""

    launch: int
    launches: int | None
    blocks: int
    budget: TimeBudget

    @property
    def share(self) -> float:
        """The share of the budget that is spent."""
        return self.budget.spent / self.budget.seconds

    def __str__(self) -> str:
        launches = f" of {self.launches}" if self.launches else ""
        state = f"block {self.blocks}" if self.blocks else "starting"
        time = f"{self.budget.spent:.0f} of {self.budget.seconds:.0f} s"
        return f"launch {self.launch}{launches}, {state}, {time}"


@dataclass(frozen=True)
class RaceMonitor:
    """Functions that a running race calls: with a message, and with its progress after a block."""

    message: Callable[[str], None]
    progress: Callable[[RaceProgress], None]


SILENT = RaceMonitor(lambda message: None, lambda progress: None)


def line_monitor(
    line: Line,
    prefix: Callable[[], str] = str,
    share: Callable[[RaceProgress], float] = lambda progress: progress.share,
) -> RaceMonitor:
    """Return a monitor that shows progress on one line.

    Parameters
    ----------
    line
        The line.
    prefix
        Returns a text before that on the race.
    share
        Returns how much is done, from 0 to 1, of what the bar shows.
    """

    def show(progress: RaceProgress) -> None:
        line.show(f"{prefix()}{progress}", share=min(share(progress), 1.0))

    return RaceMonitor(line.say, show)
