"""Confusion matrices of a study: for each model the rows by class and predicted class."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenfold.render.charts import BAND, Figure, Spec
from evenfold.render.theme import CELL_INK
from evenfold.score.curve_bands import is_binary
from evenfold.score.figure_names import stem, words
from evenfold.score.predictions import Predictions, repeats
from evenfold.score.study_scores import StudyScores

if TYPE_CHECKING:
    import pandas as pd

CELL = ["truth", "predicted"]
# From the lightest cell, without rows, to the darkest, with all rows of a class.
SHADES = ["#f4f8fc", "#5b9bd0"]
WIDE, NARROW = (72, 36), (34, 26)  # pixels of a cell: with counts and shares, with counts alone
MOST_WIDE = 4  # classes
LETTER = 7  # pixels of an axis's label
COLUMNS, ROW_SPACE = 4, 62  # the axis and the name of the next row of matrices


def confusion(study: StudyScores, predictions: Predictions) -> Figure:
    """Draw a matrix for each model: the mean rows per repeat, shaded by their share of the class.

    Parameters
    ----------
    study
        The study.
    predictions
        Its predictions.
    """
    table = _confusion(predictions)
    positive = ""
    if is_binary(predictions):
        positive = f" The positive class is {predictions.classes[predictions.positive_code]}."
    return Figure(
        name=stem(study, "confusion"),
        title=f"{words(study)}: classes and predictions",
        caption="Rows of each class by predicted class: the mean over repeats, and its share of "
        f"the class, which is the shade.{positive}",
        table=table,
        spec=_spec(predictions.classes),
    )


def _confusion(predictions: Predictions) -> pd.DataFrame:
    """One row per model and cell: ``rows`` per repeat with their band, and ``share``."""
    import pandas as pd

    table, classes = predictions.table, predictions.classes
    probabilities = table[[f"p{code}" for code in range(len(classes))]].to_numpy()
    table = pd.DataFrame(
        {"model": table["model"], "repeat": repeats(table), "truth": table["label"],
         "guess": probabilities.argmax(axis=1)}
    )  # fmt: skip
    truths = sorted(map(int, table["truth"].unique()))
    parts = []
    for model, of_model in table.groupby("model", sort=True, observed=True):
        counts = _counts(of_model, len(classes))
        low, high = np.quantile(counts, BAND, axis=0)
        means = counts.mean(axis=0)
        for truth, guess in product(truths, range(len(classes))):
            total = float(means[truth].sum())
            share = float(means[truth, guess]) / total if total else 0.0
            band = (float(part[truth, guess]) for part in (means, low, high))
            parts.append((str(model), classes[truth], classes[guess], *band, share))
    return pd.DataFrame(parts, columns=["model", *CELL, "rows", "low", "high", "share"])


def _counts(of_model: pd.DataFrame, classes: int) -> NDArray[np.int64]:
    """The rows by class and predicted class, of shape ``(repeats, classes, classes)``."""
    repeat = np.unique(of_model["repeat"].cat.codes.to_numpy(), return_inverse=True)[1]
    place = (repeat * classes + of_model["truth"].to_numpy()) * classes + of_model["guess"]
    size = (int(repeat.max()) + 1) * classes**2
    return np.bincount(place, minlength=size).reshape(-1, classes, classes)


def _spec(classes: Sequence[str]) -> Spec:
    is_wide = len(classes) <= MOST_WIDE
    width, height = WIDE if is_wide else NARROW
    is_level = max(map(len, classes)) * LETTER <= width
    place: Spec = {
        "x": {"field": "predicted", "type": "nominal", "sort": list(classes), "title": "predicted",
              "axis": {"labelAngle": 0 if is_level else -45, "domain": False, "ticks": False,
                       "labelOverlap": False, "labelLimit": 90}},
        "y": {"field": "truth", "type": "nominal", "sort": list(classes), "title": "class",
              "axis": {"domain": False, "ticks": False, "labelLimit": 90}},
    }  # fmt: skip
    squares: Spec = {
        "mark": {"type": "rect", "stroke": "white", "strokeWidth": 1},
        "encoding": {**place, "color": {"field": "share", "type": "quantitative", "legend": None,
                                        "scale": {"domain": [0, 1], "range": SHADES}}},
    }  # fmt: skip
    rows = "datum.rows < 9.95 ? format(datum.rows, '.2~f') : format(datum.rows, '.0f')"
    lines = f"[{rows}, format(datum.share, '.1%')]" if is_wide else f"datum.rows ? {rows} : ''"
    texts: Spec = {
        "transform": [{"calculate": lines, "as": "words"}],
        "mark": {"type": "text", "color": CELL_INK, "fontSize": 11 if is_wide else 9,
                 "lineHeight": 13, "baseline": "middle", "dy": -6 if is_wide else 0},
        "encoding": {**place, "text": {"field": "words", "type": "nominal"}},
    }  # fmt: skip
    return {
        "facet": {"field": "model", "type": "nominal", "title": None},
        "columns": COLUMNS, "bounds": "flush", "spacing": {"row": ROW_SPACE, "column": 16},
        "spec": {"width": width * len(classes), "height": height * len(classes),
                 "layer": [squares, texts]},
    }  # fmt: skip
