"""Figures from predictions of a study: ROC curves, calibration curves and the confusion matrix.

The positive class is the dataset's own, or else the second. Predictions of all folds of a repeat,
in which every row is predicted once, are pooled; bands are over repeats.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenfold.render.charts import BAND, Figure, NameStyles, Spec, diagonal, name_channels
from evenfold.score.figure_names import stem, words
from evenfold.score.predictions import Predictions
from evenfold.score.study_scores import StudyScores

if TYPE_CHECKING:
    import pandas as pd

CELL = ["truth", "predicted"]
AS = " as "
BINS = 10
GRID = np.linspace(0, 1, 101)
# The axis of ROC curves ends where the last curve reaches NEARLY, but not before LEAST_END.
NEARLY, LEAST_END = 0.99, 0.1
FEWEST_ROWS = 5  # in a bin of a repeat
MOST_UPRIGHT = 6  # cells whose labels fit side by side
Values = NDArray[np.float64]
Domains = tuple[tuple[float, float], tuple[float, float]]
Curve = Callable[[Values, Values], Values]


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
    table = _bands(predictions, roc_on_grid, GRID, ("false_positive_rate", "median"))
    nearly = table[(table["median"] >= NEARLY) & ~table["model"].isin(list(references))]
    end = max([*nearly.groupby("model")["false_positive_rate"].min(), LEAST_END])
    least, off_scale = _least_rate(table, references, end)
    titles = "false positive rate", "true positive rate"
    return Figure(
        name=stem(study, "roc"),
        title=f"{words(study)}: ROC",
        caption="The share of the positive class that is found, by the share of false alarms. The "
        "axis ends where the curves are nearly complete. Median and 10 to 90 % of the repeats.",
        table=table,
        spec=_band_spec(table, "false_positive_rate", titles, ((0, end), (least, 1)), styles),
        note=f"off scale: {', '.join(off_scale)}" if off_scale else "",
    )


def calibration_curves(study: StudyScores, predictions: Predictions, styles: NameStyles) -> Figure:
    """Draw how often the positive class occurs by its predicted probability, in equal bins.

    Parameters
    ----------
    study
        The study.
    predictions
        Its predictions of two classes.
    styles
        The styles of the report's names.
    """
    middles = (np.arange(BINS) + 0.5) / BINS
    table = _bands(predictions, _share_by_bin, middles, ("predicted", "median")).dropna()
    titles = "predicted probability of the positive class", "share of rows of the positive class"
    return Figure(
        name=stem(study, "calibration"),
        title=f"{words(study)}: calibration",
        caption="On the diagonal, a prediction of 80 % is right in 80 % of the cases. Median and "
        f"10 to 90 % of the repeats, in bins of a tenth with at least {FEWEST_ROWS} rows.",
        table=table,
        spec=_band_spec(table, "predicted", titles, ((0, 1), (0, 1)), styles),
    )


def confusion(study: StudyScores, predictions: Predictions, styles: NameStyles) -> Figure:
    """Draw rows per repeat by class and prediction: the mean over repeats with a band.

    Parameters
    ----------
    study
        The study.
    predictions
        Its predictions.
    styles
        The styles of the report's names.
    """
    table = _confusion(predictions)
    positive = ""
    if is_binary(predictions):
        positive = f" The positive class is {predictions.classes[_positive(predictions)]}."
    return Figure(
        name=stem(study, "confusion"),
        title=f"{words(study)}: classes and predictions",
        caption="How many rows of each class are predicted as which class: mean and 10 to 90 % of "
        f"the repeats. Above one row the axis is logarithmic.{positive}",
        table=table,
        spec=_confusion_spec(table, styles),
    )


def is_binary(predictions: Predictions) -> bool:
    """Return whether there are two classes, one of them the positive one."""
    return len(predictions.classes) == 2


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


def _share_by_bin(truth: Values, p: Values) -> Values:
    """The share of the positive class in each bin of probability; NaN in bins of too few rows."""
    place = np.minimum((p * BINS).astype(int), BINS - 1)
    counts = np.bincount(place, minlength=BINS)
    shares: Values = np.full(BINS, np.nan)
    enough = counts >= FEWEST_ROWS
    shares[enough] = np.bincount(place, weights=truth, minlength=BINS)[enough] / counts[enough]
    return shares


def _repeats(table: pd.DataFrame) -> pd.Series:
    """The repeat of every prediction: of folds the number in the split's name, else the seed."""
    import pandas as pd

    splits = pd.Categorical(table["split"]).remove_unused_categories()
    by_split = splits.categories.to_series().astype(str).str.extract(r"^r(\d+)f\d+$")[0]
    codes, repeats = pd.factorize(by_split, sort=True)
    if (codes >= 0).all():
        found = pd.Categorical.from_codes(codes[splits.codes], repeats)
        return pd.Series(found, index=table.index)
    found = by_split.to_numpy()[splits.codes]
    return pd.Series(found, index=table.index).fillna(table["seed"].astype(str)).astype("category")


def _bands(
    predictions: Predictions, curve: Curve, grid: Values, names: tuple[str, str]
) -> pd.DataFrame:
    import pandas as pd

    parts = []
    table = predictions.table.assign(repeat=_repeats(predictions.table))
    for model, of_model in table.groupby("model", sort=True, observed=True):
        curves = np.array([curve(*pair) for pair in _pooled(of_model, _positive(predictions))])
        low, middle, high = _quantiles(curves)
        columns = {names[0]: grid, names[1]: middle, "low": low, "high": high}
        parts.append(pd.DataFrame({"model": str(model), **columns}))
    return pd.concat(parts, ignore_index=True)


def _pooled(of_model: pd.DataFrame, positive: int) -> Iterator[tuple[Values, Values]]:
    """Yield the truth and the probability of the positive class of each repeat."""
    repeat = of_model["repeat"].cat.codes.to_numpy()
    order = np.argsort(repeat, kind="stable")
    ends = np.flatnonzero(np.diff(repeat[order])) + 1
    truth = np.asarray(of_model["label"] == positive, np.float64)[order]
    p = of_model[f"p{positive}"].to_numpy(np.float64)[order]
    yield from zip(np.split(truth, ends), np.split(p, ends), strict=True)


def _quantiles(curves: Values) -> tuple[Values, Values, Values]:
    """Low, median and high over repeats; NaN where no repeat has a value."""
    import pandas as pd

    found = pd.DataFrame(curves).quantile([BAND[0], 0.5, BAND[1]]).to_numpy()
    return found[0], found[1], found[2]


def _confusion(predictions: Predictions) -> pd.DataFrame:
    """One row per model and ``cell``: ``rows`` per repeat, and their band ``low`` to ``high``."""
    import pandas as pd

    table = predictions.table
    probabilities = table[[f"p{code}" for code in range(len(predictions.classes))]].to_numpy()
    guesses = probabilities.argmax(axis=1)
    table = table.assign(predicted=guesses, truth=table["label"], repeat=_repeats(table))
    counts = table.groupby(["model", "repeat", *CELL], observed=True).size()
    # A cell without rows in a repeat counts as zero there.
    complete = counts.unstack(CELL, fill_value=0)
    cells = table[CELL].drop_duplicates().sort_values(CELL).to_numpy(int).tolist()
    parts = []
    for model, of_model in complete.groupby(level="model", observed=True):
        for truth, guess in cells:
            rows = of_model[truth, guess].to_numpy(np.float64)
            names = predictions.classes[truth], predictions.classes[guess]
            band = rows.mean(), *np.quantile(rows, BAND)
            parts.append((str(model), *names, AS.join(names), *band))
    return pd.DataFrame(parts, columns=["model", *CELL, "cell", "rows", "low", "high"])


def _least_rate(
    table: pd.DataFrame, references: Sequence[str], end: float
) -> tuple[float, list[str]]:
    """Where the axis of true positive rates starts, and the references that lie below."""
    inside = table[table["false_positive_rate"] <= end]
    is_reference = inside["model"].isin(list(references))
    lows = inside.loc[~is_reference, "low"]
    if not is_reference.any() or not lows.notna().any():
        return 0.0, []
    least = max(0.0, math.floor(20 * float(lows.min())) / 20)
    tops = inside[is_reference].groupby("model")["median"].max()
    return least, [str(model) for model, top in tops.items() if top < least]


def _positive(predictions: Predictions) -> int:
    return len(predictions.classes) - 1 if predictions.positive is None else predictions.positive


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
    return {
        "layer": [
            diagonal(x_scale, y_scale),
            {"mark": {"type": "area", "opacity": 0.12, "clip": True}, "encoding": band},
            {"mark": {"type": "line", "strokeWidth": 1.8, "clip": True}, "encoding": line},
        ]
    }


def _confusion_spec(table: pd.DataFrame, styles: NameStyles) -> Spec:
    models, cells = (list(dict.fromkeys(table[name])) for name in ("model", "cell"))
    axis: Spec = {"labelAngle": 0, "labelExpr": f"split(datum.label, '{AS}')"}
    title = "class, and below it the predicted class"
    if len(cells) > MOST_UPRIGHT:
        axis, title = {"labelAngle": -40, "labelOverlap": False}, "class as predicted class"
    place: Spec = {
        "x": {"field": "cell", "type": "nominal", "sort": cells, "title": title, "axis": axis},
        "xOffset": {"field": "model", "type": "nominal", "scale": {"domain": models}},
    }
    rows: Spec = {"type": "quantitative", "scale": {"type": "symlog"},
                  "title": "rows per repeat (log)",
                  "axis": {"values": [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]}}  # fmt: skip # noqa: E501
    rule: Spec = {**place, "y": {**rows, "field": "low"}, "y2": {"field": "high"},
                  **name_channels("model", models, styles, "rule")}  # fmt: skip
    point: Spec = {**place, "y": {**rows, "field": "rows"},
                   **name_channels("model", models, styles, "point")}  # fmt: skip
    return {
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 1.5}, "encoding": rule},
            {"mark": {"type": "point", "filled": True, "size": 45, "opacity": 1},
             "encoding": point},
        ]
    }  # fmt: skip
