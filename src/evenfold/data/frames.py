"""A pandas DataFrame as a dataset, with the checks of a table in a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evenfold.data.cell_values import padded_number
from evenfold.data.columns import Column, Columns, without_blank_columns, without_index
from evenfold.data.csv_numbers import SAMPLE_ROWS
from evenfold.data.datasets import Dataset
from evenfold.data.frame_types import typed_values
from evenfold.data.intake import make_dataset
from evenfold.data.labels import spelling_notes
from evenfold.data.table_options import TableOptions
from evenfold.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

NAME = "frame"
# The cells that pandas writes at a time, which decides how it writes dates.
CELLS_AT_A_TIME = 100_000


@dataclass(frozen=True)
class FrameSource:
    """Where a DataFrame comes from, for messages.

    Parameters
    ----------
    name
        What messages name: ``frame``, or the path of a file.
    first_row
        The number of its first row.
    is_file
        Whether it was read from a file, so that messages name options of the command line.
    """

    name: str = NAME
    first_row: int = 0
    is_file: bool = False


def from_frame(
    frame: pd.DataFrame,
    options: TableOptions,
    name: str = NAME,
    source: FrameSource = FrameSource(),
) -> Dataset:
    """Make a dataset of the columns of a DataFrame; its index is left out.

    Truth values, dates and categories are those of the types of the columns. Everything else is
    read as from the file that ``frame.to_csv(index=False)`` writes, to the last bit of every
    number.

    Parameters
    ----------
    frame
        One row an example. Columns are named as in the header of its file.
    options
        How to read the columns.
    name
        The dataset's name.
    source
        Where the frame comes from.

    Raises
    ------
    DataError
        A column or a cell cannot be used. The message names the column and the row, counted from 0
        in a frame.
    """
    # A frame made from an array has numbers as names.
    options = replace(
        options,
        target=str(options.target),
        group=None if options.group is None else str(options.group),
        drop=tuple(map(str, options.drop)),
        categorical=tuple(map(str, options.categorical)),
        ordinal=tuple(map(str, options.ordinal)),
        sample_weight=None if options.sample_weight is None else str(options.sample_weight),
    )
    require_frame(frame, source.name)
    frame = _dense(frame)
    columns, rows = _columns(frame, source)
    dataset = make_dataset(columns, name, options)
    frame = frame.iloc[rows]
    notes = [*dataset.notes, *_spelling_notes(frame, columns, options.target, "class")]
    if options.group is not None:
        notes += _spelling_notes(frame, columns, options.group, "group")
    return replace(dataset, notes=tuple(notes))


def _columns(frame: pd.DataFrame, source: FrameSource) -> tuple[Columns, NDArray[np.int64]]:
    """Return the columns of a frame, and which of its rows have a cell that is not blank."""
    names = _names(frame, source.name)
    numbers = _numbers(frame)
    others = [n for n in range(len(names)) if n not in numbers]
    texts = _texts(frame, others, names, source.name)
    blank = np.ones(len(frame), dtype=bool)
    for column in numbers.values():
        blank &= column.isna().to_numpy(bool)
    for cells in texts.values():
        blank &= np.array([not cell.strip() for cell in cells], dtype=bool)
    rows = np.flatnonzero(~blank)
    if not len(rows):
        raise DataError(f"{source.name}: there are no rows")
    columns = [
        _column(frame.iloc[rows, n], texts[n][rows] if n in texts else None)
        for n in range(len(names))
    ]
    found = Columns(
        source=source.name,
        names=names,
        columns=columns,
        place=lambda position: f"row {rows[position] + source.first_row}",
        is_frame=not source.is_file,
        padded={
            names[n]: padded
            for n, cells in texts.items()
            if (padded := padded_number(cells[:SAMPLE_ROWS]))
        },
    )
    return without_blank_columns(without_index(found)), rows


def _column(series: pd.Series[Any], texts: NDArray[np.object_] | None) -> Column:
    """Return the cells of a column, which are numbers where they have no texts."""
    read: Callable[[], Any] = partial(_number_text, series) if texts is None else texts.tolist
    return replace(typed_values(series), read=read)


def _spelling_notes(frame: pd.DataFrame, columns: Columns, name: str, kind: str) -> tuple[str, ...]:
    # Columns of the frame may have been left out.
    n = _names(frame, columns.source).index(name)
    if n in _numbers(frame):  # of which each has a text of its own
        return ()
    text = columns.by_name[name].text()
    return spelling_notes(columns.where(name), frame.iloc[:, n], text, kind)


def require_frame(frame: object, source: str) -> None:
    """Refuse what is not a DataFrame, or has columns with several names. Raises DataError."""
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        way = "call its to_pandas" if hasattr(frame, "to_pandas") else "call pandas.DataFrame"
        raise DataError(
            f"{source}: expected a pandas DataFrame, found {type(frame).__name__}: {way}"
        )
    if frame.columns.nlevels > 1:
        raise DataError(
            f"{source}: the columns have names of {frame.columns.nlevels} levels: give each column "
            "one name"
        )


def _dense(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns have each of their values, which pandas can write."""
    import pandas as pd

    if not any(isinstance(dtype, pd.SparseDtype) for dtype in frame.dtypes):
        return frame
    columns: list[Any] = [frame.iloc[:, n] for n in range(frame.shape[1])]
    is_sparse = [isinstance(column.dtype, pd.SparseDtype) for column in columns]
    dense = [c.sparse.to_dense() if s else c for c, s in zip(columns, is_sparse, strict=True)]
    made: pd.DataFrame = pd.concat(dense, axis=1)
    made.columns = frame.columns
    return made


def _names(frame: pd.DataFrame, source: str) -> list[str]:
    """Return the names of the columns as the header of the file has them."""
    if not frame.shape[1]:
        return []
    # Python 3.10 does not write a zero character.
    if any("\0" in str(name) for name in frame.columns):
        raise DataError(f"{source}: the name of a column holds a zero character: rename the column")
    return [str(name).strip() for name in _read(_csv(frame.iloc[:0])).iloc[0]]


def _numbers(frame: pd.DataFrame) -> dict[int, pd.Series[Any]]:
    """Return the columns of NumPy's own numbers, by position."""
    dtypes = enumerate(frame.dtypes)
    plain = [n for n, dtype in dtypes if isinstance(dtype, np.dtype) and dtype.kind in "fiub"]
    return {n: frame.iloc[:, n] for n in plain}


def _number_text(series: pd.Series[Any]) -> list[str]:
    missing = series.isna().to_numpy()
    texts = series.to_numpy().astype(str)
    return ["" if gone else str(text) for text, gone in zip(texts, missing, strict=True)]


def _texts(
    frame: pd.DataFrame, columns: list[int], names: list[str], source: str
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
            _refuse_zeros(texts, names[n], source)
            found[n] = np.array(texts, dtype=object)
        else:
            others.append(n)
    if others:
        found.update(_written(frame, others, names, source))
    return found


def _written(
    frame: pd.DataFrame, columns: list[int], names: list[str], source: str
) -> dict[int, NDArray[np.object_]]:
    """Return the cells of columns as pandas writes them: dates, categories, types of extensions."""
    part = frame.iloc[:, columns]
    try:
        text = _csv(part, max(CELLS_AT_A_TIME // frame.shape[1], 1))
    except csv.Error:  # Python 3.10 does not write a zero character.
        text = "\0"
    if "\0" in text:
        for position, n in enumerate(columns):
            _refuse_zeros(part.iloc[:, position].array, names[n], source)
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


def _refuse_zeros(cells: Iterable[object], name: str, source: str) -> None:
    for row, cell in enumerate(cells):
        if "\0" in str(cell):
            raise DataError(
                f"{source}: row {row}, column {name!r}: expected text without zero characters, "
                f"found {str(cell)!r}: remove them"
            )
