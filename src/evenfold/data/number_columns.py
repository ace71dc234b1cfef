"""Columns of numbers with separators, read in the one style that a table has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenfold.data.cell_values import NumberStyle, TextCells, number_styles
from evenfold.data.columns import Columns
from evenfold.data.feature_columns import FeatureColumn, finite_column
from evenfold.data.preprocessing import Feature


def in_one_style(columns: Columns, read: Sequence[FeatureColumn]) -> list[FeatureColumn]:
    """Return columns with the numbers that their separators mean.

    A column that fits one style decides for those that fit both. Without such a column, the
    separator of the file decides. In a file with decimal commas, 1.234 may be a number above 1,000:
    it is one unless another column has decimal points.

    Parameters
    ----------
    columns
        The table.
    read
        Its columns, of which some have ``styles``.
    """
    evidence = {next(iter(column.styles)) for column in read if len(column.styles) == 1}
    if "comma" in evidence:
        texts = {column.name: _with_points(columns, column) for column in read}
        styles = {name: number_styles(cells.values) for name, cells in texts.items() if cells}
        if any("comma" not in fitting for fitting in styles.values()):
            evidence.add("point")
        read = [_of_either(column, texts, styles) for column in read]
    style = columns.style if not evidence else evidence.pop() if len(evidence) == 1 else None
    return [_in_style(columns, column, style) if column.styles else column for column in read]


def _with_points(columns: Columns, column: FeatureColumn) -> TextCells | None:
    """Return the text of a column of numbers that has points; None of another column."""
    written = columns.by_name[column.name]
    is_number = column.feature is not None and column.feature.role == "number"
    if not is_number or (written.values is not None and not written.is_text):
        return None
    cells = written.cells()
    return cells if any("." in value for value in cells.values) else None


def _of_either(
    column: FeatureColumn,
    texts: dict[str, TextCells | None],
    styles: dict[str, dict[NumberStyle, np.ndarray]],
) -> FeatureColumn:
    cells, fitting = texts[column.name], styles.get(column.name, {})
    if cells is None or "comma" not in fitting:
        return column
    return FeatureColumn(
        column.name, styles={style: cells.spread(values) for style, values in fitting.items()}
    )


def _in_style(columns: Columns, column: FeatureColumn, style: NumberStyle | None) -> FeatureColumn:
    """Return a column of numbers with separators, read in a style that other columns have.

    Parameters
    ----------
    columns
        The table.
    column
        A column with ``styles``.
    style
        The style of the other columns; None if they do not show one.
    """
    style = next(iter(column.styles)) if len(column.styles) == 1 else style
    if style is not None and style in column.styles:
        read = finite_column(columns, column.name, Feature("number"), column.styles[style])
        mark = {"point": "commas separate thousands", "comma": "commas separate decimals"}[style]
        reason = f"{column.reason}; {mark}" if column.reason else f"holds numbers in which {mark}"
        return FeatureColumn(read.name, read.feature, read.values, read.problem, reason)
    found = columns.by_name[column.name].cells()
    separator = np.array([not value.isdigit() for value in found.values])
    bad = np.append(separator, False)[found.codes]
    text = found.values[found.codes[int(np.argmax(bad))]]
    one, other = (column.styles[style][int(np.argmax(bad))] for style in ("point", "comma"))
    drop = columns.option("drop", column.name)
    problem = columns.fault(
        bad, column.name, text, "a number",
        f"it may be {one:g} or {other:g}; write decimals with a point and no separator of "
        f"thousands, or leave the column out with {drop}",
    )  # fmt: skip
    return FeatureColumn(column.name, problem=problem)
