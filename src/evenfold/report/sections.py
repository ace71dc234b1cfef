"""What a page of results says, part by part: words, tables and figures, for any kind of page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenfold.bench.comparison import CAPTION, comparison
from evenfold.bench.figures import fit_times
from evenfold.bench.path_tables import CAPTION as PATHS
from evenfold.bench.path_tables import path_tables
from evenfold.bench.results import Result
from evenfold.bench.scaling_record import Scaling
from evenfold.bench.scaling_tables import caption as scaling_caption
from evenfold.bench.scaling_tables import exponent_table
from evenfold.race.error_record import RaceErrors
from evenfold.race.error_tables import errors_caption, errors_heading
from evenfold.race.record import Race
from evenfold.race.selfcheck_tables import trial_table
from evenfold.race.simulation_record import Simulation
from evenfold.race.simulation_tables import (
    SIMULATION_HEADING,
    design_table,
    scenario_table,
    simulation_caption,
)
from evenfold.race.tables import race_caption, race_table, race_titles
from evenfold.render.cells import NONE
from evenfold.render.charts import Figure
from evenfold.report import gallery
from evenfold.report.answers import answers
from evenfold.report.report_data import METRIC, Shown
from evenfold.runtime.results_folder import natural
from evenfold.score.captions import compare_caption, study_heading
from evenfold.score.pairing import group_studies
from evenfold.score.studies import StudyScores
from evenfold.score.tables import BETWEEN_ENVIRONMENTS, environment_table, study_tables

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
    """The words of the answers' template, then scores, races and how often they err, the bench runs
    of each machine, and how costs grow there.

    Raises ResultsError when the template asks for what is not there.
    """
    if told := answers(base, shown):
        yield Section("", [Words(told)])
    if shown.studies:
        yield Section("Scores")
        for group in group_studies(shown.studies):
            yield from _studies(group, shown)
        yield Section("", [Words(compare_caption(METRIC, None, shown.studies))])
    if shown.races or shown.race_errors or shown.simulations:
        yield Section("Races")
        yield from map(_race, shown.races, race_titles(shown.races))
        yield from map(_race_errors, shown.race_errors)
        yield from map(_simulation, shown.simulations)
    for machine, results in groupby(shown.results, key=lambda result: result.machine):
        yield from _machine(machine, list(results))
    if shown.scalings:
        yield Section("Scale")
        yield from map(_scaling, shown.scalings)
    yield Section("Environments", [Table(_environments(shown), numbers=False)])


def _studies(group: Sequence[StudyScores], shown: Shown) -> Iterator[Section]:
    for study in group:
        parts: list[Part] = [Table(frame) for frame in study_tables(study, METRIC, None)]
        parts += gallery.of_study(study, shown)
        yield Section(study_heading(study), parts, level=3)
    if len(group) > 1:
        title = f"{group[0].dataset}, {group[0].protocol}: {BETWEEN_ENVIRONMENTS}"
        table = Table(environment_table(group, METRIC, None))
        yield Section(title, [table, gallery.of_group(group, shown)], level=3)


def _race(race: Race, title: str) -> Section:
    table, words = Table(race_table(race)), Words(race_caption([race], "markdown"))
    return Section(f"{title}, {race.machine}", [table, *gallery.of_race(race), words], level=3)


def _race_errors(told: RaceErrors) -> Section:
    table, words = Table(trial_table(told.summaries)), Words(errors_caption(told, "markdown"))
    return Section(f"{errors_heading(told)}, {told.machine}", [table, words], level=3)


def _simulation(told: Simulation) -> Section:
    tables = [Table(design_table(told)), Table(scenario_table(told))]
    return Section(SIMULATION_HEADING, [*tables, Words(simulation_caption(told))], level=3)


def _machine(machine: str, results: Sequence[Result]) -> Iterator[Section]:
    yield Section(machine, [fit_times(machine, results)])
    table = comparison(results)
    for model in dict.fromkeys(table["model"]):
        rows = table[table["model"] == model].drop(columns="model")
        yield Section(model, [Table(rows)], level=3)
    yield Section("", [Words(CAPTION)])
    yield from _paths(results)


def _paths(results: Sequence[Result]) -> Iterator[Section]:
    """Inference paths of each environment and model, where a run tells of them."""
    captions: list[Part] = []
    for result in results:
        for model, table in path_tables(result.benchmarks).items():
            title = f"{model}: inference paths, {result.label}"
            yield Section(title, [Table(table)], level=3)
            captions = [Words(PATHS)]
    if captions:
        yield Section("", captions)


def _scaling(scaling: Scaling) -> Section:
    table, words = Table(exponent_table(scaling)), Words(scaling_caption(scaling))
    title = f"{scaling.machine}, {scaling.name}"
    return Section(title, [table, words, *gallery.of_scaling(scaling)], level=3)


def _environments(shown: Shown) -> pd.DataFrame:
    """One row an environment that anything was made in, as its first record says."""
    import pandas as pd

    records = [(result.machine, result.environment) for result in shown.results]
    records += [(study.machine, study.environment) for study in shown.studies if study.environment]
    records += [(scaling.machine, dict(scaling.environment)) for scaling in shown.scalings]
    records += [(errors.machine, dict(errors.environment)) for errors in shown.race_errors]
    for race in shown.races:
        records += [(race.machine, dict(runner.environment)) for runner in race.contenders]
    found = {
        (machine, str(told.get("name")), _packages(told), _flags(told)): told
        for machine, told in reversed(records)
    }
    rows = [
        (machine, name, told.get("python"), *_hardware(told), _packages(told), _flags(told),
         told.get("revision") or NONE)
        for (machine, name, *_), told in sorted(found.items(), key=_place)
    ]  # fmt: skip
    columns = ["machine", "environment", "Python", "hardware", "system", "packages", "flags"]
    return pd.DataFrame(rows, columns=[*columns, "revision"])


def _place(item: tuple[tuple[str, ...], Any]) -> Any:
    (machine, name, *others), _ = item
    return natural(Path(machine, name)), others


def _hardware(told: Mapping[str, Any]) -> tuple[str, str]:
    gpus = ", ".join(told.get("gpus") or [])
    what = f"{told.get('processor', NONE)}, {told.get('cores', NONE)} cores"
    return what + f", {gpus}" * bool(gpus), str(told.get("system", NONE))


def _packages(told: Mapping[str, Any]) -> str:
    versions = told.get("versions", {})
    return ", ".join(f"{name} {versions[name]}" for name in PACKAGES if name in versions)


def _flags(told: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in told.get("flags", {}).items()) or NONE
