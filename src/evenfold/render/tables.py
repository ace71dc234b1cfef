"""The bench table, model x (scores, size, times), and how every table is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenfold.render.cells import FIGURES, NONE, figures, labels
from evenfold.render.terminal import drawn

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("model", *FIGURES)
CAPTION = """\
Scores and fit: median [least, most] of the rounds, a seed each, on one split: ranges, not
confidence intervals; [–] where all rounds agree or there was one. One-row latency and rows/s
(at 1,024 rows): median [quartiles] on the fastest path that gave the same probabilities as
predict. Times are of here and now: they say nothing of another machine or day."""
FORMATS = ("table", "markdown", "csv", "json")
UNSAFE = {"|": "\\|", "<": "&lt;", "\n": " "}


def bench_table(benchmarks: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a model and device, all cells text; a cell that was not measured is ``–``.

    ``benchmarks`` is the list of that name in a bench.json.
    """
    import pandas as pd

    found = figures(benchmarks)
    names = labels(found)
    rows = [
        (names[contender], *(str(told.get(name, NONE)) for name in FIGURES))
        for contender, told in found.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


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
    rows = [[escaped(str(value)) for value in row] for row in table.to_numpy().tolist()]
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
