"""The target of a table: its labels as classes, and a quantity that is no class."""

from __future__ import annotations

from collections import Counter

import numpy as np

from evenfold.data.cell_values import plain_number
from evenfold.data.columns import Columns
from evenfold.data.labels import MISSING, blank_notes, group_notes, label_notes
from evenfold.render.words import counted

# More different numbers than these are a quantity: fractions, or whole numbers of few rows each, of
# which half the numbers have fewer rows than a class needs.
MOST_FRACTIONS = 20
MOST_WHOLE = 50
LEAST_ROWS_A_LABEL = 10
LEAST_MEDIAN_ROWS = 5


def read_labels(columns: Columns, name: str, problems: list[str]) -> list[str] | None:
    """Return the label of each row, or None after adding to ``problems`` why there is none."""
    labels = _whole_column(columns, name, "target", frozenset({""}), problems)
    if labels is None:
        return None
    counts = Counter(labels)
    if len(counts) < 2:
        problems.append(
            f"every row of column {name!r} is {labels[0]!r}; a classifier needs at least two "
            "classes: is this the right target column?"
        )
        return None
    if quantity := _quantity(counts):
        problems.append(
            f"column {name!r} holds {quantity}: this looks like a quantity to predict "
            "(regression), and evenfold compares classifiers. Name a column of classes as the "
            "target, or make classes of it, for example with pandas.cut. If the numbers are the "
            "names of classes, write a letter before each, such as c12"
        )
        return None
    return labels


def _quantity(counts: Counter[str]) -> str:
    """Describe labels that are numbers of a quantity; empty for labels that are classes."""
    numbers = [plain_number(label) for label in counts]
    if not np.isfinite(numbers).all():
        return ""
    are_whole = all(number.is_integer() for number in numbers)
    rows = counts.total()
    if are_whole:
        is_rare = float(np.median(list(counts.values()))) < LEAST_MEDIAN_ROWS
        is_quantity = is_rare and len(counts) > max(MOST_WHOLE, rows / LEAST_ROWS_A_LABEL)
    else:
        is_quantity = len(counts) > MOST_FRACTIONS
    if not is_quantity:
        return ""
    kind = "different whole numbers" if are_whole else "different numbers"
    return (
        f"{len(counts):,} {kind} from {min(numbers):g} to {max(numbers):g} in "
        f"{counted(rows, 'row')}"
    )


def read_groups(columns: Columns, name: str, problems: list[str]) -> list[str] | None:
    """Return the group of each row, or None after adding to ``problems`` why there is none."""
    return _whole_column(columns, name, "group", MISSING, problems)


def notes_on_labels(columns: Columns, name: str, labels: list[str]) -> list[str]:
    """Return notes on labels that may not be the classes that their author means."""
    where = columns.where(name)
    cells = list(columns.by_name[name].read())
    return [*label_notes(where, labels), *blank_notes(where, cells, "class")]


def notes_on_groups(columns: Columns, name: str, groups: list[str]) -> list[str]:
    """Return notes on groups that may not be those that their author means."""
    where = columns.where(name)
    cells = list(columns.by_name[name].read())
    return [*group_notes(where, groups), *blank_notes(where, cells, "group")]


def _whole_column(
    columns: Columns, name: str, role: str, missing_words: frozenset[str], problems: list[str]
) -> list[str] | None:
    """Return the cells of a column, none of which may be missing."""
    if name not in columns.by_name:
        if name not in columns.names:  # else its name is a fault already
            problems.append(columns.absent(name, role))
        return None
    text = columns.by_name[name].text()
    missing = np.array([cell.lower() in missing_words for cell in text], dtype=bool)
    if missing.any():
        found = text[int(np.argmax(missing))]
        advice = "fill it or remove the row"
        problems.append(columns.fault(missing, name, found, "a value", advice))
        return None
    return text
