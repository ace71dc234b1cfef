"""Named columns of text or numbers: what tables in files and DataFrames share."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evenfold.data.cell_values import NumberStyle, TextCells
from evenfold.data.preprocessing import Role
from evenfold.errors import did_you_mean
from evenfold.render.words import listed

MOST_NAMES_SHOWN = 12
UNNAMED = "Unnamed: 0"  # what pandas calls a first column without a name


@dataclass(frozen=True)
class Column:
    """The cells of a column.

    Parameters
    ----------
    read
        Returns the cells as text, of a missing cell "".
    values
        The cells as float64 of shape ``(rows,)`` where they are numbers already, NaN where one is
        missing.
    role
        What the type of the column says that it is; None where its cells have to say it.
    levels
        The values of an ordinal in their order.
    is_text
        Whether ``values`` are what text was read as, which other columns may show to be another
        number.
    """

    read: Callable[[], Sequence[str] | NDArray[np.object_]]
    values: NDArray[np.float64] | None = None
    role: Role | None = None
    levels: tuple[str, ...] = ()
    is_text: bool = False

    def text(self) -> list[str]:
        """Return the cells as text without blanks at the ends."""
        return [cell.strip() for cell in self.read()]

    def cells(self) -> TextCells:
        """Return the cells as numbered values."""
        return TextCells.of(self.read())


@dataclass(frozen=True)
class Columns:
    """Columns of equal length.

    Parameters
    ----------
    source
        What messages name: the path of a file, or ``frame``.
    names
        The name of each column.
    columns
        The cells of each column.
    place
        Returns where a row is, from its position: ``"line 5"``.
    header
        Where the names are, in messages: ``"line 1, "``, or nothing.
    style
        The style of numbers that the file has, where another one could be read too.
    is_frame
        Whether messages name arguments of the Python API instead of options.
    notes
        Messages about reading the file.
    left_out
        The names of columns that were there and are not looked at.
    padded
        An example of a number with leading zeros in each column whose first rows have one.
    """

    source: str
    names: Sequence[str]
    columns: Sequence[Column]
    place: Callable[[int], str]
    header: str = ""
    style: NumberStyle | None = None
    is_frame: bool = False
    notes: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()
    padded: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns whose name is theirs alone."""
        counts = Counter(self.names)
        pairs = zip(self.names, self.columns, strict=True)
        return {name: column for name, column in pairs if name and counts[name] == 1}

    @property
    def faults(self) -> list[str]:
        """What is wrong with the names: a column has none, or that of another one."""
        faults = _nameless(self.header, self.names)
        faults += [
            f"{self.header}{count} columns have the name {name!r}: rename or remove the others"
            for name, count in Counter(self.names).items()
            if name and count > 1
        ]
        return faults

    def where(self, name: str) -> str:
        """Return the name of a column in notes."""
        return f"{self.source}, column {name!r}"

    def absent(self, name: str, role: str) -> str:
        """Return the message that there is no such column, with the one that may be meant."""
        hint = did_you_mean(name, self.names).removeprefix("; ")
        return (
            f"there is no {role} column {name!r}: {hint or f'there are {some_names(self.names)}'}"
        )

    def fault(
        self, bad: NDArray[np.bool_], name: str, found: str, expected: str, advice: str
    ) -> str:
        """Return the message about the first of the cells that are bad, ``(rows,)``."""
        row, more = int(np.argmax(bad)), int(bad.sum()) - 1
        others = f" (and {more:,} more in this column)" if more else ""
        return (
            f"{self.place(row)}, column {name!r}: expected {expected}, found {found!r}{others}: "
            f"{advice}"
        )

    def option_name(self, name: str) -> str:
        """Return the name of an option as the user writes it: ``--drop``, or ``drop``."""
        return name if self.is_frame else f"--{name}"

    def option(self, name: str, column: str, value: str = "") -> str:
        """Return an option for a column as the user writes it: ``--drop age``, ``drop="age"``."""
        text = f"{column}={value}" if value else column
        return f"{name}=[{text!r}]" if self.is_frame else f"--{name} {shlex.quote(text)}"

    def only_option(self, name: str, column: str) -> str:
        """Return an option that takes one column: ``--group who``, ``group='who'``."""
        return f"{name}={column!r}" if self.is_frame else f"--{name} {shlex.quote(column)}"


def without_index(columns: Columns) -> Columns:
    """Return columns without the one that pandas makes of an index that counts the rows."""
    if len(columns.names) < 2 or columns.names[0] not in ("", UNNAMED):
        return columns
    cells = list(columns.columns[0].read())
    if len(cells) < 2 or cells != [str(row) for row in range(len(cells))]:
        return columns
    which = f"named {UNNAMED!r}" if columns.names[0] else "without a name"
    note = (
        f"{columns.source}: the first column, {which}, counts the rows, as the index does that "
        "pandas writes. It is left out"
    )
    return _without(columns, [0], note)


def without_blank_columns(columns: Columns) -> Columns:
    """Return columns without those that have no name and no value, as after a last separator."""
    nameless = [n for n, name in enumerate(columns.names) if not name]
    blank = [n for n in nameless if not any(cell.strip() for cell in columns.columns[n].read())]
    if not blank or len(blank) == len(columns.names):
        return columns
    numbers = listed([str(n + 1) for n in blank[:MOST_NAMES_SHOWN]])
    more = f" and {len(blank) - MOST_NAMES_SHOWN} more" if len(blank) > MOST_NAMES_SHOWN else ""
    plural = len(blank) > 1
    note = (
        f"{columns.source}: column{'s' * plural} {numbers}{more} {'have' if plural else 'has'} "
        f"neither name nor value. {'They are' if plural else 'It is'} left out"
    )
    return _without(columns, blank, note)


def _without(columns: Columns, places: Sequence[int], note: str) -> Columns:
    rest = [n for n in range(len(columns.names)) if n not in set(places)]
    return replace(
        columns,
        names=[columns.names[n] for n in rest],
        columns=[columns.columns[n] for n in rest],
        notes=(*columns.notes, note),
        left_out=columns.left_out.union(columns.names[n] for n in places),
    )


def _nameless(header: str, names: Sequence[str]) -> list[str]:
    places = [str(number) for number, name in enumerate(names, 1) if not name]
    if len(places) < 2:
        return [f"{header}column {n} has no name: give it one" for n in places]
    if len(places) > len(names) / 2:
        return [
            f"{header}{len(places):,} of {len(names):,} columns have no name: the first row has to "
            "hold the names; remove the rows above it"
        ]
    more = f" and {len(places) - MOST_NAMES_SHOWN} more" if len(places) > MOST_NAMES_SHOWN else ""
    shown = listed(places[:MOST_NAMES_SHOWN])
    return [f"{header}columns {shown}{more} have no name: give each one"]


def some_names(names: Sequence[str]) -> str:
    """Return the names of columns, or the first and the last of many."""
    names = [name for name in names if name] or ["columns without names"]
    # All names of a wide table would bury the message; a target is often the last.
    if len(names) <= MOST_NAMES_SHOWN:
        return ", ".join(names)
    return f"{', '.join(names[: MOST_NAMES_SHOWN - 1])}, ..., {names[-1]} ({len(names)} columns)"
