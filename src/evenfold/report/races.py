"""The table of a race, a picture of its intervals, and what both mean."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenfold.errors import ResultsError
from evenfold.report.cells import NONE, number
from evenfold.report.intervals import picture
from evenfold.report.tables import write
from evenfold.results.races import Race
from evenfold.results.ratios import FEWEST_LAUNCHES, Ratio
from evenfold.results.stats import UNDECIDED

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 100
UNITS = {"epoch": "an epoch", "fit": "a fit", "predict": "a prediction"}
SCALES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
NUMBERS = ("race", "measure", "rows", "contender", "median_seconds", "ratio", "low", "high",
           "verdict", "accuracy", "launches", "blocks", "outliers", "detectable")  # fmt: skip


def race_table(race: Race) -> pd.DataFrame:
    """One row a contender, all cells text."""
    import pandas as pd

    rows = []
    for runner, median, ratio in _runners(race):
        accuracy = NONE if runner.accuracy is None else f"{runner.accuracy:.4f}"
        first = (runner.name, duration(median))
        if ratio is None:
            count = len(race.launches)
            blocks = sum(len(times) for times in race.times)
            rows.append((*first, NONE, NONE, accuracy, str(count), str(blocks), NONE))
        else:
            counts = (str(ratio.launches), str(ratio.blocks), str(ratio.outliers))
            rows.append((*first, interval(ratio), verdict(race, ratio), accuracy, *counts))
    time = f"time {UNITS[race.measure]}"
    head = ["contender", time, "ratio", "verdict", "accuracy", "launches", "blocks", "outliers"]
    return pd.DataFrame(rows, columns=head)


def numbers(races: Sequence[Race]) -> pd.DataFrame:
    """One row a contender of each race, in numbers; the reference has a ratio of 1."""
    import pandas as pd

    rows = []
    for race in races:
        for runner, median, ratio in _runners(race):
            judged = (
                (1.0, 1.0, 1.0, None, runner.accuracy, len(race.launches), None, None, None)
                if ratio is None
                else (ratio.estimate, ratio.low, ratio.high, ratio.verdict, runner.accuracy,
                      ratio.launches, ratio.blocks, ratio.outliers, ratio.detectable)
            )  # fmt: skip
            rows.append((race.name, race.measure, race.rows, runner.name, median, *judged))
    whole = {"rows": "Int64", "blocks": "Int64", "outliers": "Int64"}
    return pd.DataFrame(rows, columns=list(NUMBERS)).astype(whole)


def as_json(race: Race) -> str:
    """The race for programs: an interval without an end has None there."""
    contenders = [
        {
            "contender": runner.name,
            "median_seconds": median,
            "ratio": 1.0 if ratio is None else ratio.estimate,
            "low": 1.0 if ratio is None else _finite(ratio.low),
            "high": 1.0 if ratio is None else _finite(ratio.high),
            "verdict": None if ratio is None else ratio.verdict,
            "launches": len(race.launches),
        }
        for runner, median, ratio in _runners(race)
    ]
    told = {"reference": race.contenders[0].name, "contenders": contenders}
    return json.dumps(told, indent=1, ensure_ascii=False)


def shown(race: Race, style: str) -> str:
    """A race in one of the formats; on a terminal with a picture and what it all means."""
    if style == "json":
        return as_json(race)
    if style == "csv":
        return write(numbers([race]), style)
    table = write(race_table(race), style)
    drawn = [picture([r.name for r in race.contenders[1:]], race.ratios, race.margin)]
    return "\n\n".join([table, *(drawn if style == "table" else []), caption(race)])


def several(races: Sequence[tuple[Path, Race]], style: str) -> Iterator[str]:
    """Saved races, one after the other."""
    for file, race in races:
        yield f"{race.name}, {race.machine} ({file})"
        yield shown(race, style)


def heading(race: Race) -> str:
    """What was raced, in a few words: ``epoch``, ``predict, 1,024 rows``."""
    return (
        f"{race.measure}, {race.rows:,} row{'s' * (race.rows > 1)}" if race.rows else race.measure
    )


def side_by_side(races: Sequence[Race]) -> pd.DataFrame:
    """One row a contender, and of each race its time, ratio and verdict; all cells text.

    Raises ResultsError when the contenders of the races are not the same.
    """
    import pandas as pd

    names = [runner.name for runner in races[0].contenders]
    table = pd.DataFrame({"contender": names})
    for race in races:
        if [runner.name for runner in race.contenders] != names:
            raise ResultsError(f"{races[0].name} and {race.name} are races of other contenders")
        of_race = race_table(race)
        table[heading(race)] = of_race[of_race.columns[1]]
        table[f"ratio, {heading(race)}"] = of_race["ratio"]
        table[f"verdict, {heading(race)}"] = of_race["verdict"]
    return table


def side_caption(races: Sequence[Race]) -> str:
    """What the figures of ``side_by_side`` are."""
    threads = " and ".join(dict.fromkeys(_threads(race) for race in races))
    margins = " and ".join(dict.fromkeys(f"{100 * race.margin:.3g} %" for race in races))
    text = (
        f"Races on {races[0].dataset}, {threads}: medians of a training epoch after a fit's first "
        f"or of a prediction, and ratios to {races[0].contenders[0].name} with 99 % intervals (of "
        f"a race together): below 1 is faster, and within {margins} of 1 is of no interest."
    )
    return textwrap.fill(text, WIDTH)


def caption(race: Race) -> str:
    """What was raced, and what the intervals and verdicts are."""
    together = " together" if len(race.contenders) > 2 else ""
    after = " after the first of a fit" if race.measure == "epoch" else ""
    text = (
        f"{heading(race).capitalize()}{after} on {race.dataset}, {_threads(race)}. Ratios: time "
        f"over that of {race.contenders[0].name}: below 1 is faster. 99 % intervals{together}: "
        "Student's t over launches, the error divided over the looks at the data. A ratio within "
        f"{100 * race.margin:.3g} % of 1 is of no interest; a verdict that is undecided tells what "
        "difference would be found half of the time. Accuracy: one fit on one split, no score. "
        "Outliers are counted and kept."
    )
    return textwrap.fill(text, WIDTH)


def _threads(race: Race) -> str:
    return "one thread" if race.threads == 1 else f"{race.threads} threads"


def duration(seconds: float) -> str:
    """Seconds as people read them: ``58.3 ms``."""
    scale, unit = next(((s, u) for s, u in SCALES if seconds >= s), SCALES[-1])
    return f"{number(seconds / scale)} {unit}"


def _runners(race: Race) -> Iterator[tuple[Any, float, Ratio | None]]:
    yield from zip(race.contenders, race.medians, (None, *race.ratios), strict=True)


def interval(ratio: Ratio) -> str:
    """``0.9312 [0.9201, 0.9424]``, as in a cell."""
    inside = NONE
    if not math.isnan(ratio.low):
        inside = f"{_ratio(ratio.low)}, {_ratio(ratio.high)}"
    return f"{_ratio(ratio.estimate)} [{inside}]"


def _ratio(value: float) -> str:
    return f"{value:.4f}" if value < 10 else number(value)


def verdict(race: Race, ratio: Ratio) -> str:
    """The verdict; of one that is undecided, why or what could have been seen."""
    if ratio.verdict != UNDECIDED:
        return ratio.verdict
    if ratio.launches < FEWEST_LAUNCHES:
        return f"undecided ({ratio.launches} of {FEWEST_LAUNCHES} launches)"
    if not race.is_judged:
        return "undecided (broken off)"
    return f"undecided (sees {number(100 * ratio.detectable)} %)"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
