"""A column of a table as a feature: what it holds, its values, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evenfold.data.cell_values import (
    Floats,
    NumberStyle,
    TextCells,
    missing_cells,
    number_styles,
    plain_number,
    truth_values,
    without_unit,
)
from evenfold.data.columns import Column, Columns
from evenfold.data.date_cells import dates
from evenfold.data.labels import encode_levels
from evenfold.data.preprocessing import Feature
from evenfold.render.words import counted

# A column with at least this share of numbers is one of numbers, and its other cells are faults.
MOSTLY = 0.5
MOST_LEVELS_SHOWN = 6


@dataclass(frozen=True, eq=False)
class FeatureColumn:
    """A column read as a feature.

    Parameters
    ----------
    name
        The column.
    feature
        What it is; None where that cannot be said or the column is of no use.
    values
        Its values as float64, NaN where a cell is missing, of shape ``(rows,)``.
    problem
        Why it cannot be used; a user has to decide.
    reason
        Why it is left out, or what a user should know of how it was read.
    styles
        The numbers in each style that fits, where only the other columns can decide.
    written
        The different texts of a category, or of truth values, as they are written.
    """

    name: str
    feature: Feature | None = None
    values: Floats = field(default_factory=lambda: np.zeros(0))
    problem: str = ""
    reason: str = ""
    styles: dict[NumberStyle, Floats] = field(default_factory=dict)
    written: tuple[str, ...] = ()


def read_feature(columns: Columns, name: str) -> FeatureColumn:
    """Read a column as numbers, truth values, dates or categories, by its type or its cells."""
    column = columns.by_name[name]
    if column.role == "category":
        return read_category(columns, name)
    values = column.values if column.values is not None else _plain_numbers(column)
    if values is not None:
        return finite_column(columns, name, Feature(column.role or "number", column.levels), values)
    return _from_text(columns, name, column.cells())


def _plain_numbers(column: Column) -> Floats | None:
    """Return the cells as numbers, if each one is a finite one or missing.

    It is the fast way for most columns; further cells are looked at value by value.
    """
    cells = np.asarray(column.read(), dtype=object)
    present = ~missing_cells(cells)
    values = np.full(len(cells), np.nan)
    try:
        values[present] = cells[present].astype(np.float64)
    except ValueError:
        return None
    is_plain = np.isfinite(values[present]).all() and not any("_" in cell for cell in cells)
    return values if is_plain else None


def finite_column(columns: Columns, name: str, feature: Feature, values: Floats) -> FeatureColumn:
    """Return a column of numbers, or the problem that one of them is infinite."""
    infinite = np.isinf(values)
    if infinite.any():
        found = columns.by_name[name].text()[int(np.argmax(infinite))]
        advice = f"correct it, remove the row, or drop the column with {_drop(columns, name)}"
        problem = columns.fault(infinite, name, found, "a finite number", advice)
        return FeatureColumn(name, problem=problem)
    if np.isnan(values).all():
        return FeatureColumn(name, reason="has no value")
    return FeatureColumn(name, feature, values)


def _from_text(columns: Columns, name: str, cells: TextCells) -> FeatureColumn:
    if not cells.values:
        return FeatureColumn(name, reason="has no value")
    numbers = cells.numbers
    if not np.isnan(numbers).any():
        return finite_column(columns, name, Feature("number"), cells.spread(numbers))
    if (truth := truth_values(cells.values)) is not None:
        values = cells.spread(truth)
        return FeatureColumn(name, Feature("boolean"), values, written=cells.written)
    if (found := dates(cells.values)) is not None:
        if found.days is None:
            advice = "write them as 2020-01-31"
            return FeatureColumn(name, reason=f"holds dates, which {found.fault}: {advice}")
        return FeatureColumn(name, Feature("date"), cells.spread(found.days))
    if styles := number_styles(cells.values):
        return FeatureColumn(
            name, styles={style: cells.spread(values) for style, values in styles.items()}
        )
    if (read := _with_unit(columns, name, cells)) is not None:
        return read
    is_number = ~np.isnan(numbers)
    if cells.counts[is_number].sum() >= MOSTLY * cells.counts.sum():
        return FeatureColumn(name, problem=_mixed(columns, name, cells))
    return _categories(name, cells)


def _with_unit(columns: Columns, name: str, cells: TextCells) -> FeatureColumn | None:
    """Read a column of amounts of one currency or percentages; None of another one."""
    found = without_unit(cells.values)
    if found is None:
        return None
    texts, unit = found
    has_parentheses = any(value.startswith("(") for value in cells.values)
    if not unit and not has_parentheses:
        return None
    reason = f"holds numbers with {unit}" if unit else "holds numbers"
    if has_parentheses:
        reason += "; parentheses make them negative"
    numbers = np.array([plain_number(text) for text in texts])
    if not np.isnan(numbers).any():
        read = finite_column(columns, name, Feature("number"), cells.spread(numbers))
        return replace(read, reason=read.reason or reason)
    styles = {style: cells.spread(values) for style, values in number_styles(texts).items()}
    return FeatureColumn(name, styles=styles, reason=reason) if styles else None


def _mixed(columns: Columns, name: str, cells: TextCells) -> str:
    bad = np.append(np.isnan(cells.numbers), False)[cells.codes]
    found = cells.values[cells.codes[int(np.argmax(bad))]]
    advice = "write decimals with a point" if "," in found else "correct it"
    return columns.fault(
        bad, name, found, "a number",
        f"{advice}, read the column as categories with {columns.option('categorical', name)}, or "
        f"leave it out with {_drop(columns, name)}",
    )  # fmt: skip


def read_category(columns: Columns, name: str) -> FeatureColumn:
    """Read a column as categories, whatever its cells hold."""
    cells = columns.by_name[name].cells()
    return _categories(name, cells) if cells.values else FeatureColumn(name, reason="has no value")


def _categories(name: str, cells: TextCells) -> FeatureColumn:
    codes, levels = encode_levels(cells.values)
    values = cells.spread(codes.astype(np.float64))
    return FeatureColumn(name, Feature("category", levels), values, written=cells.written)


def read_ordinal(columns: Columns, name: str, levels: Sequence[str]) -> FeatureColumn:
    """Read a column of ordered values as 0, 1, 2 and so on, and one of numbers as they are.

    Parameters
    ----------
    columns
        The table.
    name
        The column.
    levels
        The values in their order; without any, that of the type of the column. Numbers without
        levels are their own order: ranks would be a statistic of all rows.
    """
    column = columns.by_name[name]
    cells = column.cells()
    if not cells.values:
        return FeatureColumn(name, reason="has no value")
    order = tuple(levels) or column.levels
    if not order and not np.isnan(cells.numbers).any():
        return finite_column(columns, name, Feature("ordinal"), cells.spread(cells.numbers))
    if not order:
        example = ",".join(sorted(cells.values)[:MOST_LEVELS_SHOWN])
        option = columns.option("ordinal", name, example)
        return FeatureColumn(
            name, problem=f"column {name!r}: the order of its values is unknown: name them from "
            f"the lowest to the highest, as in {option}",
        )  # fmt: skip
    rank = {level: float(n) for n, level in enumerate(order)}
    ranks = np.array([rank.get(value, np.nan) for value in cells.values])
    unknown = np.append(np.isnan(ranks), False)[cells.codes]
    if unknown.any():
        found = cells.values[cells.codes[int(np.argmax(unknown))]]
        expected = f"one of {', '.join(order)}"
        advice = f"add it to the order in {columns.option('ordinal', name, ','.join(order))}"
        return FeatureColumn(name, problem=columns.fault(unknown, name, found, expected, advice))
    return FeatureColumn(name, Feature("ordinal", order), cells.spread(ranks))


def missing_problem(columns: Columns, column: FeatureColumn) -> str:
    """Return the message that a column has missing cells, where none is accepted."""
    missing = np.isnan(column.values)
    count = counted(int(missing.sum()), "cell")
    return (
        f"{columns.place(int(np.argmax(missing)))}, column {column.name!r}: {count} missing: fill "
        f"them, remove the rows, or leave the column out with {_drop(columns, column.name)}"
    )


def _drop(columns: Columns, name: str) -> str:
    return columns.option("drop", name)
