"""The table of a race, a picture of its intervals, and what both mean."""

from __future__ import annotations

import json
import math
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenfold.errors import ResultsError
from evenfold.race.record import CPU, WALL, Race
from evenfold.render.cells import NONE, number
from evenfold.render.intervals import picture
from evenfold.render.tables import escaped, write
from evenfold.stats.race_ratios import FEWEST_LAUNCHES, Ratio
from evenfold.stats.verdicts import UNDECIDED

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 100
OF_ONE = " Accuracy: one fit on one split, no score. Outliers are counted and kept."
OF_SEVERAL = " Accuracy: one fit on one split, in the race of {}: no score."
DIFFERS = "differs by"
CPU_TIME = (
    " CPU time is of all threads of a process, and all contenders are sampled at the same time on "
    "one core: how long they wait is not in it."
)
COMPILED = " Keras compiles (jit_compile): {}."
ROUNDS = " Differs by: the most that its probabilities are from those of predict."
TIMES = {WALL: "time", CPU: "CPU time"}
UNITS = {"epoch": "an epoch", "fit": "a fit", "predict": "a prediction"}
SCALES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
NUMBERS = ("machine", "race", "measure", "clock", "rows", "contender", "median_seconds",
           "ratio", "low", "high", "verdict", "accuracy", "launches", "blocks", "outliers",
           "detectable", "difference", "delay", "jit_compile")  # fmt: skip


def race_table(race: Race) -> pd.DataFrame:
    """One row a contender, all cells text."""
    import pandas as pd

    rows = []
    for runner, median, ratio in _runners(race):
        accuracy = NONE if runner.accuracy is None else f"{runner.accuracy:.4f}"
        first = (runner.label, duration(median))
        if ratio is None:
            count = len(race.launches)
            blocks = sum(len(times) for times in race.times)
            rows.append((*first, NONE, NONE, accuracy, str(count), str(blocks), NONE))
        else:
            counts = (str(ratio.launches), str(ratio.blocks), str(ratio.outliers))
            rows.append((*first, interval(ratio), verdict(race, ratio), accuracy, *counts))
    time = f"{TIMES[race.clock]} {UNITS[race.measure]}"
    head = ["contender", time, "ratio", "verdict", "accuracy", "launches", "blocks", "outliers"]
    table = pd.DataFrame(rows, columns=head)
    differences = [runner.difference for runner in race.contenders]
    if any(difference is not None for difference in differences):
        told = [NONE if value is None else f"{value:.1g}" for value in differences]
        table.insert(head.index("accuracy") + 1, DIFFERS, told)
    return table


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
            rows.append(
                (
                    race.machine,
                    race.name,
                    race.measure,
                    race.clock,
                    race.rows,
                    runner.name,
                    median,
                    *judged,
                    runner.difference,
                    runner.delay,
                    runner.jit_compile,
                )
            )
    whole = {"rows": "Int64", "blocks": "Int64", "outliers": "Int64"}
    kinds: dict[str, Any] = {**whole, "difference": float, "jit_compile": "boolean"}
    return pd.DataFrame(rows, columns=list(NUMBERS)).astype(kinds)


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
            "accuracy": runner.accuracy,
            "difference": runner.difference,
            "delay": runner.delay,
            "jit_compile": runner.jit_compile,
        }
        for runner, median, ratio in _runners(race)
    ]
    told = {"clock": race.clock, "reference": race.contenders[0].name, "contenders": contenders}
    return json.dumps(told, indent=1, ensure_ascii=False)


def shown(race: Race, style: str) -> str:
    """A race in one of the formats; on a terminal with a picture and what it all means."""
    if style == "json":
        return as_json(race)
    if style == "csv":
        return write(numbers([race]), style)
    table = write(race_table(race), style)
    drawn = [picture(_names(race)[1:], race.ratios, race.margin)]
    return "\n\n".join([table, *(drawn if style == "table" else []), caption([race], style)])


def several(races: Sequence[tuple[Path, Race]], style: str) -> Iterator[str]:
    """Saved races, one after the other."""
    for file, race in races:
        yield f"{race.name}, {race.machine} ({file})"
        yield shown(race, style)


def heading(race: Race) -> str:
    """What was raced, in a few words: ``epoch``, ``predict, 1,024 rows, CPU time``."""
    rows = f", {race.rows:,} row{'s' * (race.rows > 1)}" if race.rows else ""
    return race.measure + rows + (f", {TIMES[CPU]}" if race.clock == CPU else "")


def side_by_side(races: Sequence[Race]) -> pd.DataFrame:
    """One row a contender, and of each race its time, ratio and verdict; all cells text.

    Accuracies are of the first race. Raises ResultsError when the contenders of the races are not
    the same.
    """
    import pandas as pd

    names = _names(races[0])
    table = pd.DataFrame({"contender": names, "accuracy": race_table(races[0])["accuracy"]})
    for race, title in zip(races, titles(races), strict=True):
        if _names(race) != names:
            raise ResultsError(
                f"{race.name} is of {', '.join(_names(race))}, and {races[0].name} of "
                f"{', '.join(names)}: races side by side have the same contenders in one order"
            )
        of_race = race_table(race)
        table[title] = of_race[of_race.columns[1]]
        table[f"ratio, {title}"] = of_race["ratio"]
        table[f"verdict, {title}"] = of_race["verdict"]
    return table


def caption(races: Sequence[Race], style: str = "table") -> str:
    """What was raced, and what the intervals and verdicts are: of one race, or of several."""
    told, where = titles(races), [_where(race, style) for race in races]
    if len(set(where)) == 1:
        told, where = ["; ".join(told)], where[:1]
    raced = "; ".join(f"{title} on {place}" for title, place in zip(told, where, strict=True))
    first = races[0].contenders
    margins = " and ".join(dict.fromkeys(f"{100 * race.margin:.3g} %" for race in races))
    together = " together" if len(first) > 2 else ""
    each = " in each race" if together and len(races) > 1 else ""
    epochs = any(race.measure == "epoch" for race in races)
    epoch = "; an epoch is one after the first of a fit" if epochs else ""
    cpu = CPU_TIME if any(race.clock == CPU for race in races) else ""
    columns = OF_ONE if len(races) == 1 else OF_SEVERAL.format(titles(races)[0])
    if len(races) == 1 and any(runner.difference is not None for runner in first):
        columns += ROUNDS
    columns += _compiled(races, style)
    text = (
        f"{raced[0].upper()}{raced[1:]}. Times: medians{epoch}.{cpu} "
        f"Ratios: time over that of {escaped(first[0].label, style)}: below 1 is faster. 99 % "
        f"intervals{together}{each}: Student's t over launches, the error divided over the looks "
        f"at the data. A ratio within {margins} of 1 is of no interest; a verdict that is "
        f"undecided tells what it lacks, or what difference would be found half of the time."
        f"{columns}"
    )
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def titles(races: Sequence[Race]) -> list[str]:
    """What was raced, with a race's name where that does not tell it from others of its machine."""
    count = Counter((heading(race), race.machine) for race in races)
    return [
        heading(race) + (f", {race.name}" if count[heading(race), race.machine] > 1 else "")
        for race in races
    ]


def _names(race: Race) -> list[str]:
    return [runner.label for runner in race.contenders]


def _compiled(races: Sequence[Race], style: str) -> str:
    labels = [runner.label for race in races for runner in race.contenders if runner.is_compiled]
    names = [escaped(label, style) for label in dict.fromkeys(labels)]
    return COMPILED.format(", ".join(names)) if names else ""


def _where(race: Race, style: str) -> str:
    threads = "one thread" if race.threads == 1 else f"{race.threads} threads"
    return f"{escaped(race.dataset, style)}, {threads}"


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
    return f"{value:.4f}" if 0.1 <= value < 10 else number(value)


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
