"""Figures of races: the ratios of the contenders with intervals, and every sample over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.race.ratio_words import TIMES
from evenfold.race.record import Race
from evenfold.race.tables import confidence_text, race_heading
from evenfold.render.charts import (
    DIGITS,
    ROW_PIXELS,
    Figure,
    NameStyles,
    Spec,
    log_axis,
    name_channels,
    vertical,
)

if TYPE_CHECKING:
    import pandas as pd

# The axis of ratios extends at least so many margins beyond 1.
ROOM = 1.5
# Of the margin.
SHADE, SHADE_OPACITY = "#808080", 0.25


def race_ratios(race: Race, styles: NameStyles) -> Figure:
    """Draw the ratio of each contender to the first with its interval, and the margin shaded.

    The first stands on top, at 1. An interval without an end extends to the edge; where there is
    no interval, none is drawn.

    Parameters
    ----------
    race
        The race.
    styles
        The styles of the report's names.
    """
    table = _ratios(race)
    reference = race.contenders[0].label
    time = TIMES[race.settings.clock]
    confidence = confidence_text(race.settings)
    title = [f"{time} relative to", reference, f"(log), {confidence} intervals"]
    return Figure(
        name=f"{race.machine}-{race.name}",
        title=f"{race_heading(race)}: left of 1 is faster",
        caption=f"{time[0].upper()}{time[1:]} divided by that of {reference}, with the "
        f"{confidence} intervals that are judged. Within the shaded margin a difference does not "
        "matter.",
        table=table,
        spec=_ratio_spec(table, race.settings.margin, title, styles),
    )


def race_samples(race: Race, styles: NameStyles) -> Figure:
    """Draw every sample of a race against the time at which it was taken, so that drift shows.

    Parameters
    ----------
    race
        The race.
    styles
        The styles of the report's names.
    """
    unit = "seconds" if race.settings.clock == "wall" else "seconds of CPU time"
    names = [contender.label for contender in race.contenders]
    table = _samples(race)
    y_title = f"{unit}, {race.settings.measure} (log)"
    return Figure(
        name=f"{race.machine}-{race.name}-samples",
        title=f"{race_heading(race)}: every sample",
        caption="Every sample over time. Changes that all contenders share come from the machine "
        "and cancel out in the ratios.",
        table=table,
        spec=_sample_spec(names, table["seconds"], y_title, styles),
    )


def _ratios(race: Race) -> pd.DataFrame:
    import pandas as pd

    reference, *others = [contender.label for contender in race.contenders]
    margin = race.settings.margin
    itself = (reference, reference, 1.0, math.nan, math.nan, "reference", margin)
    rows = [itself] + [
        (name, reference, one.estimate, one.judged_low, one.judged_high, one.verdict, margin)
        for name, one in zip(others, race.ratios, strict=True)
    ]
    columns = ["contender", "reference", "ratio", "low", "high", "verdict", "margin"]
    return pd.DataFrame(rows, columns=columns)


def _samples(race: Race) -> pd.DataFrame:
    import pandas as pd

    names = [contender.label for contender in race.contenders]
    began = race.launches[0].began_at
    rows = [
        (names[number], place + 1, ((launch.began_at - began).total_seconds() + at) / 60, seconds)
        for place, launch in enumerate(race.launches)
        for number, at, seconds in zip(launch.order, launch.at, launch.seconds, strict=True)
    ]
    return pd.DataFrame(rows, columns=["contender", "launch", "minutes", "seconds"])


def _ratio_spec(
    table: pd.DataFrame, margin: float, title: Sequence[str], styles: NameStyles
) -> Spec:
    low, high = axis_ends(table, margin)
    contenders = list(table["contender"])
    of_name: Spec = {"field": "contender", "type": "nominal", "legend": None}
    names: Spec = {"field": "contender", "type": "nominal", "sort": contenders,
                   "title": None}  # fmt: skip
    ratio: Spec = {"field": "ratio", "type": "quantitative", "title": list(title),
                   "scale": {"type": "log", "nice": False, "domain": [low, high]},
                   "axis": log_axis([low, high])}  # fmt: skip
    shaded: Spec = {
        "data": {"values": [{}]},
        "mark": {"type": "rect", "opacity": SHADE_OPACITY, "color": SHADE},
        "encoding": {"x": {"datum": 1 / (1 + margin)}, "x2": {"datum": 1 + margin}},
    }
    intervals: Spec = {
        "transform": [
            {"filter": {"field": "contender",
                        "oneOf": list(table.loc[table["low"].notna(), "contender"])}},
            {"calculate": f"datum.low > 0 ? datum.low : {low:.{DIGITS}g}", "as": "first"},
            {"calculate": f"isValid(datum.high) ? datum.high : {high:.{DIGITS}g}", "as": "last"},
        ],
        "mark": {"type": "rule", "strokeWidth": 2.5, "clip": True},
        "encoding": {"x": {**ratio, "field": "first"}, "x2": {"field": "last"}, "y": names},
    }  # fmt: skip
    points: Spec = {
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
        "encoding": {"x": ratio, "y": names,
                     "color": {**of_name, "scale": styles.colour_scale(contenders)},
                     "shape": {**of_name, "scale": styles.shape_scale(contenders)}},
    }  # fmt: skip
    height = ROW_PIXELS * len(table)
    return {"height": height, "layer": [shaded, vertical(1), intervals, points]}


def _sample_spec(
    names: Sequence[str], seconds: pd.Series[float], title: str, styles: NameStyles
) -> Spec:
    return {
        "mark": {"type": "point", "size": 14},
        "encoding": {
            "x": {"field": "minutes", "type": "quantitative",
                  "title": "minutes since the race began"},
            "y": {"field": "seconds", "type": "quantitative", "title": title,
                  "scale": {"type": "log", "nice": False}, "axis": log_axis(seconds)},
            **name_channels("contender", names, styles, "point"),
        },
    }  # fmt: skip


def axis_ends(table: pd.DataFrame, margin: float) -> tuple[float, float]:
    """Return both ends of a logarithmic axis that holds everything finite, and the margin."""
    values = table[["ratio", "low", "high"]].to_numpy().ravel()
    ends = [float(value) for value in values if 0 < value < math.inf]
    room = (1 + margin) ** ROOM
    low, high = min(1 / room, *ends), max(room, *ends)
    return low / (high / low) ** 0.04, high * (high / low) ** 0.04
