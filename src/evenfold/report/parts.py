"""The parts of a page: sections of words, tables and figures, for any kind of page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from evenfold.render.charts import Figure

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Words:
    """Text in Markdown."""

    text: str


@dataclass(frozen=True)
class Table:
    """A table whose cells are text.

    Parameters
    ----------
    frame
        The cells.
    numbers
        Whether the columns after the first hold numbers, which are aligned to the right.
    """

    frame: pd.DataFrame
    numbers: bool = True


Part: TypeAlias = Words | Table | Figure


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
    """

    title: str
    parts: Sequence[Part] = ()
    level: int = 2
