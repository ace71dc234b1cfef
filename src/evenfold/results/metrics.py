"""Scores of one fit, computed from its kept predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

NAMES = (
    "accuracy",
    "balanced_accuracy",
    "roc_auc",
    "log_loss",
    "brier",
    "sensitivity",
    "specificity",
)
Probabilities = NDArray[np.float64]
Labels = NDArray[np.int64]


def scores(y: Labels, probabilities: Probabilities, positive: int | None) -> dict[str, float]:
    """Every metric of ``NAMES`` for labels ``(rows,)`` and probabilities ``(rows, classes)``.

    The predicted class is the most probable, the first of equals. ``roc_auc`` of several classes
    is the mean of one class against the rest. ``brier`` is the mean squared error of the positive
    class's probability (Brier 1950 divided by 2); with several classes the sum over classes.
    Sensitivity and specificity are of the declared positive class. What is not defined, such as
    the AUC of one class, is NaN.
    """
    predicted = probabilities.argmax(axis=1)
    recalls = [float(np.mean(predicted[y == label] == label)) for label in np.unique(y)]
    found = {
        "accuracy": _accuracy(y, probabilities),
        "balanced_accuracy": float(np.mean(recalls)),
        "roc_auc": _roc_auc(y, probabilities),
        "log_loss": _log_loss(y, probabilities),
        "brier": _brier(y, probabilities),
        "sensitivity": float("nan"),
        "specificity": float("nan"),
    }
    if positive is not None:
        found["sensitivity"] = _share(predicted[y == positive] == positive)
        found["specificity"] = _share(predicted[y != positive] != positive)
    return found


def majority_accuracy(y_train: Labels, y_test: Labels) -> float:
    """Accuracy on the test part of always naming the training part's most frequent class."""
    return float(np.mean(y_test == np.bincount(y_train).argmax()))


def _accuracy(y: Labels, probabilities: Probabilities) -> float:
    return float(np.mean(probabilities.argmax(axis=1) == y))


def _share(hits: NDArray[Any]) -> float:
    return float(np.mean(hits)) if len(hits) else float("nan")


def _roc_auc(y: Labels, probabilities: Probabilities) -> float:
    from sklearn.metrics import roc_auc_score

    classes = probabilities.shape[1]
    if len(np.unique(y)) < classes:
        return float("nan")
    if classes == 2:
        return float(roc_auc_score(y, probabilities[:, 1]))
    return float(np.mean([roc_auc_score(y == k, probabilities[:, k]) for k in range(classes)]))


def _log_loss(y: Labels, probabilities: Probabilities) -> float:
    tiny = np.finfo(np.float64).eps
    clipped = np.clip(probabilities, tiny, 1 - tiny)
    clipped = clipped / clipped.sum(axis=1, keepdims=True)
    return float(-np.mean(np.log(clipped[np.arange(len(y)), y])))


def _brier(y: Labels, probabilities: Probabilities) -> float:
    truth = np.eye(probabilities.shape[1])[y]
    squared = float(np.mean(((probabilities - truth) ** 2).sum(axis=1)))
    return squared / 2 if probabilities.shape[1] == 2 else squared


# Those that are drawn epoch by epoch.
CURVES: dict[str, Callable[[Labels, Probabilities], float]] = {
    "accuracy": _accuracy,
    "log_loss": _log_loss,
}
