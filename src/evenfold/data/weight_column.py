"""The sample weights of a table: a column of numbers, none of them negative or missing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evenfold.data.cell_values import Floats, number_styles
from evenfold.data.columns import Columns
from evenfold.data.datasets import LARGEST_WEIGHT
from evenfold.data.feature_columns import FeatureColumn
from evenfold.render.words import counted

Labels = tuple[NDArray[np.int64], tuple[str, ...]]
EXPECTED = f"a weight from 0 to {LARGEST_WEIGHT:g}"
ADVICE = "correct it or remove the row"


def read_weights(
    columns: Columns, column: FeatureColumn, labels: Labels | None, problems: list[str]
) -> Floats | None:
    """Return the weight of each row, or None after adding to ``problems`` why there is none.

    Parameters
    ----------
    columns
        The table.
    column
        The column of weights, as it was read.
    labels
        The index of each row's class and the names of the classes; None if they are unknown.
    problems
        The problems of the table so far.
    """
    if column.problem and number_styles(columns.by_name[column.name].cells().values):
        problems.append(column.problem)
        return None
    values, faults = _numbers(columns, column)
    faults = [*faults, *_sign_faults(columns, column.name, values)]
    if not faults:
        faults = [*_zero_faults(column.name, values, labels)]
    problems += faults
    return None if faults else values


def weight_notes(columns: Columns, name: str, weights: Floats) -> Iterator[str]:
    """Yield a note on rows that are tested and teach nothing.

    Parameters
    ----------
    columns
        The table.
    name
        The column of weights.
    weights
        The weights, ``(rows,)``.
    """
    unused = int((weights == 0).sum())
    if unused:
        yield (
            f"{columns.where(name)}: {counted(unused, 'row has', 'rows have')} weight 0: models "
            "learn nothing from such rows, and are tested on them all the same"
        )


def _numbers(columns: Columns, column: FeatureColumn) -> tuple[Floats, list[str]]:
    """Return the cells as numbers, and what is wrong with cells that are none."""
    if column.feature is not None and column.feature.role == "number":
        values, missing = column.values, np.isnan(column.values)
        text = np.zeros(len(values), dtype=bool)
    else:
        cells = columns.by_name[column.name].cells()
        values, missing = cells.spread(cells.numbers), cells.missing
        text = np.isnan(values) & ~missing
    faults = []
    for bad in (text, missing):
        if bad.any():
            faults.append(_fault(columns, column.name, bad))
    return values, faults


def _sign_faults(columns: Columns, name: str, values: Floats) -> Iterator[str]:
    for bad in (values < 0, values > LARGEST_WEIGHT):
        if bad.any():
            yield _fault(columns, name, bad)


def _fault(columns: Columns, name: str, bad: NDArray[np.bool_]) -> str:
    found = columns.by_name[name].text()[int(np.argmax(bad))]
    return columns.fault(bad, name, found, EXPECTED, ADVICE)


def _zero_faults(name: str, values: Floats, labels: Labels | None) -> Iterator[str]:
    if not values.any():
        yield f"column {name!r}: every weight is 0: give the rows to learn from another one"
    elif labels is not None:
        y, names = labels
        unlearnt = np.setdiff1d(y, y[values > 0])
        more = f" (and {counted(len(unlearnt) - 1, 'other class', 'other classes')})"
        if len(unlearnt):
            yield (
                f"column {name!r}: every row of class {names[unlearnt[0]]!r}"
                f"{more if len(unlearnt) > 1 else ''} has weight 0, so that no model learns it: "
                "give some of the rows another weight, or remove them"
            )
