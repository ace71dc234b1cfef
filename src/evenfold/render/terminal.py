"""A table drawn for a terminal: as wide as it is, with verdicts in colour."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from io import StringIO
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, Literal

from evenfold.render.cells import cell_text
from evenfold.render.media import COLOUR, visible
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

LEAST_WIDTH = 20
GAP = 2  # columns of a terminal between two of a table
STYLES = {
    BETTER: "bold green",
    FASTER: "bold green",
    WORSE: "bold red",
    SLOWER: "bold red",
    NOT_WORSE: "green",
    NOT_SLOWER: "green",
    NOT_BETTER: "red",
    NOT_FASTER: "red",
    UNDECIDED: "dim",
}


def drawn(table: pd.DataFrame, numbers: bool) -> str:
    """The table in the width of the terminal; columns without room are below, by the first again.

    The columns after the first hold ``numbers``. Only a cell for which a line is too short is
    folded. Colours are left out where a terminal has none, or NO_COLOR is set; ``for_terminal``
    writes them.
    """
    from rich.console import Console

    width = max(get_terminal_size().columns, LEAST_WIDTH)
    console = Console(file=StringIO(), force_terminal=True, width=width)
    cells = [[visible(cell_text(cell)) for cell in row] for row in table.to_numpy().tolist()]
    names = [visible(str(name)) for name in table.columns]
    with console.capture() as text:
        for place, group in enumerate(_groups(names, cells, width)):
            console.print(*[""] * (place > 0), _drawn(group, names, cells, numbers), sep="\n")
    return "\n".join(line.rstrip() for line in text.get().splitlines()).replace("\x1b[", COLOUR)


def _groups(
    names: Sequence[str], cells: Sequence[Sequence[str]], width: int
) -> Iterator[list[int]]:
    """Numbers of the columns that have room side by side, the first in every group."""
    from rich.cells import cell_len

    if not names:
        return
    wide = [max(map(cell_len, column)) for column in zip(names, *cells, strict=True)]
    group, used = [0], wide[0]
    for number in range(1, len(names)):
        if len(group) > 1 and used + GAP + wide[number] > width:
            yield group
            group, used = [0], wide[0]
        group.append(number)
        used += GAP + wide[number]
    yield group


def _drawn(
    group: Sequence[int], names: Sequence[str], cells: Sequence[Sequence[str]], numbers: bool
) -> Any:
    from rich.box import ASCII2, SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    box = SIMPLE_HEAD if (sys.stdout.encoding or "").lower().startswith("utf") else ASCII2
    found = Table(box=box, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    for number in group:
        side: Literal["left", "right"] = "right" if numbers and number else "left"
        found.add_column(Text(names[number]), justify=side, overflow="fold")
    for row in cells:
        found.add_row(*(Text(row[n], _style(names[n], row[n])) for n in group))
    return found


def _style(column: str, cell: str) -> str:
    if "verdict" not in column:
        return ""
    return next((style for word, style in STYLES.items() if cell.startswith(word)), "")
