"""The figure of one model's times in several environments, from races of all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.race.figures import SHADE, SHADE_OPACITY, axis_ends
from evenfold.race.record import ContenderRecord, Race
from evenfold.race.tables import confidence_text, race_titles
from evenfold.render.charts import Figure, NameStyles, Spec, log_axis
from evenfold.render.theme import COLOURS, SHAPES
from evenfold.render.words import listed
from evenfold.runtime.results_folder import natural

if TYPE_CHECKING:
    import pandas as pd

FEWEST = 3  # environments that are more than a comparison of two


def is_of_versions(race: Race) -> bool:
    """Whether a race is of one model in several environments."""
    models = {_model(contender) for contender in race.contenders}
    names = {str(contender.environment["name"]) for contender in race.contenders}
    return len(models) == 1 and len(names) == len(race.contenders) >= FEWEST


def version_ratios(races: Sequence[Race], styles: NameStyles) -> Figure:
    """Draw the time of a model by environment, relative to the first, for each measure.

    Parameters
    ----------
    races
        Races of the same contenders, which `is_of_versions`.
    styles
        The styles of the report's names.
    """
    first = races[0].contenders[0]
    model, reference = _model(first), str(first.environment["name"])
    table = _table(races)
    confidences = dict.fromkeys(confidence_text(race.settings) for race in races)
    confidence = listed(list(confidences))
    return Figure(
        name=f"{races[0].machine}-{races[0].name}-environments",
        title=f"{model}: time by environment, relative to {reference}",
        caption=f"Above 1 is slower; {confidence} intervals. Within the shaded margin a "
        "difference does not matter.",
        table=table,
        spec=_spec(table, races, styles.places.get(model, styles.places.get(first.label, 0))),
    )


def _model(contender: ContenderRecord) -> str:
    """The contender without its environment."""
    return contender.spec.replace(f"@{contender.environment['name']}", "")


def _table(races: Sequence[Race]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        (str(contender.environment["name"]), measure, *ends)
        for race, measure in zip(races, race_titles(races), strict=True)
        for contender, ends in zip(
            race.contenders,
            [(1.0, 1.0, 1.0), *((r.estimate, r.low, r.high) for r in race.ratios)],
            strict=True,
        )
    ]
    rows.sort(key=lambda row: natural(Path(row[0])))
    return pd.DataFrame(rows, columns=["environment", "measure", "ratio", "low", "high"])


def _spec(table: pd.DataFrame, races: Sequence[Race], place: int) -> Spec:
    measures, numbers = race_titles(races), range(len(races))
    colour, margin = COLOURS[place % len(COLOURS)], races[0].settings.margin
    low, high = axis_ends(table, margin)
    x: Spec = {"field": "environment", "type": "nominal", "title": None,
               "sort": list(dict.fromkeys(table["environment"])),
               "axis": {"labelAngle": 0}}  # fmt: skip
    y: Spec = {"field": "ratio", "type": "quantitative", "title": "relative time (log)",
               "scale": {"type": "log", "nice": False, "domain": [low, high]},
               "axis": log_axis([low, high])}  # fmt: skip
    kind: Spec = {"field": "measure", "type": "nominal", "sort": measures}
    beside: Spec = {"x": x, "xOffset": kind}
    shapes: Spec = {"domain": measures, "range": [SHAPES[n % len(SHAPES)] for n in numbers]}
    shaded: Spec = {
        "data": {"values": [{}]},
        "mark": {"type": "rect", "opacity": SHADE_OPACITY, "color": SHADE},
        "encoding": {"y": {"datum": 1 / (1 + margin)}, "y2": {"datum": 1 + margin}},
    }
    ends: Spec = {
        "transform": [{"filter": "datum.low > 0 && isValid(datum.high) && datum.low < datum.high"}],
        "mark": {"type": "rule", "strokeWidth": 1.5, "color": colour},
        "encoding": {**beside, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
    }
    points: Spec = {
        "mark": {"type": "point", "filled": True, "size": 50, "color": colour, "opacity": 1},
        "encoding": {**beside, "y": y,
                     "shape": {**kind, "scale": shapes, "legend": {"title": None}}},
    }  # fmt: skip
    return {"layer": [shaded, ends, points]}
