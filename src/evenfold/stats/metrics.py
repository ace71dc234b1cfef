"""The scores of one fit, computed from its predictions of the test rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import EvenfoldError
from evenfold.stats.score_scales import Scale

Probabilities = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Metric:
    """A metric of your own: the ``METRIC`` of a plug-in.

    Parameters
    ----------
    function
        ``function(y, probabilities, positive)`` returns the score of one fit, NaN where it is not
        defined. ``y`` holds the labels of the test rows, int64 of shape ``(rows,)``;
        ``probabilities`` is float64 of shape ``(rows, classes)``; ``positive`` is the code of the
        positive class, or None.
    lower_is_better
        Whether a smaller score is the better one.
    rope
        The margin: differences below it do not matter in practice.
    low, high
        The ends of the metric's range, such as 0 and 1; intervals stay in it. ``-math.inf`` and
        ``math.inf`` where it has no end.

    Raises
    ------
    ValueError
        ``low`` is not below ``high``, or ``rope`` is not a number of at least 0.
    TypeError
        ``function`` is not a function.
    """

    function: Callable[[Labels, Probabilities, int | None], float]
    lower_is_better: bool = False
    rope: float = 0.01
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise TypeError(f"Metric: {self.function!r} is not a function")
        if not (isinstance(self.rope, (int, float)) and 0 <= self.rope < math.inf):
            raise ValueError(f"Metric: rope={self.rope!r} is not a number of at least 0")
        if not self.low < self.high:
            raise ValueError(f"Metric: low={self.low} is not below high={self.high}")

    def leave_out(
        self, y: Labels, probabilities: Probabilities, positive: int | None, units: Labels
    ) -> Iterator[float]:
        """Yield the score of a fit, and then the score without each unit of rows in turn.

        NaN where the function fails, as it may without some rows, and without any row. Nothing
        follows a score that is not finite.

        Parameters
        ----------
        y, probabilities, positive
            The arguments of the function.
        units
            The number of each row's unit, shape ``(rows,)``; units are left out in their order.
        """
        # A user's function may write into its arguments.
        whole = self._value(y.copy(), probabilities.copy(), positive)
        yield whole
        if not math.isfinite(whole):
            return
        for unit in np.unique(units):
            left = units != unit
            yield self._value(y[left], probabilities[left], positive) if left.any() else math.nan

    def _value(self, y: Labels, probabilities: Probabilities, positive: int | None) -> float:
        try:
            return float(self.function(y, probabilities, positive))
        except EvenfoldError:  # its process has ended
            raise
        # A function may raise anything.
        except Exception:
            return math.nan

    @property
    def scale(self) -> Scale:
        """The range of the metric."""
        return Scale(self.low, self.high)


def compute_scores(
    y: Labels, probabilities: Probabilities, positive: int | None
) -> dict[str, float]:
    """Compute every built-in metric of one fit.

    The predicted class is the most probable one, the first of equals. ``roc_auc`` of several
    classes is the mean of one class against the rest. ``brier`` is the mean squared error of the
    probability of the positive class, or with several classes the sum over the classes.
    ``sensitivity`` and ``specificity`` are the recall of the positive class and of the others.
    ``average_precision`` and ``f1`` are those of the positive class of two (without one, of the
    second class); of several classes they are the mean of one class against the rest. ``mcc`` is
    Matthews' correlation coefficient, 0 where one class alone is predicted.

    Parameters
    ----------
    y
        Labels of the test rows, shape ``(rows,)``.
    probabilities
        Predicted probabilities, shape ``(rows, classes)``.
    positive
        The code of the positive class, or None.

    Returns
    -------
    dict
        A score for each name in ``METRIC_NAMES``; NaN where it is not defined, such as the AUC of
        rows of one class.

    References
    ----------
    Brier, G. W. (1950). Verification of forecasts expressed in terms of probability. Monthly
    Weather Review 78, 1-3. (Two classes: divided by 2.)

    Gorodkin, J. (2004). Comparing two K-category assignments by a K-category correlation
    coefficient. Computational Biology and Chemistry 28, 367-374.
    """
    predicted = probabilities.argmax(axis=1)
    recalls = [float(np.mean(predicted[y == label] == label)) for label in np.unique(y)]
    scores: dict[str, float] = {
        "accuracy": _accuracy(y, probabilities),
        "balanced_accuracy": float(np.mean(recalls)),
        "roc_auc": _roc_auc(y, probabilities),
        "log_loss": _log_loss(y, probabilities),
        "brier": _brier(y, probabilities),
        "sensitivity": float("nan"),
        "specificity": float("nan"),
        "average_precision": _average_precision(y, probabilities, positive),
        "f1": _f1(y, predicted, probabilities.shape[1], positive),
        "mcc": _mcc(y, predicted, probabilities.shape[1]),
    }
    if positive is not None:
        scores["sensitivity"] = _share(predicted[y == positive] == positive)
        scores["specificity"] = _share(predicted[y != positive] != positive)
    return scores


def majority_accuracy(y_train: Labels, y_test: Labels) -> float:
    """Compute the accuracy of always predicting the most frequent class of the training rows."""
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
    """Area under the ROC curve: the share of pairs in which the chosen row has the larger value.

    Ties count half. It is Mann and Whitney's U divided by the number of pairs.
    """
    from scipy.stats import rankdata

    count = int(chosen.sum())
    least = count * (count + 1) / 2
    return float((rankdata(values)[chosen].sum() - least) / (count * (len(chosen) - count)))


def _average_precision(y: Labels, probabilities: Probabilities, positive: int | None) -> float:
    classes = probabilities.shape[1]
    if len(np.unique(y)) < classes:
        return float("nan")
    codes = _judged_classes(classes, positive)
    return float(np.mean([_mean_precision(probabilities[:, k], y == k) for k in codes]))


def _mean_precision(values: Probabilities, chosen: NDArray[np.bool_]) -> float:
    """The precision at the value of each chosen row, on average; equal values are one step."""
    levels, place = np.unique(-values, return_inverse=True)
    hits = np.bincount(place, chosen, minlength=len(levels))
    precision = np.cumsum(hits) / np.cumsum(np.bincount(place, minlength=len(levels)))
    return float(hits @ precision / hits.sum())


def _judged_classes(classes: int, positive: int | None) -> list[int]:
    """The positive class of two, the second of two without one, else every class."""
    return list(range(classes)) if classes > 2 else [1 if positive is None else positive]


def _f1(y: Labels, predicted: Labels, classes: int, positive: int | None) -> float:
    """F1, NaN where the class is neither among the labels nor predicted."""
    scores = []
    for code in _judged_classes(classes, positive):
        size = int((y == code).sum() + (predicted == code).sum())
        hits = int(((y == code) & (predicted == code)).sum())
        scores.append(2 * hits / size if size else float("nan"))
    return float(np.mean(scores))


def _mcc(y: Labels, predicted: Labels, classes: int) -> float:
    true = np.bincount(y, minlength=classes).astype(np.float64)
    called = np.bincount(predicted, minlength=classes).astype(np.float64)
    rows = float(len(y))
    spread = (rows**2 - float(true @ true)) * (rows**2 - float(called @ called))
    if spread == 0:
        return 0.0
    between = rows * float((y == predicted).sum()) - float(true @ called)
    return between / math.sqrt(spread)


def _log_loss(y: Labels, probabilities: Probabilities) -> float:
    tiny = np.finfo(np.float64).eps
    clipped = np.clip(probabilities, tiny, 1 - tiny)
    clipped = clipped / clipped.sum(axis=1, keepdims=True)
    return float(-np.mean(np.log(clipped[np.arange(len(y)), y])))


def _brier(y: Labels, probabilities: Probabilities) -> float:
    truth = np.eye(probabilities.shape[1])[y]
    squared = float(np.mean(((probabilities - truth) ** 2).sum(axis=1)))
    return squared / 2 if probabilities.shape[1] == 2 else squared


# Metrics of learning curves, computed after every epoch.
CURVE_METRICS: dict[str, Callable[[Labels, Probabilities], float]] = {
    "accuracy": _accuracy,
    "log_loss": _log_loss,
}
