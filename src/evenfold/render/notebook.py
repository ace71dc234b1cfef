"""Tables as HTML for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from evenfold.render.cells import cell_text

if TYPE_CHECKING:
    import pandas as pd


def html_table(table: pd.DataFrame, caption: str, drawing: str = "") -> str:
    """A table, a drawing (SVG) and a caption as HTML; names from files are escaped."""
    # Notebooks and browsers align cells differently; here they align with their header.
    texts = [[cell_text(cell) for cell in row] for row in table.to_numpy().tolist()]
    named = table.from_records(texts, columns=list(table.columns))
    cells = named.to_html(index=False, border=0, justify="left")
    cells = cells.replace("<td>", '<td style="text-align: left;">')
    return f"{cells}{drawing}<p>{escape(caption)}</p>"
