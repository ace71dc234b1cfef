"""How a user wants the columns of a table to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evenfold.data.preprocessing import Preprocess

Missing = Literal["impute", "refuse"]


@dataclass(frozen=True)
class TableOptions:
    """How to read the columns of a table.

    Parameters
    ----------
    target
        The column of labels.
    positive
        The label of the positive class; None for the last of two classes, and of more none.
    group
        The column whose equal values keep rows in the same part of every split.
    drop
        Columns to leave out.
    categorical
        Columns to read as categories, whatever their cells hold.
    ordinal
        Columns of ordered values: ``size=small,medium,large``, or a name where numbers or the type
        of the column give the order.
    missing
        ``impute`` fills missing cells in each fold; ``refuse`` does not accept them.
    preprocess
        ``standard`` prepares the features in each fold; ``none`` leaves them as they were read.
    """

    target: str
    positive: str | None = None
    group: str | None = None
    drop: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    ordinal: tuple[str, ...] = ()
    missing: Missing = "impute"
    preprocess: Preprocess = "standard"
