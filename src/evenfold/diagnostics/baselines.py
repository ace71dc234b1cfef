"""Models that are not shown to be better than predictions anyone can make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from evenfold.stats.row_forms import row_values
from evenfold.stats.row_intervals import compare_rows
from evenfold.stats.tested_rows import TestedRows
from evenfold.stats.verdicts import BETTER

ALIKE = 0.02  # mean distance of probabilities below which two models are one


def constant_predictions(tested: TestedRows) -> TestedRows:
    """Return the shares of classes in the training rows, as the predictions of every test row.

    The training rows of a fit are those that other fits test; in a holdout they are unknown, and
    the shares are those of the test rows.
    """
    classes = tested.probabilities.shape[1]
    rows, first = np.unique(tested.row, return_index=True)
    labels = tested.y[first]
    probabilities = np.empty_like(tested.probabilities)
    for cells in tested.of_fits():
        outside = ~np.isin(rows, tested.row[cells])
        counts = np.bincount(labels[outside] if outside.any() else labels, minlength=classes)
        probabilities[cells] = counts / counts.sum()
    return replace(tested, probabilities=probabilities)


def is_constant(tested: TestedRows) -> bool:
    """Whether a model predicts the same for every row of a fit: it is a baseline itself."""
    p = tested.probabilities
    return all(float(np.ptp(p[cells], axis=0).max()) < 1e-9 for cells in tested.of_fits())


def are_alike(tested: TestedRows, other: TestedRows) -> bool:
    """Whether two models predict nearly the same on the fits that both have."""
    ours = tested.only_fits(np.unique(other.fit))
    theirs = other.only_fits(np.unique(ours.fit))
    if ours.probabilities.shape != theirs.probabilities.shape:
        return False
    return float(np.abs(ours.probabilities - theirs.probabilities).mean()) < ALIKE


def not_shown_better(
    tested: Mapping[str, TestedRows], baseline: TestedRows, metric: str
) -> Sequence[str]:
    """Return the models whose interval of the difference from a baseline is not above 0.

    Intervals hold for all models at once with 95 %: a model that is no better stays unmentioned in
    at most 2.5 % of studies. One that is better by less than the detectable difference is
    mentioned.

    Parameters
    ----------
    tested
        The predictions of each model.
    baseline
        Those of the baseline, of the same fits or of some of them.
    metric
        A built-in metric.
    """
    values = {model: row_values(metric, one) for model, one in tested.items()}
    compared = compare_rows(values, row_values(metric, baseline), metric, 0.0)
    return [model for model, one in compared.items() if one.verdict != BETTER]
