"""Named columns, checked cell by cell, as a dataset: what tables and DataFrames share."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evenfold.data.datasets import Dataset
from evenfold.data.labels import (
    MISSING,
    blank_notes,
    encode,
    group_notes,
    label_notes,
    positive_index,
)
from evenfold.errors import DataError

NO_VALUE = frozenset({""})
MOST_NAMES_SHOWN = 12


@dataclass(frozen=True)
class Column:
    """The cells of a column.

    Parameters
    ----------
    read
        Returns the cells as text, of a missing cell "".
    values
        The cells as float64 of shape ``(rows,)`` where they are numbers already.
    """

    read: Callable[[], list[str]]
    values: NDArray[np.float64] | None = None

    @cached_property
    def text(self) -> list[str]:
        """The cells as text without blanks at the ends."""
        return [cell.strip() for cell in self.read()]


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

    Raises
    ------
    DataError
        A column has no name, or the name of another one.
    """

    source: str
    names: Sequence[str]
    columns: Sequence[Column]
    place: Callable[[int], str]
    header: str = ""

    def __post_init__(self) -> None:
        for number, name in enumerate(self.names, 1):
            if not name:
                raise DataError(
                    f"{self.source}: {self.header}column {number} has no name: give it one"
                )
            if self.names.count(name) > 1:
                raise DataError(
                    f"{self.source}: {self.header}{self.names.count(name)} columns have the name "
                    f"{name!r}: rename or remove the others"
                )

    def dataset(
        self, name: str, target: str, positive: str | None = None, group: str | None = None
    ) -> Dataset:
        """Make a dataset of the columns.

        Every column but ``target`` and ``group`` is a feature. Each text in the target column is
        a class, the words for missing values too. The classes are sorted, as numbers where every
        label is one.

        Parameters
        ----------
        name
            The dataset's name.
        target
            The column of labels.
        positive
            The label of the positive class; None for the last of two classes, and of more none.
        group
            The column whose equal values keep rows in the same part of every split.

        Raises
        ------
        DataError
            A column is missing, a cell cannot be used, or there are fewer than two classes.
        """
        labels = self._text(target, "target", NO_VALUE)
        notes = [*label_notes(self.where(target), labels), *self._blanks(target, "class")]
        if group == target:
            raise DataError(f"{self.source}: column {group!r} cannot be both target and group")
        groups = None
        if group is not None:
            texts = self._text(group, "group")
            groups = np.array(texts)
            notes += [*group_notes(self.where(group), texts), *self._blanks(group, "group")]
        features = [name for name in self.names if name not in (target, group)]
        if not features:
            raise DataError(f"{self.source}: no column is left to be a feature beside {target!r}")
        x = np.column_stack([self._numbers(feature) for feature in features])
        y, classes = encode(labels)
        if len(classes) < 2:
            raise DataError(
                f"{self.source}: every row of column {target!r} is {classes[0]!r}; a classifier "
                "needs at least two classes: is this the right target column?"
            )
        return Dataset(
            name=name,
            x=x,
            y=y,
            feature_names=tuple(features),
            class_names=classes,
            positive=positive_index(self.source, classes, positive),
            groups=groups,
            notes=tuple(notes),
        )

    def where(self, name: str) -> str:
        """Return the name of a column in notes."""
        return f"{self.source}, column {name!r}"

    def _blanks(self, name: str, kind: str) -> tuple[str, ...]:
        return blank_notes(self.where(name), self._column(name, kind).read(), kind)

    def _column(self, name: str, role: str) -> Column:
        if name in self.names:
            return self.columns[self.names.index(name)]
        lower = {known.lower(): known for known in self.names}
        near = [lower[n] for n in difflib.get_close_matches(name.lower(), lower, 1)]
        hint = f"did you mean {near[0]!r}?" if near else f"there are {_some(self.names)}"
        raise DataError(f"{self.source}: there is no {role} column {name!r}: {hint}")

    def _text(self, name: str, role: str, missing_words: frozenset[str] = MISSING) -> list[str]:
        """Return a column's cells as text, none missing."""
        text = self._column(name, role).text
        missing = np.array([cell.lower() in missing_words for cell in text], dtype=bool)
        self._refuse(missing, name, text, "expected a value", "fill it or remove the row")
        return text

    def _numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column's cells as finite float64 of shape ``(rows,)``."""
        values = self._column(name, "feature").values
        if values is not None and np.isfinite(values).all():
            return values
        text = self._text(name, "feature")
        values = np.array([_number(cell) for cell in text], dtype=np.float64)
        wrong = np.isnan(values)
        comma = bool(wrong.any()) and "," in text[int(np.argmax(wrong))]
        advice = "write decimals with a point" if comma else "encode it as numbers or remove it"
        self._refuse(wrong, name, text, "expected a number", advice)
        infinite = np.isinf(values)
        self._refuse(infinite, name, text, "expected a finite number", "correct or remove the row")
        return values

    def _refuse(
        self, bad: NDArray[np.bool_], name: str, text: list[str], expected: str, advice: str
    ) -> None:
        if not bad.any():
            return
        row, more = int(np.argmax(bad)), int(bad.sum()) - 1
        others = f" (and {more} more in this column)" if more else ""
        raise DataError(
            f"{self.source}: {self.place(row)}, column {name!r}: {expected}, found "
            f"{text[row]!r}{others}: {advice}"
        )


def _number(cell: str) -> float:
    # Not pandas.to_numeric: in some versions it is off in the last digits of long numbers.
    try:
        return float("nan" if "_" in cell else cell)
    except ValueError:
        return float("nan")


def _some(names: Sequence[str]) -> str:
    # All names of a wide table would bury the message; a target is often the last.
    if len(names) <= MOST_NAMES_SHOWN:
        return ", ".join(names)
    return f"{', '.join(names[: MOST_NAMES_SHOWN - 1])}, ..., {names[-1]} ({len(names)} columns)"
