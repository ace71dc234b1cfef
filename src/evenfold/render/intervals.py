"""A picture of a race's intervals, drawn in text that any terminal can show."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from evenfold.stats.race_ratios import Estimate

WIDTH = 80
LONGEST_LABEL = 26
# Of the margin: how much is shown beyond it at least.
ROOM = 1.5
LEAST_ROOM = 0.002


def picture(names: Sequence[str], ratios: Sequence[Estimate], margin: float) -> str:
    """One line a ratio: ``[---o---]`` on a log scale, the margin dotted, 1 marked with ``|``.

    An end that is beyond the picture, or nowhere, is ``<`` or ``>``. At most 80 columns wide.
    """
    labels = [_shortened(name) for name in names]
    left = max(map(len, labels)) + 2
    width = WIDTH - left
    beyond = math.log1p(margin)
    ends = [math.log(v) for r in ratios for v in (r.estimate, r.low, r.high) if _drawable(v)]
    room = max(ROOM * beyond, LEAST_ROOM)
    low, high = min(-room, *ends), max(room, *ends)

    def column(log: float) -> int:
        return min(max(round((log - low) / (high - low) * (width - 1)), 0), width - 1)

    lines = [" " * left + _axis(width, column, beyond)]
    for label, ratio in zip(labels, ratios, strict=True):
        lines.append(label.ljust(left) + _line(width, column, beyond, ratio))
    return "\n".join(line.rstrip() for line in lines)


def _line(width: int, column: Callable[[float], int], beyond: float, ratio: Estimate) -> str:
    cells = [" "] * width
    for place in range(column(-beyond), column(beyond) + 1):
        cells[place] = "."
    first = column(math.log(ratio.low)) if _drawable(ratio.low) else 0
    last = column(math.log(ratio.high)) if _drawable(ratio.high) else width - 1
    if not math.isnan(ratio.low):
        cells[first : last + 1] = "-" * (last - first + 1)
        cells[first] = "[" if _drawable(ratio.low) else "<"
        cells[last] = "]" if _drawable(ratio.high) else ">"
    cells[column(0.0)] = "|"
    cells[column(math.log(ratio.estimate))] = "o"
    return "".join(cells)


def _axis(width: int, column: Callable[[float], int], beyond: float) -> str:
    """The numbers above the lines, each over its place, those that do not fit left out."""
    cells = [" "] * width
    texts = [(0.0, "1"), (-beyond, _number(-beyond)), (beyond, _number(beyond))]
    for log, text in texts:
        first = min(max(column(log) - len(text) // 2, 0), width - len(text))
        around = cells[max(first - 1, 0) : first + len(text) + 1]
        if not "".join(around).strip():
            cells[first : first + len(text)] = text
    for text, first in (("faster", 0), ("slower", width - len("slower"))):
        if not "".join(cells[max(first - 1, 0) : first + len(text) + 1]).strip():
            cells[first : first + len(text)] = text
    return "".join(cells)


def _number(log: float) -> str:
    return f"{math.exp(log):.4g}"


def _drawable(value: float) -> bool:
    return 0 < value < math.inf


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1] + "…"
