"""A user's own table, read with pandas and checked cell by cell."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evenfold.data.datasets import Dataset
from evenfold.data.labels import encode, positive_index
from evenfold.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
SEPARATOR_NAMES = {",": "a comma", "\t": "a tab", ";": "a semicolon", "|": "a bar"}
MOST_NAMED = 12
MISSING = {"", "na", "n/a", "nan", "null", "none", "?"}


def read_table(
    path: Path, target: str, positive: str | None = None, group: str | None = None
) -> Dataset:
    """The dataset in a ``.csv`` (comma) or ``.tsv`` (tab) file with a header line.

    Every column but ``target`` and ``group`` is a feature and must hold finite numbers. Classes
    are sorted, as numbers where every label is one. ``positive`` is by default the last of two
    classes. Rows that share a value of ``group`` stay together in every split.

    Raises DataError, naming file, column and line, for what cannot be used.
    """
    table = _Table(path)
    labels = table.text(target, "target")
    features = [name for name in table.names if name not in (target, group)]
    groups = None
    if group is not None:
        if group == target:
            raise DataError(f"{path}: column {group!r} cannot be both target and group")
        groups = np.array(table.text(group, "group"))
    if not features:
        raise DataError(f"{path}: no column is left to be a feature beside {target!r}")
    columns = [table.numbers(name) for name in features]
    y, classes = encode(labels)
    if len(classes) < 2:
        raise DataError(
            f"{path}: every row of column {target!r} is {classes[0]!r}; a classifier needs at "
            "least two classes: is this the right target column?"
        )
    return Dataset(
        name=path.stem,
        x=np.column_stack(columns),
        y=y,
        feature_names=tuple(features),
        class_names=classes,
        positive=positive_index(path, classes, positive),
        groups=groups,
    )


class _Table:
    """Cells as stripped text under unique names, and the file's line of each row."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.separator = SEPARATORS.get(path.suffix.lower(), "")
        if not self.separator:
            known = ", ".join(SEPARATORS)
            raise DataError(f"{path}: the name must end in one of {known}: save it as CSV")
        cells = _read_cells(path, self.separator)
        self.names = [str(name).strip() for name in cells.iloc[0]]
        self._check_names()
        self._all = cells
        filled = (cells.iloc[1:].apply(lambda column: column.str.strip()) != "").any(axis=1)
        self.cells = cells.iloc[1:][filled]
        if not len(self.cells):
            raise DataError(f"{path}: there is a header, but no rows below it")

    def _check_names(self) -> None:
        other = [s for s in SEPARATOR_NAMES if s != self.separator and s in self.names[0]]
        if len(self.names) == 1 and other:
            raise DataError(
                f"{self.path}: line 1 is one column and holds {SEPARATOR_NAMES[other[0]]}, "
                f"expected {SEPARATOR_NAMES[self.separator]} between columns: save it with commas "
                "as .csv, or with tabs as .tsv"
            )
        for number, name in enumerate(self.names, 1):
            if not name:
                raise DataError(f"{self.path}: line 1, column {number} has no name: give it one")
            if self.names.count(name) > 1:
                raise DataError(
                    f"{self.path}: line 1 names column {name!r} {self.names.count(name)} times: "
                    "rename or remove the others"
                )

    def text(self, name: str, role: str) -> list[str]:
        """A column's cells as text, none missing."""
        if name not in self.names:
            lower = {known.lower(): known for known in self.names}
            near = [lower[n] for n in difflib.get_close_matches(name.lower(), lower, 1)]
            hint = f"did you mean {near[0]!r}?" if near else f"there are {_some(self.names)}"
            raise DataError(f"{self.path}: there is no {role} column {name!r}: {hint}")
        column = self.cells.iloc[:, self.names.index(name)].str.strip()
        missing = column.str.lower().isin(MISSING).to_numpy()
        self._refuse(missing, name, column, "expected a value", "fill it or remove the row")
        return [str(cell) for cell in column]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column's cells as finite float64."""
        import pandas as pd

        text = pd.Series(self.text(name, "feature"), index=self.cells.index)
        values = np.array([_number(cell) for cell in text], dtype=np.float64)
        wrong = np.isnan(values)
        comma = bool(wrong.any()) and "," in text[wrong].iloc[0]
        advice = "write decimals with a point" if comma else "encode it as numbers or remove it"
        self._refuse(wrong, name, text, "expected a number", advice)
        infinite = np.isinf(values)
        self._refuse(infinite, name, text, "expected a finite number", "correct or remove the row")
        return values

    def _refuse(
        self, bad: NDArray[np.bool_], name: str, column: pd.Series[Any], expected: str, advice: str
    ) -> None:
        if not bad.any():
            return
        position = int(np.argmax(bad))
        more = int(bad.sum()) - 1
        raise DataError(
            f"{self.path}: line {self._line(position)}, column {name!r}: {expected}, found "
            f"{column.iloc[position]!r}{f' (and {more} more in this column)' if more else ''}: "
            f"{advice}"
        )

    def _line(self, position: int) -> int:
        # A quoted cell may go over several lines of the file.
        row = int(self.cells.index[position])
        before = self._all.iloc[:row]
        breaks = sum(int(before[column].str.count("\n").sum()) for column in before)
        return row + breaks + 1


def _number(cell: str) -> float:
    # Not pandas.to_numeric: in some versions it is off in the last digits of long numbers.
    try:
        return float("nan" if "_" in cell else cell)
    except ValueError:
        return float("nan")


def _read_cells(path: Path, separator: str) -> pd.DataFrame:
    import pandas as pd

    try:
        if b"\0" in path.read_bytes():
            raise DataError(f"{path} holds zero bytes: it is not a text file")
        return pd.read_csv(
            path,
            sep=separator,
            header=None,
            dtype=str,
            na_filter=False,
            skip_blank_lines=False,
            encoding="utf-8-sig",
        )
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 at byte {error.start}: save it as UTF-8") from error
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{path} is empty: expected a header line and rows") from error
    except (pd.errors.ParserError, ValueError) as error:
        raise DataError(
            _ragged(path, separator) or f"{path}: is a quote left open? {error}"
        ) from error


def _ragged(path: Path, separator: str) -> str | None:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines, delimiter=separator)
        width, first_line = None, 1
        try:
            for row in reader:
                width = width or len(row)
                if len(row) > width:
                    return (
                        f"{path}: line {first_line} has {len(row)} cells, expected {width} as in "
                        "the header: quote cells that hold the separator"
                    )
                first_line = reader.line_num + 1
        except csv.Error:
            return None
    return None


def _some(names: Sequence[str]) -> str:
    # A wide table's names would bury the message; a target is often the last.
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: MOST_NAMED - 1])}, ..., {names[-1]} ({len(names)} columns)"
