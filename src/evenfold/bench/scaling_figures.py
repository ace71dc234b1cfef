"""Figures of costs against rows, features and epochs, with the power law fitted to each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenfold.bench.scaling_record import Scaling, Series
from evenfold.bench.scaling_tables import exponent
from evenfold.render.charts import Figure, NameStyles, Spec, log_axis, name_channels

if TYPE_CHECKING:
    import pandas as pd

CURVE_POINTS = 30
MEGABYTE = 1e6


@dataclass(frozen=True)
class CostPlot:
    """A figure of one kind of cost: its file's ending, its quantities, and the names of its axes.

    ``against`` names what the cost grows with.
    """

    name: str
    title: str
    quantities: tuple[str, ...]
    against: tuple[str, ...]
    x: str
    y: str
    caption: str


@dataclass(frozen=True)
class CostLine:
    """A series in a figure: ``name`` is in the legend; ``x`` and ``y`` are the axes' units."""

    name: str
    series: Series
    x: float = 1.0
    y: float = 1.0


COST_PLOTS = (
    CostPlot("predict", "One batch on the path predict", ("predict",), ("rows",),
         "rows of the batch", "seconds of the batch",
         "The cost of a batch on predict, in one step."),
    CostPlot("function", "One batch on the path function", ("function",), ("rows",),
         "rows of the batch", "seconds of the batch",
         "The cost of a batch in one function of the framework."),
    CostPlot("epoch-rows", "Training against rows", ("epoch", "fit"), ("rows",),
         "training rows", "seconds",
         "An epoch after the first; for an estimator the whole fit."),
    CostPlot("epoch-features", "Training against features", ("epoch", "fit"), ("features",),
         "features", "seconds",
         "An epoch after the first; for an estimator the whole fit."),
    CostPlot("fit-epochs", "A whole fit against its epochs", ("fit",), ("epochs",),
         "epochs", "seconds of the fit",
         "Fixed cost, such as tracing, is paid before the first epoch."),
    CostPlot("memory", "Memory of training", ("memory",), ("rows", "features"),
         "values in the training part: rows × features", "megabytes at most",
         "The peak memory of a process that trains a network for an epoch or fits an estimator, "
         "its imports included; once with more rows, once with more features."),
)  # fmt: skip


def scaling_figures(scaling: Scaling, styles: NameStyles) -> Iterator[Figure]:
    """Draw a figure for each kind of cost that was measured."""
    for plot in COST_PLOTS:
        lines = sorted(_lines(scaling, plot), key=lambda line: line.name)
        if lines:
            yield _figure(scaling, plot, lines, styles)


def _lines(scaling: Scaling, plot: CostPlot) -> Iterator[CostLine]:
    """Every series of a plot, its name with its exponent."""
    beside = {
        "rows": float(scaling.settings["features"]),
        "features": float(scaling.settings["training_rows"]),
    }
    several = len(plot.against) > 1
    for against in plot.against:
        for series in scaling.select(plot.quantities, against):
            what = f", {against}" if several else ""
            if "epoch" in plot.quantities and series.quantity == "fit":
                what = " (fit)"
            name = f"{series.model}{what}: {exponent(series)}"
            x = beside[against] if several else 1.0
            yield CostLine(name, series, x, MEGABYTE if plot.name == "memory" else 1.0)


def _figure(
    scaling: Scaling, plot: CostPlot, lines: Sequence[CostLine], styles: NameStyles
) -> Figure:
    table = _table(lines)
    models = {line.name: line.series.model for line in lines}
    return Figure(
        name=f"{scaling.machine}-scale-{plot.name}",
        title=f"{plot.title}: fitted exponents, {scaling.machine}, {scaling.name}",
        caption=f"{plot.caption} Points are medians with least and most of the samples; slow "
        "points have one sample. Lines are fixed + slope · n^exponent, drawn where the data "
        "determine the exponent, which is in the legend with its 95 % interval.",
        table=table,
        spec=_spec(plot, table, list(models), styles.labelled(models)),
    )


def _table(lines: Sequence[CostLine]) -> pd.DataFrame:
    """Rows of measured points with ``median``, ``least`` and ``most``; rows of fitted curves with
    ``fitted`` alone.
    """
    import pandas as pd

    parts = []
    for line in lines:
        points, fit = line.series.points, line.series.fit
        samples = [np.array(point.samples) / line.y for point in points]
        rows = {
            "n": [point.n * line.x for point in points],
            "median": [float(np.median(values)) for values in samples],
            "least": [float(values.min()) for values in samples],
            "most": [float(values.max()) for values in samples],
        }
        parts.append(pd.DataFrame({"name": line.name, **rows}))
        if fit is not None and fit.is_determined:
            at = np.geomspace(points[0].n, points[-1].n, CURVE_POINTS)
            curve = {"n": at * line.x, "fitted": fit.cost(at) / line.y}
            parts.append(pd.DataFrame({"name": line.name, **curve}))
    table = pd.concat(parts, ignore_index=True)
    columns = ["name", "n", "median", "least", "most", *(["fitted"] if "fitted" in table else [])]
    return table[columns]


def _spec(plot: CostPlot, table: pd.DataFrame, names: Sequence[str], styles: NameStyles) -> Spec:
    scale: Spec = {"type": "log", "nice": False, "padding": 8}
    x_axis, y_axis = log_axis(table["n"]), log_axis(table[["least", "most"]].to_numpy().ravel())
    x: Spec = {"field": "n", "type": "quantitative", "scale": scale,
               "axis": {**x_axis, "format": "~s"}, "title": f"{plot.x} (log)"}  # fmt: skip
    y: Spec = {"type": "quantitative", "scale": scale, "axis": y_axis, "title": f"{plot.y} (log)"}
    measured: Spec = {"filter": "isValid(datum.median)"}
    rules: Spec = {
        "transform": [measured],
        "mark": "rule",
        "encoding": {"x": x, "y": {**y, "field": "least"}, "y2": {"field": "most"},
                     **name_channels("name", names, styles, "rule")},
    }  # fmt: skip
    curves: Spec = {
        "transform": [{"filter": "isValid(datum.fitted)"}],
        "mark": {"type": "line", "strokeWidth": 1.2},
        "encoding": {"x": x, "y": {**y, "field": "fitted"},
                     **name_channels("name", names, styles, "rule")},
    }  # fmt: skip
    points: Spec = {
        "transform": [measured],
        "mark": {"type": "point", "filled": True, "size": 45, "opacity": 1},
        "encoding": {"x": x, "y": {**y, "field": "median"},
                     **name_channels("name", names, styles, "point")},
    }  # fmt: skip
    return {"layer": [rules, *([curves] if "fitted" in table else []), points]}
