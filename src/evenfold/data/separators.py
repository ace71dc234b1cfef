"""Which character separates the columns of a text file."""

from __future__ import annotations

import csv
import io
from itertools import islice

import numpy as np

from evenfold.data.cell_values import number_styles, plain_number

SEPARATOR_NAMES = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
LINES_TRIED = 20


def find_separator(text: str, usual: str) -> str:
    """Return what separates the columns of a text.

    It splits the header and as many lines below it evenly as are looked at. Of several that do, it
    is the one with the largest share of numbers among the cells: ``1,5;2,5`` holds two numbers, of
    which commas make ``5;2``. Without any, it is the usual one if that splits the header.

    Parameters
    ----------
    text
        The first lines of a file, of which the first one is the header.
    usual
        What separates columns in files of this name.
    """
    rows = {sign: _rows(text, sign) for sign in {usual: 0, **SEPARATOR_NAMES}}
    widths = {sign: len(lines[0]) if lines else 0 for sign, lines in rows.items()}
    even = [sign for sign in rows if widths[sign] > 1 and _is_even(rows[sign])]
    if even:
        return max(even, key=lambda sign: _share_of_numbers(rows[sign]))
    return usual if widths[usual] > 1 else max(widths, key=lambda sign: widths[sign])


def _rows(text: str, separator: str) -> list[list[str]]:
    try:
        reader = csv.reader(io.StringIO(text), delimiter=separator)
        return list(islice((row for row in reader if row), LINES_TRIED + 1))
    except csv.Error:
        return []


def _is_even(rows: list[list[str]]) -> bool:
    return len(rows) > 1 and len({len(row) for row in rows}) == 1


def _share_of_numbers(rows: list[list[str]]) -> float:
    cells = [cell.strip() for row in rows[1:] for cell in row]
    return float(np.mean([_is_number(cell) for cell in cells]))


def _is_number(cell: str) -> bool:
    return not np.isnan(plain_number(cell)) or bool(number_styles([cell]))
