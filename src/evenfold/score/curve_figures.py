"""Figures of rates: ROC and precision-recall curves, cut to where curves are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenfold.render.charts import Figure, NameStyles, Spec, diagonal, name_channels
from evenfold.score.curve_bands import Values, curve_bands
from evenfold.score.figure_names import stem, words
from evenfold.score.predictions import Predictions
from evenfold.score.study_scores import StudyScores

if TYPE_CHECKING:
    import pandas as pd

GRID = np.linspace(0, 1, 101)
# The axis of ROC curves ends where the last curve reaches NEARLY, but not before LEAST_END; that of
# recall begins where the first curve falls below it.
NEARLY, LEAST_END = 0.99, 0.1
Domains = tuple[tuple[float, float], tuple[float, float]]


def roc_curves(
    study: StudyScores, predictions: Predictions, references: Sequence[str], styles: NameStyles
) -> Figure:
    """Draw true positives against false positives: the median over repeats with a band.

    Parameters
    ----------
    study
        The study.
    predictions
        Its predictions of two classes.
    references
        Models that do not decide where the axis ends.
    styles
        The styles of the report's names.
    """
    table = curve_bands(predictions, roc_on_grid, GRID, ("false_positive_rate", "median"))
    nearly = table[(table["median"] >= NEARLY) & ~table["model"].isin(list(references))]
    end = max([*nearly.groupby("model")["false_positive_rate"].min(), LEAST_END])
    least, off_scale = _least_rate(table[table["false_positive_rate"] <= end], references)
    titles = "false positive rate", "true positive rate"
    return Figure(
        name=stem(study, "roc"),
        title=f"{words(study)}: ROC",
        caption="The share of the positive class that is found, by the share of false alarms. The "
        "axis ends where the curves are nearly complete. Median and 10 to 90 % of the repeats.",
        table=table,
        spec=_band_spec(table, "false_positive_rate", titles, ((0, end), (least, 1)), styles),
        note=_note(off_scale),
    )


def precision_recall_curves(
    study: StudyScores, predictions: Predictions, references: Sequence[str], styles: NameStyles
) -> Figure:
    """Draw precision against recall: the median over repeats with a band.

    Parameters
    ----------
    study
        The study.
    predictions
        Its predictions of two classes.
    references
        Models that do not decide where the axes end.
    styles
        The styles of the report's names.
    """
    table = curve_bands(predictions, precision_on_grid, GRID, ("recall", "median"))
    of_models = table[~table["model"].isin(list(references))]
    complete = of_models[of_models["median"] >= NEARLY].groupby("model")["recall"].max()
    models = of_models["model"].nunique()
    first = min(complete) if len(complete) == models and models else 0.0
    start = min(math.floor(20 * first) / 20, 1 - LEAST_END)
    inside = table[table["recall"] >= start - 1e-9]
    least, off_scale = _least_rate(inside, references)
    titles = "recall: share of the positive class found", "precision"
    return Figure(
        name=stem(study, "precision-recall"),
        title=f"{words(study)}: precision and recall",
        caption="The share of alarms that are right, by the share of the positive class that is "
        "found. The axis begins where precision begins to fall. Median and 10 to 90 % of the "
        "repeats.",
        table=inside,
        spec=_band_spec(inside, "recall", titles, ((start, 1), (least, 1)), styles),
        note=_note(off_scale),
    )


def roc_on_grid(truth: Values, p: Values) -> Values:
    """Interpolate a ROC curve on ``GRID``.

    Parameters
    ----------
    truth
        1.0 for rows of the positive class, else 0.0; shape (rows,).
    p
        Predicted probabilities of the positive class; shape (rows,).

    Returns
    -------
    ndarray
        True positive rates at the false positive rates of ``GRID``; NaN where one class has no row.
    """
    if truth.all() or not truth.any():
        return np.full(len(GRID), np.nan)
    order = np.argsort(-p, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(p[order])), len(p) - 1)
    true = np.append(0.0, np.cumsum(truth[order])[ends])
    false = np.append(0.0, 1.0 + ends) - true
    found: Values = np.interp(GRID, false / false[-1], true / true[-1])
    return found


def precision_on_grid(truth: Values, p: Values) -> Values:
    """Interpolate a precision-recall curve on ``GRID``.

    Parameters
    ----------
    truth
        1.0 for rows of the positive class, else 0.0; shape (rows,).
    p
        Predicted probabilities of the positive class; shape (rows,).

    Returns
    -------
    ndarray
        The greatest precision at each recall of ``GRID`` or more; NaN where one class has no row.

    References
    ----------
    Manning, C. D., Raghavan, P. and Schütze, H. (2008). Introduction to Information Retrieval,
    section 8.4. (Interpolated precision.)
    """
    if truth.all() or not truth.any():
        return np.full(len(GRID), np.nan)
    order = np.argsort(-p, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(p[order])), len(p) - 1)
    true = np.cumsum(truth[order])[ends]
    precision, recall = true / (1.0 + ends), true / true[-1]
    best = np.maximum.accumulate(precision[::-1])[::-1]
    found: Values = best[np.searchsorted(recall, GRID - 1e-12)]
    return found


def _note(off_scale: Sequence[str]) -> str:
    return f"off scale: {', '.join(off_scale)}" if off_scale else ""


def _least_rate(inside: pd.DataFrame, references: Sequence[str]) -> tuple[float, list[str]]:
    """Where the axis of rates starts, and the references that lie below."""
    is_reference = inside["model"].isin(list(references))
    lows = inside.loc[~is_reference, "low"]
    if not is_reference.any() or not lows.notna().any():
        return 0.0, []
    least = max(0.0, math.floor(20 * float(lows.min())) / 20)
    tops = inside[is_reference].groupby("model")["median"].max()
    return least, [str(model) for model, top in tops.items() if top < least]


def _band_spec(
    table: pd.DataFrame, x: str, titles: tuple[str, str], domains: Domains, styles: NameStyles
) -> Spec:
    models = list(dict.fromkeys(table["model"]))
    x_scale: Spec = {"domain": domains[0], "nice": False}
    y_scale: Spec = {"domain": domains[1], "nice": False}
    across: Spec = {"field": x, "type": "quantitative", "title": titles[0], "scale": x_scale}
    up: Spec = {"type": "quantitative", "title": titles[1], "scale": y_scale}
    lines = name_channels("model", models, styles, "line")
    # Bands are filled and lines stroked in the same colours: they share the legend of the lines.
    band: Spec = {"x": across, "y": {**up, "field": "low"}, "y2": {"field": "high"},
                  "fill": lines["color"]}  # fmt: skip
    line: Spec = {"x": across, "y": {**up, "field": "median"}, **lines}
    chance = [diagonal(x_scale, y_scale)] if x == "false_positive_rate" else []
    return {
        "layer": [
            *chance,
            {"mark": {"type": "area", "opacity": 0.12, "clip": True}, "encoding": band},
            {"mark": {"type": "line", "strokeWidth": 1.8, "clip": True}, "encoding": line},
        ]
    }
