"""Cells of tables: numbers as text, and a median with its range."""

from __future__ import annotations

import math
from dataclasses import dataclass

NONE = "–"
TIME_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))


@dataclass(frozen=True)
class MedianRange:
    """A median with a range around it, printed as ``3.85 [3.73, 4.62]``.

    Parameters
    ----------
    middle
        The median.
    low, high
        The ends of the range: least and most, or quartiles.
    digits
        Decimals to print; three significant digits where None, thousands where 0.
    path
        The inference path on which it was measured.
    """

    middle: float
    low: float
    high: float
    digits: int | None = None
    path: str | None = None

    def __str__(self) -> str:
        if not math.isfinite(self.middle):
            return NONE
        if self.digits == 0:
            return f"{self.middle:,.0f}"
        ends = [number(value, self.digits) for value in (self.low, self.high)]
        inside = ", ".join(ends) if self.low < self.high else NONE
        path = f" {self.path}" if self.path else ""
        return f"{number(self.middle, self.digits)} [{inside}]{path}"


def number(value: float, digits: int | None = None) -> str:
    """Format a number without powers of ten; one that is not finite is a dash.

    Parameters
    ----------
    value
        The number.
    digits
        Decimals to print; three significant digits where None.
    """
    if not math.isfinite(value):
        return NONE
    if digits is not None:
        return f"{value:.{digits}f}"
    if value == 0:
        return "0"
    decimals = 2 - math.floor(math.log10(abs(value)))
    rounded = float(f"{value:.2e}")
    # The largest numbers would be rounded up to infinity.
    return f"{rounded if math.isfinite(rounded) else value:,.{max(0, decimals)}f}"


def seconds_cell(seconds: float) -> str:
    """Return seconds with a unit that suits them: ``58.3 ms``."""
    scale, unit = next(((s, u) for s, u in TIME_UNITS if seconds >= s), TIME_UNITS[-1])
    return f"{number(seconds / scale)} {unit}"


def change_cell(before: float, after: float) -> str:
    """Return seconds before and after: ``48.3 → 83.1 ms``, or ``950 ms → 1.20 s``."""
    (number_before, unit), (number_after, unit_after) = (
        seconds_cell(seconds).split(" ") for seconds in (before, after)
    )
    first = number_before if unit == unit_after else f"{number_before} {unit}"
    return f"{first} → {number_after} {unit_after}"


def cell_text(value: object) -> str:
    """Return the text of a table's cell: a dash for what is missing or not finite."""
    is_missing = value is None or (isinstance(value, float) and not math.isfinite(value))
    return NONE if is_missing else str(value)


def signed(difference: float) -> str:
    """Return a difference with its sign and four digits; one that rounds to 0 is ``+0.0000``."""
    return f"{round(difference, 4) + 0.0:+.4f}"
