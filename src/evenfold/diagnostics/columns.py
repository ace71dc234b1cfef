"""Columns that look like no feature: the target in disguise, an id, a date, a code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenfold.diagnostics.finding import CODE_ERROR

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

# In fewer rows all of this happens by chance.
LEAST_ROWS = 20
# A feature that has one class for each of its values is no chance if values have so many rows.
ROWS_A_VALUE = 5
# A feature nearly gives the target if it alone removes so much of the error of the largest class.
NEARLY = 0.9
MOST_ROWS = 20_000


def count_distinct(values: Floats) -> int:
    """Return the number of different values; faster than `numpy.unique`, which hashes floats."""
    ordered = np.sort(values)
    return int((np.diff(ordered) > 0).sum()) + bool(len(ordered))


def count_classes(y: Labels) -> int:
    """Return the number of classes that occur."""
    return int((np.bincount(y) > 0).sum())


def is_whole_number_id(values: Floats) -> bool:
    """Whether whole numbers are all different, as ids are: ``(rows,)``, without missing ones."""
    rows = len(values)
    if rows < LEAST_ROWS or not bool((values == np.floor(values)).all()):
        return False
    return count_distinct(values) == rows


def is_text_id(levels: int, rows: int) -> bool:
    """Whether more than half of the texts of a category are different."""
    return rows >= LEAST_ROWS and levels > rows / 2


def determines_target(codes: Labels, y: Labels) -> bool:
    """Whether each of a few values occurs with one class alone.

    Parameters
    ----------
    codes
        The number of the value of each row, ``(rows,)``; every number up to the largest occurs.
    y
        The class of each row, ``(rows,)``.
    """
    values = int(codes.max(initial=-1)) + 1
    if len(y) < LEAST_ROWS or not 2 <= values <= len(y) / ROWS_A_VALUE:
        return False
    pairs = np.unique(codes.reshape(-1) * (int(y.max()) + 1) + y)
    return len(pairs) == values and count_classes(y) > 1


def separates_target(values: Floats, y: Labels) -> bool:
    """Whether the rows of each class lie together when they are sorted by a feature of numbers.

    Rows in random order do so with a probability below 1 in 7,000: each class has at least
    ``ROWS_A_VALUE`` of at least ``LEAST_ROWS`` rows.

    Parameters
    ----------
    values
        The feature, ``(rows,)``, without missing cells.
    y
        The class of each row, ``(rows,)``.
    """
    counts = np.bincount(y)
    counts = counts[counts > 0]
    if len(y) < LEAST_ROWS or len(counts) < 2 or int(counts.min()) < ROWS_A_VALUE:
        return False
    if len(y) > MOST_ROWS:
        some = _some_rows(len(y))
        if count_classes(y[some]) == len(counts) and not _lie_apart(values[some], y[some]):
            return False
    return _lie_apart(values, y)


def nearly_gives_target(
    values: Floats, y: Labels, is_category: bool, error: float = CODE_ERROR
) -> bool:
    """Whether a feature alone predicts nearly every label of rows that it was not learned from.

    The three nearest values, or the rows of the same category, of one half of the rows predict the
    other half, both ways. It fires if the lower confidence bound of the share of right
    predictions (Clopper and Pearson) is above what removes ``NEARLY`` of the largest class's error.

    Parameters
    ----------
    values
        The feature, ``(rows,)``, without missing cells.
    y
        The class of each row, ``(rows,)``.
    is_category
        Whether values are codes without an order.
    error
        The probability that it fires where the share is just at the bound, at most.

    References
    ----------
    Clopper, C. J. and Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated
    in the case of the binomial. Biometrika 26, 404-413.
    """
    from scipy.special import betaincinv

    rows = len(y)
    if rows < LEAST_ROWS or count_classes(y) < 2:
        return False
    order = _some_rows(rows)
    halves = order[::2], order[1::2]
    right = _right(values, y, *halves, is_category) + _right(values, y, *halves[::-1], is_category)
    counted = len(order)
    largest = float(np.bincount(y[order]).max()) / counted
    low = float(betaincinv(right, counted - right + 1, error)) if right else 0.0
    return low > largest + NEARLY * (1 - largest)


def _lie_apart(values: Floats, y: Labels) -> bool:
    """Whether each class has a range of values of its own."""
    order = np.argsort(values, kind="stable")
    changes = np.flatnonzero(np.diff(y[order]))
    is_apart = bool((np.diff(values[order])[changes] > 0).all())
    return len(changes) == count_classes(y) - 1 and is_apart


def _some_rows(rows: int) -> Labels:
    """All rows, or about ``MOST_ROWS`` of many, in random order: always the same."""
    rng = np.random.default_rng(rows)
    drawn = np.arange(rows)
    if rows > MOST_ROWS:
        drawn = np.unique(rng.integers(rows, size=MOST_ROWS))
    order: Labels = rng.permutation(drawn)
    return order


def _right(values: Floats, y: Labels, train: Labels, test: Labels, is_category: bool) -> int:
    """How many labels of the test rows the training rows of equal or nearest values predict."""
    classes = int(y.max()) + 1
    order = train[np.argsort(values[train], kind="stable")]
    learned = values[order]
    if is_category:
        levels, codes = np.unique(learned, return_inverse=True)
        table = np.zeros((len(levels), classes))
        np.add.at(table, (codes.reshape(-1), y[order]), 1)
        places = np.minimum(np.searchsorted(levels, values[test]), len(levels) - 1)
        known = levels[places] == values[test]
        return int((known & (table.argmax(axis=1)[places] == y[test])).sum())
    wanted = values[test]
    place = np.clip(np.searchsorted(learned, wanted), 2, len(order) - 2)
    is_lower = wanted - learned[place - 2] < learned[place + 1] - wanted
    first = np.where(is_lower, place - 2, place - 1)
    votes = np.zeros((len(test), classes))
    for step in range(3):
        votes[np.arange(len(test)), y[order[first + step]]] += 1
    return int((votes.argmax(axis=1) == y[test]).sum())
