"""A pandas DataFrame as a dataset, with the checks of a table in a file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evenfold.data.columns import Column, Columns
from evenfold.data.datasets import Dataset
from evenfold.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

NAME = "frame"


def from_frame(
    frame: pd.DataFrame,
    target: str,
    positive: str | None = None,
    group: str | None = None,
    name: str = NAME,
) -> Dataset:
    """Make a dataset of the columns of a DataFrame; its index is left out.

    The dataset is the one that ``read_table`` reads from ``frame.to_csv(index=False)``, to the
    last bit of every number.

    Parameters
    ----------
    frame
        One row an example. Columns are named by the text of their names.
    target, positive, group
        As of ``read_table``.
    name
        The dataset's name.

    Raises
    ------
    DataError
        A column or a cell cannot be used. The message names the column and the row, counted from 0.
    """
    columns = [frame.iloc[:, number] for number in range(frame.shape[1])]
    rows = np.flatnonzero(~_blank_rows(columns, len(frame)))
    if not len(rows):
        raise DataError(f"{NAME}: there are no rows")
    return Columns(
        source=NAME,
        names=[str(column).strip() for column in frame.columns],
        columns=[_column(column.iloc[rows]) for column in columns],
        place=lambda position: f"row {rows[position]}",
    ).dataset(name, target, positive, group)


def _column(series: pd.Series[Any]) -> Column:
    values = None
    # float32 is read by its text, as from a file: 0.1, not 0.10000000149011612.
    if series.dtype in (np.dtype(np.float64), np.dtype(np.int64)):
        values = series.to_numpy(np.float64)
    return Column(partial(_text, series), values)


def _text(series: pd.Series[Any]) -> list[str]:
    """Return the cells as ``to_csv`` writes them, without blanks at the ends."""
    dtype = series.dtype
    cells: NDArray[Any]
    if isinstance(dtype, np.dtype) and dtype.kind in "fiu":
        cells = series.to_numpy().astype(str)
    elif isinstance(dtype, np.dtype) and dtype.kind in "mM":
        cells = series.astype(str).to_numpy(object)
    else:
        cells = np.asarray(series.array, dtype=object)
    missing = series.isna().to_numpy()
    return ["" if gone else str(cell).strip() for cell, gone in zip(cells, missing, strict=True)]


def _blank_rows(columns: list[pd.Series[Any]], rows: int) -> NDArray[np.bool_]:
    """Return the rows in which no column has a cell: as in a file, they are skipped."""
    blank = np.ones(rows, dtype=bool)
    for column in columns:
        if not blank.any():
            break
        missing = column.isna().to_numpy(bool, copy=True)
        left = np.flatnonzero(blank & ~missing)
        if column.dtype.kind not in "fiub":
            text = _text(column.iloc[left])
            missing[left] = [cell == "" for cell in text]
        blank &= missing
    return blank
