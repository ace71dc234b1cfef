"""A user's table in a .csv or .tsv file as a dataset."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenfold.data.columns import Column, Columns
from evenfold.data.datasets import Dataset
from evenfold.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
SEPARATOR_NAMES = {",": "a comma", "\t": "a tab", ";": "a semicolon", "|": "a bar"}


def read_table(
    path: Path, target: str, positive: str | None = None, group: str | None = None
) -> Dataset:
    """Read a ``.csv`` (comma) or ``.tsv`` (tab) file with a header line.

    Every column but ``target`` and ``group`` is a feature and must hold finite numbers. Each text
    in ``target`` is a class, as it is written; the classes are sorted, as numbers where every label
    is one. Blank lines are skipped.

    Parameters
    ----------
    path
        The file, in UTF-8.
    target
        The column of labels.
    positive
        The label of the positive class; None for the last of two classes, and of more none.
    group
        The column whose equal values keep rows in the same part of every split.

    Returns
    -------
    Dataset
        Named like the file; ``x`` of shape ``(rows, features)``.

    Raises
    ------
    DataError
        The file, a column or a cell cannot be used. The message names file, line and column.
    """
    separator = SEPARATORS.get(path.suffix.lower())
    if separator is None:
        known = ", ".join(SEPARATORS)
        raise DataError(f"{path}: the name must end in one of {known}: save it as CSV")
    cells = _read_cells(path, separator)
    names = [str(name).strip() for name in cells.iloc[0]]
    _require_separator(path, names, separator)
    body = cells.iloc[1:]
    body = body[body.apply(lambda column: column.str.strip() != "").any(axis=1)]
    columns = Columns(
        source=str(path),
        names=names,
        columns=[Column(partial(_text, body.iloc[:, n])) for n in range(body.shape[1])],
        place=lambda position: f"line {_line(cells, int(body.index[position]))}",
        header="line 1, ",
    )
    if not len(body):
        raise DataError(f"{path}: there is a header, but no rows below it")
    return columns.dataset(path.stem, target, positive, group)


def _text(column: pd.Series[Any]) -> list[str]:
    return [str(cell) for cell in column]


def _line(cells: pd.DataFrame, row: int) -> int:
    """Return the line of the file on which a row begins: quoted cells may hold line breaks."""
    before = cells.iloc[:row]
    breaks = sum(int(before[column].str.count("\n").sum()) for column in before)
    return row + breaks + 1


def _require_separator(path: Path, names: list[str], separator: str) -> None:
    others = [other for other in SEPARATOR_NAMES if other != separator and other in names[0]]
    if len(names) == 1 and others:
        raise DataError(
            f"{path}: line 1 is one column and holds {SEPARATOR_NAMES[others[0]]}, "
            f"expected {SEPARATOR_NAMES[separator]} between columns: save it with commas "
            "as .csv, or with tabs as .tsv"
        )


def _read_cells(path: Path, separator: str) -> pd.DataFrame:
    import pandas as pd

    try:
        if b"\0" in path.read_bytes():
            raise DataError(f"{path} holds zero bytes: it is not a text file")
        return pd.read_csv(
            path,
            sep=separator,
            header=None,
            dtype=str,
            na_filter=False,
            skip_blank_lines=False,
            encoding="utf-8-sig",
        )
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 at byte {error.start}: save it as UTF-8") from error
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{path} is empty: expected a header line and rows") from error
    except (pd.errors.ParserError, ValueError) as error:
        raise DataError(
            _ragged(path, separator) or f"{path}: is a quote left open? {error}"
        ) from error


def _ragged(path: Path, separator: str) -> str | None:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines, delimiter=separator)
        width, first_line = None, 1
        try:
            for row in reader:
                width = width or len(row)
                if len(row) > width:
                    return (
                        f"{path}: line {first_line} has {len(row)} cells, expected {width} as in "
                        "the header: quote cells that hold the separator"
                    )
                first_line = reader.line_num + 1
        except csv.Error:
            return None
    return None
