"""The figure of mean ranks over data sets, with Nemenyi's critical difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenfold.render.charts import ROW_PIXELS, Figure, Spec
from evenfold.render.theme import INK
from evenfold.stats.dataset_ranks import MeanRanks

if TYPE_CHECKING:
    import pandas as pd

CRITICAL, ALIKE = "critical difference", "not distinguished"


def rank_figure(ranks: MeanRanks, name: str, title: str) -> Figure:
    """Draw the mean rank of each model, and bars below over models that are not distinguished.

    Parameters
    ----------
    ranks
        The mean ranks.
    name, title
        The stem of the figure's file, and what the figure is about.
    """
    table = _rows(ranks)
    return Figure(
        name=name,
        title=title,
        caption=f"Mean rank over {ranks.datasets} data sets, 1 for the best. Models under one bar "
        "differ by no more than Nemenyi's critical difference at 5 %, whose length the first bar "
        "has.",
        table=table,
        spec=_spec(table, len(ranks.ranks)),
    )


def _rows(ranks: MeanRanks) -> pd.DataFrame:
    import pandas as pd

    rows: list[tuple[str, str, float, float, str]] = [
        (model, "model", rank, rank, f"{rank:.2f}") for model, rank in ranks.ranks.items()
    ]
    end = 1 + ranks.critical
    rows.append((CRITICAL, "bar", 1.0, end, f"{ranks.critical:.2f}"))
    for number, group in enumerate(ranks.groups, start=1):
        label = ALIKE if len(ranks.groups) == 1 else f"{ALIKE} {number}"
        rows.append((label, "bar", ranks.ranks[group[0]], ranks.ranks[group[-1]], ""))
    return pd.DataFrame(rows, columns=["row", "kind", "start", "end", "text"])


def _spec(table: pd.DataFrame, models: int) -> Spec:
    domain = [1, max(models, float(table["end"].max()))]
    x: Spec = {"field": "start", "type": "quantitative", "title": "mean rank",
               "scale": {"domain": domain, "nice": False}}  # fmt: skip
    y: Spec = {"field": "row", "type": "nominal", "title": None, "sort": list(table["row"])}
    points: Spec = {
        "transform": [{"filter": "datum.kind == 'model'"}],
        "mark": {"type": "point", "filled": True, "size": 80, "color": INK},
        "encoding": {"x": x, "y": y},
    }
    bars: Spec = {
        "transform": [{"filter": "datum.kind == 'bar'"}],
        "mark": {"type": "bar", "height": 6, "color": INK, "opacity": 0.7},
        "encoding": {"x": x, "x2": {"field": "end"}, "y": y},
    }
    texts: Spec = {
        "mark": {"type": "text", "align": "left", "dx": 9},
        "encoding": {"x": {**x, "field": "end"}, "y": y,
                     "text": {"field": "text", "type": "nominal"}},
    }  # fmt: skip
    return {"height": ROW_PIXELS * len(table), "layer": [points, bars, texts]}
