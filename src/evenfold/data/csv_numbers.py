"""Columns of numbers in a text file, read without a text for each cell."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evenfold.data.cell_values import plain_number

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_ROWS = 200


@dataclass(frozen=True)
class TextFormat:
    """How a text file is written.

    Parameters
    ----------
    path
        The file, packed by gzip where its name ends in ``.gz``.
    separator
        What is between columns.
    encoding
        The encoding of its characters.
    """

    path: Path
    separator: str
    encoding: str

    def read_cells(self, **options: object) -> pd.DataFrame:
        """Return the rows of the file, of which no text is missing, blank lines too.

        Raises
        ------
        ValueError
            Rows cannot be told apart, or a column is not of the type that ``options`` has for it.
        """
        import pandas as pd

        given: dict[str, object] = {
            "header": None,
            "dtype": object,
            "na_filter": False,
            "low_memory": False,
            **options,
        }
        with warnings.catch_warnings():
            # Of a row that is longer than the first one, whose cells would be an index.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            cells: pd.DataFrame = pd.read_csv(
                self.path,
                sep=self.separator,
                encoding=self.encoding,
                skip_blank_lines=False,
                **given,  # type: ignore[call-overload]
            )
        return cells


def read_numbers(file: TextFormat, as_text: frozenset[str]) -> pd.DataFrame | None:
    """Return the rows below the header with float64 columns where each cell is a number or empty.

    Other columns are text. None if this cannot be done: a column turns out to hold other cells.

    Parameters
    ----------
    file
        The file.
    as_text
        Names of columns of which the text is needed.
    """
    import pandas as pd

    try:
        sample = file.read_cells(nrows=SAMPLE_ROWS)
        numbers = [
            n
            for n in range(sample.shape[1])
            if str(sample.iloc[0, n]).strip() not in as_text
            and _are_numbers(list(sample.iloc[1:, n]))
        ]
        if not numbers or any("\n" in str(cell) for cell in sample.iloc[0]):
            return None
        body = file.read_cells(
            skiprows=1,
            dtype={n: np.float64 if n in numbers else object for n in range(sample.shape[1])},
            na_filter=True,
            keep_default_na=False,
            na_values={n: [""] for n in numbers},
            float_precision="round_trip",
        )
    except (ValueError, pd.errors.ParserError, pd.errors.ParserWarning, csv.Error):
        return None
    body.index += 1
    return body if body.shape[1] == sample.shape[1] else None


def _are_numbers(cells: Sequence[str]) -> bool:
    present = [cell for cell in cells if cell]
    return bool(present) and bool(np.isfinite([plain_number(cell) for cell in present]).all())
