"""Curves from kept predictions of two classes: ROC, calibration, and the confusion matrix.

The positive class is the dataset's, or the second. Predictions of a repeat's folds, in which every
row is predicted once, are pooled; a band is over the repeats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evenfold.render.charts import (
    BAND,
    Axes,
    Figure,
    colour,
    legend_beside,
    look,
    marked,
    plain,
)
from evenfold.score.figure_names import stem, words
from evenfold.score.predictions import Predictions
from evenfold.score.studies import StudyScores

if TYPE_CHECKING:
    import pandas as pd

CELL = ["truth", "predicted"]
AS = " as "
BINS = 10
GRID = np.linspace(0, 1, 101)
# Of a ROC curve: where the last of them has found nearly all, the axis ends.
NEARLY, LEAST_SHOWN = 0.99, 0.1
FEWEST_ROWS = 5  # of a bin in a repeat
Values = NDArray[np.float64]


def roc_curves(study: StudyScores, kept: Predictions, references: Sequence[str]) -> Figure:
    """True positives against false positives, the median over repeats with a band."""
    from sklearn.metrics import roc_curve

    def curve(truth: Values, p: Values) -> Values:
        if truth.all() or not truth.any():
            return np.full(len(GRID), np.nan)
        false, true, _ = roc_curve(truth, p)
        found: Values = np.interp(GRID, false, true)
        return found

    table = _bands(kept, curve, GRID, ("false_positive_rate", "median"))
    nearly = table[(table["median"] >= NEARLY) & ~table["model"].isin(list(references))]
    end = max([*nearly.groupby("model")["false_positive_rate"].min(), LEAST_SHOWN])

    def draw(axes: Axes) -> None:
        _lines(axes, table, "false_positive_rate")
        axes.plot([0, 1], [0, 1], color="black", linewidth=0.6, linestyle=":")
        axes.set_xlabel("false positive rate")
        axes.set_ylabel("true positive rate")
        axes.set_xlim(-0.002, end)
        axes.set_ylim(0, 1.01)
        legend_beside(axes)

    return Figure(
        name=stem(study, "roc"),
        title=f"{words(study)}: ROC",
        says="How many of the positive class are found for how many false alarms, up to where "
        "nearly all are found; median and 10 to 90 % of the repeats.",
        table=table,
        draw=draw,
        chart=_band_chart("false_positive_rate", "true positive rate", end),
    )


def calibration_curves(study: StudyScores, kept: Predictions) -> Figure:
    """How often what was predicted with a probability was true, in bins of equal width."""

    def curve(truth: Values, p: Values) -> Values:
        place = np.minimum((p * BINS).astype(int), BINS - 1)
        counts = np.bincount(place, minlength=BINS)
        found: Values = np.full(BINS, np.nan)
        enough = counts >= FEWEST_ROWS
        found[enough] = np.bincount(place, weights=truth, minlength=BINS)[enough] / counts[enough]
        return found

    middles = (np.arange(BINS) + 0.5) / BINS
    table = _bands(kept, curve, middles, ("predicted", "median")).dropna()

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color="black", linewidth=0.6, linestyle=":")
        _lines(axes, table, "predicted")
        axes.set_xlabel("predicted probability of the positive class")
        axes.set_ylabel("how often it was true")
        legend_beside(axes)

    return Figure(
        name=stem(study, "calibration"),
        title=f"{words(study)}: calibration",
        says="On the diagonal, what is predicted with 80 % is true in 80 %; median and 10 to 90 % "
        f"of the repeats, in bins of a tenth with at least {FEWEST_ROWS} rows.",
        table=table,
        draw=draw,
        chart=_band_chart("predicted", "how often it was true", 1.0),
    )


def confusion(study: StudyScores, kept: Predictions) -> Figure:
    """Rows of a repeat by class and by what was predicted, the mean over repeats with a band."""
    table = _confusion(kept)
    positive = f" The positive class is {kept.classes[_positive(kept)]}." if is_binary(kept) else ""

    cells = list(dict.fromkeys(table["cell"]))
    models = list(dict.fromkeys(table["model"]))

    def draw(axes: Axes) -> None:
        for number, model in enumerate(models):
            rows = table[table["model"] == model]
            at = np.array([cells.index(cell) for cell in rows["cell"]], np.float64)
            at += (number - (len(models) - 1) / 2) * 0.8 / len(models)
            axes.vlines(at, rows["low"], rows["high"], color=colour(number), linewidth=1.5)
            style = {**look(number), "linestyle": "none"}
            axes.plot(at, rows["rows"], label=plain(str(model)), markersize=5, **style)
        axes.set_xticks(range(len(cells)), [plain(cell.replace(AS, "\nas ")) for cell in cells])
        axes.set_yscale("symlog", linthresh=1)
        axes.set_ylim(bottom=-0.2)
        axes.set_ylabel("rows a repeat (log)")
        axes.grid(axis="y", alpha=0.3)
        legend_beside(axes)

    return Figure(
        name=stem(study, "confusion"),
        title=f"{words(study)}: classes and predictions",
        says="How many rows of each class are predicted as which; mean and 10 to 90 % of the "
        "repeats. Above one row the axis is logarithmic." + positive,
        table=table,
        draw=draw,
        chart=_confusion_chart(cells),
    )


def is_binary(kept: Predictions) -> bool:
    """Whether there are two classes, of which one is the positive one."""
    return len(kept.classes) == 2


def _repeats(predictions: pd.DataFrame) -> pd.Series[Any]:
    """Which repeat a prediction is of: of folds the number in the split's name, else the seed."""
    numbers = predictions["split"].str.extract(r"^r(\d+)f\d+$")[0]
    return numbers.fillna(predictions["seed"].astype(str))


def _bands(kept: Predictions, curve: Any, grid: Values, names: tuple[str, str]) -> pd.DataFrame:
    import pandas as pd

    parts = []
    for model, of_model in kept.table.groupby("model", sort=True, observed=True):
        curves = np.array([curve(*pooled) for pooled in _pooled(of_model, _positive(kept))])
        low, middle, high = _quantiles(curves)
        told = {"model": str(model), names[0]: grid, names[1]: middle, "low": low, "high": high}
        parts.append(pd.DataFrame(told))
    return pd.concat(parts, ignore_index=True)


def _pooled(of_model: pd.DataFrame, positive: int) -> Iterator[tuple[Values, Values]]:
    for _, rows in of_model.groupby(_repeats(of_model)):
        truth = np.asarray(rows["label"] == positive, np.float64)
        yield truth, np.asarray(rows[f"p{positive}"], np.float64)


def _quantiles(curves: Values) -> tuple[Values, Values, Values]:
    """Low, median and high over repeats; NaN where no repeat has a value."""
    import pandas as pd

    found = pd.DataFrame(curves).quantile([BAND[0], 0.5, BAND[1]]).to_numpy()
    return found[0], found[1], found[2]


def _confusion(kept: Predictions) -> pd.DataFrame:
    """One row a model and ``cell`` of the matrix: ``rows`` of a repeat, and ``low`` to ``high``."""
    import pandas as pd

    predicted = kept.table[[f"p{code}" for code in range(len(kept.classes))]].to_numpy()
    told = kept.table.assign(predicted=predicted.argmax(axis=1), truth=kept.table["label"])
    told = told.assign(repeat=_repeats(told))
    counts = told.groupby(["model", "repeat", *CELL], observed=True).size()
    # A cell in which a repeat has no row counts there as none.
    every = counts.unstack(CELL, fill_value=0)
    seen = told[CELL].drop_duplicates().sort_values(CELL).to_numpy(int).tolist()
    parts = []
    for model, of_model in every.groupby(level="model", observed=True):
        for truth, guess in seen:
            rows = of_model[truth, guess].to_numpy(np.float64)
            names = kept.classes[truth], kept.classes[guess]
            band = rows.mean(), *np.quantile(rows, BAND)
            parts.append((str(model), *names, AS.join(names), *band))
    return pd.DataFrame(parts, columns=["model", *CELL, "cell", "rows", "low", "high"])


def _positive(kept: Predictions) -> int:
    return len(kept.classes) - 1 if kept.positive is None else kept.positive


def _lines(axes: Axes, table: pd.DataFrame, x: str) -> None:
    for number, (model, rows) in enumerate(table.groupby("model", sort=False)):
        style = {**look(number), "marker": "" if len(rows) > 2 * BINS else look(number)["marker"]}
        axes.plot(rows[x], rows["median"], label=plain(str(model)), markersize=4, **style)
        axes.fill_between(rows[x], rows["low"], rows["high"], color=colour(number), alpha=0.12)


def _band_chart(x: str, title: str, end: float) -> dict[str, Any]:
    across = {"field": x, "type": "quantitative", "title": x.replace("_", " "),
              "scale": {"domain": [0, end], "nice": False}}  # fmt: skip
    names = {"field": "model", "type": "nominal", "legend": {"symbolType": "stroke"}}
    # Bands are filled and lines coloured: so one legend, of lines, is of both.
    band = {"x": across, "y": {"field": "low", "type": "quantitative", "title": title},
            "y2": {"field": "high"}, "fill": names}  # fmt: skip
    line = {"x": across, "y": {"field": "median", "type": "quantitative", "title": title},
            "color": names, "strokeDash": names}  # fmt: skip
    return {
        "layer": [
            {"mark": {"type": "area", "opacity": 0.12, "clip": True}, "encoding": band},
            {"mark": {"type": "line", "clip": True}, "encoding": line},
        ]
    }


def _confusion_chart(cells: Sequence[str]) -> dict[str, Any]:
    names = {"field": "model", "type": "nominal"}
    place = {"x": {"field": "cell", "type": "nominal", "sort": list(cells),
                   "title": "class, and below it what it is predicted as",
                   "axis": {"labelAngle": 0, "labelExpr": f"split(datum.label, '{AS}')"}},
             "xOffset": names}  # fmt: skip
    rows = {"type": "quantitative", "scale": {"type": "symlog"}, "title": "rows a repeat (log)"}
    rule = {**place, "y": {**rows, "field": "low"}, "y2": {"field": "high"},
            **marked("model", "rule")}  # fmt: skip
    point = {**place, "y": {**rows, "field": "rows"}, **marked("model", "point")}
    return {
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 1.5}, "encoding": rule},
            {"mark": {"type": "point", "filled": True, "size": 45}, "encoding": point},
        ]
    }
