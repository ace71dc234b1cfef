"""A series of results of one kind in their order, with the changes that are marked in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from evenfold.stats.verdicts import BETTER, FASTER, SLOWER, WORSE

Source = Literal["race", "study", "suite", "bisect", "pytest-benchmark", "asv"]
Order = Literal["date", "revision", "version"]
ORDERS: Final[tuple[Order, ...]] = get_args(Order)
# Measured one run after the other: their own spread says nothing about the next run.
SEQUENTIAL: Final[tuple[Source, ...]] = ("pytest-benchmark", "asv")
Direction = Literal["time", "score", "value"]


@dataclass(frozen=True)
class HistoryPoint:
    """A result of a series.

    Parameters
    ----------
    label
        Its date, revision or version.
    value
        A ratio of times, a score, or what another tool measured.
    low, high
        The ends of its 95 % interval; NaN where it has none.
    when
        When it was measured; None where that is unknown.
    """

    label: str
    value: float
    low: float = math.nan
    high: float = math.nan
    when: datetime | None = None


@dataclass(frozen=True)
class SeriesChange:
    """A change that is marked.

    Parameters
    ----------
    place
        The number of the first result after it.
    seen
        The number of the result at which it was marked.
    estimate, low, high
        The ratio of times after it to times before it, or the difference of scores, with its
        interval; NaN at both ends where there is none.
    word
        ``slower``, ``faster``, ``better``, ``worse``, ``higher`` or ``lower``.
    """

    place: int
    seen: int
    estimate: float
    low: float
    high: float
    word: str


@dataclass(frozen=True)
class ResultSeries:
    """Results of one kind in their order.

    Parameters
    ----------
    source
        What measured them.
    title
        What was measured.
    machine
        The machine's name; empty where it is unknown.
    unit
        The unit of the values: ``ratio``, ``s``, the name of a metric, or empty.
    direction
        Whether a larger value is a longer time, a better score, or neither.
    points
        The results.
    changes
        The changes that are marked.
    margin
        Changes up to it do not matter.
    """

    source: Source
    title: str
    machine: str
    unit: str
    direction: Direction
    points: Sequence[HistoryPoint]
    changes: Sequence[SeriesChange]
    margin: float

    @property
    def is_sequential(self) -> bool:
        """Whether the results were measured one run after the other, without a reference."""
        return self.source in SEQUENTIAL


def change_word(direction: Direction, difference: float) -> str:
    """Return the word for a change: of a time, of a score above 0 if better, or of a value."""
    words = {
        "time": (SLOWER, FASTER),
        "score": (BETTER, WORSE),
        "value": ("higher", "lower"),
    }[direction]
    return words[0] if difference > 0 else words[1]
