"""Scores of one fit, computed from its kept predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

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


@dataclass(frozen=True)
class Metric:
    """A plug-in's value: a function of the labels and predictions of one fit's test rows.

    ``function(y, probabilities, positive)`` is given labels, int64 of shape ``(rows,)``,
    probabilities, float64 of shape ``(rows, classes)``, and the code of the positive class or None;
    it returns a number, NaN where it is not defined. A difference below ``rope`` is of no interest.
    """

    function: Callable[[Labels, Probabilities, int | None], float]
    lower_is_better: bool = False
    rope: float = 0.01


def by_fit(metric: Metric, predictions: pd.DataFrame, positive: int | None) -> list[float]:
    """The metric of each fit, in the order of ``read_predictions``'s table."""
    classes = [name for name in predictions.columns if name[0] == "p" and name[1:].isdigit()]
    first = np.flatnonzero(predictions["row"].to_numpy() == 0)
    y = predictions["label"].to_numpy(np.int64)
    probabilities = predictions[classes].to_numpy(np.float64)
    parts = zip(np.split(y, first[1:]), np.split(probabilities, first[1:]), strict=True)
    return [float(metric.function(labels, of_fit, positive)) for labels, of_fit in parts]


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
    classes = probabilities.shape[1]
    if len(np.unique(y)) < classes:
        return float("nan")
    if classes == 2:
        return _above(probabilities[:, 1], y == 1)
    return float(np.mean([_above(probabilities[:, k], y == k) for k in range(classes)]))


def _above(values: Probabilities, chosen: NDArray[np.bool_]) -> float:
    """The share of pairs of a chosen row and another in which the chosen one's value is larger.

    Of equals half: Mann and Whitney's U over the number of pairs, the area under the ROC curve.
    """
    from scipy.stats import rankdata

    count = int(chosen.sum())
    least = count * (count + 1) / 2
    return float((rankdata(values)[chosen].sum() - least) / (count * (len(chosen) - count)))


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
