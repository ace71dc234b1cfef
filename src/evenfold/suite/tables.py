"""Tables of a suite's race: text for people, numbers for programs, and what they mean."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
from evenfold.render.cells import seconds_cell
from evenfold.render.media import sentence
from evenfold.render.tables import write
from evenfold.render.words import counted, listed
from evenfold.stats.race_ratios import Ratio
from evenfold.stats.verdicts import EQUIVALENT, TIME_VERDICTS, UNDECIDED, TimeVerdict
from evenfold.suite.record import SuiteBenchmark, SuiteRace

if TYPE_CHECKING:
    import pandas as pd

SUITE_NUMBERS = ("machine", "race", "suite", "clock", "benchmark", "contender", "median_seconds",
                 *RATIO_NUMBERS, "changed", "launches", "blocks", "outliers",
                 "detectable")  # fmt: skip
# Names of so many benchmarks are in the conclusion.
MOST_NAMES = 5
CHANGED_MARK = " (its code differs)"


def suite_table(race: SuiteRace) -> pd.DataFrame:
    """Return one row for each benchmark and contender after the first; all cells are text."""
    import pandas as pd

    reference = race.contenders[0].name
    head = ["benchmark", "contender", f"{TIMES[race.settings.clock]}, {reference}", "ratio", MEANS,
            "verdict", "launches", "blocks", "outliers"]  # fmt: skip
    rows = [
        (
            benchmark.name + CHANGED_MARK * benchmark.changed,
            contender,
            seconds_cell(medians[0]),
            ratio_cell(ratio),
            ratio_cell(ratio.mean),
            judged_cell(ratio, race.is_judged),
            str(ratio.launches),
            str(ratio.blocks),
            str(ratio.outliers),
        )
        for benchmark, contender, medians, _, ratio in _suite_rows(race)
    ]
    table = pd.DataFrame(rows, columns=head)
    return table if len(race.contenders) > 2 else table.drop(columns="contender")


def suite_numbers(races: Sequence[SuiteRace]) -> pd.DataFrame:
    """Return one row for each benchmark and contender after the first of each race, in numbers.

    Columns are `SUITE_NUMBERS`.
    """
    import pandas as pd

    rows = [
        (race.machine, race.name, race.settings.suite, race.settings.clock, benchmark.name,
         contender, median, *ratio_values(ratio), benchmark.changed, ratio.launches, ratio.blocks,
         ratio.outliers, ratio.detectable)
        for race in races
        for benchmark, contender, _, median, ratio in _suite_rows(race)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(SUITE_NUMBERS))


def suite_json(race: SuiteRace) -> str:
    """Return a race as JSON; an end of an interval that is not finite is null."""
    rows = suite_numbers([race]).to_dict("records")
    content = {
        "suite": race.settings.suite,
        "clock": race.settings.clock,
        "reference": race.contenders[0].name,
        "benchmarks": [
            {
                name: finite(value) if isinstance(value, float) else value
                for name, value in row.items()
                if name not in _SHARED
            }
            for row in rows
        ],
        "unraced": [{"benchmark": one.name, "reason": one.reason} for one in race.unraced],
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def suite_text(race: SuiteRace, style: str) -> str:
    """Return a race in a format; for people with a caption, on a terminal with a picture.

    Parameters
    ----------
    race
        The race.
    style
        ``table``, ``markdown``, ``csv`` or ``json``.
    """
    if style == "json":
        return suite_json(race)
    if style == "csv":
        return write(suite_numbers([race]), style)
    parts = ratio_parts(
        suite_conclusion(race, style),
        suite_table(race),
        [_row_name(race, benchmark, other) for benchmark, other, *_ in _suite_rows(race)],
        race.all_ratios,
        race.settings.margin,
        style,
    )
    return "\n\n".join([*parts, suite_caption(race, style)])


def suite_texts(races: Sequence[tuple[Path, SuiteRace]], style: str) -> Iterator[str]:
    """Yield the heading and the text of each saved race."""
    for file, race in races:
        yield sentence(f"{race.name}, {race.machine} ({file})", style)
        yield suite_text(race, style)


def suite_conclusion(race: SuiteRace, style: str = "table") -> str:
    """Return one plain sentence on what a race shows, benchmark by benchmark."""
    groups: dict[TimeVerdict, list[str]] = {}
    for benchmark, contender, *_, ratio in _suite_rows(race):
        name = _row_name(race, benchmark, contender)
        groups.setdefault(ratio.verdict, []).append(name)
    words = [word for word in TIME_VERDICTS if word in groups]
    clauses = "; ".join(_suite_clause(word, groups[word], race) for word in words)
    total = counted(len(race.benchmarks), "benchmark")
    return sentence(f"{total}, {_pair(race)}: {clauses}.", style)


def suite_caption(race: SuiteRace, style: str = "table") -> str:
    """Return what was raced, what the columns mean, and what was not raced."""
    settings = race.settings
    confidence = f"{100 * settings.confidence:.6g} %"
    cpu = CPU_TIME_NOTE if settings.clock == "cpu" else ""
    changed = any(benchmark.changed for benchmark in race.benchmarks)
    note = (
        " Where the code of a benchmark differs between contenders, the ratio is also of that."
        if changed
        else ""
    )
    text = (
        f"{settings.suite}, each benchmark in fresh processes of every launch. Times: medians of "
        f"one call.{cpu} Ratios: time over that of {race.contenders[0].name}, of medians unless it "
        f"says of means; below 1 is faster. All intervals of all benchmarks hold together with "
        f"{confidence}: Student's t over launches, the error divided over benchmarks and looks at "
        f"the data. Verdicts are beyond or within a margin of {100 * settings.margin:.3g} %. "
        f"{UNDECIDED_NOTE}{note}{_unraced_note(race)}"
    )
    return filled(text, style)


def suite_next_command(race: SuiteRace, file: Path, environments: Sequence[str] = ()) -> str:
    """Return the command that is useful after a race; ``environments`` are those of options."""
    if race.is_decided:
        return f"evenfold report --results {shlex.quote(str(file.parents[2]))}"
    seconds = math.ceil(len(race.launches) * race.launches[-1].whole_seconds * 1.2)
    given = "".join(f" --env {shlex.quote(text)}" for text in environments)
    return (
        f"evenfold race --suite {shlex.quote(race.settings.suite)} --continue "
        f"{shlex.quote(str(file))}{given} --budget {seconds}s"
    )


_SHARED = ("machine", "race", "suite", "clock")


def _suite_rows(
    race: SuiteRace,
) -> Iterator[tuple[SuiteBenchmark, str, list[float], float, Ratio]]:
    """Yield each benchmark with each contender after the first, medians and the ratio."""
    for number, benchmark in enumerate(race.benchmarks):
        medians = race.medians(number)
        others = zip(race.contenders[1:], medians[1:], race.ratios[number], strict=True)
        for contender, median, ratio in others:
            yield benchmark, contender.name, medians, median, ratio


def _row_name(race: SuiteRace, benchmark: SuiteBenchmark, contender: str) -> str:
    """Return a benchmark's name, and the contender's where there are several."""
    return f"{benchmark.name} in {contender}" if len(race.contenders) > 2 else benchmark.name


def _suite_clause(word: TimeVerdict, names: Sequence[str], race: SuiteRace) -> str:
    """Return what one verdict says: ``2 are slower by more than 2 % (a, b)``."""
    shown = f" ({listed(list(names))})" if len(names) <= MOST_NAMES else ""
    is_are = "is" if len(names) == 1 else "are"
    margin = f"{100 * race.settings.margin:.3g} %"
    if word == UNDECIDED:
        return f"{len(names)} {is_are} undecided{shown}"
    if word == EQUIVALENT:
        return f"{len(names)} {'takes' if len(names) == 1 else 'take'} as long, within {margin}"
    return f"{len(names)} {is_are} {word} by more than {margin}{shown}"


def _pair(race: SuiteRace) -> str:
    reference, *others = (contender.name for contender in race.contenders)
    return f"{listed(others)} against {reference}"


def _unraced_note(race: SuiteRace) -> str:
    if not race.unraced:
        return ""
    reasons = "; ".join(f"{one.name} ({one.reason})" for one in race.unraced)
    return f" Not raced: {reasons}."
