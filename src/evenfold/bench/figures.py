"""The figure of training times: every model in every environment, as bench runs timed them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.bench.measurements import contender_labels, measurements
from evenfold.bench.results import Result
from evenfold.render.charts import Figure, Mark, NameStyles, Spec, log_axis, name_channels

if TYPE_CHECKING:
    import pandas as pd

FIT = "fit s"
TITLE = "Training a fresh model: median, least and most of the rounds"


def fit_times(machine: str, results: Sequence[Result], styles: NameStyles) -> Figure:
    """Draw the median of a fit with least and most of its rounds: ranges, not intervals.

    Parameters
    ----------
    machine
        The machine's name.
    results
        Its bench runs.
    styles
        The styles of the report's names.
    """
    table = _table(results)
    models = list(dict.fromkeys(table["model"]))
    axis = log_axis(table[["least", "most"]].to_numpy().ravel())
    marks: tuple[Mark, ...] = ("rule", "line", "point")
    return Figure(
        name=machine,
        title=TITLE,
        caption="Wall time of a fit, by environment. Environments ran one after the other, so "
        "these are ranges of the rounds, without intervals or verdicts.",
        table=table,
        spec={"layer": [_layer(mark, models, axis, styles) for mark in marks]},
    )


def _table(results: Sequence[Result]) -> pd.DataFrame:
    import pandas as pd

    measured = {result.label: measurements(result.benchmarks) for result in results}
    contenders = sorted({key for values in measured.values() for key in values})
    rows = [
        (label, environment, cell.middle, cell.low, cell.high)
        for contender, label in contender_labels(contenders).items()
        for environment, values in measured.items()
        if (cell := values.get(contender, {}).get(FIT))
    ]
    return pd.DataFrame(rows, columns=["model", "environment", "median", "least", "most"])


def _layer(mark: Mark, models: Sequence[str], axis: Spec, styles: NameStyles) -> Spec:
    seconds: Spec = {"type": "quantitative", "scale": {"type": "log"}, "axis": axis,
                     "title": "one fit, seconds (log)"}  # fmt: skip
    ends: Spec = {"y": {**seconds, "field": "least"}, "y2": {"field": "most"}}
    middle: Spec = {"y": {**seconds, "field": "median"}}
    return {
        "mark": {"type": mark, **({"filled": True, "size": 50} if mark == "point" else {})},
        "encoding": {
            "x": {"field": "environment", "type": "nominal", "sort": None, "title": None,
                  "axis": {"labelAngle": -30}},
            **(ends if mark == "rule" else middle),
            **name_channels("model", models, styles, "point" if mark == "point" else "rule"),
        },
    }  # fmt: skip
