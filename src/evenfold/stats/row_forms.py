"""Each metric as a mean of one value for each test row of each fit, whatever the metric.

For accuracy, log loss and Brier score these are the rows' own scores. The other metrics are
linearised: a row's value is the score plus what one more row like it would change, times the rows.
AUC has DeLong's placements, average precision, F1 and MCC their derivatives with respect to the
rows' weights. A metric of a user's own has the jackknife's values: see ``jackknife.py``.

AUC, average precision, the recalls and a user's metric are computed in each fit and averaged. F1
and MCC come from the counts of all fits together: the mean of F1 over small test parts is biased.

References
----------
DeLong, E. R., DeLong, D. M. and Clarke-Pearson, D. L. (1988). Comparing the areas under two or more
correlated receiver operating characteristic curves. Biometrics 44, 837-845.
Forman, G. and Scholz, M. (2010). Apples-to-apples in cross-validation studies. ACM SIGKDD
Explorations 12(1), 49-57.
Gorodkin, J. (2004). Comparing two K-category assignments by a K-category correlation coefficient.
Computational Biology and Chemistry 28, 367-374.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evenfold.stats.row_variance import RowValues
from evenfold.stats.tested_rows import (
    Counted,
    TestedRows,
    count_rows,
    mean_over_fits,
    smallest_class,
    values_of,
)

Values = NDArray[np.float64]
Indices = NDArray[np.int64]


def row_values(metric: str, tested: TestedRows) -> RowValues:
    """Return the values of a built-in metric; they are NaN in fits where it is not defined.

    Parameters
    ----------
    metric
        A name in ``METRIC_NAMES``.
    tested
        The predictions.

    Returns
    -------
    RowValues
        Values whose weighted mean is the score; fits where it is not defined are left out.
    """
    if metric in _OF_ROWS:
        values = _OF_ROWS[metric](tested.y, tested.probabilities)
    elif metric in _OF_COUNTS:
        values = _values_of_counts(_OF_COUNTS[metric], tested)
        weight = np.full(len(values), 1 / len(values))
        return values_of(tested, tested.unit, tested.fit, values, weight, smallest_class(tested))
    else:
        form = _OF_FITS[metric]
        parts = [
            form(tested.y[cells], tested.probabilities[cells], tested.positive)
            for cells in tested.of_fits()
        ]
        values = np.concatenate(parts)
        return mean_over_fits(tested, values, _counted(metric, tested))
    return mean_over_fits(tested, values, count_rows(tested))


def _counted(metric: str, tested: TestedRows) -> Counted:
    """Count the rows of the class that a metric is about, or of the smallest class."""
    if metric == "sensitivity":
        return count_rows(tested, tested.y == tested.positive)
    if metric == "specificity":
        return count_rows(tested, tested.y != tested.positive)
    return smallest_class(tested)


def _hits(y: Indices, probabilities: Values) -> Values:
    hits: Values = (probabilities.argmax(axis=1) == y).astype(np.float64)
    return hits


def _log_losses(y: Indices, probabilities: Values) -> Values:
    tiny = np.finfo(np.float64).eps
    clipped = np.clip(probabilities, tiny, 1 - tiny)
    losses: Values = -np.log(clipped[np.arange(len(y)), y] / clipped.sum(axis=1))
    return losses


def _squared_errors(y: Indices, probabilities: Values) -> Values:
    classes = probabilities.shape[1]
    squares: Values = ((probabilities - np.eye(classes)[y]) ** 2).sum(axis=1)
    return squares / 2 if classes == 2 else squares


def _recall(y: Indices, probabilities: Values, chosen: NDArray[np.bool_], hit: Values) -> Values:
    if not chosen.any():
        return np.full(len(y), np.nan)
    recall = float(hit[chosen].mean())
    values: Values = recall + np.where(chosen, len(y) / int(chosen.sum()) * (hit - recall), 0.0)
    return values


def _sensitivities(y: Indices, probabilities: Values, positive: int | None) -> Values:
    hit = (probabilities.argmax(axis=1) == positive).astype(np.float64)
    return _recall(y, probabilities, y == positive, hit)


def _specificities(y: Indices, probabilities: Values, positive: int | None) -> Values:
    if positive is None:
        return np.full(len(y), np.nan)
    hit = (probabilities.argmax(axis=1) != positive).astype(np.float64)
    return _recall(y, probabilities, y != positive, hit)


def _balanced(y: Indices, probabilities: Values, positive: int | None) -> Values:
    hit = _hits(y, probabilities)
    of_classes = [_recall(y, probabilities, y == label, hit) for label in np.unique(y)]
    return np.asarray(np.mean(of_classes, axis=0), np.float64)


def _one_against_rest(form: Callable[[NDArray[np.bool_], Values], Values]) -> _FitForm:
    def values(y: Indices, probabilities: Values, positive: int | None) -> Values:
        classes = probabilities.shape[1]
        if not np.bincount(y, minlength=classes).all():
            return np.full(len(y), np.nan)
        if classes == 2:
            code = 1 if positive is None else positive
            return form(y == code, probabilities[:, code])
        of_classes = [form(y == code, probabilities[:, code]) for code in range(classes)]
        return np.asarray(np.mean(of_classes, axis=0), np.float64)

    return values


def _placements(chosen: NDArray[np.bool_], chances: Values) -> Values:
    """DeLong's form of the AUC: a row's share of the other class that is on its right side."""
    rows, count = len(chances), int(chosen.sum())
    placements = np.empty(rows)
    placements[chosen] = _shares_below(chances[chosen], chances[~chosen])
    placements[~chosen] = 1 - _shares_below(chances[~chosen], chances[chosen])
    area = float(placements[chosen].mean())
    share = np.where(chosen, rows / count, rows / (rows - count))
    return area + share * (placements - area)


def _shares_below(values: Values, others: Values) -> Values:
    """Share of the others below each value; equal ones count half."""
    ordered = np.sort(others)
    counts = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    shares: Values = counts / (2 * len(others))
    return shares


def _precisions(chosen: NDArray[np.bool_], chances: Values) -> Values:
    """Average precision, and its derivative with respect to the weight of each row."""
    values, place = np.unique(-chances, return_inverse=True)
    all_rows = np.cumsum(np.bincount(place, minlength=len(values)))
    of_chosen = np.bincount(place, chosen, minlength=len(values))
    precision = np.cumsum(of_chosen) / all_rows
    count = float(chosen.sum())
    average = float(of_chosen @ precision) / count
    # A row counts in the precision at its own place and at every one after it.
    hit = np.cumsum((of_chosen / all_rows)[::-1])[::-1][place]
    miss = np.cumsum((of_chosen * precision / all_rows)[::-1])[::-1][place]
    change = chosen * (precision[place] - average + hit) - miss
    return average + len(chances) / count * change


def _values_of_counts(score: Callable[[Values], float], tested: TestedRows) -> Values:
    """Linearise a function of the shares of true and predicted classes.

    Derivatives are central differences: the functions are smooth, and a table has few cells.
    """
    classes = tested.probabilities.shape[1]
    predicted = tested.probabilities.argmax(axis=1)
    # The positive class, if there is one, comes last.
    order = np.arange(classes)
    if tested.positive is not None:
        order = np.r_[np.delete(order, tested.positive), tested.positive]
    place = np.argsort(order)
    table = np.bincount(place[tested.y] * classes + place[predicted], minlength=classes**2)
    shares = (table / len(predicted)).reshape(classes, classes)
    slopes = np.zeros((classes, classes))
    step = 1e-6
    for at in np.ndindex(classes, classes):
        change = np.zeros((classes, classes))
        change[at] = step
        slopes[at] = (score(shares + change) - score(shares - change)) / (2 * step)
    slopes -= (slopes * shares).sum()
    values: Values = score(shares) + slopes[place[tested.y], place[predicted]]
    return values


def _f1(shares: Values) -> float:
    """F1 of the last class of two; with more classes, the mean over them."""
    hits, sizes = np.diag(shares), shares.sum(axis=0) + shares.sum(axis=1)
    each = np.divide(2 * hits, sizes, out=np.zeros(len(hits)), where=sizes > 0)
    return float(each[-1] if len(each) == 2 else each.mean())


def _mcc(shares: Values) -> float:
    """Gorodkin's correlation; 0 where one class alone is predicted."""
    true, predicted, total = shares.sum(axis=1), shares.sum(axis=0), float(shares.sum())
    between = total * float(np.trace(shares)) - float(true @ predicted)
    spread = (total**2 - float(true @ true)) * (total**2 - float(predicted @ predicted))
    return between / float(np.sqrt(spread)) if spread > 1e-12 else 0.0


_FitForm = Callable[[Indices, Values, "int | None"], Values]
_OF_ROWS: dict[str, Callable[[Indices, Values], Values]] = {
    "accuracy": _hits,
    "log_loss": _log_losses,
    "brier": _squared_errors,
}
_OF_COUNTS: dict[str, Callable[[Values], float]] = {"f1": _f1, "mcc": _mcc}
_OF_FITS: dict[str, _FitForm] = {
    "balanced_accuracy": _balanced,
    "sensitivity": _sensitivities,
    "specificity": _specificities,
    "roc_auc": _one_against_rest(_placements),
    "average_precision": _one_against_rest(_precisions),
}
