"""Learners whose predictions jump when a few training rows change, detected from predictions.

A row's prediction varies over repeats. Where a smooth learner changes the predicted class, its
probabilities spread evenly around one half; the nearest neighbour or a tree jumps from one value to
another. The measure is the largest gap between a row's probabilities over their range.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
Indices = NDArray[np.int64]

# Fewer repeats show no gaps, whatever the learner.
LEAST_REPEATS = 4
# As if so many rows of a smooth learner had been seen besides.
SMOOTH_ROWS = 3
# The measure, from 0 (normal spread) to 1 (two values): below the first a learner is smooth.
SMOOTH, JUMPING = 0.2, 0.45
# Probabilities nearer to 0 or 1 than this are at the end of their scale.
END = 1e-6
# A smooth learner gives more than this share of rows a probability that is not at the end.
INSIDE = 0.02


def jump_measure(
    row: Indices,
    fit: Indices,
    y: Indices,
    probabilities: Probabilities,
    unit: Indices | None = None,
) -> float:
    """Measure how far predictions jump: 0 for a smooth learner, 1 for one that jumps.

    Parameters
    ----------
    row, fit, y
        The row, the fit and the label of each prediction, shape ``(cells,)``.
    probabilities
        The predicted probabilities, shape ``(cells, classes)``.
    unit
        The group of each row, shape ``(cells,)``: rows of a group may be alike. None without
        groups.

    Returns
    -------
    float
        From gaps between repeats where most rows have four or more; else from equal probabilities
        of different rows of a fit. Rows with equal features are equal wherever they meet: from two
        repeats on, they are no evidence.
    """
    place = np.unique(row, return_inverse=True)[1]
    counts = np.bincount(place)
    if np.median(counts) >= LEAST_REPEATS:
        hits = probabilities.argmax(axis=1) == y
        return _gap_measure(place, counts, probabilities[np.arange(len(y)), y], hits)
    units = np.c_[fit, row if unit is None else unit]
    first = np.unique(units, axis=0, return_index=True)[1]
    if counts.max() > 1:
        first = first[_without_equal_rows(place[first], fit[first], probabilities[first])]
    return _tie_measure(fit[first], probabilities[first])


def _gap_measure(
    place: Indices, counts: Indices, chances: Probabilities, hits: NDArray[np.bool_]
) -> float:
    """Compare gaps with those of normal values, in rows that have repeats enough."""
    order = np.argsort(place, kind="stable")
    total, rows = 0.0, SMOOTH_ROWS
    for repeats in np.unique(counts[counts >= LEAST_REPEATS]).tolist():
        cells = order[counts[place[order]] == repeats]
        shape, usual = (-1, repeats), _usual_gap(repeats)
        gaps = _gaps(chances[cells].reshape(shape), hits[cells].reshape(shape))
        total += float(((gaps - usual) / (1 - usual)).sum())
        rows += len(gaps)
    return _scaled(total / rows)


def _gaps(chances: Probabilities, hits: NDArray[np.bool_]) -> Probabilities:
    """Return the largest gap over the range of the rows that change class.

    Both arrays have the shape ``(rows, repeats)``.
    """
    flipping = chances[hits.any(axis=1) & ~hits.all(axis=1)]
    clipped = np.clip(flipping, 1e-4, 1 - 1e-4)
    values = np.sort(np.log(clipped / (1 - clipped)), axis=1)
    ranges = values[:, -1] - values[:, 0]
    gaps: Probabilities = np.diff(values, axis=1).max(axis=1)[ranges > 0] / ranges[ranges > 0]
    return gaps


def _without_equal_rows(place: Indices, fit: Indices, probabilities: Probabilities) -> Indices:
    """Return the cells without all but one of rows that are equal wherever they meet.

    Rows that are equal in some fit belong together, and so do all rows linked in this way. Where
    two of them differ in some fit, none of them counts as having equal features.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    values = np.unique(np.round(probabilities, 12), axis=0, return_inverse=True)[1].ravel()
    _, first, tied = np.unique(np.c_[fit, values], axis=0, return_index=True, return_inverse=True)
    links = (np.ones(len(place)), (place, place[first[tied.ravel()]]))
    rows = int(place.max()) + 1
    together = connected_components(coo_array(links, shape=(rows, rows)), directed=False)[1][place]
    alike = np.unique(np.c_[fit, together, values], axis=0)
    _, where, distinct = np.unique(alike[:, :2], axis=0, return_index=True, return_counts=True)
    differ = np.unique(alike[where[distinct > 1], 1])
    apart = np.where(np.isin(together, differ), place + rows, together)
    cells: Indices = np.unique(np.c_[fit, apart], axis=0, return_index=True)[1]
    return np.sort(cells)


def _tie_measure(fit: Indices, probabilities: Probabilities) -> float:
    """Compare the predictions of different rows of a fit; a constant prediction is smooth."""
    likely, predicted = probabilities.max(axis=1), probabilities.argmax(axis=1)
    _, first, number = np.unique(fit, return_index=True, return_inverse=True)
    if np.allclose(probabilities, probabilities[first[number]], atol=1e-9, rtol=0):
        return 0.0
    inside = likely < 1 - END
    cells = np.c_[fit, predicted, np.round(likely, 12)][inside]
    distinct = len(np.unique(cells, axis=0)) / max(1, len(cells))
    return _scaled(1 - distinct * min(1.0, float(inside.mean()) / INSIDE))


def _scaled(measure: float) -> float:
    return float(np.clip((measure - SMOOTH) / (JUMPING - SMOOTH), 0, 1))


@cache
def _usual_gap(repeats: int) -> float:
    """The mean of the largest gap over the range, of normal values."""
    values = np.sort(np.random.default_rng(0).normal(size=(4000, repeats)), axis=1)
    return float(np.mean(np.diff(values, axis=1).max(axis=1) / np.ptp(values, axis=1)))
