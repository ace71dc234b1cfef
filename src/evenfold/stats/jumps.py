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
        From gaps between repeats where there are four or more; else from equal probabilities of
        different rows of a fit.
    """
    counts = np.bincount(row)
    counts = counts[counts > 0]
    if counts.min() == counts.max() and counts[0] >= LEAST_REPEATS:
        order = np.argsort(row, kind="stable")
        hits = probabilities.argmax(axis=1) == y
        chances = probabilities[np.arange(len(y)), y]
        shape = (-1, int(counts[0]))
        return _gap_measure(chances[order].reshape(shape), hits[order].reshape(shape))
    units = np.c_[fit, row if unit is None else unit]
    first = np.unique(units, axis=0, return_index=True)[1]
    return _tie_measure(fit[first], probabilities[first])


def _gap_measure(chances: Probabilities, hits: NDArray[np.bool_]) -> float:
    """Compare gaps with those of normal values; both arrays have the shape ``(rows, repeats)``."""
    flipping = chances[hits.any(axis=1) & ~hits.all(axis=1)]
    clipped = np.clip(flipping, 1e-4, 1 - 1e-4)
    values = np.sort(np.log(clipped / (1 - clipped)), axis=1)
    ranges = values[:, -1] - values[:, 0]
    gaps = np.diff(values, axis=1).max(axis=1)[ranges > 0] / ranges[ranges > 0]
    usual = _usual_gap(chances.shape[1])
    mean = (float(gaps.sum()) + SMOOTH_ROWS * usual) / (len(gaps) + SMOOTH_ROWS)
    return _scaled((mean - usual) / (1 - usual))


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
