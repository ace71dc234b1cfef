"""Columns that look like groups, such as patients with several rows, and are not declared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenfold.diagnostics.columns import count_distinct
from evenfold.diagnostics.finding import CODE_ERROR

Floats = NDArray[np.float64]

FEWEST_GROUPS = 10
# The mean number of rows of a group: fewer are no groups, more are a coarse category.
FEWEST_ROWS, MOST_ROWS = 2.0, 50.0
# The share of the variance of another feature that lies between groups.
LEAST_BETWEEN = 0.3
# A share that other causes may have, which the test has to exceed.
CHANCE_BETWEEN = 0.1
# The features that must show it.
LEAST_FEATURES = 2
SMALLEST_SHARE = 1e-12
MOST_FEATURES = 50


def could_be_groups(values: Floats, is_category: bool) -> bool:
    """Whether a column has as many different values as groups would, ``(rows,)``."""
    if not is_category and not bool((values == np.floor(values)).all()):
        return False
    groups = count_distinct(values)
    return groups >= FEWEST_GROUPS and FEWEST_ROWS <= len(values) / groups <= MOST_ROWS


def look_like_groups(
    values: Floats, others: Floats, is_category: bool, error: float = CODE_ERROR
) -> bool:
    """Whether rows with equal values of a column are alike in most of the other columns.

    Other columns are replaced by their ranks and, where the column is of numbers, by what a curve
    of second degree in it leaves. The share of their variance between groups (the intraclass
    correlation) must have a median of ``LEAST_BETWEEN``, and be shown to exceed ``CHANCE_BETWEEN``
    in half of them by an F-test, each at the error divided by the number of tests.

    Parameters
    ----------
    values
        The column, ``(rows,)``: whole numbers, or codes of categories; no missing cells.
    others
        The other columns of numbers, ``(rows, columns)``, without missing cells.
    is_category
        Whether the values have no order.
    error
        The probability that it fires where no column exceeds ``CHANCE_BETWEEN``, at most.

    References
    ----------
    McGraw, K. O. and Wong, S. P. (1996). Forming inferences about some intraclass correlation
    coefficients. Psychological Methods 1, 30-46.
    """
    from scipy.special import fdtrc

    if not could_be_groups(values, is_category):
        return False
    codes = np.unique(values, return_inverse=True)[1].reshape(-1)
    rows, groups = len(codes), int(codes.max(initial=-1)) + 1
    varying = others[:, np.ptp(others, axis=0) > 0][:, :MOST_FEATURES]
    if varying.shape[1] < LEAST_FEATURES:
        return False
    ranks = _ranks(varying)
    if not is_category:
        ranks = _without_curve(ranks, values)
    between, f = _between_groups(ranks, codes, groups, rows)
    size = rows / groups
    limit = 1 + size * CHANCE_BETWEEN / (1 - CHANCE_BETWEEN)
    p = fdtrc(groups - 1, rows - groups, f / limit)
    # Half of the columns must be significant, so that at least so many would have to err.
    shown = float(np.quantile(p, 0.5, method="higher"))
    return bool(np.median(between) >= LEAST_BETWEEN and shown <= error / len(p))


def _between_groups(
    ranks: Floats, codes: NDArray[np.int64], groups: int, rows: int
) -> tuple[Floats, Floats]:
    """Return the intraclass correlation and the F of each column."""
    counts = np.bincount(codes, minlength=groups)
    sums = np.zeros((groups, ranks.shape[1]))
    np.add.at(sums, codes, ranks)
    means, mean = sums / counts[:, np.newaxis], ranks.mean(axis=0)
    of_groups = (counts[:, np.newaxis] * (means - mean) ** 2).sum(axis=0) / (groups - 1)
    inside = ((ranks - means[codes]) ** 2).sum(axis=0) / max(rows - groups, 1)
    size = (rows - (counts**2).sum() / rows) / (groups - 1)
    # A column may be constant inside every group.
    f = of_groups / np.maximum(inside, SMALLEST_SHARE * of_groups)
    return (f - 1) / (f - 1 + size), f


def _ranks(columns: Floats) -> Floats:
    from scipy.stats import rankdata

    ranked: Floats = np.asarray(rankdata(columns, axis=0), np.float64)
    return ranked


def _without_curve(ranks: Floats, values: Floats) -> Floats:
    place = (values - values.mean()) / max(float(values.std()), np.finfo(float).tiny)
    curve = np.column_stack([np.ones(len(place)), place, place**2])
    fitted = curve @ np.linalg.lstsq(curve, ranks, rcond=None)[0]
    left: Floats = ranks - fitted
    return left
