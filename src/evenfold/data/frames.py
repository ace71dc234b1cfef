"""A pandas DataFrame as a dataset, with the checks of a table in a file."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evenfold.data.columns import Column, Columns
from evenfold.data.datasets import Dataset
from evenfold.data.labels import spelling_notes
from evenfold.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

NAME = "frame"
# The cells that pandas writes at a time, which decides how it writes dates.
CELLS_AT_A_TIME = 100_000


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
        One row an example. Columns are named as in the header of its file.
    target, positive, group
        As of ``read_table``.
    name
        The dataset's name.

    Raises
    ------
    DataError
        A column or a cell cannot be used. The message names the column and the row, counted from 0.
    """
    _require_frame(frame)
    names = _names(frame)
    numbers = _numbers(frame)
    texts = _texts(frame, [n for n in range(len(names)) if n not in numbers], names)
    blank = np.ones(len(frame), dtype=bool)
    for column in numbers.values():
        blank &= column.isna().to_numpy(bool)
    for cells in texts.values():
        blank &= np.array([not cell.strip() for cell in cells], dtype=bool)
    rows = np.flatnonzero(~blank)
    if not len(rows):
        raise DataError(f"{NAME}: there are no rows")
    columns = Columns(
        source=NAME,
        names=names,
        columns=[
            _number_column(numbers[n].iloc[rows]) if n in numbers else Column(texts[n][rows].tolist)
            for n in range(len(names))
        ],
        place=lambda position: f"row {rows[position]}",
    )
    # A frame made from an array has numbers as names.
    target, group = str(target), None if group is None else str(group)
    dataset = columns.dataset(name, target, positive, group)
    notes = [*dataset.notes, *_spelling_notes(frame.iloc[rows], columns, target, "class")]
    if group is not None:
        notes += _spelling_notes(frame.iloc[rows], columns, group, "group")
    return replace(dataset, notes=tuple(notes))


def _spelling_notes(frame: pd.DataFrame, columns: Columns, name: str, kind: str) -> tuple[str, ...]:
    n = columns.names.index(name)
    if n in _numbers(frame):  # of which each has a text of its own
        return ()
    return spelling_notes(columns.where(name), frame.iloc[:, n], columns.columns[n].text, kind)


def _require_frame(frame: object) -> None:
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"{NAME}: expected a pandas DataFrame, found {type(frame).__name__}")
    if frame.columns.nlevels > 1:
        raise DataError(
            f"{NAME}: the columns have names of {frame.columns.nlevels} levels: give each column "
            "one name"
        )


def _names(frame: pd.DataFrame) -> list[str]:
    """Return the names of the columns as the header of the file has them."""
    if not frame.shape[1]:
        return []
    header = _csv(frame.iloc[:0])
    if "\0" in header:
        raise DataError(f"{NAME}: the name of a column holds a zero character: rename the column")
    return [str(name).strip() for name in _read(header).iloc[0]]


def _numbers(frame: pd.DataFrame) -> dict[int, pd.Series[Any]]:
    """Return the columns of NumPy's own numbers, by position."""
    dtypes = enumerate(frame.dtypes)
    plain = [n for n, dtype in dtypes if isinstance(dtype, np.dtype) and dtype.kind in "fiub"]
    return {n: frame.iloc[:, n] for n in plain}


def _number_column(series: pd.Series[Any]) -> Column:
    values = None
    # float32 is read by its text, as from a file: 0.1, not 0.10000000149011612.
    if series.dtype in (np.dtype(np.float64), np.dtype(np.int64)):
        values = series.to_numpy(np.float64)
    return Column(partial(_number_text, series), values)


def _number_text(series: pd.Series[Any]) -> list[str]:
    missing = series.isna().to_numpy()
    texts = series.to_numpy().astype(str)
    return ["" if gone else str(text) for text, gone in zip(texts, missing, strict=True)]


def _texts(
    frame: pd.DataFrame, columns: list[int], names: list[str]
) -> dict[int, NDArray[np.object_]]:
    """Return the cells of columns as text, by position."""
    import pandas as pd

    found, others = {}, []
    for n in columns:
        series = frame.iloc[:, n]
        if series.dtype == np.dtype(object) or isinstance(series.dtype, pd.StringDtype):
            missing = series.isna().to_numpy(bool)
            cells = np.asarray(series.array, dtype=object)
            texts = ["" if gone else str(c) for c, gone in zip(cells, missing, strict=True)]
            _refuse_zeros(texts, names[n])
            found[n] = np.array(texts, dtype=object)
        else:
            others.append(n)
    if others:
        found.update(_written(frame, others, names))
    return found


def _written(
    frame: pd.DataFrame, columns: list[int], names: list[str]
) -> dict[int, NDArray[np.object_]]:
    """Return the cells of columns as pandas writes them: dates, categories, types of extensions."""
    part = frame.iloc[:, columns]
    text = _csv(part, max(CELLS_AT_A_TIME // frame.shape[1], 1))
    if "\0" in text:
        for position, n in enumerate(columns):
            _refuse_zeros(part.iloc[:, position].array, names[n])
    cells = _read(text).iloc[1:]
    return {n: cells.iloc[:, position].to_numpy(object) for position, n in enumerate(columns)}


def _csv(frame: pd.DataFrame, rows_at_a_time: int | None = None) -> str:
    # Every character of this end of lines is quoted in cells, in every version of Python.
    return frame.to_csv(index=False, lineterminator="\r\n", chunksize=rows_at_a_time)


def _read(text: str) -> pd.DataFrame:
    import pandas as pd

    return pd.read_csv(
        io.StringIO(text), header=None, dtype=str, na_filter=False, skip_blank_lines=False
    )


def _refuse_zeros(cells: Iterable[object], name: str) -> None:
    for row, cell in enumerate(cells):
        if "\0" in str(cell):
            raise DataError(
                f"{NAME}: row {row}, column {name!r}: expected text without zero characters, "
                f"found {str(cell)!r}: remove them"
            )
