"""How a user wants the columns of a table to be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from evenfold.errors import UsageError
from evenfold.option_checks import check_choice
from evenfold.option_values import as_names

Missing = Literal["impute", "refuse"]
Preprocess = Literal["standard", "none"]


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
        ``impute`` fills missing cells in each fold; ``refuse`` does not accept them. None is
        ``impute``, but with ``preprocess="none"`` missing cells stay.
    preprocess
        ``standard`` prepares the features in each fold; ``none`` leaves them as they were read.
    sample_weight
        The column of the weights that rows have in training; it is no feature.
    sheet
        The sheet of an Excel file; None for the first one.

    Raises
    ------
    UsageError
        ``missing`` or ``preprocess`` is none of its values, or they exclude each other.
    """

    target: str
    positive: str | None = None
    group: str | None = None
    drop: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    ordinal: tuple[str, ...] = ()
    missing: Missing | None = None
    preprocess: Preprocess = "standard"
    sample_weight: str | None = None
    sheet: str | None = None

    def __post_init__(self) -> None:
        for name in ("drop", "categorical", "ordinal"):
            object.__setattr__(self, name, as_names(getattr(self, name)))
        check_choice("missing", self.missing, get_args(Missing))
        check_choice("preprocess", self.preprocess, get_args(Preprocess), optional=False)
        if self.preprocess == "none" and self.missing == "impute":
            raise UsageError(
                "missing='impute' cannot apply: preprocess='none' fills no cell; leave one out"
            )
