"""The figure of scores against cost, with the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenfold.bench.measurements import measurements
from evenfold.bench.results import Result
from evenfold.render.axis_limits import AxisLimits, limits_without
from evenfold.render.charts import Figure, NameStyles, Spec, log_axis, name_channels
from evenfold.score.figure_names import stem
from evenfold.score.study_scores import StudyScores
from evenfold.stats.metric_names import is_lower_better

if TYPE_CHECKING:
    import pandas as pd

COSTS = {"fit s": "fit, seconds", "one-row ms": "one row, ms", "parameters": "parameters"}
DEVICE = "cpu"


def score_against_cost(
    study: StudyScores,
    bench: Result,
    metric: str,
    cost: str,
    references: Sequence[str],
    styles: NameStyles,
) -> Figure:
    """Draw scores with their intervals against a median cost in the same environment.

    Parameters
    ----------
    study
        The scores.
    bench
        The bench run with the costs.
    metric
        The metric to draw.
    cost
        The cost: a key of ``COSTS``.
    references
        Models that are named instead of drawn where they score far worse than all others.
    styles
        The styles of the report's names.
    """
    table = _table(study, bench, metric, cost)
    far = _far_below(table, metric, references)
    scale = study.model_scores.scale(metric)
    limits = limits_without(table, far, "score", ["low", "score", "high"], scale)
    return Figure(
        name=stem(study, cost.split()[0]),
        title=f"{study.dataset}, {study.label}: {metric} against {COSTS[cost]}",
        caption=f"What a score costs. {_front_words(table, limits)} Models whose intervals overlap "
        "are not ranked.",
        table=table,
        spec=_spec(table, metric, cost, limits, styles),
        note=limits.note,
    )


def _front_words(table: pd.DataFrame, limits: AxisLimits) -> str:
    """State which models no other model beats in score and cost."""
    every = list(table.loc[table["front"], "model"])
    front = limits.drawn(every)
    if len(front) == 1:
        of_drawn = "" if front == every else "Of the models that are drawn, "
        return f"{of_drawn}{front[0]} costs least and scores highest."
    return "The line joins the models that no other model beats in both."


def _far_below(table: pd.DataFrame, metric: str, references: Sequence[str]) -> list[str]:
    """Return the references that score worse than every other model: they may be off scale."""
    sign = -1 if is_lower_better(metric) else 1
    is_reference = table["model"].isin(list(references))
    worst = (sign * table.loc[~is_reference, "score"]).min()
    return list(table.loc[is_reference & (sign * table["score"] < worst), "model"])


def _table(study: StudyScores, bench: Result, metric: str, cost: str) -> pd.DataFrame:
    """One row per model with both, the cheapest first; ``front``: no other is better in both."""
    import pandas as pd

    measured = measurements(bench.benchmarks)
    rows = []
    for model in sorted(study.model_scores.present):
        cell = measured.get((model, DEVICE), {}).get(cost)
        if cell is not None:
            found = study.model_scores.interval(model, metric)
            rows.append((model, cell.middle, found.estimate, found.low, found.high))
    table = pd.DataFrame(rows, columns=["model", "cost", "score", "low", "high"])
    sign = -1 if is_lower_better(metric) else 1
    table = table.assign(good=sign * table["score"])
    table = table.sort_values(["cost", "good", "model"], ascending=[True, False, True])
    best = table["good"].cummax().shift(fill_value=-np.inf)
    front = table["good"] > best
    return table.drop(columns="good").assign(front=front).reset_index(drop=True)


def _spec(
    table: pd.DataFrame, metric: str, cost: str, limits: AxisLimits, styles: NameStyles
) -> Spec:
    is_drawn = ~table["model"].isin(list(limits.beyond))
    models, costs = sorted(table.loc[is_drawn, "model"]), table.loc[is_drawn, "cost"]
    of_drawn: Spec = {"filter": {"field": "model", "oneOf": models}}
    scale: Spec = {"type": "log", "nice": False, "padding": 20}
    x: Spec = {"field": "cost", "type": "quantitative", "axis": log_axis(costs), "scale": scale,
               "title": f"{COSTS[cost]} (log)"}  # fmt: skip
    y: Spec = {"field": "score", "type": "quantitative", "scale": limits.scale,
               "title": f"{metric} with 95 % interval"}  # fmt: skip
    front: Spec = {
        "transform": [of_drawn, {"filter": "datum.front"}],
        "mark": {"type": "line", "color": "gray", "strokeWidth": 1, "clip": True},
        "encoding": {"x": x, "y": y},
    }
    bars: Spec = {
        "transform": [of_drawn],
        "mark": {"type": "rule", "strokeWidth": 1.5, "clip": True},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"},
                     **name_channels("model", models, styles, "rule")},
    }  # fmt: skip
    points: Spec = {
        "transform": [of_drawn],
        "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1, "clip": True},
        "encoding": {"x": x, "y": y, **name_channels("model", models, styles, "point")},
    }
    return {"layer": [front, bars, points]}
