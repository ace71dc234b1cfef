"""Options of ``evenfold history``, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evenfold.errors import UsageError
from evenfold.history.series import ORDERS, Order
from evenfold.option_checks import check_number
from evenfold.stats.change_points import RATE
from evenfold.stats.metric_names import DEFAULT_METRIC
from evenfold.stats.race_ratios import MARGIN

HIGHEST_RATE = 0.1


@dataclass(frozen=True)
class HistoryOptions:
    """Options of a history.

    Parameters
    ----------
    paths
        Folders of results, and files of other tools; without any, ``results``,
        ``.evenfold/runs``, ``.evenfold/bisects``, ``.benchmarks`` and ``.asv`` of the project.
    by
        The order of results: ``date``, ``revision`` or ``version``.
    metric
        The metric of score studies.
    rope
        The margin of its changes; None for the metric's own.
    margin
        The margin of ratios of times.
    rate
        The probability that the examination at a result marks a change where there is none.

    Raises
    ------
    UsageError
        A value is unknown or outside its range.
    """

    paths: tuple[Path, ...] = ()
    by: Order = "date"
    metric: str = DEFAULT_METRIC
    rope: float | None = None
    margin: float = MARGIN
    rate: float = RATE

    def __post_init__(self) -> None:
        if self.by not in ORDERS:
            raise UsageError(f"no order {self.by!r}: use one of {', '.join(ORDERS)}")
        check_number("rope", self.rope, 0)
        check_number("margin", self.margin, 0, optional=False)
        check_number("rate", self.rate, 0, exclusive=True, optional=False)
        if not 1e-4 <= self.rate <= HIGHEST_RATE:
            raise UsageError(f"--rate {self.rate:g}: give a share from 0.01% to 10%, as 0.5%")
