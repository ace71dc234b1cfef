"""A user's own DataFrame as a dataset: checked as a file of it would be."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.data.datasets import Dataset
from evenfold.data.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

NAME = "frame"


def from_frame(
    frame: pd.DataFrame,
    target: str,
    positive: str | None = None,
    group: str | None = None,
    name: str = NAME,
) -> Dataset:
    """The dataset in a frame's columns; its index is left out.

    Columns, classes and groups are those of ``read_table``, to the last digit of every number.
    Raises DataError, naming line (the header is line 1) and column, for what cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="evenfold-") as folder:
        file = Path(folder) / f"{NAME}.csv"
        frame.to_csv(file, index=False)
        return replace(read_table(file, target, positive, group), name=name)
