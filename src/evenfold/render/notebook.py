"""Tables as HTML for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def html_table(table: pd.DataFrame, caption: str, drawing: str = "") -> str:
    """A table, a drawing (SVG) and a caption as HTML; names from files are escaped."""
    # Notebooks and browsers align cells differently; here they align with their header.
    cells = table.to_html(index=False, border=0, justify="left")
    cells = cells.replace("<td>", '<td style="text-align: left;">')
    return f"{cells}{drawing}<p>{escape(caption)}</p>"
