"""Named columns of text or numbers: what tables in files and DataFrames share."""

from __future__ import annotations

import difflib
import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evenfold.data.cell_values import NumberStyle, TextCells
from evenfold.data.preprocessing import Role

MOST_NAMES_SHOWN = 12


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
    """

    source: str
    names: Sequence[str]
    columns: Sequence[Column]
    place: Callable[[int], str]
    header: str = ""
    style: NumberStyle | None = None
    is_frame: bool = False
    notes: tuple[str, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns whose name is theirs alone."""
        counts = Counter(self.names)
        pairs = zip(self.names, self.columns, strict=True)
        return {name: column for name, column in pairs if name and counts[name] == 1}

    @property
    def faults(self) -> list[str]:
        """What is wrong with the names: a column has none, or that of another one."""
        nameless = [number for number, name in enumerate(self.names, 1) if not name]
        faults = [f"{self.header}column {n} has no name: give it one" for n in nameless]
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
        lower = {known.lower(): known for known in self.names}
        near = [lower[n] for n in difflib.get_close_matches(name.lower(), lower, 1)]
        hint = f"did you mean {near[0]!r}?" if near else f"there are {_some(self.names)}"
        return f"there is no {role} column {name!r}: {hint}"

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

    def option(self, name: str, column: str, value: str = "") -> str:
        """Return an option for a column as the user writes it: ``--drop age``, ``drop="age"``."""
        text = f"{column}={value}" if value else column
        return f"{name}=[{text!r}]" if self.is_frame else f"--{name} {shlex.quote(text)}"


def without_index(columns: Columns) -> Columns:
    """Return columns without the one that pandas makes of an index that counts the rows."""
    if len(columns.names) < 2 or columns.names[0]:
        return columns
    cells = list(columns.columns[0].read())
    if len(cells) < 2 or cells != [str(row) for row in range(len(cells))]:
        return columns
    note = (
        f"{columns.source}: the first column has no name and counts the rows, as the index does "
        "that pandas writes. It is left out"
    )
    return replace(
        columns,
        names=columns.names[1:],
        columns=columns.columns[1:],
        notes=(*columns.notes, note),
    )


def _some(names: Sequence[str]) -> str:
    # All names of a wide table would bury the message; a target is often the last.
    if len(names) <= MOST_NAMES_SHOWN:
        return ", ".join(names)
    return f"{', '.join(names[: MOST_NAMES_SHOWN - 1])}, ..., {names[-1]} ({len(names)} columns)"
