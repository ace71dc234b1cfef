"""Training seconds of every model in every environment, as bench runs found them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.bench.measurements import contender_labels, measurements
from evenfold.bench.results import Result
from evenfold.render.charts import Axes, Figure, legend_beside, look, marked, plain

if TYPE_CHECKING:
    import pandas as pd

FIGURE = "fit s"
TITLE = "Training a fresh model: median, least and most of the rounds"


def fit_times(machine: str, results: Sequence[Result]) -> Figure:
    """Median of a fit with least and most of its rounds: ranges, no intervals."""
    table = _table(results)
    environments = [result.label for result in results]

    def draw(axes: Axes) -> None:
        for number, (label, rows) in enumerate(table.groupby("model", sort=False)):
            spread = [rows["median"] - rows["least"], rows["most"] - rows["median"]]
            at = [environments.index(name) for name in rows["environment"]]
            axes.errorbar(at, rows["median"], yerr=spread, label=plain(str(label)), **look(number),
                          markersize=5, linewidth=1.2, capsize=3)  # fmt: skip
        axes.set_yscale("log")
        axes.set_xticks(range(len(environments)), [plain(name) for name in environments])
        axes.margins(x=0.08)
        axes.set_ylabel("one fit, seconds (log)")
        axes.grid(axis="y", alpha=0.3)
        legend_beside(axes)

    return Figure(
        name=machine,
        title=TITLE,
        says="What a user waits for a fit, by environment. Environments ran one after the other: "
        "ranges of the rounds, no intervals, and no verdicts.",
        table=table,
        draw=draw,
        chart={"layer": [_layer("rule"), _layer("line"), _layer("point")]},
    )


def _table(results: Sequence[Result]) -> pd.DataFrame:
    import pandas as pd

    told = {result.label: measurements(result.benchmarks) for result in results}
    contenders = sorted({key for found in told.values() for key in found})
    rows = [
        (label, environment, figure.middle, figure.low, figure.high)
        for contender, label in contender_labels(contenders).items()
        for environment, found in told.items()
        if (figure := found.get(contender, {}).get(FIGURE))
    ]
    return pd.DataFrame(rows, columns=["model", "environment", "median", "least", "most"])


def _layer(mark: str) -> dict[str, object]:
    encoding: dict[str, object] = {
        "x": {"field": "environment", "type": "nominal", "sort": None},
        "y": {"field": "median", "type": "quantitative", "scale": {"type": "log"},
              "title": "one fit, seconds"},
        **marked("model", mark),
    }  # fmt: skip
    if mark == "rule":
        encoding["y"] = {**encoding["y"], "field": "least"}  # type: ignore[dict-item]
        encoding["y2"] = {"field": "most"}
    shown = {"filled": True, "size": 45} if mark == "point" else {}
    return {"mark": {"type": mark, **shown}, "encoding": encoding}
