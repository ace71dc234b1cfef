"""The figure of a bisect: every comparison as a stretch of the path, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenfold.bisect.conclusions import verdict_word
from evenfold.bisect.record import Bisect
from evenfold.render.charts import ROW_PIXELS, Figure, Spec
from evenfold.stats.verdicts import BETTER, EQUIVALENT, FASTER, SLOWER, UNDECIDED, WORSE

if TYPE_CHECKING:
    import pandas as pd

COLOURS = {
    SLOWER: "#D55E00", WORSE: "#D55E00", FASTER: "#009E73", BETTER: "#009E73",
    EQUIVALENT: "#0072B2", UNDECIDED: "#999999",
}  # fmt: skip


def bisect_path(bisect: Bisect) -> Figure:
    """Draw each comparison as a bar over the path, in the order in which they were made.

    The estimate stands in the bar's middle; its colour is that of the verdict.
    """
    table = _stretches(bisect)
    settings = bisect.settings
    kind = "difference of scores" if settings.quantity == "score" else "ratio of times"
    first, last = bisect.versions[0].name, bisect.versions[-1].name
    return Figure(
        name=f"{bisect.machine}-bisect-{bisect.name}",
        title=f"{settings.model}, {settings.label}: {first} to {last}",
        caption=f"Each bar is a comparison of the versions at its ends, the first on top, with the "
        f"{kind}. Stretches that are not equivalent are halved.",
        table=table,
        spec=_path_spec(bisect, table),
    )


def _stretches(bisect: Bisect) -> pd.DataFrame:
    import pandas as pd

    found = {(step.first, step.last): step for step in bisect.search.steps if step.is_measured}
    is_score = bisect.settings.quantity == "score"
    rows = []
    for number, step in enumerate(bisect.steps, start=1):
        text = f"{step.estimate:+.4f}" if is_score else f"{step.estimate:.3f}"
        rows.append(
            (
                number,
                bisect.versions[step.first].name,
                bisect.versions[step.last].name,
                step.first,
                step.last,
                (step.first + step.last) / 2,
                step.estimate,
                step.low,
                step.high,
                verdict_word(bisect, found[step.first, step.last]),
                text,
            )
        )
    columns = ["comparison", "from", "to", "start", "end", "middle", "estimate", "low", "high",
               "verdict", "text"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _path_spec(bisect: Bisect, table: pd.DataFrame) -> Spec:
    names = [version.name for version in bisect.versions]
    labels = " : ".join(
        f"datum.value == {place} ? '{_quoted(name)}'" for place, name in enumerate(names)
    )
    axis: Spec = {
        "values": list(range(len(names))),
        "labelExpr": f"{labels} : ''",
        "labelAngle": -45,
        "grid": True,
    }
    x: Spec = {"field": "start", "type": "quantitative", "title": None, "axis": axis,
               "scale": {"domain": [0, len(names) - 1], "nice": False}}  # fmt: skip
    y: Spec = {"field": "comparison", "type": "ordinal", "title": "comparison"}
    words = list(dict.fromkeys(table["verdict"]))
    colour: Spec = {"field": "verdict", "type": "nominal", "title": "verdict",
                    "scale": {"domain": words, "range": [COLOURS[w] for w in words]}}  # fmt: skip
    bars: Spec = {
        "mark": {"type": "bar", "height": 14, "opacity": 0.75},
        "encoding": {"x": x, "x2": {"field": "end"}, "y": y, "color": colour},
    }
    texts: Spec = {
        "mark": {"type": "text", "fontSize": 10},
        "encoding": {"x": {**x, "field": "middle"}, "y": y,
                     "text": {"field": "text", "type": "nominal"}},
    }  # fmt: skip
    return {"height": ROW_PIXELS * max(len(table), 1), "layer": [bars, texts]}


def _quoted(name: str) -> str:
    """A name inside quotes of a Vega expression."""
    return name.replace("\\", "\\\\").replace("'", "\\'")
