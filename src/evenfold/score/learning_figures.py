"""Learning curves: a quantity after each epoch, of the training part and of the held-out part.

Keras reports the training part as it goes: dropout on, and the mean over an epoch in which weights
change. The same part predicted after the epoch is drawn beside it, so that a held-out curve above
it can be seen for what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.render.charts import BAND, Axes, Figure, colour, legend_beside, look
from evenfold.score.figure_names import stem, words
from evenfold.score.studies import StudyScores

if TYPE_CHECKING:
    import pandas as pd

# Of each quantity its curves: the column of a history, and what it is.
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


def learning_curves(study: StudyScores, histories: pd.DataFrame) -> Iterator[Figure]:
    """Two figures a network of a study that kept curves: median and band over its seeds."""
    for model, of_model in histories.groupby("model", sort=True, observed=True):
        for quantity, names in CURVES.items():
            kept = [name for name in names if name in of_model and of_model[name].notna().any()]
            if len(kept) == len(names):
                yield _figure(study, str(model), quantity, _table(of_model, names))


def _figure(study: StudyScores, model: str, quantity: str, table: pd.DataFrame) -> Figure:
    def draw(axes: Axes) -> None:
        for number, (curve, rows) in enumerate(table.groupby("curve", sort=False)):
            style = {**look(number), "marker": "", "linestyle": ("-", "--", "-.")[number]}
            axes.plot(rows["epoch"], rows["median"], label=str(curve), **style)
            band = rows["low"], rows["high"]
            axes.fill_between(rows["epoch"], *band, color=colour(number), alpha=0.15)
        axes.set_xlabel("epoch")
        axes.set_ylabel(quantity)
        axes.grid(alpha=0.3)
        legend_beside(axes)

    return Figure(
        name=stem(study, model, quantity),
        title=f"{words(study)}: {model}, {quantity} by epoch",
        says="Median and 10 to 90 % of the seeds. What Keras reports of the training part is taken "
        "with dropout on while weights change; predicted after the epoch, the same part scores as "
        "its own curve says. The held-out part is the test part, and nothing was chosen by it.",
        table=table,
        draw=draw,
        chart=_chart(quantity),
    )


def _table(of_model: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """One row a curve and epoch."""
    import pandas as pd

    parts = []
    for column, curve in names.items():
        shares = np.array([BAND[0], 0.5, BAND[1]])
        values = of_model.groupby("epoch")[column].quantile(shares).unstack()
        told = {"low": values[BAND[0]], "median": values[0.5], "high": values[BAND[1]]}
        parts.append(pd.DataFrame({"curve": curve, "epoch": values.index, **told}))
    return pd.concat(parts, ignore_index=True)


def _chart(quantity: str) -> dict[str, Any]:
    epoch = {"field": "epoch", "type": "quantitative"}
    curves = {"field": "curve", "type": "nominal",
              "scale": {"domain": list(CURVES[quantity].values())},
              "legend": {"symbolType": "stroke"}}  # fmt: skip
    scale = {"zero": False}
    band = {"x": epoch, "y": {"field": "low", "type": "quantitative", "scale": scale,
                              "title": quantity},
            "y2": {"field": "high"}, "fill": curves}  # fmt: skip
    line = {"x": epoch, "y": {"field": "median", "type": "quantitative", "scale": scale,
                              "title": quantity},
            "color": curves, "strokeDash": curves}  # fmt: skip
    return {
        "layer": [
            {"mark": {"type": "area", "opacity": 0.15}, "encoding": band},
            {"mark": "line", "encoding": line},
        ]
    }
