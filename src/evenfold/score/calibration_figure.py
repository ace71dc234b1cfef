"""Calibration of a study's models: how often the positive class occurs by its probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenfold.render.charts import Figure, NameStyles, Spec, diagonal
from evenfold.score.curve_bands import Values, curve_bands
from evenfold.score.figure_names import stem, words
from evenfold.score.predictions import Predictions
from evenfold.score.study_scores import StudyScores

if TYPE_CHECKING:
    import pandas as pd

BINS = 10
FEWEST_ROWS = 5  # in a bin of a repeat
SIDE = 165  # pixels of a chart
COLUMNS, ROW_SPACE = 4, 42  # the name of the next row of charts
MIDDLES = (np.arange(BINS) + 0.5) / BINS


def calibration_curves(study: StudyScores, predictions: Predictions, styles: NameStyles) -> Figure:
    """Draw a chart for each model: the share of the positive class by probability, in equal bins.

    Parameters
    ----------
    study
        The study.
    predictions
        Its predictions of two classes.
    styles
        The styles of the report's names.
    """
    table = _table(predictions)
    return Figure(
        name=stem(study, "calibration"),
        title=f"{words(study)}: calibration",
        caption="On the diagonal, a prediction of 80 % is right in 80 % of the cases. Median and "
        f"10 to 90 % of the repeats, in bins of a tenth with at least {FEWEST_ROWS} rows; the "
        "larger a mark, the more rows are in its bin.",
        table=table,
        spec=_spec(table, styles),
    )


def _table(predictions: Predictions) -> pd.DataFrame:
    """One row a model and bin with enough rows: ``median``, ``low``, ``high`` and ``rows``."""
    names = ("predicted", "median")
    table = curve_bands(predictions, _share_by_bin, MIDDLES, names)
    counts = curve_bands(predictions, _rows_by_bin, MIDDLES, ("predicted", "rows"))
    return table.assign(rows=counts["rows"]).dropna()


def _share_by_bin(truth: Values, p: Values) -> Values:
    """The share of the positive class in each bin of probability; NaN in bins of too few rows."""
    place, counts = _bins(p)
    shares: Values = np.full(BINS, np.nan)
    enough = counts >= FEWEST_ROWS
    shares[enough] = np.bincount(place, weights=truth, minlength=BINS)[enough] / counts[enough]
    return shares


def _rows_by_bin(truth: Values, p: Values) -> Values:
    """The number of rows in each bin of probability."""
    return _bins(p)[1].astype(np.float64)


def _bins(p: Values) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The bin of each probability, and the number of rows in each bin."""
    place = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    return place, np.bincount(place, minlength=BINS)


def _spec(table: pd.DataFrame, styles: NameStyles) -> Spec:
    models = list(dict.fromkeys(table["model"]))
    scale: Spec = {"domain": [0, 1], "nice": False}
    axis: Spec = {"values": [0, 0.2, 0.4, 0.6, 0.8, 1], "format": "~g"}
    x: Spec = {"field": "predicted", "type": "quantitative", "title": "predicted probability",
               "scale": scale, "axis": axis}  # fmt: skip
    y: Spec = {"type": "quantitative", "title": "share of positive rows", "scale": scale,
               "axis": axis}  # fmt: skip
    column: Spec = {"field": "model", "type": "nominal", "legend": None}
    colour: Spec = {**column, "scale": styles.colour_scale(models)}
    size: Spec = {"field": "rows", "type": "quantitative", "title": "rows in the bin",
                  "scale": {"type": "sqrt", "range": [20, 220]},
                  "legend": {"symbolFillColor": "gray", "symbolStrokeWidth": 0, "tickCount": 3},
                  }  # fmt: skip
    bars: Spec = {
        "mark": {"type": "rule", "strokeWidth": 1.5},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour},
    }
    lines: Spec = {
        "mark": {"type": "line", "strokeWidth": 1},
        "encoding": {"x": x, "y": {**y, "field": "median"}, "color": colour},
    }
    points: Spec = {
        "mark": {"type": "point", "filled": True, "opacity": 1},
        "encoding": {"x": x, "y": {**y, "field": "median"}, "size": size, "color": colour,
                     "shape": {**column, "scale": styles.shape_scale(models)}},
    }  # fmt: skip
    return {
        "facet": {"field": "model", "type": "nominal", "title": None},
        "columns": COLUMNS, "bounds": "flush", "spacing": {"row": ROW_SPACE, "column": 26},
        "spec": {"width": SIDE, "height": SIDE,
                 "layer": [diagonal(scale, scale), lines, bars, points]},
    }  # fmt: skip
