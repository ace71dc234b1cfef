"""Cells of a column, written as text, as numbers or truth values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evenfold.data.labels import MISSING

Floats = NDArray[np.float64]
# Which character is between whole and decimals: the other one separates thousands.
NumberStyle = Literal["point", "comma"]
NUMBER_STYLES: dict[NumberStyle, re.Pattern[str]] = {
    "point": re.compile(r"[+-]?([1-9]\d{0,2}(,\d{3})+|\d+)(\.\d*)?([eE][+-]?\d+)?"),
    "comma": re.compile(r"[+-]?([1-9]\d{0,2}(\.\d{3})+|\d+)(,\d*)?([eE][+-]?\d+)?"),
}
# A space or an apostrophe between digits, of which three or six or ... follow.
THIN_SEPARATORS = re.compile("(?<=\\d)[ \u00a0\u2009\u202f'\u2019](?=(\\d{3})+(?!\\d))")
# A currency or percent sign before or after a number, which parentheses make negative.
SIGNS = "[$€£¥%]"
AMOUNT = r"(?P<number>[+-]?\d[\d.,' \u00a0\u202f\u2019]*?)"
WITH_UNIT = re.compile(
    rf"(?P<open>\()?(?P<minus>-)?\s?(?P<front>{SIGNS})?\s?{AMOUNT}\s?(?P<back>{SIGNS})?(?P<close>\))?"
)
TRUTH = ({"true": 1.0, "false": 0.0}, {"yes": 1.0, "no": 0.0})
PADDED = re.compile("0[0-9]+")
LONGEST_MISSING = max(map(len, MISSING))


@dataclass(frozen=True, eq=False)
class TextCells:
    """The cells of a column: each row's value by its number, and the different values.

    Parameters
    ----------
    codes
        The index into ``values`` of each row, or -1 where the cell is missing, ``(rows,)``.
    values
        The different values, without blanks at the ends; none is missing.
    written
        The different texts of cells that are not missing, as they are written.
    """

    codes: NDArray[np.int64]
    values: tuple[str, ...]
    written: tuple[str, ...] = ()

    @classmethod
    def of(cls, cells: Sequence[str] | NDArray[np.object_]) -> TextCells:
        """Number the values of cells. Words for a missing value, such as ``NA``, are missing."""
        import pandas as pd

        numbers, written = pd.factorize(np.asarray(cells, dtype=object))
        order: dict[str, int] = {}
        new = [_number(order, cell.strip()) for cell in written]
        present = tuple(cell for cell, number in zip(written, new, strict=True) if number >= 0)
        return cls(np.array(new, dtype=np.int64)[numbers], tuple(order), present)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Whether each cell is missing, ``(rows,)``."""
        return self.codes < 0

    def spread(self, by_value: Floats) -> Floats:
        """Return the number of each row from that of each value; NaN where the cell is missing."""
        return np.append(by_value, np.nan)[self.codes]

    def first(self, bad: NDArray[np.bool_]) -> int:
        """Return the first row whose value is one of the bad ones."""
        return int(np.argmax(np.append(bad, False)[self.codes]))

    @cached_property
    def numbers(self) -> Floats:
        """Each value as a number that Python reads, NaN where it is none."""
        return np.array([plain_number(value) for value in self.values], dtype=np.float64)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """The rows of each value."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))


def missing_cells(cells: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Return which cells are a word for a missing value, ``(rows,)``."""
    found = [len(cell) <= LONGEST_MISSING and cell.strip().lower() in MISSING for cell in cells]
    return np.array(found, dtype=bool)


def _number(order: dict[str, int], value: str) -> int:
    if len(value) <= LONGEST_MISSING and value.lower() in MISSING:
        return -1
    return order.setdefault(value, len(order))


def plain_number(text: str) -> float:
    """Return a number with a decimal point, NaN for other text."""
    # Not pandas.to_numeric: in some versions it is off in the last digits of long numbers.
    try:
        return float("nan" if "_" in text else text)
    except ValueError:
        return float("nan")


def truth_values(values: Sequence[str]) -> Floats | None:
    """Return 1 and 0 of true and false, or of yes and no, in any case; None of other values."""
    small = [value.lower() for value in values]
    for words in TRUTH:
        if small and all(value in words for value in small):
            return np.array([words[value] for value in small])
    return None


def number_styles(values: Sequence[str]) -> dict[NumberStyle, Floats]:
    """Return the numbers that values are in each style in which all of them can be read.

    In the style ``point``, 1,234.5 is a number, in the style ``comma`` 1.234,5. In both, blanks and
    apostrophes separate thousands.
    """
    values = [THIN_SEPARATORS.sub("", value) for value in values]
    return {
        style: np.array([_styled_number(value, style) for value in values])
        for style, pattern in NUMBER_STYLES.items()
        if values and all(map(pattern.fullmatch, values))
    }


def _styled_number(value: str, style: NumberStyle) -> float:
    if style == "comma":
        value = value.translate({ord("."): None, ord(","): "."})
    return float(value.replace(",", ""))


def without_unit(values: Sequence[str]) -> tuple[tuple[str, ...], str] | None:
    """Return values without the sign of a currency or a percent sign that each has, and the sign.

    Numbers in parentheses are negative, as accountants write them. None if a value is another one,
    or has another sign.
    """
    matches = [WITH_UNIT.fullmatch(value) for value in values]
    numbers, units = [], set()
    for match in matches:
        if match is None or (match["open"] is None) != (match["close"] is None):
            return None
        if match["front"] and match["back"]:
            return None
        units.add(match["front"] or match["back"] or "")
        is_negative = bool(match["open"] or match["minus"])
        numbers.append(f"-{match['number'].lstrip('+')}" if is_negative else match["number"])
    if len(units) != 1 or any(number.startswith("--") for number in numbers):
        return None
    return tuple(numbers), units.pop()


def padded_number(cells: Iterable[object]) -> str:
    """Return the first whole number with leading zeros, such as 00501; empty without any."""
    return next((text for cell in cells if PADDED.fullmatch(text := str(cell).strip())), "")
