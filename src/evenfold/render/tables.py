"""Tables as text: for a terminal, in Markdown, CSV or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenfold.render.cells import cell_text
from evenfold.render.terminal import drawn

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("table", "markdown", "csv", "json")
UNSAFE = {"|": "\\|", "<": "&lt;", "\n": " "}


def write(table: pd.DataFrame, style: str, numbers: bool = True) -> str:
    """A table in one of ``FORMATS``; the columns after the first hold ``numbers``.

    ``table`` is drawn for the terminal.
    """
    from tabulate import tabulate

    if style == "table":
        return drawn(table, numbers)
    if style == "csv":
        return table.to_csv(index=False).rstrip("\n")
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


def escaped(text: str, style: str = "markdown") -> str:
    """A name out of a file: in markdown it must not become a column, or HTML."""
    if style != "markdown":
        return text
    return "".join(UNSAFE.get(letter, letter) for letter in text)
