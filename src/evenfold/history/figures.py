"""Figures of histories: the results of a series in their order, and its marked changes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from evenfold.files.path_names import slug_of
from evenfold.history.series import ResultSeries
from evenfold.render.charts import Figure, Spec

if TYPE_CHECKING:
    import pandas as pd

HEIGHT = 180
COLOUR, MARKED = "#0072B2", "#D55E00"


def series_figure(series: ResultSeries) -> Figure:
    """Draw a series with its intervals, and a line before the first result of each change."""
    table = _points(series)
    identity = f"{series.source} {series.machine} {series.title} {series.unit}"
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    kind = ", sequential measurements" if series.is_sequential else ""
    intervals = "" if series.is_sequential else " with 95 % intervals"
    return Figure(
        name=f"history-{slug_of(series.title)[:60].strip('-.')}-{digest}",
        title=f"{series.title}{kind}",
        caption=f"Results in their order{intervals}. Those that a marked change begins with are "
        "diamonds in orange.",
        table=table,
        spec=_series_spec(series, table),
    )


def _points(series: ResultSeries) -> pd.DataFrame:
    import pandas as pd

    words = {change.place: change.word for change in series.changes}
    rows = [
        (place + 1, point.label, point.value, point.low, point.high, words.get(place, "no change"))
        for place, point in enumerate(series.points)
    ]
    return pd.DataFrame(rows, columns=["result", "label", "value", "low", "high", "change"])


def _series_spec(series: ResultSeries, table: pd.DataFrame) -> Spec:
    # Labels may be alike: two results of one revision.
    labels = list(table["label"])
    shown = labels if len(set(labels)) == len(labels) else None
    x: Spec = {"field": "result", "type": "ordinal", "title": None if shown else "result",
               "axis": {"labelAngle": -45}}  # fmt: skip
    if shown:
        x = {**x, "field": "label", "type": "nominal", "sort": [*shown]}
    title = {"ratio": "ratio of times", "s": "seconds", "": "value"}.get(series.unit, series.unit)
    y: Spec = {"field": "value", "type": "quantitative", "title": title,
               "scale": {"zero": False}}  # fmt: skip
    intervals: Spec = {
        "transform": [{"filter": "isValid(datum.low) && isValid(datum.high)"}],
        "mark": {"type": "rule", "strokeWidth": 2, "color": COLOUR},
        "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
    }
    points: Spec = {
        "transform": [{"filter": "datum.change == 'no change'"}],
        "mark": {"type": "point", "filled": True, "size": 45, "opacity": 1, "color": COLOUR},
        "encoding": {"x": x, "y": y},
    }
    marked: Spec = {
        "transform": [{"filter": "datum.change != 'no change'"}],
        "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1, "color": MARKED,
                 "shape": "diamond"},
        "encoding": {"x": x, "y": y},
    }  # fmt: skip
    line: Spec = {
        "mark": {"type": "line", "color": COLOUR, "opacity": 0.35},
        "encoding": {"x": x, "y": y},
    }
    return {"height": HEIGHT, "layer": [line, intervals, points, marked]}
