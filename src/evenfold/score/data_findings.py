"""What may be wrong with the data of a study: columns, groups, order of rows, classes, copies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evenfold.data.column_warnings import NamedColumn, column_findings, dataset_columns
from evenfold.data.datasets import Dataset
from evenfold.data.duplicates import Duplicates, duplicate_findings
from evenfold.diagnostics.balance import unsuitable_metric
from evenfold.diagnostics.finding import CODE_ERROR, OWN_CODE, Finding
from evenfold.diagnostics.groups import MOST_FEATURES, could_be_groups, look_like_groups
from evenfold.diagnostics.row_order import class_drift

# Of more rows, the first ones show whether values look like groups.
MOST_ROWS = 20_000


def data_findings(dataset: Dataset, duplicates: Duplicates | None, metric: str) -> list[Finding]:
    """Return what may be wrong with the data, whatever the models.

    Parameters
    ----------
    dataset
        The rows.
    duplicates
        Rows that are alike in both parts of a split; None if they were not counted.
    metric
        The metric of the verdicts.
    """
    return [
        *duplicate_findings(duplicates),
        *_of_columns(dataset),
        *_of_groups(dataset),
        *_of_row_order(dataset),
        *_of_balance(dataset, metric),
    ]


def _of_columns(dataset: Dataset) -> Iterator[Finding]:
    if dataset.columns:  # reading the table has noted them
        for note in dataset.notes:
            if code := OWN_CODE.search(note):
                name = note.partition(", column '")[2].partition("': ")[0]
                message = note.removesuffix(code[0]).rstrip()
                yield Finding(code[1], message, (name,) if name else ())
        return
    columns = list(dataset_columns(dataset))
    for column in columns:
        yield from column_findings(column, dataset.y, CODE_ERROR / len(columns))


def _of_groups(dataset: Dataset) -> Iterator[Finding]:
    if dataset.groups is not None:
        return
    columns = list(dataset_columns(dataset))
    candidates = [c for c in columns if c.role in ("number", "category") and _may_group(c)]
    numbers = [c for c in columns if c.role in ("number", "ordinal")][: MOST_FEATURES + 1]
    for column in candidates[:MOST_FEATURES]:
        is_category, error = column.role == "category", CODE_ERROR / len(candidates)
        values = column.values[:MOST_ROWS]
        others = [_filled(c.values[:MOST_ROWS]) for c in numbers if c.name != column.name]
        if others and look_like_groups(values, np.column_stack(others), is_category, error):
            yield Finding(
                "EF004",
                f"{column.where}: looks like groups, rows with equal values are alike in other "
                f"columns too. If they are of one patient or device, say so with "
                f"{column.group}: else scores are those of groups that the training has seen",
                (column.name,),
            )


def _may_group(column: NamedColumn) -> bool:
    values = column.values[:MOST_ROWS]
    return not np.isnan(values).any() and could_be_groups(values, column.role == "category")


def _of_row_order(dataset: Dataset) -> Iterator[Finding]:
    y = dataset.y
    if dataset.groups is not None:
        y = y[np.sort(np.unique(dataset.groups, return_index=True)[1])]
    if drift := class_drift(y):
        yield Finding(
            "EF005",
            f"the shares of classes drift with the order of rows (Cramér's V {drift:.2f}). If the "
            "order is that of time or place, folds in random order are easier than new rows: hold "
            "the last rows out, or declare the periods as groups (--group)",
        )


def _of_balance(dataset: Dataset, metric: str) -> Iterator[Finding]:
    y = dataset.y
    if dataset.groups is not None:
        codes = np.unique(dataset.groups, return_inverse=True)[1].reshape(-1)
        y = y[np.unique(codes * dataset.n_classes + y, return_index=True)[1]]
    share = unsuitable_metric(metric, dataset.y if metric == "accuracy" else y, dataset.positive)
    if share:
        yield Finding("EF014", share)


def _filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    missing = np.isnan(values)
    if not missing.any():
        return values
    middle = float(np.median(values[~missing])) if not missing.all() else 0.0
    return np.where(missing, middle, values)
