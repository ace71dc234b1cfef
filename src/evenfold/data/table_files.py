"""A user's table in a file of any kind that pandas reads here."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from evenfold.data.columns import some_names
from evenfold.data.csv_files import read_csv_columns
from evenfold.data.datasets import Dataset
from evenfold.data.excel_sheets import read_sheet
from evenfold.data.frames import FrameSource, from_frame
from evenfold.data.intake import make_dataset
from evenfold.data.regular_files import require_regular
from evenfold.data.table_names import (
    EXCEL_SUFFIXES,
    SUFFIXES,
    TEXT_SUFFIXES,
    table_name,
    table_suffix,
)
from evenfold.data.table_options import Missing, Preprocess, TableOptions
from evenfold.errors import DataError
from evenfold.files.path_names import similar_path
from evenfold.option_values import Names, as_names

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
# Older versions run code that a file can hold: CVE-2023-47248.
SAFE_PYARROW = (14, 0, 1)


def read_table(
    path: Path | str,
    target: str,
    positive: str | None = None,
    group: str | None = None,
    *,
    drop: Names = (),
    categorical: Names = (),
    ordinal: Names = (),
    missing: Missing | None = TableOptions.missing,
    preprocess: Preprocess = TableOptions.preprocess,
    sample_weight: str | None = TableOptions.sample_weight,
    sheet: str | None = TableOptions.sheet,
) -> Dataset:
    """Read a table from a file.

    Parameters
    ----------
    path
        The file, as of ``open_table``.
    target, positive, group, drop, categorical, ordinal, missing, preprocess, sample_weight, sheet
        How to read its columns, as of ``TableOptions``.

    Returns
    -------
    Dataset
        Named like the file; ``x`` of shape ``(rows, features)``.

    Raises
    ------
    DataError
        The file, a column or a cell cannot be used. The message names file, line and column.
    UsageError
        An option has none of its values.
    """
    lists = as_names(drop), as_names(categorical), as_names(ordinal)
    options = TableOptions(
        target, positive, group, *lists, missing, preprocess, sample_weight, sheet
    )
    return open_table(Path(path), options)


def open_table(path: Path, options: TableOptions) -> Dataset:
    """Read a table from a file.

    Parameters
    ----------
    path
        A ``.csv`` (commas) or ``.tsv`` (tabs) file with a header line, packed by gzip or not, a
        ``.parquet`` file, or a sheet of an Excel file.
    options
        How to read its columns.

    Returns
    -------
    Dataset
        Named like the file; ``x`` of shape ``(rows, features)``.

    Raises
    ------
    DataError
        The file, a column or a cell cannot be used. The message names file, line and column.
    """
    suffix = table_suffix(path)
    if suffix is None:
        raise DataError(
            f"{path}: the name must end in one of {', '.join(SUFFIXES)}: save it as CSV"
        )
    name = table_name(path)
    if suffix in TEXT_SUFFIXES:
        return make_dataset(read_csv_columns(path, _needed_as_text(options)), name, options)
    if suffix in EXCEL_SUFFIXES:
        return _from_sheet(path, suffix, name, options)
    frame = _read(path, suffix, lambda: _read_parquet(path))
    return from_frame(frame, options, name, FrameSource(str(path), 0, True))


def column_names(path: Path, sheet: str | None = None) -> str:
    """Return the names of a table's columns in one text; empty if they cannot be read.

    Parameters
    ----------
    path, sheet
        The file, and the sheet of an Excel file.
    """
    suffix = table_suffix(path)
    try:
        if suffix in TEXT_SUFFIXES:
            return some_names(read_csv_columns(path).names)
        if suffix in EXCEL_SUFFIXES:
            read = _read(path, suffix, lambda: read_sheet(path, sheet))
            hint = f"; {_hint(read.others)}" if read.others and sheet is None else ""
            return some_names([*read.frame.columns]) + hint
        return some_names([*map(str, _read(path, suffix or "", lambda: _read_parquet(path)))])
    except DataError:
        return ""


def _from_sheet(path: Path, suffix: str, name: str, options: TableOptions) -> Dataset:
    """Read a sheet, which messages name if there are several."""
    read = _read(path, suffix, lambda: read_sheet(path, options.sheet))
    which = f", sheet {read.name!r}" if read.others else ""
    source = FrameSource(f"{path}{which}", read.first_row, True)
    needs_hint = bool(read.others) and options.sheet is None
    try:
        dataset = from_frame(read.frame, options, name, source)
    except DataError as error:
        if not needs_hint:
            raise
        raise DataError(f"{error}\n  {_hint(read.others)}") from error
    if not needs_hint:
        return dataset
    return replace(dataset, notes=(f"{source.name}: {_hint(read.others)}", *dataset.notes))


def _hint(others: Sequence[str]) -> str:
    names = ", ".join(map(repr, others))
    return f"the file has other sheets: {names}; --sheet NAME reads one of them"


def _needed_as_text(options: TableOptions) -> list[str]:
    """Return the names of columns that are not read as numbers, whatever they hold."""
    named = [*options.categorical, *options.ordinal]
    parts = [part.strip() for text in named for part in (*text.split(","), text.partition("=")[0])]
    return [options.target, options.group or "", *named, *parts]


def _read(path: Path, suffix: str, read: Callable[[], T]) -> T:
    """Return what a function of pandas reads, with a message for whatever it raises."""
    require_regular(path)
    try:
        return read()
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file{similar_path(path)}") from error
    except ImportError as error:
        package = {".xlsx": "openpyxl", ".xls": "xlrd"}.get(suffix, "pyarrow")
        raise DataError(
            f"{path}: pandas needs another package to read it: install it with pip install "
            f"{package}, or save the table as CSV"
        ) from error
    # Each library that pandas reads with raises what it likes of a damaged file.
    except Exception as error:
        lines = str(error).splitlines() or [type(error).__name__]
        reason = lines[0].rstrip(".")
        raise DataError(f"{path} cannot be read: {reason}. Save the table as .csv") from error


def _read_parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        found = version("pyarrow")
    except PackageNotFoundError:  # pandas then names the package, or reads with another one
        return pd.read_parquet(path)
    if tuple(int(part) for part in re.findall(r"\d+", found)[:3]) < SAFE_PYARROW:
        safe = ".".join(map(str, SAFE_PYARROW))
        raise DataError(
            f"{path}: pyarrow {found} can run code that a Parquet file holds "
            f"(CVE-2023-47248): install a newer one with pip install 'pyarrow>={safe}', or save "
            "the table as CSV"
        )
    return pd.read_parquet(path)
