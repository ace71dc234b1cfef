"""Tables as text: for a terminal, in Markdown, CSV or JSON."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from evenfold.render.cells import cell_text
from evenfold.render.media import escaped, for_csv
from evenfold.render.terminal import drawn

if TYPE_CHECKING:
    import pandas as pd

NULL = "\N{SYMBOL FOR NULL}"
FORMATS = ("table", "markdown", "csv", "json")


def write(table: pd.DataFrame, style: str, numbers: bool = True) -> str:
    """A table in one of ``FORMATS``; the columns after the first hold ``numbers``.

    ``table`` is drawn for the terminal.
    """
    from tabulate import tabulate

    if style == "table":
        return drawn(table, numbers)
    if style == "csv":
        return csv_text(_without_formulas(table)).rstrip("\n")
    if style == "json":
        return table.to_json(orient="records", indent=1, force_ascii=False)
    side = "right" if numbers else "left"
    rows = [[escaped(cell_text(value)) for value in row] for row in table.to_numpy().tolist()]
    return tabulate(
        rows,
        headers=[escaped(str(name)) for name in table.columns],
        tablefmt="pipe",
        disable_numparse=True,
        colalign=("left", *[side] * (len(table.columns) - 1)) if rows else None,
    )


def csv_text(table: pd.DataFrame, float_format: str | None = None) -> str:
    """Return a table as CSV without its index; where CSV cannot hold a zero byte, it is ``␀``.

    Parameters
    ----------
    table
        The table.
    float_format
        The format of numbers; None for all digits.
    """
    options: dict[str, Any] = {
        "index": False, "float_format": float_format, "lineterminator": "\n"
    }  # fmt: skip
    try:
        text: str = table.to_csv(**options)
    except csv.Error:  # Python before 3.11
        names = [str(name).replace("\0", NULL) for name in table.columns]
        table = table.set_axis(names, axis="columns").replace("\0", NULL, regex=True)
        text = table.to_csv(**options)
    if "\r" in text:  # which Python before 3.13 does not quote
        text = table.to_csv(**options, quoting=csv.QUOTE_NONNUMERIC)
    return text


def _without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts are no formulas of a spreadsheet; numbers stay as they are."""
    import pandas as pd
    from pandas.api.types import is_numeric_dtype

    # By position: names may occur twice.
    columns = (table.iloc[:, number] for number in range(len(table.columns)))
    cells = (
        column if is_numeric_dtype(column.dtype) else column.astype(object).map(for_csv)
        for column in columns
    )
    safe = pd.DataFrame(dict(enumerate(cells)), index=table.index)
    return safe.set_axis([for_csv(name) for name in table.columns], axis="columns")
