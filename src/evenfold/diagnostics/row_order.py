"""Classes that drift with the order of rows, as they do in data that were collected over time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evenfold.diagnostics.finding import CODE_ERROR

Labels = NDArray[np.int64]

MOST_BLOCKS = 10
LEAST_EXPECTED = 5.0  # rows of a class in a block
# A drift that is smaller matters little: Cramér's V, 0 for none and 1 for blocks of one class.
LEAST_DRIFT = 0.1
# A file that was sorted by its labels has hardly more runs than classes, and shows no time.
RUNS_OF_SORTED = 2


def class_drift(y: Labels, error: float = CODE_ERROR) -> float:
    """Return Cramér's V of class and place in the file; 0 if the classes are not shown to drift.

    The rows are cut into blocks, and a chi-squared test compares the classes of the blocks.

    Parameters
    ----------
    y
        The class of each row in the order of the file, ``(rows,)``; with groups that of the first
        row of each group, since rows of a group are not independent.
    error
        The probability that it fires on rows in random order.

    References
    ----------
    Cramér, H. (1946). Mathematical Methods of Statistics. Princeton University Press.
    """
    from scipy.special import chdtrc

    names, codes = np.unique(y, return_inverse=True)
    classes, rows = len(names), len(y)
    if classes < 2 or int((np.diff(codes) != 0).sum()) + 1 <= RUNS_OF_SORTED * classes:
        return 0.0
    shares = np.bincount(codes) / rows
    # Rare classes share a place in the table.
    rare = shares * rows / 2 < LEAST_EXPECTED
    if rare.sum() > 1:
        codes = np.unique(np.where(rare[codes], classes, codes), return_inverse=True)[1]
        classes = int(codes.max()) + 1
        shares = np.bincount(codes) / rows
    blocks = min(MOST_BLOCKS, int(shares.min() * rows // LEAST_EXPECTED))
    if classes < 2 or blocks < 2:
        return 0.0
    block = np.arange(rows) * blocks // rows
    table = np.bincount(block * classes + codes, minlength=blocks * classes)
    table = table.reshape(blocks, classes)
    expected = np.outer(np.bincount(block), shares)
    chi = float(((table - expected) ** 2 / expected).sum())
    drift = math.sqrt(chi / rows / (min(blocks, classes) - 1))
    shown = float(chdtrc((blocks - 1) * (classes - 1), chi)) <= error
    return drift if shown and drift >= LEAST_DRIFT else 0.0
