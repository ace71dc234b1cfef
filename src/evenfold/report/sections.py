"""What a page of results says, part by part: words, tables and figures, for any kind of page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.report import gallery
from evenfold.report.answers import answers
from evenfold.report.compare import CAPTION, comparison
from evenfold.report.figures.drawing import Figure
from evenfold.report.figures.times import fit_times
from evenfold.report.races import caption, heading, race_table
from evenfold.report.scores import (
    BETWEEN,
    compare_caption,
    environment_table,
    groups,
    study_tables,
)
from evenfold.report.scores import heading as study_heading
from evenfold.report.shown import METRIC, Shown
from evenfold.results.found import Result
from evenfold.results.races import Race
from evenfold.results.studies import StudyScores

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = ("tensorflow", "tensorflow-cpu", "jax", "torch", "keras", "numpy", "scikit-learn")


@dataclass(frozen=True)
class Words:
    """Text in Markdown."""

    text: str


@dataclass(frozen=True)
class Table:
    """A table whose cells are text; the columns after the first hold ``numbers``."""

    frame: pd.DataFrame
    numbers: bool = True


Part = Words | Table | Figure


@dataclass(frozen=True)
class Section:
    """A heading (none where a text has its own) and what is below it."""

    title: str
    parts: Sequence[Part] = ()
    level: int = 2


def sections(shown: Shown, base: Path) -> Iterator[Section]:
    """The words of the answers' template, then scores, races, and the bench runs of each machine.

    Raises ResultsError when the template asks for what is not there.
    """
    if told := answers(base, shown):
        yield Section("", [Words(told)])
    if shown.studies:
        yield Section("Scores")
        for group in groups(shown.studies):
            yield from _studies(group, shown)
        yield Section("", [Words(compare_caption(METRIC, None))])
    if shown.races:
        yield Section("Races")
        yield from map(_race, shown.races)
    for machine, results in groupby(shown.results, key=lambda result: result.machine):
        yield from _machine(machine, list(results))


def _studies(group: Sequence[StudyScores], shown: Shown) -> Iterator[Section]:
    for study in group:
        parts: list[Part] = [Table(frame) for frame in study_tables(study, METRIC, None)]
        parts += gallery.of_study(study, shown)
        yield Section(study_heading(study), parts, level=3)
    if len(group) > 1:
        title = f"{group[0].dataset}, {group[0].protocol}: {BETWEEN}"
        table = Table(environment_table(group, METRIC, None))
        yield Section(title, [table, gallery.of_group(group, shown)], level=3)


def _race(race: Race) -> Section:
    table, words = Table(race_table(race)), Words(caption([race], "markdown"))
    title = f"{heading(race)}, {race.machine}"
    return Section(title, [table, *gallery.of_race(race), words], level=3)


def _machine(machine: str, results: Sequence[Result]) -> Iterator[Section]:
    told = results[0].environment
    words = Words(f"{told.get('processor')}, {told.get('cores')} cores.")
    figure = fit_times(machine, results)
    yield Section(machine, [words, Table(_environments(results), numbers=False), figure])
    table = comparison(results)
    for model in dict.fromkeys(table["model"]):
        rows = table[table["model"] == model].drop(columns="model")
        yield Section(model, [Table(rows)], level=3)
    yield Section("", [Words(CAPTION)])


def _environments(results: Sequence[Result]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for result in results:
        told = result.environment
        versions = told.get("versions", {})
        named = ", ".join(f"{name} {versions[name]}" for name in PACKAGES if name in versions)
        rows.append((result.label, told.get("python"), named, told.get("revision") or "–"))
    return pd.DataFrame(rows, columns=["environment", "Python", "packages", "revision"])
