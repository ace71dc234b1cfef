"""The parts of a page: sections of words, tables and figures, for any kind of page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from evenfold.render.charts import Figure
from evenfold.render.glyphs import IntervalAxis
from evenfold.stats.comparisons import Interval

if TYPE_CHECKING:
    import pandas as pd

READING = "How to read these numbers"  # the title of folded captions


@dataclass(frozen=True)
class Words:
    """Text in Markdown."""

    text: str


@dataclass(frozen=True)
class DrawnIntervals:
    """Intervals that a page draws in the cells of a column.

    Parameters
    ----------
    column
        The name of the column.
    intervals
        The interval of each row; NaN where there is none.
    axis
        The axis of all rows.
    digits
        Decimals of the axis's numbers.
    """

    column: str
    intervals: Sequence[Interval]
    axis: IntervalAxis
    digits: int = 3


@dataclass(frozen=True)
class Table:
    """A table whose cells are text.

    Parameters
    ----------
    frame
        The cells.
    numbers
        Whether the columns after the first hold numbers, which are aligned to the right.
    places
        The places of names in ``NameStyles``: a page draws the mark of each name in the first
        column.
    drawn
        Intervals that a page draws beside their numbers.
    extra
        Columns that a page leaves out on a narrow screen.
    """

    frame: pd.DataFrame
    numbers: bool = True
    places: Mapping[str, int] = field(default_factory=dict)
    drawn: DrawnIntervals | None = None
    extra: Sequence[str] = ()


@dataclass(frozen=True)
class Folded:
    """Parts that a page shows when a reader opens them, below a title in one line."""

    title: str
    parts: Sequence[Words | Table | Figure]


Part: TypeAlias = Words | Table | Figure | Folded


@dataclass(frozen=True)
class Section:
    """A heading and the parts below it.

    Parameters
    ----------
    title
        The heading; empty where the words below have their own.
    parts
        What is below it.
    level
        The order of the heading: 2, or 3 inside a section of order 2.
    lead
        Its conclusion, in Markdown: a page shows it also where the section is folded.
    is_open
        Whether a page shows the parts of a section of order 3 at once.
    """

    title: str
    parts: Sequence[Part] = ()
    level: int = 2
    lead: str = ""
    is_open: bool = False

    @property
    def flat_parts(self) -> Iterator[Words | Table | Figure]:
        """The parts, with folded ones in their place."""
        for part in self.parts:
            if isinstance(part, Folded):
                yield from part.parts
            else:
                yield part


def folded(title: str, parts: Iterable[Words | Table | Figure]) -> list[Part]:
    """Return folded parts; nothing if there are none."""
    inside = list(parts)
    return [Folded(title, inside)] if inside else []
