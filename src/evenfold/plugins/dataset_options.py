"""Which data a user names: options of the command line and of the Python API, quickly imported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from evenfold.data.table_names import is_data_file, table_name
from evenfold.data.table_options import Missing, Preprocess
from evenfold.errors import UsageError
from evenfold.option_checks import check_choice, check_column

if TYPE_CHECKING:
    import pandas as pd

BUILT_IN_NAMES = ("breast_cancer", "wine", "digits", "basic_motions")
# Made from a file that the user has.
FROM_FILE = ("wisdm",)
DEFAULT = "breast_cancer"
MISSING_CHOICES: tuple[Missing, ...] = get_args(Missing)
PREPROCESS_CHOICES: tuple[Preprocess, ...] = get_args(Preprocess)


@dataclass(frozen=True)
class DatasetOptions:
    """Which data to measure on, as the command line and the Python API name them.

    Parameters
    ----------
    dataset
        The name of a built-in dataset or of a plug-in, the path of a table (``.csv``, ``.tsv``,
        packed by gzip or not, ``.parquet``, Excel) or of series (``.npz``, ``.ts``), or, in Python,
        a DataFrame. Empty or None: the default.
    target
        The column of labels of a table or DataFrame.
    positive
        The label whose recall is the sensitivity.
    group
        The column of a table whose equal values keep rows in the same part of every split.
    data
        The file that a named dataset is made from, as that of ``wisdm``.
    datasets
        Folders of dataset plug-ins, beside those of the project.
    drop
        Columns of a table to leave out.
    categorical
        Columns of a table to read as categories.
    ordinal
        Columns of ordered values: ``size=small,medium,large``, or a name where numbers or the type
        of the column give the order.
    missing
        ``impute`` (default) fills missing cells in each fold, ``refuse`` does not accept them.
    preprocess
        ``standard`` (default) prepares the features of a table in each fold, ``none`` does not.
    sample_weight
        The column of the weights that rows of a table have in training. Scores are unweighted.
    sheet
        The sheet of an Excel file; None for the first one.
    name
        The name of the dataset in tables and files; None for its own.
    """

    dataset: str | pd.DataFrame = DEFAULT
    target: str | None = None
    positive: str | None = None
    group: str | None = None
    data: Path | None = None
    datasets: tuple[Path, ...] = ()
    drop: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    ordinal: tuple[str, ...] = ()
    missing: Missing | None = None
    preprocess: Preprocess | None = None
    sample_weight: str | None = None
    sheet: str | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        if self.dataset is None or (isinstance(self.dataset, str) and not self.dataset):
            object.__setattr__(self, "dataset", DEFAULT)
        for name in ("target", "group", "sample_weight"):
            check_column(name, getattr(self, name))
        check_choice("missing", self.missing, MISSING_CHOICES)
        check_choice("preprocess", self.preprocess, PREPROCESS_CHOICES)
        if self.preprocess == "none" and self.missing == "impute":
            raise UsageError(
                "--missing impute cannot apply: --preprocess none fills no cell; leave one out"
            )


def dataset_name(options: DatasetOptions) -> str:
    """Return the name that a dataset has in tables and files, without opening it."""
    if options.name is not None:
        return options.name
    source = options.dataset
    if not isinstance(source, str):
        return "frame"
    return table_name(Path(source)) if is_data_file(Path(source)) else source
