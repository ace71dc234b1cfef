"""Tables as HTML for notebooks: verdicts in colour, and intervals drawn beside their numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from evenfold.render.cells import cell_text
from evenfold.render.media import for_html
from evenfold.stats.verdicts import (
    BETTER,
    FASTER,
    NOT_BETTER,
    NOT_FASTER,
    NOT_SLOWER,
    NOT_WORSE,
    SLOWER,
    UNDECIDED,
    WORSE,
)

if TYPE_CHECKING:
    import pandas as pd

# The ends of an interval and the estimate in it: low, estimate, high.
DrawnInterval: TypeAlias = tuple[float, float, float]
WIDTH, HEIGHT, MARGIN = 160, 14, 4  # pixels
CELL = "text-align: left;"
# The text keeps the page's colour: no coloured text is readable on light and on dark pages.
GOOD, BAD = "0, 158, 115", "213, 94, 0"
STYLES = {
    **dict.fromkeys((BETTER, FASTER), f"background: rgba({GOOD}, 0.3); font-weight: bold;"),
    **dict.fromkeys((WORSE, SLOWER), f"background: rgba({BAD}, 0.3); font-weight: bold;"),
    **dict.fromkeys((NOT_WORSE, NOT_SLOWER), f"background: rgba({GOOD}, 0.15);"),
    **dict.fromkeys((NOT_BETTER, NOT_FASTER), f"background: rgba({BAD}, 0.15);"),
    UNDECIDED: "opacity: 0.65;",
}


def html_table(
    table: pd.DataFrame,
    caption: str,
    drawing: str = "",
    conclusion: str = "",
    intervals: Mapping[str, Sequence[DrawnInterval]] = MappingProxyType({}),
    verdicts: Sequence[str] = (),
) -> str:
    """Return a table with a drawing (SVG) and sentences around it; names from files are escaped.

    Parameters
    ----------
    table
        The table; all cells are shown as text.
    caption
        Lines below it.
    drawing
        An SVG below the table, before the caption.
    conclusion
        A sentence above it.
    intervals
        By name of a column, an interval for each row, which is drawn in a column after that one.
        Those of a column share an axis.
    verdicts
        Columns of verdicts, beside those that have the word in their names.
    """
    drawn = {name: _draw(of_column) for name, of_column in intervals.items()}
    head = "".join(
        _cell("th", for_html(str(name))) + (_cell("th", "") if name in drawn else "")
        for name in table.columns
    )
    rows = "\n".join(
        f"<tr>{_row(list(table.columns), row, drawn, number, verdicts)}</tr>"
        for number, row in enumerate(table.to_numpy().tolist())
    )
    first = f"<p><b>{for_html(conclusion)}</b></p>" if conclusion else ""
    lines = "<br>".join(map(for_html, caption.split("\n")))
    body = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    return f"{first}{body}{drawing}<p>{lines}</p>"


def _row(
    names: Sequence[object],
    row: Sequence[object],
    drawn: Mapping[str, Sequence[str]],
    number: int,
    verdicts: Sequence[str],
) -> str:
    cells = ""
    for name, value in zip(names, row, strict=True):
        text = cell_text(value)
        cells += _cell("td", for_html(text), _style(str(name), text, verdicts))
        if name in drawn:
            cells += _cell("td", drawn[str(name)][number])
    return cells


def _cell(kind: str, content: str, style: str = "") -> str:
    # Notebooks and browsers align cells differently; here they align with their header.
    return f'<{kind} style="{CELL}{f" {style}" if style else ""}">{content}</{kind}>'


def _style(column: str, text: str, verdicts: Sequence[str]) -> str:
    if "verdict" not in column and column not in verdicts:
        return ""
    return next((style for word, style in STYLES.items() if text.startswith(word)), "")


def _draw(intervals: Sequence[DrawnInterval]) -> list[str]:
    """Draw each interval as a line with a dot, on the axis that holds all of them."""
    values = [value for each in intervals for value in each if math.isfinite(value)]
    low, high = min(values, default=0.0), max(values, default=1.0)
    scale = (WIDTH - 2 * MARGIN) / (high - low) if high > low else 0.0

    def place(value: float) -> float:
        return round(MARGIN + (value - low) * scale, 1)

    finite = [[value for value in each if math.isfinite(value)] for each in intervals]
    return [_picture([place(value) for value in each]) for each in finite]


def _picture(places: Sequence[float]) -> str:
    """An SVG of an interval by the places of its ends and its middle, of its middle, or empty."""
    if not places:
        return ""
    middle, y = places[len(places) // 2], HEIGHT / 2
    line = (
        f'<line x1="{places[0]}" x2="{places[-1]}" y1="{y}" y2="{y}" stroke="currentColor"/>'
        if len(places) == 3
        else ""
    )
    dot = f'<circle cx="{middle}" cy="{y}" r="3" fill="currentColor"/>'
    return f'<svg width="{WIDTH}" height="{HEIGHT}" role="img">{line}{dot}</svg>'
