"""Scores along environments: the same models on the same folds, release by release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.render.axis_limits import Sight, sight
from evenfold.render.charts import (
    Axes,
    Figure,
    legend_beside,
    look,
    marked,
    plain,
)
from evenfold.score.studies import StudyScores
from evenfold.stats.score_intervals import interval

if TYPE_CHECKING:
    import pandas as pd


def score_versions(
    studies: Sequence[StudyScores], metric: str, references: Sequence[str]
) -> Figure:
    """Mean and 95 % interval of every model in every environment, for studies of one protocol."""
    first = studies[0]
    table = _table(studies, metric)
    seen = sight(table, references, "mean", ["low", "mean", "high"])
    environments = [study.label for study in studies]
    models = list(dict.fromkeys(table["model"]))

    def draw(axes: Axes) -> None:
        for number, model in enumerate(models):
            rows = table[table["model"] == model]
            beside = (number - (len(models) - 1) / 2) * 0.5 / max(len(models), 1)
            at = [environments.index(name) + beside for name in rows["environment"]]
            spread = [rows["mean"] - rows["low"], rows["high"] - rows["mean"]]
            axes.errorbar(at, rows["mean"], yerr=spread, label=plain(model), markersize=5,
                          capsize=3, **{**look(number), "linewidth": 0.6})  # fmt: skip
        axes.set_xticks(range(len(environments)), [plain(name) for name in environments])
        seen.show(axes, "y")
        axes.set_ylabel(f"{metric}, mean with 95 % interval")
        axes.grid(axis="y", alpha=0.3)
        legend_beside(axes)

    return Figure(
        name=f"{first.dataset}-{first.protocol}-versions",
        title=f"{first.dataset}, {first.protocol}: {metric} by environment",
        says="The same models on the same folds in each environment. Intervals are of means; "
        "whether a model differs between environments is told by its paired difference.",
        table=table,
        draw=draw,
        chart=_chart(metric, seen),
    )


def _table(studies: Sequence[StudyScores], metric: str) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (str(model), study.label, found.mean, found.low, found.high)
        for study in studies
        for model, values in study.scores.groupby("model", observed=True)[metric]
        for found in [interval(values.to_numpy(np.float64), study.design)]
    ]
    columns = ["model", "environment", "mean", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _chart(metric: str, seen: Sight) -> dict[str, Any]:
    encoding = {
        "x": {"field": "environment", "type": "nominal", "sort": None, "title": None},
        "xOffset": {"field": "model", "type": "nominal"},
    }
    score = {"type": "quantitative", "scale": seen.scale, "title": metric}
    bars = {**encoding, "y": {**score, "field": "low"}, "y2": {"field": "high"},
            **marked("model", "rule")}  # fmt: skip
    points = {**encoding, "y": {**score, "field": "mean"}, **marked("model", "point")}
    return {
        **seen.title,
        "layer": [
            {"mark": {"type": "rule", "clip": True}, "encoding": bars},
            {"mark": {"type": "point", "filled": True, "clip": True}, "encoding": points},
        ],
    }
