"""Costs against rows, features and epochs, with the power that was fitted to each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.bench.scaling_record import Scaling, Series
from evenfold.bench.scaling_tables import exponent
from evenfold.render.charts import (
    HEIGHT,
    WIDTH,
    Axes,
    Figure,
    legend_beside,
    look,
    marked,
    plain,
)

if TYPE_CHECKING:
    import pandas as pd

CURVE_POINTS = 30
NAME_INCHES = 0.28
MEGABYTE = 1e6


@dataclass(frozen=True)
class Kind:
    """One figure: its file's ending, what it is of, and its axes' names."""

    name: str
    title: str
    quantities: tuple[str, ...]
    against: tuple[str, ...]
    x: str
    y: str
    says: str


@dataclass(frozen=True)
class Line:
    """A series as it is drawn: ``name`` is in the legend; axes are in units of ``x`` and ``y``."""

    name: str
    series: Series
    x: float = 1.0
    y: float = 1.0


KINDS = (
    Kind("predict", "One batch on the path predict", ("predict",), ("rows",),
         "rows of the batch", "seconds of the batch",
         "What a batch costs on predict, all of it in one step."),
    Kind("function", "One batch on the path function", ("function",), ("rows",),
         "rows of the batch", "seconds of the batch",
         "What a batch costs in one function of the framework."),
    Kind("epoch-rows", "Training against rows", ("epoch", "fit"), ("rows",),
         "training rows", "seconds",
         "An epoch after the first; of an estimator the whole fit."),
    Kind("epoch-features", "Training against features", ("epoch", "fit"), ("features",),
         "features", "seconds",
         "An epoch after the first; of an estimator the whole fit."),
    Kind("fit-epochs", "A whole fit against its epochs", ("fit",), ("epochs",),
         "epochs", "seconds of the fit",
         "What is fixed is paid before the first epoch, tracing among it."),
    Kind("memory", "Memory of training", ("memory",), ("rows", "features"),
         "values in the training part: rows × features", "megabytes at most",
         "The most that a process held which trained a network for an epoch, or fitted an "
         "estimator, all that it had imported among it; once with more rows, once with more "
         "features."),
)  # fmt: skip


def scaling_figures(scaling: Scaling) -> Iterator[Figure]:
    """A figure for each kind of cost that was measured."""
    for kind in KINDS:
        # In the order in which a chart numbers names by itself.
        lines = sorted(_lines(scaling, kind), key=lambda line: line.name)
        if lines:
            yield _figure(scaling, kind, lines)


def _lines(scaling: Scaling, kind: Kind) -> Iterator[Line]:
    """Every series of a kind, its name with its exponent."""
    beside = {
        "rows": float(scaling.settings["features"]),
        "features": float(scaling.settings["training_rows"]),
    }
    several = len(kind.against) > 1
    for against in kind.against:
        for series in scaling.select(kind.quantities, against):
            what = f", {against}" if several else ""
            if "epoch" in kind.quantities and series.quantity == "fit":
                what = " (fit)"
            name = f"{series.model}{what}: {exponent(series)}"
            x = beside[against] if several else 1.0
            yield Line(name, series, x, MEGABYTE if kind.name == "memory" else 1.0)


def _figure(scaling: Scaling, kind: Kind, lines: Sequence[Line]) -> Figure:
    table = _table(lines)
    names = [line.name for line in lines]

    def draw(axes: Axes) -> None:
        for number, name in enumerate(names):
            rows, style = table[table["name"] == name], look(number)
            points = rows[rows["median"].notna()]
            spread = [points["median"] - points["least"], points["most"] - points["median"]]
            axes.errorbar(points["n"], points["median"], yerr=spread, label=plain(name),
                          markersize=5, linewidth=1.2, capsize=2,
                          **{**style, "linestyle": "none"})  # fmt: skip
            if "fitted" in table:
                curve = rows[rows["fitted"].notna()]
                axes.plot(curve["n"], curve["fitted"], color=style["color"], linewidth=1,
                          linestyle=style["linestyle"])  # fmt: skip
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.xaxis.set_minor_formatter("")  # decades are enough, and others would overlap
        axes.set_xlabel(f"{kind.x} (log)")
        axes.set_ylabel(f"{kind.y} (log)")
        axes.grid(alpha=0.3)
        legend_beside(axes)

    return Figure(
        name=f"{scaling.machine}-scale-{kind.name}",
        title=f"{kind.title}: fitted exponents, {scaling.machine}, {scaling.name}",
        says=f"{kind.says} Medians with least and most of the samples, one where it takes long; "
        "lines are fixed + slope · n^exponent, drawn where the points tell the exponent, which is "
        "in the legend with its 95 % interval.",
        table=table,
        draw=draw,
        chart=_chart(kind, table),
        size=(WIDTH + 2, max(HEIGHT, 1 + NAME_INCHES * len(names))),
    )


def _table(lines: Sequence[Line]) -> pd.DataFrame:
    """Rows of what was measured, and of curves, where there are any: in these all is empty but
    ``fitted``, which is empty in the others.
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


def _chart(kind: Kind, table: pd.DataFrame) -> dict[str, Any]:
    scale = {"type": "log", "nice": False}
    x = {"field": "n", "type": "quantitative", "scale": scale, "title": kind.x}
    y = {"type": "quantitative", "scale": scale, "title": kind.y}
    measured = [{"filter": "isValid(datum.median)"}]
    rules = {
        "transform": measured,
        "mark": "rule",
        "encoding": {"x": x, "y": {**y, "field": "least"}, "y2": {"field": "most"},
                     **marked("name", "rule")},
    }  # fmt: skip
    curves = {
        "transform": [{"filter": "isValid(datum.fitted)"}],
        "mark": {"type": "line", "strokeWidth": 1.2},
        "encoding": {"x": x, "y": {**y, "field": "fitted"}, **marked("name", "line")},
    }
    points = {
        "transform": measured,
        "mark": {"type": "point", "filled": True, "size": 45},
        "encoding": {"x": x, "y": {**y, "field": "median"}, **marked("name", "point")},
    }
    return {"layer": [rules, *([curves] if "fitted" in table else []), points]}
