"""Races: the ratios of their contenders with intervals, and every sample against time."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

from evenfold.race.record import Race
from evenfold.race.tables import TIMES, race_heading
from evenfold.render.charts import (
    HEIGHT,
    MANY,
    ROW_PIXELS,
    WIDTH,
    Axes,
    Figure,
    colour,
    high,
    legend_beside,
    look,
    marked,
    name_rows,
    plain,
    records,
)

if TYPE_CHECKING:
    import pandas as pd

# How much is shown beside the margin, in margins, and what is a wide axis.
ROOM, WIDE = 1.5, 2.5


def race_ratios(race: Race) -> Figure:
    """Ratios of a race's contenders to its first with their intervals, and the margin shaded.

    The first stands on top, at 1.
    An interval without an end goes on to the edge; one that is not there has none drawn.
    """
    table = _ratios(race)
    reference = race.contenders[0].label
    time = TIMES[race.settings.clock]
    least, most = 1 / (1 + race.settings.margin), 1 + race.settings.margin

    def draw(axes: Axes) -> None:
        axes.set_xscale("log")
        low, high = _ends(table, race.settings.margin)
        axes.set_xlim(low, high)
        axes.axvspan(least, most, color="#000000", alpha=0.1, linewidth=0)
        axes.axvline(1, color="black", linewidth=0.8)
        for at, row in enumerate(records(table)):
            if not math.isnan(row["low"]):
                ends = max(row["low"], low), min(row["high"], high)
                axes.hlines(at, *ends, color=colour(0), linewidth=2)
            axes.plot(row["ratio"], at, marker="o", color=colour(0), markersize=6)
        name_rows(axes, list(table["contender"]))
        ticks = _ticks(low, high)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        axes.set_xlabel(f"{time} over that of {plain(reference)} (log), 99 % intervals")

    return Figure(
        name=f"{race.machine}-{race.name}",
        title=f"{race_heading(race)}: left of 1 is faster",
        says=f"{time[0].upper()}{time[1:]} over that of {reference}, with 99 % intervals; within "
        "the shaded margin a difference is of no interest.",
        table=table,
        draw=draw,
        chart=_ratio_chart(table, reference, time),
        size=high(len(table)),
    )


def race_samples(race: Race) -> Figure:
    """Every sample of a race against the time at which it was taken: drift is seen."""
    table = _samples(race)
    names = [contender.label for contender in race.contenders]
    unit = "seconds" if race.settings.clock == "wall" else "seconds of CPU time"

    def draw(axes: Axes) -> None:
        for number, name in enumerate(names):
            rows, style = table[table["contender"] == name], {**look(number), "linestyle": "none"}
            axes.plot(rows["minutes"], rows["seconds"], label=plain(name), markersize=3,
                      rasterized=len(table) > MANY,
                      alpha=0.7, **style)  # fmt: skip
        axes.set_yscale("log")
        axes.set_xlabel("minutes since the race began")
        axes.set_ylabel(f"{unit}, {race.settings.measure} (log)")
        axes.grid(axis="y", alpha=0.3)
        legend_beside(axes)

    encoding = {
        "x": {"field": "minutes", "type": "quantitative", "title": "minutes since it began"},
        "y": {
            "field": "seconds",
            "type": "quantitative",
            "title": unit,
            "scale": {"type": "log", "nice": False},
        },
        **marked("contender", "point", scale={"domain": names}),
    }
    return Figure(
        name=f"{race.machine}-{race.name}-samples",
        title=f"{race_heading(race)}: every sample",
        says="Every sample against time: what moves all contenders together is the machine, and "
        "not in the ratios.",
        table=table,
        draw=draw,
        chart={"mark": {"type": "point", "size": 14}, "encoding": encoding},
        size=(WIDTH, HEIGHT),
    )


def _ratios(race: Race) -> pd.DataFrame:
    import pandas as pd

    reference, *others = [contender.label for contender in race.contenders]
    margin = race.settings.margin
    itself = (reference, reference, 1.0, math.nan, math.nan, "reference", margin)
    rows = [itself] + [
        (
            name,
            reference,
            ratio.estimate,
            ratio.low,
            ratio.high,
            ratio.verdict,
            race.settings.margin,
        )
        for name, ratio in zip(others, race.ratios, strict=True)
    ]
    columns = ["contender", "reference", "ratio", "low", "high", "verdict", "margin"]
    return pd.DataFrame(rows, columns=columns)


def _samples(race: Race) -> pd.DataFrame:
    import pandas as pd

    names = [contender.label for contender in race.contenders]
    began = [datetime.fromisoformat(launch.began) for launch in race.launches]
    rows = [
        (names[number], place + 1, ((start - began[0]).total_seconds() + at) / 60, seconds)
        for place, (launch, start) in enumerate(zip(race.launches, began, strict=True))
        for number, at, seconds in zip(launch.order, launch.at, launch.seconds, strict=True)
    ]
    return pd.DataFrame(rows, columns=["contender", "launch", "minutes", "seconds"])


def _ratio_chart(table: pd.DataFrame, reference: str, time: str) -> dict[str, Any]:
    names = {"field": "contender", "type": "nominal", "sort": list(table["contender"]),
             "title": None}  # fmt: skip
    ratio = {"field": "ratio", "type": "quantitative", "scale": {"type": "log", "nice": False},
             "title": [f"{time} over that of {reference}", "(log), 99 % intervals"]}  # fmt: skip
    margin = {"transform": [{"aggregate": [{"op": "max", "field": "margin", "as": "margin"}]},
                            {"calculate": "1 / (1 + datum.margin)", "as": "least"},
                            {"calculate": "1 + datum.margin", "as": "most"}],
              "mark": {"type": "rect", "opacity": 0.1},
              "encoding": {"x": {"field": "least", "type": "quantitative"},
                           "x2": {"field": "most"}}}  # fmt: skip
    interval = {"transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {"x": {**ratio, "field": "low"}, "x2": {"field": "high"},
                             "y": names}}  # fmt: skip
    points = {"mark": {"type": "point", "filled": True, "size": 60},
              "encoding": {"x": ratio, "y": names}}  # fmt: skip
    return {"height": ROW_PIXELS * len(table), "layer": [margin, interval, points]}


def _ends(table: pd.DataFrame, margin: float) -> tuple[float, float]:
    """Both ends of a logarithmic axis on which all that is finite, and the margin, has room."""
    values = table[["ratio", "low", "high"]].to_numpy().ravel()
    ends = [float(value) for value in values if 0 < value < math.inf]
    room = (1 + margin) ** ROOM
    low, high = min(1 / room, *ends), max(room, *ends)
    return low / (high / low) ** 0.04, high * (high / low) ** 0.04


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers of a logarithmic axis, as many as can be told apart."""
    from matplotlib.ticker import MaxNLocator

    if high / low < WIDE:
        return [float(t) for t in MaxNLocator(7).tick_values(low, high) if low <= t <= high]
    steps = [m * 10.0**e for e in range(-6, 7) for m in (1, 1.5, 2, 3, 5, 7)]
    return [step for step in steps if low <= step <= high]
