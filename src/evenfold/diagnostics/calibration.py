"""Probabilities that are not how often predictions are right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenfold.diagnostics.finding import CODE_ERROR

Values = NDArray[np.float64]
Indices = NDArray[np.int64]

BINS = 10
# The mean distance of confidence and share of right predictions that matters, beyond chance.
LEAST_DISTANCE = 0.05
LEAST_VARIANCE = 2.0  # of the number of right predictions in a bin
LEAST_ROWS = 50


def calibration_distance(
    y: Indices, probabilities: Values, unit: Indices, error: float = CODE_ERROR
) -> float:
    """Return the mean distance of confidence from the share that is right; 0 if it is small.

    Rows are sorted by the probability of the predicted class and cut into bins. In each bin, the
    number of right predictions is compared with the sum of the probabilities; the squared
    distances, by their variances, have a chi-squared distribution if probabilities are right.

    Parameters
    ----------
    y
        The labels, ``(rows,)``; each row once.
    probabilities
        The predicted probabilities, ``(rows, classes)``.
    unit
        What was drawn independently, the row or its group, ``(rows,)``.
    error
        The probability that it fires on calibrated probabilities of independent rows.

    References
    ----------
    Hosmer, D. W. and Lemeshow, S. (1980). Goodness of fit tests for the multiple logistic
    regression model. Communications in Statistics A9, 1043-1069.
    """
    from scipy.special import chdtrc

    if len(y) < LEAST_ROWS:
        return 0.0
    confidence = probabilities.max(axis=1)
    right = (probabilities.argmax(axis=1) == y).astype(np.float64)
    order = np.argsort(confidence, kind="stable")
    chi, freedom, distance = 0.0, 0, 0.0
    for cells in _bins(confidence[order], order):
        excess = right[cells] - confidence[cells]
        expected = float((confidence[cells] * (1 - confidence[cells])).sum())
        by_unit = np.bincount(np.unique(unit[cells], return_inverse=True)[1].reshape(-1), excess)
        # Rows of a group vary together; without groups this is at most the sum of squares.
        grouped = len(by_unit) < len(cells)
        centred = by_unit - by_unit.mean()
        spread = float((centred**2).sum()) if grouped else 0.0
        variance = max(expected, spread, LEAST_VARIANCE / 2)
        total = float(excess.sum())
        chi += total**2 / variance
        freedom += 1
        chance = np.sqrt(2 * variance / np.pi)
        distance += max(abs(total) - chance, 0.0)
    shown = float(chdtrc(freedom, chi)) <= error
    mean = distance / len(y)
    return mean if shown and mean >= LEAST_DISTANCE else 0.0


def _bins(confidence: Values, order: Indices) -> list[Indices]:
    """Bins of about as many rows; one without enough variance joins the one before."""
    parts: list[Indices] = []
    for cells in np.array_split(np.arange(len(order)), BINS):
        p = confidence[cells]
        if parts and float((p * (1 - p)).sum()) < LEAST_VARIANCE:
            parts[-1] = np.concatenate([parts[-1], order[cells]])
        else:
            parts.append(order[cells])
    return parts
