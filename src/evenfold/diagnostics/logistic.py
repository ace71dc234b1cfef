"""Logistic regression: the baseline that other models have to beat."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

# Rows by columns by classes: more would take many seconds beside a study.
MOST_WORK = 1_500_000
MOST_STEPS = 300


class PreparedSplit(NamedTuple):
    """Prepared training inputs, their labels, and prepared test inputs, of one split."""

    x_train: Floats
    y_train: Labels
    x_test: Floats


def is_affordable(rows: int, columns: int, classes: int) -> bool:
    """Whether a fit takes a fraction of a second."""
    return rows * columns * classes <= MOST_WORK


def logistic_probabilities(split: PreparedSplit, classes: int) -> Floats:
    """Fit on the training rows, and return the probabilities of the test rows.

    Parameters
    ----------
    split
        The inputs, scaled to a deviation of about 1, and the labels.
    classes
        The number of classes; some may have no training rows.

    Returns
    -------
    numpy.ndarray
        Shape ``(test rows, classes)``.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    found = np.zeros((len(split.x_test), classes))
    present = np.unique(split.y_train)
    if len(present) == 1:
        found[:, present] = 1.0
        return found
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(max_iter=MOST_STEPS).fit(split.x_train, split.y_train)
    found[:, present] = model.predict_proba(split.x_test)
    return found
