"""Metrics that do not suit the balance of classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Above this share of the largest class, accuracy says little of the others.
LARGEST_SHARE = 0.8
# A metric of a class that has fewer rows, or groups, is a matter of a few.
FEWEST_ROWS = 10
# Metrics that weigh rare classes as much as frequent ones, or are about one class.
OF_CLASSES = (
    "balanced_accuracy", "sensitivity", "specificity", "f1", "mcc", "average_precision", "roc_auc",
)  # fmt: skip
OF_ONE_CLASS = {"sensitivity": "positive", "specificity": "negative"}


def unsuitable_metric(metric: str, y: NDArray[np.int64], positive: int | None = None) -> str:
    """Return why a metric does not suit the balance of classes, and what does; "" if it suits.

    This is a bound on the rows of the study, not a test.

    Parameters
    ----------
    metric
        The metric of the verdicts.
    y
        The class of each row, ``(rows,)``; with groups one row of each group and class.
    positive
        The positive class, which sensitivity is about; None if there is none.
    """
    counts = np.bincount(y)
    counts = counts[counts > 0]
    share = float(counts.max()) / len(y)
    if metric == "accuracy" and len(counts) > 1 and share >= LARGEST_SHARE:
        return (
            f"accuracy says little here: {100 * share:.0f} % of the rows are of one class, so that "
            "a constant prediction is right as often. Use --metric balanced_accuracy, "
            "average_precision or log_loss"
        )
    name, fewest = "rarest", int(counts.min())
    if positive is not None and metric in OF_ONE_CLASS:
        is_counted = y == positive if metric == "sensitivity" else y != positive
        name, fewest = OF_ONE_CLASS[metric], int(is_counted.sum())
    if metric in OF_CLASSES and 0 < fewest < FEWEST_ROWS:
        return (
            f"{metric} rests on the {fewest} rows of the {name} class, each of which moves it by "
            f"about {100 / fewest / (len(counts) if metric == 'balanced_accuracy' else 1):.0f} "
            "points. Collect more rows of it, or use --metric log_loss"
        )
    return ""
