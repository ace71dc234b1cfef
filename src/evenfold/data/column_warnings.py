"""Columns that look like no feature: an id, a date, the target in disguise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evenfold.data.columns import Columns
from evenfold.data.feature_columns import FeatureColumn
from evenfold.data.preprocessing import MOST_LEVEL_COLUMNS
from evenfold.render.words import counted

# In fewer rows all of this happens by chance.
LEAST_ROWS = 20
# A feature that has one class for each of its values is no chance if values have so many rows.
ROWS_A_VALUE = 5


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
    where, drop = columns.where(column.name), columns.option("drop", column.name)
    present = ~np.isnan(column.values)
    values, codes = np.unique(column.values[present], return_inverse=True)
    role, rows = column.feature.role, int(present.sum())
    if role == "date":
        yield (
            f"{where}: dates become the number of days since 1970-01-01. Leave them out with "
            f"{drop} if the model must also hold for other times"
        )
    elif _is_id(role, values, rows):
        yield (
            f"{where}: looks like an id, {counted(rows, 'different whole number')} in "
            f"{counted(rows, 'row')}. Leave it out with {drop}"
        )
    elif role == "category" and rows >= LEAST_ROWS and len(values) > rows / 2:
        yield (
            f"{where}: looks like an id or free text, {len(values):,} different texts in "
            f"{counted(rows, 'row')}. Leave it out with {drop}"
        )
    if role == "category" and len(values) > MOST_LEVEL_COLUMNS:
        yield (
            f"{where}: has {len(values):,} levels. In each fold, at most {MOST_LEVEL_COLUMNS} of "
            "the most frequent have a column of their own, and the others share one"
        )
    if role == "number" and column.name in columns.padded:
        yield (
            f"{where}: has numbers with leading zeros, such as {columns.padded[column.name]}. If "
            f"they are codes, {columns.option('categorical', column.name)} reads them as categories"
        )
    if y is not None and _determines(codes, len(values), y[present]):
        yield (
            f"{where}: gives the target away, each of its {len(values):,} values has one class "
            f"alone. Leave it out with {drop} if it is not known before the target is"
        )


def _is_id(role: str, values: NDArray[np.float64], rows: int) -> bool:
    is_unique = rows >= LEAST_ROWS and len(values) == rows
    return role == "number" and is_unique and bool((values == np.floor(values)).all())


def _determines(codes: NDArray[np.int64], values: int, y: NDArray[np.int64]) -> bool:
    """Whether each of a few values occurs with one class alone."""
    if len(y) < LEAST_ROWS or not 2 <= values <= len(y) / ROWS_A_VALUE:
        return False
    pairs = np.unique(codes.reshape(-1) * (int(y.max()) + 1) + y)
    return len(pairs) == values and len(np.unique(y)) > 1
