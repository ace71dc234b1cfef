"""Names of files of tables and series: the endings that are read, and the name of the data."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SEPARATORS: Final = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
TEXT_SUFFIXES: Final = (*SEPARATORS, *(f"{suffix}.gz" for suffix in SEPARATORS))
EXCEL_SUFFIXES: Final = (".xlsx", ".xls")
PARQUET_SUFFIXES: Final = (".parquet", ".pq")
SUFFIXES: Final = (*TEXT_SUFFIXES, *PARQUET_SUFFIXES, *EXCEL_SUFFIXES)
SERIES_SUFFIXES: Final = (".npz", ".ts")


def table_suffix(path: Path) -> str | None:
    """Return the end of a table's file name, such as ``.csv.gz``; None of another file."""
    name = path.name.lower()
    return next((suffix for suffix in SUFFIXES if name.endswith(suffix)), None)


def table_name(path: Path) -> str:
    """Return the name of the dataset in a file of a table or of series."""
    suffix = table_suffix(path)
    if suffix is None:
        return path.stem
    return path.name[: -len(suffix)] or path.name.strip(".")


def is_data_file(path: Path) -> bool:
    """Return whether a file's name is that of a table or of series."""
    return table_suffix(path) is not None or path.suffix.lower() in SERIES_SUFFIXES
