"""Columns that look like no feature: an id, a date, the target in disguise."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenfold.data.columns import Columns
from evenfold.data.datasets import Dataset
from evenfold.data.feature_columns import FeatureColumn
from evenfold.data.labels import quoted_list, spelling_variants
from evenfold.data.preprocessing import MOST_LEVEL_COLUMNS, Role
from evenfold.diagnostics.columns import (
    LEAST_ROWS,
    determines_target,
    is_text_id,
    is_whole_number_id,
    nearly_gives_target,
    separates_target,
)
from evenfold.diagnostics.finding import CODE_ERROR, Finding
from evenfold.render.words import counted

MOST_SHOWN = 3  # groups of levels in a message


@dataclass(frozen=True, eq=False)
class NamedColumn:
    """A feature with the words of messages on it.

    Parameters
    ----------
    name, where
        Its name, alone and with the table's.
    drop, categorical, group
        The options that leave it out, read it as categories, or keep the rows of each of its values
        together, as the user writes them.
    role
        What it stands for.
    values
        Its values, ``(rows,)``; NaN where a cell is missing.
    padded
        A number of it with leading zeros; "" if there is none.
    written
        The different texts of a category, or of truth values, as they are written.
    """

    name: str
    where: str
    drop: str
    categorical: str
    group: str
    role: Role
    values: NDArray[np.float64]
    padded: str = ""
    written: tuple[str, ...] = ()


def looks_like_text(column: FeatureColumn) -> bool:
    """Whether every row of a category has a value of its own, so that nothing can be learned."""
    present = int((~np.isnan(column.values)).sum())
    levels = () if column.feature is None else column.feature.levels
    return present >= LEAST_ROWS and len(levels) == present


def warnings_on(
    columns: Columns, column: FeatureColumn, y: NDArray[np.int64] | None
) -> Iterator[str]:
    """Yield a warning for each reason to leave a feature out, with the option that does it.

    Parameters
    ----------
    columns
        The table.
    column
        The feature.
    y
        The class of each row, ``(rows,)``; None if it is unknown.
    """
    if column.feature is None:
        return
    named = NamedColumn(
        name=column.name,
        where=columns.where(column.name),
        drop=columns.option("drop", column.name),
        categorical=columns.option("categorical", column.name),
        group=columns.only_option("group", column.name),
        role=column.feature.role,
        values=column.values,
        padded=columns.padded.get(column.name, ""),
        written=column.written,
    )
    error = CODE_ERROR / max(len(columns.by_name) - 1, 1)
    yield from (finding.note for finding in column_findings(named, y, error))


def dataset_columns(dataset: Dataset) -> Iterator[NamedColumn]:
    """Yield the features of a table that was not read from a file; series have none."""
    if dataset.x.ndim != 2:
        return
    for place, name in enumerate(dataset.feature_names):
        role: Role = "number" if dataset.plan is None else dataset.plan.features[place].role
        quoted = shlex.quote(name)
        yield NamedColumn(
            name=name,
            where=f"{dataset.origin}, column {name!r}",
            drop=f"--drop {quoted}",
            categorical=f"--categorical {quoted}",
            group=f"--group {quoted}",
            role=role,
            values=dataset.x[:, place],
            written=() if dataset.plan is None else dataset.plan.features[place].levels,
        )


def column_findings(
    column: NamedColumn, y: NDArray[np.int64] | None, error: float
) -> Iterator[Finding]:
    """Yield what is wrong with a column as a feature.

    Parameters
    ----------
    column
        The feature.
    y
        The class of each row, ``(rows,)``; None if it is unknown.
    error
        The error of the test of each column.
    """
    present = ~np.isnan(column.values)
    values, codes = np.unique(column.values[present], return_inverse=True)
    yield from _of_identity(column, column.values[present], len(values))
    yield from _of_cells(column, len(values))
    yield from _of_spelling(column)
    if y is not None:
        yield from _of_target(column, codes.reshape(-1), y, error)


def _finding(code: str, column: NamedColumn, message: str) -> Finding:
    return Finding(code, f"{column.where}: {message}", (column.name,))


def _of_identity(
    column: NamedColumn, present: NDArray[np.float64], values: int
) -> Iterator[Finding]:
    """Dates and ids, which say little of rows to come."""
    role, rows = column.role, len(present)
    if role == "date":
        yield _finding(
            "EF016",
            column,
            f"dates become the number of days since 1970-01-01. Leave them out with {column.drop} "
            "if the model must also hold for other times",
        )
    elif role == "number" and is_whole_number_id(present):
        yield _finding(
            "EF003",
            column,
            f"looks like an id, {counted(rows, 'different whole number')} in "
            f"{counted(rows, 'row')}. Leave it out with {column.drop}",
        )
    elif role == "category" and is_text_id(values, rows):
        yield _finding(
            "EF003",
            column,
            f"looks like an id or free text, {values:,} different texts in "
            f"{counted(rows, 'row')}. Leave it out with {column.drop}",
        )


def _of_cells(column: NamedColumn, values: int) -> Iterator[Finding]:
    """Many levels, and numbers that may be codes."""
    if column.role == "category" and values > MOST_LEVEL_COLUMNS:
        yield _finding(
            "EF017",
            column,
            f"has {values:,} levels, and in each fold at most {MOST_LEVEL_COLUMNS} of them have a "
            "column of their own. If it names patients or devices, keep the rows of each together "
            f"with {column.group}; if it says nothing about later rows, leave it out with "
            f"{column.drop}",
        )
    if column.role == "number" and column.padded:
        yield _finding(
            "EF018",
            column,
            f"has numbers with leading zeros, such as {column.padded}. If they are codes, "
            f"{column.categorical} reads them as categories",
        )


def _of_spelling(column: NamedColumn) -> Iterator[Finding]:
    """Levels that differ by case or blanks alone, which may be one that was written in two ways."""
    variants = spelling_variants(column.written) if column.role in ("category", "boolean") else []
    if not variants:
        return
    shown = variants[:MOST_SHOWN]
    more = len(variants) - len(shown)
    others = f"; and {more:,} more of this kind" if more else ""
    if column.role == "boolean":
        groups = "; ".join(quoted_list(names) for names in shown)
        message = (
            f"truth values are read in any case and without blanks at the ends: {groups} are one "
            f"value. If they mean different things, {column.categorical} keeps them apart"
        )
    else:
        groups = "; ".join(f"{quoted_list(names)} ({_levels_of(names)})" for names in shown)
        message = (
            f"has levels that differ by case or blanks alone: {groups}{others}. Texts of other "
            "case stay separate, and blanks at the ends are left out. Write them alike in the "
            "table if they mean the same"
        )
    yield _finding("EF019", column, message)


def _levels_of(names: Sequence[str]) -> str:
    return counted(len({name.strip() for name in names}), "level")


def _of_target(
    column: NamedColumn, codes: NDArray[np.int64], y: NDArray[np.int64], error: float
) -> Iterator[Finding]:
    """A feature that gives the target away, or nearly."""
    present = ~np.isnan(column.values)
    values, labels = column.values[present], y[present]
    is_category = column.role == "category"
    if determines_target(codes, labels):
        count = int(codes.max()) + 1
        how = f"gives the target away, each of its {count:,} values has one class alone"
    elif not is_category and separates_target(values, labels):
        how = "gives the target away, sorted by it the rows of each class lie together"
    elif nearly_gives_target(values, labels, is_category, error):
        how = "nearly gives the target away, it predicts almost every label alone"
    else:
        return
    advice = f"Leave it out with {column.drop} if it is not known before the target is"
    yield _finding("EF002", column, f"{how}. {advice}")
