"""Tables of races: text for people, numbers for programs, and captions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenfold.errors import ResultsError
from evenfold.race.conclusions import race_conclusion, race_notes
from evenfold.race.ratio_words import (
    CPU_TIME_NOTE,
    MEANS,
    RATIO_NUMBERS,
    TIMES,
    UNDECIDED_NOTE,
    filled,
    finite,
    judged_cell,
    ratio_cell,
    ratio_parts,
    ratio_values,
)
from evenfold.race.record import ContenderRecord, Race
from evenfold.race.settings import RaceSettings
from evenfold.race.settling import LaunchAdvice, settle_ratios, settling_lines
from evenfold.render.cells import NONE, seconds_cell
from evenfold.render.media import sentence
from evenfold.render.tables import write
from evenfold.render.words import counted
from evenfold.stats.race_ratios import Ratio
from evenfold.worker.protocol import Measure

if TYPE_CHECKING:
    import pandas as pd

DIFFERENCE = "differs by"
UNITS: dict[Measure, str] = {"epoch": "an epoch", "fit": "a fit", "predict": "a prediction"}
NUMBERS = ("machine", "race", "measure", "clock", "rows", "contender", "median_seconds",
           *RATIO_NUMBERS, "accuracy", "launches", "blocks", "outliers", "detectable", "difference",
           "delay", "jit_compile", "launches_to_settle", "seconds_to_settle")  # fmt: skip


def race_table(race: Race) -> pd.DataFrame:
    """Return one row for each contender; all cells are text."""
    import pandas as pd

    time = f"{TIMES[race.settings.clock]} {UNITS[race.settings.measure]}"
    head = ["contender", time, "ratio", MEANS, "verdict", "accuracy", "launches", "blocks",
            "outliers"]  # fmt: skip
    rows = [_text_row(race, *row) for row in _contender_rows(race)]
    table = pd.DataFrame(rows, columns=head)
    differences = [contender.difference for contender in race.contenders]
    if any(difference is not None for difference in differences):
        cells = [NONE if value is None else f"{value:.1g}" for value in differences]
        table.insert(head.index("accuracy") + 1, DIFFERENCE, cells)
    return table


def race_numbers(races: Sequence[Race]) -> pd.DataFrame:
    """Return one row for each contender of each race, in numbers; the reference has a ratio of 1.

    Columns are `NUMBERS`.
    """
    import pandas as pd

    rows = [_number_row(race, *row) for race in races for row in _contender_rows(race)]
    names = ("rows", "blocks", "outliers", "launches_to_settle")
    integers = dict.fromkeys(names, "Int64")
    booleans = {"jit_compile": "boolean", "differs": "boolean"}
    floats = {"difference": float, "seconds_to_settle": float}
    types: dict[str, Any] = {**integers, **booleans, **floats}
    return pd.DataFrame(rows, columns=list(NUMBERS)).astype(types)


def race_json(race: Race) -> str:
    """Return a race as JSON; an end of an interval that is not finite is null."""
    advice, nothing = settle_ratios(race), LaunchAdvice(None, None)
    contenders = [
        {
            "contender": contender.name,
            "median_seconds": median,
            "ratio": 1.0 if ratio is None else ratio.estimate,
            "low": 1.0 if ratio is None else finite(ratio.low),
            "high": 1.0 if ratio is None else finite(ratio.high),
            "mean_ratio": 1.0 if ratio is None else ratio.mean.estimate,
            "mean_low": 1.0 if ratio is None else finite(ratio.mean.low),
            "mean_high": 1.0 if ratio is None else finite(ratio.mean.high),
            "judged_low": 1.0 if ratio is None else finite(ratio.judged_low),
            "judged_high": 1.0 if ratio is None else finite(ratio.judged_high),
            "differs": None if ratio is None else ratio.differs,
            "verdict": None if ratio is None else ratio.verdict,
            "launches": len(race.launches),
            "accuracy": contender.accuracy,
            "difference": contender.difference,
            "delay": contender.delay,
            "jit_compile": contender.jit_compile,
            "launches_to_settle": advice.get(contender.label, nothing).launches,
            "seconds_to_settle": advice.get(contender.label, nothing).seconds,
        }
        for contender, median, ratio in _contender_rows(race)
    ]
    content = {
        "clock": race.settings.clock,
        "reference": race.contenders[0].name,
        "contenders": contenders,
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def race_text(race: Race, style: str) -> str:
    """Return a race in one of the formats; for people with a caption, on a terminal with a picture.

    Parameters
    ----------
    race
        The race.
    style
        ``table``, ``markdown``, ``csv`` or ``json``.
    """
    if style == "json":
        return race_json(race)
    if style == "csv":
        return write(race_numbers([race]), style)
    table = race_table(race)
    if not _has_accuracy(race):
        table = table.drop(columns="accuracy")
    parts = ratio_parts(
        race_conclusion(race, style),
        table,
        _labels(race)[1:],
        race.ratios,
        race.settings.margin,
        style,
    )
    advice = sentence("\n".join(settling_lines(race)), style)
    return "\n\n".join(filter(None, [*parts, race_caption([race], style), advice]))


def race_texts(races: Sequence[tuple[Path, Race]], style: str) -> Iterator[str]:
    """Yield the heading and the text of each saved race."""
    for file, race in races:
        yield sentence(f"{race.name}, {race.machine} ({file})", style)
        yield race_text(race, style)


def race_heading(race: Race) -> str:
    """Return what was raced: ``epoch``, or ``predict, 1,024 rows, CPU time``."""
    settings = race.settings
    rows = f", {settings.rows:,} row{'s' * (settings.rows > 1)}" if settings.rows else ""
    return settings.measure + rows + (f", {TIMES['cpu']}" if settings.clock == "cpu" else "")


def race_titles(races: Sequence[Race]) -> list[str]:
    """Return the heading of each race, with its name if others of its machine have that heading."""
    count = Counter((race_heading(race), race.machine) for race in races)
    return [
        race_heading(race)
        + (f", {race.name}" if count[race_heading(race), race.machine] > 1 else "")
        for race in races
    ]


def side_by_side_table(races: Sequence[Race]) -> pd.DataFrame:
    """Return one row for each contender, with time, ratio and verdict of each race as text.

    Accuracies are of the first race.

    Raises
    ------
    ResultsError
        The races do not have the same contenders.
    """
    import pandas as pd

    labels = _labels(races[0])
    table = pd.DataFrame({"contender": labels, "accuracy": race_table(races[0])["accuracy"]})
    for race, title in zip(races, race_titles(races), strict=True):
        if _labels(race) != labels:
            raise ResultsError(
                f"{race.name} is of {', '.join(_labels(race))}, and {races[0].name} of "
                f"{', '.join(labels)}: races side by side have the same contenders in one order"
            )
        cells = race_table(race)
        table[title] = cells[cells.columns[1]]
        table[f"ratio, {title}"] = cells["ratio"]
        table[f"verdict, {title}"] = cells["verdict"]
    return table


def race_caption(races: Sequence[Race], style: str = "table") -> str:
    """Return what was raced and what the columns mean, for one race or for several."""
    reference = races[0].contenders[0].label
    margins = " and ".join(dict.fromkeys(f"{100 * race.settings.margin:.3g} %" for race in races))
    together = " together" if len(races[0].contenders) > 2 else ""
    each = " in each race" if together and len(races) > 1 else ""
    epochs = any(race.settings.measure == "epoch" for race in races)
    epoch = "; an epoch is one after the first of a fit" if epochs else ""
    cpu = CPU_TIME_NOTE if any(race.settings.clock == "cpu" for race in races) else ""
    confidences = [confidence_text(race.settings) for race in races]
    confidence = " and ".join(dict.fromkeys(confidences))
    text = (
        f"{_raced(races)}. Times: medians{epoch}.{cpu} "
        f"Ratios: time over that of {reference}, of medians unless it says of means; below 1 is "
        "faster. "
        f"{confidence} intervals{together}{each}: Student's t over launches, the error divided "
        f"over the looks at the data. Verdicts are beyond or within a margin of {margins}. "
        f"{UNDECIDED_NOTE}{race_notes(races)}{_accuracy_note(races)}{_compiled_note(races)}"
    )
    return filled(text, style)


def confidence_text(settings: RaceSettings) -> str:
    """Return the confidence of a race's intervals: ``99 %``."""
    return f"{100 * settings.confidence:.6g} %"


def verdict_cell(race: Race, ratio: Ratio) -> str:
    """Return a verdict; if it is undecided, with the reason or the detectable difference."""
    return judged_cell(ratio, race.is_judged)


def _contender_rows(race: Race) -> Iterator[tuple[ContenderRecord, float, Ratio | None]]:
    """Yield each contender with its median seconds and its ratio; the reference has none."""
    yield from zip(race.contenders, race.medians, (None, *race.ratios), strict=True)


def _text_row(
    race: Race, contender: ContenderRecord, median: float, ratio: Ratio | None
) -> tuple[str, ...]:
    accuracy = NONE if contender.accuracy is None else f"{contender.accuracy:.4f}"
    first = (contender.label, seconds_cell(median))
    if ratio is None:
        blocks = sum(len(times) for times in race.times)
        return (*first, NONE, NONE, NONE, accuracy, str(len(race.launches)), str(blocks), NONE)
    counts = (str(ratio.launches), str(ratio.blocks), str(ratio.outliers))
    ratios = (ratio_cell(ratio), ratio_cell(ratio.mean))
    return (*first, *ratios, verdict_cell(race, ratio), accuracy, *counts)


def _number_row(
    race: Race, contender: ContenderRecord, median: float, ratio: Ratio | None
) -> tuple[object, ...]:
    settings = race.settings
    first = (race.machine, race.name, settings.measure, settings.clock, settings.rows,
             contender.name, median)  # fmt: skip
    advice = settle_ratios(race).get(contender.label, LaunchAdvice(None, None))
    last = (contender.difference, contender.delay, contender.jit_compile, advice.launches,
            advice.seconds)  # fmt: skip
    accuracy = contender.accuracy
    if ratio is None:
        launches = len(race.launches)
        return (*first, *([1.0] * 8), None, None, accuracy, launches, None, None, None, *last)
    rests_on = (ratio.launches, ratio.blocks, ratio.outliers, ratio.detectable)
    return (*first, *ratio_values(ratio), accuracy, *rests_on, *last)


def _labels(race: Race) -> list[str]:
    return [contender.label for contender in race.contenders]


def _raced(races: Sequence[Race]) -> str:
    """Return what was raced on which data: ``Epoch on breast_cancer, one thread``."""
    titles, places = race_titles(races), [_place(race) for race in races]
    if len(set(places)) == 1:
        titles, places = ["; ".join(titles)], places[:1]
    text = "; ".join(f"{title} on {place}" for title, place in zip(titles, places, strict=True))
    return f"{text[0].upper()}{text[1:]}"


def _place(race: Race) -> str:
    threads = race.settings.threads
    text = "one thread" if threads == 1 else counted(threads, "thread")
    return f"{race.dataset}, {text}"


def _accuracy_note(races: Sequence[Race]) -> str:
    if len(races) > 1:
        return f" Accuracy: one fit on one split, in the race of {race_titles(races)[0]}: no score."
    note = " Accuracy: one fit on one split, no score." if _has_accuracy(races[0]) else ""
    note += " Outliers are counted and kept."
    if any(contender.difference is not None for contender in races[0].contenders):
        note += " Differs by: largest difference between its probabilities and those of predict."
    return note


def _has_accuracy(race: Race) -> bool:
    return any(contender.accuracy is not None for contender in race.contenders)


def _compiled_note(races: Sequence[Race]) -> str:
    labels = [
        contender.label for race in races for contender in race.contenders if contender.is_compiled
    ]
    names = list(dict.fromkeys(labels))
    return f" Keras compiles (jit_compile): {', '.join(names)}." if names else ""
