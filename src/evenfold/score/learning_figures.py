"""Figures of learning curves: a quantity after each epoch, on the training and the held-out part.

Keras reports the training part during an epoch: with dropout on, as a mean while weights change.
The same part predicted after the epoch is drawn beside it, so that a held-out curve above the
reported one is not mistaken for a model that does not overfit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from evenfold.render.charts import BAND, Figure, NameStyles, Spec
from evenfold.render.theme import COLOURS, INK
from evenfold.score.figure_names import stem, words
from evenfold.score.study_scores import StudyScores

if TYPE_CHECKING:
    import pandas as pd

# The curves of each quantity: the column of a history, and its name in the legend.
CURVES: Mapping[str, Mapping[str, str]] = {
    "accuracy": {
        "accuracy": "training, as Keras reports it",
        "training_accuracy": "training, dropout off",
        "held_out_accuracy": "held out",
    },
    "log_loss": {
        "loss": "training, as Keras reports it",
        "training_log_loss": "training, dropout off",
        "held_out_log_loss": "held out",
    },
}

# Of both training curves; the held-out curve is solid.
TRAINING = ("#8a939c", INK)
DASHES = ([2, 2], [6, 3], [1, 0])


def learning_curves(
    study: StudyScores, histories: pd.DataFrame, styles: NameStyles
) -> Iterator[Figure]:
    """Draw two figures per network of a study that recorded curves: accuracy and log loss.

    Parameters
    ----------
    study
        The study.
    histories
        Its learning curves, one row per fit and epoch.
    styles
        The styles of the report's names: the held-out curve has the model's colour.

    Yields
    ------
    Figure
        Median and 10 to 90 % band over seeds.
    """
    for model, of_model in histories.groupby("model", sort=True, observed=True):
        for quantity, names in CURVES.items():
            present = [name for name in names if name in of_model and of_model[name].notna().any()]
            if len(present) == len(names):
                table = _table(of_model, names)
                yield _figure(study, str(model), quantity, table, styles)


def _figure(
    study: StudyScores, model: str, quantity: str, table: pd.DataFrame, styles: NameStyles
) -> Figure:
    return Figure(
        name=stem(study, model, quantity),
        title=f"{words(study)}: learning curve of {model}, {quantity}",
        caption="Median and 10 to 90 % of the fits. Keras reports the training part with dropout "
        "on, while weights change; the second curve is the same part predicted after the epoch. "
        "The held-out part is the test part; no choice was made on it.",
        table=table,
        spec=_spec(quantity, COLOURS[styles.places.get(model, 0) % len(COLOURS)]),
    )


def _table(of_model: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """One row a curve and epoch."""
    import pandas as pd

    parts = []
    for column, curve in names.items():
        shares = np.array([BAND[0], 0.5, BAND[1]])
        values = of_model.groupby("epoch")[column].quantile(shares).unstack()
        columns = {"low": values[BAND[0]], "median": values[0.5], "high": values[BAND[1]]}
        parts.append(pd.DataFrame({"curve": curve, "epoch": values.index, **columns}))
    return pd.concat(parts, ignore_index=True)


def _spec(quantity: str, colour: str) -> Spec:
    names = list(CURVES[quantity].values())
    curves: Spec = {
        "field": "curve",
        "type": "nominal",
        "scale": {"domain": names, "range": [*TRAINING, colour]},
        "legend": {"title": None, "symbolType": "stroke", "symbolSize": 300},
    }
    dashes: Spec = {**curves, "scale": {"domain": names, "range": DASHES}}
    epoch: Spec = {"field": "epoch", "type": "quantitative"}
    value: Spec = {"type": "quantitative", "scale": {"zero": False}, "title": quantity}
    band: Spec = {"x": epoch, "y": {**value, "field": "low"}, "y2": {"field": "high"},
                  "fill": curves}  # fmt: skip
    line: Spec = {"x": epoch, "y": {**value, "field": "median"}, "color": curves,
                  "strokeDash": dashes}  # fmt: skip
    return {
        "layer": [
            {"mark": {"type": "area", "opacity": 0.15}, "encoding": band},
            {"mark": {"type": "line", "strokeWidth": 1.8}, "encoding": line},
        ]
    }
