"""A user's table in a text file: .csv, .tsv, or either packed by gzip."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenfold.data.cell_values import padded_number
from evenfold.data.columns import Column, Columns, without_blank_columns, without_index
from evenfold.data.csv_numbers import SAMPLE_ROWS, TextFormat, read_numbers
from evenfold.data.separators import SEPARATOR_NAMES, find_separator
from evenfold.data.table_names import SEPARATORS
from evenfold.data.text_encoding import WESTERN, find_encoding, read_bytes
from evenfold.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def read_csv_columns(path: Path, as_text: Iterable[str] = ()) -> Columns:
    """Read the columns of a text file with a header line. Blank lines are skipped.

    Parameters
    ----------
    path
        The file, in UTF-8, UTF-16 or Windows-1252. Its columns are separated by commas (``.csv``)
        or tabs (``.tsv``), or by semicolons or bars where these fit the lines better.
    as_text
        Names of columns of which the text is needed, as that of labels.

    Raises
    ------
    DataError
        The file cannot be read. The message names the line.
    """
    data = read_bytes(path)
    encoding = find_encoding(path, data)
    usual = SEPARATORS[_suffix(path)]
    separator = find_separator(data[:1_000_000].decode(encoding, "ignore"), usual)
    del data
    file = TextFormat(path, separator, encoding)
    cells = _Cells(file)
    body = read_numbers(file, frozenset(as_text))
    if body is None:
        body = cells.text.iloc[1:]
        names = cells.text.iloc[0]
    else:
        names = file.read_cells(nrows=1).iloc[0]
    body = body[~_blank_rows(body)]
    if not len(body):
        raise DataError(f"{path}: there is a header, but no rows below it")
    columns = Columns(
        source=str(path),
        names=[str(name).strip() for name in names],
        columns=[_column(body, n, cells) for n in range(body.shape[1])],
        place=lambda position: f"line {cells.lines[body.index[position]]}",
        header="line 1, ",
        style="comma" if separator == ";" else None,
        notes=tuple(_notes(path, usual, separator, encoding)),
        padded=_padded(file),
    )
    return without_blank_columns(without_index(columns))


def _padded(file: TextFormat) -> dict[str, str]:
    """Return a number with leading zeros of each column whose first rows have one, by its name."""
    first = file.read_cells(nrows=SAMPLE_ROWS)
    return {
        str(first.iloc[0, n]).strip(): found
        for n in range(first.shape[1])
        if (found := padded_number(first.iloc[1:, n]))
    }


def _suffix(path: Path) -> str:
    # Not by the suffix of a path, which a file named .csv does not have.
    name = path.name.lower().removesuffix(".gz")
    return next(suffix for suffix in SEPARATORS if name.endswith(suffix))


def _notes(path: Path, usual: str, separator: str, encoding: str) -> Iterable[str]:
    if encoding in WESTERN:
        yield f"{path} is not UTF-8: it is read as Windows-1252, of which Latin-1 is a part"
    if separator != usual:
        yield f"{path}: columns are separated by {SEPARATOR_NAMES[separator]}"


def _blank_rows(body: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows have blank cells alone, ``(rows,)``."""
    blank = np.ones(len(body), dtype=bool)
    for n in range(body.shape[1]):
        rows = np.flatnonzero(blank)
        if not len(rows):
            break
        cells = body.iloc[rows, n]
        is_text = cells.dtype == object
        blank[rows] = [not str(c).strip() for c in cells] if is_text else cells.isna()
    return blank


def _column(body: pd.DataFrame, number: int, cells: _Cells) -> Column:
    """Return a column of texts, or of numbers whose texts are read from the file on demand."""
    column = body.iloc[:, number]
    if column.dtype == object:
        return Column(partial(column.to_numpy, object))
    return Column(
        lambda: cells.text.loc[body.index, number].to_numpy(object), column.to_numpy(), is_text=True
    )


@dataclass(frozen=True, eq=False)
class _Cells:
    """The cells of a file as text, read where they are needed: for a message, or other columns."""

    file: TextFormat

    @cached_property
    def text(self) -> pd.DataFrame:
        """Every row, that of the names too."""
        import pandas as pd

        path = self.file.path
        try:
            return self.file.read_cells()
        except pd.errors.EmptyDataError as error:
            raise DataError(f"{path} is empty: expected a header line and rows") from error
        except (pd.errors.ParserError, ValueError) as error:
            ragged = _ragged(self.file)
            raise DataError(ragged or f"{path}: is a quote left open? {error}") from error

    @cached_property
    def lines(self) -> NDArray[np.int64]:
        """The line on which each row begins, ``(rows,)``: quoted cells may hold line breaks."""
        breaks = np.zeros(len(self.text), dtype=np.int64)
        for n in range(self.text.shape[1]):
            breaks += [str(cell).count("\n") for cell in self.text.iloc[:, n]]
        return np.arange(1, len(breaks) + 1) + np.cumsum(breaks) - breaks


def _ragged(file: TextFormat) -> str | None:
    path = file.path
    open_text = gzip.open if path.suffix.lower() == ".gz" else open
    with open_text(path, "rt", encoding=file.encoding, newline="") as lines:
        reader = csv.reader(lines, delimiter=file.separator)
        width, first_line = None, 1
        try:
            for row in reader:
                width = width or len(row)
                if len(row) > width:
                    advice = "quote cells that hold the separator"
                    if width == 1:
                        advice = "remove the lines above the names of the columns"
                    return (
                        f"{path}: line {first_line} has {len(row)} cells, expected {width} as in "
                        f"the header: {advice}"
                    )
                first_line = reader.line_num + 1
        except csv.Error:
            return None
    return None
