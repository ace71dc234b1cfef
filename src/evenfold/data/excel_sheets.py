"""A sheet of an Excel file as a DataFrame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenfold.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Sheet:
    """A sheet that was read.

    Parameters
    ----------
    frame
        The rows below the names of the columns.
    name
        Its name.
    others
        The names of the other sheets.
    first_row
        The number of the first of its rows in Excel.
    """

    frame: pd.DataFrame
    name: str
    others: tuple[str, ...]
    first_row: int


def read_sheet(path: Path, name: str | None = None) -> Sheet:
    """Read the rows of a sheet; its first row that is not blank has the names of the columns.

    As in CSV, a name may be missing or occur twice, and the text NA is a text.

    Parameters
    ----------
    path
        The file.
    name
        The name of the sheet; None for the first one.

    Raises
    ------
    DataError
        The file has no such sheet, or the sheet is empty.
    """
    import pandas as pd

    with pd.ExcelFile(path) as file:
        names = [str(each) for each in file.sheet_names]
        chosen = names[0] if name is None else name
        if chosen not in names:
            known = ", ".join(map(repr, names))
            raise DataError(
                f"{path}: there is no sheet {chosen!r}: there are {known}"
                f"{did_you_mean(chosen, names)}"
            )
        # As objects: numbers below an empty cell would be floats, and 1 the text 1.0.
        cells = file.parse(chosen, header=None, dtype=object, keep_default_na=False, na_values=[""])
    blank = cells.isna().all(axis=1).to_numpy(bool)
    if blank.all():
        raise DataError(f"{path} is empty: expected a row of names and rows below it")
    top = int(blank.argmin())
    below = cells.iloc[top + 1 :]
    frame = pd.DataFrame({n: _column(below.iloc[:, n]) for n in range(cells.shape[1])})
    frame.columns = pd.Index(["" if pd.isna(name) else str(name) for name in cells.iloc[top]])
    return Sheet(frame, chosen, tuple(each for each in names if each != chosen), top + 2)


def _column(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return cells with the type of dates where all are dates, and else as they are."""
    typed = cells.infer_objects()
    return typed if typed.dtype.kind == "M" else cells.astype(object)
