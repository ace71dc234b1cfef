"""What was understood of a dataset: columns and roles, classes, groups, duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenfold.data.column_info import ColumnInfo, ColumnRole
from evenfold.data.datasets import Dataset
from evenfold.data.duplicates import repeated_rows
from evenfold.render.words import counted, listed

if TYPE_CHECKING:
    import pandas as pd

NOUNS: dict[ColumnRole, tuple[str, str]] = {
    "number": ("number", "numbers"),
    "boolean": ("truth value", "truth values"),
    "ordinal": ("ordinal", "ordinals"),
    "date": ("date", "dates"),
    "category": ("category", "categories"),
}
MOST_CLASSES_SHOWN = 10
FEWEST_ROWS = 10


@dataclass(frozen=True)
class Description:
    """What was understood of a dataset.

    Parameters
    ----------
    conclusion
        Rows, features by role, and classes, in one sentence.
    columns
        What each column is.
    facts
        Sentences on classes, groups, weights and duplicates.
    """

    conclusion: str
    columns: tuple[ColumnInfo, ...]
    facts: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """Tabulate the columns; shares and counts are numbers."""
        import pandas as pd

        rows = [(c.name, c.role, c.missing, c.distinct, c.detail) for c in self.columns]
        table = pd.DataFrame(rows, columns=["column", "role", "missing", "values", "detail"])
        return table.astype({"values": "Int64"})


def describe(dataset: Dataset) -> Description:
    """Describe a dataset. Nothing is trained.

    Parameters
    ----------
    dataset
        The rows.
    """
    columns = dataset.columns or tuple(_columns_of(dataset))
    facts = [_classes(dataset), *_groups(dataset), *_weights(dataset), *_duplicates(dataset)]
    return Description(_conclusion(dataset, columns), columns, tuple(facts))


def _conclusion(dataset: Dataset, columns: Sequence[ColumnInfo]) -> str:
    roles = [column.role for column in columns]
    kinds = [counted(roles.count(role), *nouns) for role, nouns in NOUNS.items() if role in roles]
    dropped = roles.count("dropped")
    left_out = f"; {counted(dropped, 'column')} left out" if dropped else ""
    series = f" of {counted(dataset.x.shape[1], 'step')}" if dataset.x.ndim == 3 else ""
    return (
        f"{dataset.name} has {counted(len(dataset.y), 'row')}{series} in "
        f"{counted(dataset.n_classes, 'class', 'classes')}, and "
        f"{counted(len(dataset.feature_names), 'feature')}: {listed(kinds)}{left_out}."
    )


def _columns_of(dataset: Dataset) -> list[ColumnInfo]:
    """Return the columns of a dataset that is not read from a table: all are numbers."""
    infos = []
    for n, name in enumerate(dataset.feature_names):
        values = np.unique(dataset.x[..., n])
        detail = f"{values[0]:g} to {values[-1]:g}" if len(values) else ""
        infos.append(ColumnInfo(name, "number", 0.0, len(values), detail))
    return infos


def _classes(dataset: Dataset) -> str:
    counts = np.bincount(dataset.y, minlength=dataset.n_classes)
    order = np.argsort(-counts, kind="stable")
    parts = [
        f"{dataset.class_names[n]} {counted(int(counts[n]), 'row')} "
        f"({100 * counts[n] / max(len(dataset.y), 1):.1f} %)"
        for n in order[:MOST_CLASSES_SHOWN]
    ]
    more = len(order) - len(parts)
    text = f"Classes: {', '.join(parts)}{f', and {more} more' if more else ''}."
    if dataset.positive_name is not None:
        text += f" The positive class is {dataset.positive_name}."
    small = int((counts < FEWEST_ROWS).sum())
    if small:
        text += (
            f" {counted(small, 'class has', 'classes have')} fewer than {FEWEST_ROWS} rows, and 10 "
            "folds need 10 rows of each."
        )
    return text


def _groups(dataset: Dataset) -> list[str]:
    if dataset.groups is None:
        return []
    _, counts = np.unique(dataset.groups.astype(str), return_counts=True)
    return [
        f"Groups: {len(counts):,}, of {counts.min():,} to {counts.max():,} rows. Rows of one group "
        "stay together in every split."
    ]


def _weights(dataset: Dataset) -> list[str]:
    weights = dataset.sample_weight
    if weights is None:
        return []
    return [
        f"Sample weights: {weights.min():g} to {weights.max():g}. Models are trained with those of "
        "the training rows, and scores are unweighted."
    ]


def _duplicates(dataset: Dataset) -> list[str]:
    repeated, conflicting = repeated_rows(dataset)
    if not repeated:
        return []
    text = f"Duplicates: {counted(repeated, 'row')} repeat the features of an earlier row"
    if conflicting:
        text += f", and {conflicting:,} have the features of a row with another label"
    return [f"{text}. Remove them, or give the rows of one example the same group (--group)."]
