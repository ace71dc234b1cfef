"""The figure of scores by environment: the same models on the same folds, release by release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.files.path_names import slug_of
from evenfold.render.axis_limits import AxisLimits, limits_without
from evenfold.render.charts import Figure, NameStyles, Spec, name_channels
from evenfold.score.study_scores import StudyScores

if TYPE_CHECKING:
    import pandas as pd


def score_versions(
    studies: Sequence[StudyScores], metric: str, references: Sequence[str], styles: NameStyles
) -> Figure:
    """Draw score and 95 % interval of every model in every environment.

    Parameters
    ----------
    studies
        Studies of one dataset and protocol.
    metric
        The metric to draw.
    references
        Models that are named instead of drawn where they are far off.
    styles
        The styles of the report's names.
    """
    first = studies[0]
    table = _table(studies, metric)
    scale = first.model_scores.scale(metric)
    limits = limits_without(table, references, "mean", ["low", "mean", "high"], scale)
    return Figure(
        name=slug_of(f"{first.dataset}-{first.protocol}-versions"),
        title=f"{first.dataset}, {first.protocol}: {metric} by environment",
        caption="The same models on the same folds in each environment, scores with 95 % "
        "intervals. Whether a model differs between environments follows from its paired "
        "difference, in the table.",
        table=table,
        spec=_spec(metric, limits, limits.drawn(list(dict.fromkeys(table["model"]))), styles),
        note=limits.note,
    )


def _table(studies: Sequence[StudyScores], metric: str) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (model, study.label, found.estimate, found.low, found.high)
        for study in studies
        for model in sorted(study.model_scores.present)
        for found in [study.model_scores.interval(model, metric)]
    ]
    columns = ["model", "environment", "mean", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _spec(metric: str, limits: AxisLimits, models: Sequence[str], styles: NameStyles) -> Spec:
    place: Spec = {
        "x": {"field": "environment", "type": "nominal", "sort": None, "title": None,
              "axis": {"labelAngle": 0}},
        "xOffset": {"field": "model", "type": "nominal", "scale": {"domain": list(models)}},
    }  # fmt: skip
    score: Spec = {"type": "quantitative", "scale": limits.scale,
                   "title": f"{metric} with 95 % interval"}  # fmt: skip
    bars: Spec = {**place, "y": {**score, "field": "low"}, "y2": {"field": "high"},
                  **name_channels("model", models, styles, "rule")}  # fmt: skip
    points: Spec = {**place, "y": {**score, "field": "mean"},
                    **name_channels("model", models, styles, "point")}  # fmt: skip
    return {
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 1.5, "clip": True}, "encoding": bars},
            {"mark": {"type": "point", "filled": True, "size": 50, "clip": True, "opacity": 1},
             "encoding": points},
        ],
    }  # fmt: skip
