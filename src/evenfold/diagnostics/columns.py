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


def is_whole_number_id(values: Floats) -> bool:
    """Whether whole numbers are all different, as ids are: ``(rows,)``, without missing ones."""
    rows = len(values)
    if rows < LEAST_ROWS or not bool((values == np.floor(values)).all()):
        return False
    return len(np.unique(values)) == rows


def is_text_id(levels: int, rows: int) -> bool:
    """Whether more than half of the texts of a category are different."""
    return rows >= LEAST_ROWS and levels > rows / 2


def determines_target(codes: Labels, y: Labels) -> bool:
    """Whether each of a few values occurs with one class alone.

    Parameters
    ----------
    codes
        The number of the value of each row, ``(rows,)``.
    y
        The class of each row, ``(rows,)``.
    """
    values = len(np.unique(codes))
    if len(y) < LEAST_ROWS or not 2 <= values <= len(y) / ROWS_A_VALUE:
        return False
    pairs = np.unique(codes.reshape(-1) * (int(y.max()) + 1) + y)
    return len(pairs) == values and len(np.unique(y)) > 1


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
    order = np.argsort(values, kind="stable")
    changes = np.flatnonzero(np.diff(y[order]))
    is_apart = bool((np.diff(values[order])[changes] > 0).all())
    return len(changes) == len(counts) - 1 and is_apart


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
    if rows < LEAST_ROWS or len(np.unique(y)) < 2:
        return False
    order = np.random.default_rng(rows).permutation(rows)[:MOST_ROWS]
    halves = order[::2], order[1::2]
    right = _right(values, y, *halves, is_category) + _right(values, y, *halves[::-1], is_category)
    counted = len(order)
    largest = float(np.bincount(y[order]).max()) / counted
    low = float(betaincinv(right, counted - right + 1, error)) if right else 0.0
    return low > largest + NEARLY * (1 - largest)


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
