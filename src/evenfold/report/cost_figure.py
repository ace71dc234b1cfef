"""Scores against what they cost: the models that no other beats in both are the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.bench.measurements import measurements
from evenfold.bench.results import Result
from evenfold.render.axis_limits import Sight, sight
from evenfold.render.charts import (
    Axes,
    Figure,
    colour,
    look,
    marked,
    plain,
    records,
)
from evenfold.score.figure_names import stem
from evenfold.score.studies import StudyScores
from evenfold.stats.metric_names import is_lower_better
from evenfold.stats.score_intervals import interval

if TYPE_CHECKING:
    import pandas as pd

COSTS = {"fit s": "fit, seconds", "one-row ms": "one row, ms", "parameters": "parameters"}
DEVICE = "cpu"


def score_against_cost(
    study: StudyScores, bench: Result, metric: str, cost: str, references: Sequence[str]
) -> Figure:
    """Mean score with its interval against a median cost of the same environment."""
    table = _table(study, bench, metric, cost)
    names = sorted(table["model"])
    seen = sight(table, _far_below(table, metric, references), "score", ["low", "score", "high"])

    def draw(axes: Axes) -> None:
        for row in records(table):
            number = names.index(row["model"])
            at, middle = row["cost"], row["score"]
            spread = [[middle - row["low"]], [row["high"] - middle]]
            axes.errorbar(at, middle, yerr=spread, capsize=3, linewidth=1.2,
                          **{**look(number), "linestyle": "none"})  # fmt: skip
            axes.annotate(plain(row["model"]), (at, middle), xytext=(6, 4),
                          textcoords="offset points", fontsize="small")  # fmt: skip
        front = table[table["front"]]
        axes.plot(front["cost"], front["score"], color=colour(6), linewidth=0.8, zorder=0)
        seen.show(axes, "y")
        axes.set_xscale("log")
        axes.margins(x=0.15)
        axes.set_xlabel(f"{COSTS[cost]} (log)")
        axes.set_ylabel(f"{metric}, mean with 95 % interval")
        axes.grid(alpha=0.3)

    return Figure(
        name=stem(study, cost.split()[0]),
        title=f"{study.dataset}, {study.label}: {metric} against {COSTS[cost]}",
        says="What a score costs. The line joins models that no other beats in both; intervals "
        "that overlap are no order.",
        table=table,
        draw=draw,
        chart=_chart(metric, cost, seen),
    )


def _far_below(table: pd.DataFrame, metric: str, references: Sequence[str]) -> list[str]:
    """The references that score worse than every other model: those may be out of sight."""
    sign = -1 if is_lower_better(metric) else 1
    is_reference = table["model"].isin(list(references))
    worst = (sign * table.loc[~is_reference, "score"]).min()
    return list(table.loc[is_reference & (sign * table["score"] < worst), "model"])


def _table(study: StudyScores, bench: Result, metric: str, cost: str) -> pd.DataFrame:
    """One row a model that has both, the cheapest first; ``front``: no other is better in both."""
    import pandas as pd

    told = measurements(bench.benchmarks)
    rows = []
    for model, values in study.scores.groupby("model", observed=True)[metric]:
        figure = told.get((str(model), DEVICE), {}).get(cost)
        if figure is not None:
            found = interval(values.to_numpy(np.float64), study.design)
            rows.append((str(model), figure.middle, found.mean, found.low, found.high))
    table = pd.DataFrame(rows, columns=["model", "cost", "score", "low", "high"])
    sign = -1 if is_lower_better(metric) else 1
    table = table.assign(good=sign * table["score"])
    table = table.sort_values(["cost", "good", "model"], ascending=[True, False, True])
    best = table["good"].cummax().shift(fill_value=-np.inf)
    front = table["good"] > best
    return table.drop(columns="good").assign(front=front).reset_index(drop=True)


def _chart(metric: str, cost: str, seen: Sight) -> dict[str, Any]:
    encoding: dict[str, Any] = {
        "x": {"field": "cost", "type": "quantitative", "scale": {"type": "log"},
              "title": COSTS[cost]},
        "y": {"field": "score", "type": "quantitative", "scale": seen.scale, "title": metric},
    }  # fmt: skip
    bars = {**encoding, "y": {**encoding["y"], "field": "low"}, "y2": {"field": "high"},
            **marked("model", "rule")}  # fmt: skip
    front = {
        "transform": [{"filter": "datum.front"}],
        "mark": {"type": "line", "color": "gray", "clip": True},
        "encoding": encoding,
    }
    points = {**encoding, **marked("model", "point")}
    return {
        **seen.title,
        "layer": [
            front,
            {"mark": {"type": "rule", "clip": True}, "encoding": bars},
            {
                "mark": {"type": "point", "filled": True, "size": 70, "clip": True},
                "encoding": points,
            },
        ],
    }
