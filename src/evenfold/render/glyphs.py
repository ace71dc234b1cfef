"""Small drawings in the cells of a page's tables: a model's mark, and intervals on one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evenfold.render.theme import COLOURS, SHAPES

# Paths in a square from -6 to 6.
PATHS = {
    "circle": "M5 0A5 5 0 1 1-5 0A5 5 0 1 1 5 0Z",
    "square": "M-4.5-4.5H4.5V4.5H-4.5Z",
    "triangle-up": "M0-5.5L5.5 4.5H-5.5Z",
    "diamond": "M0-6L5 0L0 6L-5 0Z",
    "cross": "M-1.8-5.4H1.8V-1.8H5.4V1.8H1.8V5.4H-1.8V1.8H-5.4V-1.8H-1.8Z",
    "triangle-down": "M0 5.5L5.5-4.5H-5.5Z",
    "triangle-right": "M5.5 0L-4.5 5.5V-5.5Z",
}
WIDTH, HEIGHT, EDGE = 220, 18, 6  # of a drawn interval, in units of its drawing
LABEL_WIDTH = 40  # of a number on the axis


@dataclass(frozen=True)
class IntervalAxis:
    """The axis that all intervals of a column share.

    Parameters
    ----------
    low, high
        Its ends.
    line
        A value that is marked in every cell; NaN for none.
    """

    low: float
    high: float
    line: float = math.nan

    def place(self, value: float) -> float:
        """Return where a value is, in units of the drawing; at an edge if it is beyond the axis."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return round(EDGE + min(max(share, 0.0), 1.0) * (WIDTH - 2 * EDGE), 1)

    def holds(self, value: float) -> bool:
        """Return whether a value is on the axis."""
        return self.low <= value <= self.high


def mark(place: int) -> str:
    """Return the mark of the name at a place of ``NameStyles``, as SVG."""
    path, colour = PATHS[SHAPES[place % len(SHAPES)]], f"var(--model-{place % len(COLOURS)})"
    return (
        '<svg class="mark" viewBox="-6.5 -6.5 13 13" aria-hidden="true">'
        f'<path d="{path}" fill="{colour}"/></svg>'
    )


def drawn_interval(axis: IntervalAxis, low: float, middle: float, high: float, place: int) -> str:
    """Return an interval on its axis with the mark of a name, as SVG; a dash if it is off scale.

    Parameters
    ----------
    axis
        The axis of the column.
    low, middle, high
        The interval and the estimate in it; ends that are not finite are not drawn.
    place
        The place of the name in ``NameStyles``.
    """
    y = HEIGHT / 2
    parts = []
    if math.isfinite(axis.line):
        x = axis.place(axis.line)
        parts.append(f'<line class="line" x1="{x}" x2="{x}" y1="0" y2="{HEIGHT}"/>')
    if math.isfinite(middle) and axis.holds(middle):
        colour = f"var(--model-{place % len(COLOURS)})"
        if math.isfinite(low) and math.isfinite(high):
            ends = f'x1="{axis.place(low)}" x2="{axis.place(high)}"'
            parts.append(f'<line {ends} y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2"/>')
        path = PATHS[SHAPES[place % len(SHAPES)]]
        parts.append(
            f'<path d="{path}" transform="translate({axis.place(middle)} {y})" fill="{colour}"/>'
        )
    return _svg("interval", HEIGHT, parts)


def drawn_axis(axis: IntervalAxis, digits: int) -> str:
    """Return the numbers at both ends of an axis and at its line, as SVG."""
    texts = [(axis.low, "start"), (axis.high, "end")]
    middle = axis.place(axis.line) if math.isfinite(axis.line) else EDGE
    if EDGE + LABEL_WIDTH < middle - LABEL_WIDTH / 2 and middle + LABEL_WIDTH / 2 < (
        WIDTH - EDGE - LABEL_WIDTH
    ):
        texts.append((axis.line, "middle"))
    labels = [
        f'<text class="at-{anchor}" x="{axis.place(value)}" y="12">{value:.{digits}f}</text>'
        for value, anchor in texts
    ]
    return _svg("axis", HEIGHT, labels)


def _svg(name: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg class="{name}" viewBox="0 0 {WIDTH} {height}" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )
