"""The sections of the complete report: every table and every figure of every result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from evenfold.bench.comparison import CAPTION, comparison
from evenfold.bench.figures import fit_times
from evenfold.bench.path_tables import CAPTION as PATHS
from evenfold.bench.path_tables import path_tables
from evenfold.bench.results import Result
from evenfold.bench.scaling_figures import scaling_figures
from evenfold.bench.scaling_record import Scaling
from evenfold.bench.scaling_tables import caption as scaling_caption
from evenfold.bench.scaling_tables import exponent_table
from evenfold.race.conclusions import race_conclusion
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
from evenfold.render.media import sentence_for_markdown
from evenfold.report.answers import answers
from evenfold.report.environments import environments_table
from evenfold.report.gallery import race_figures, study_figures, versions_of
from evenfold.report.parts import Part, Section, Table, Words
from evenfold.report.report_data import METRIC, ReportData
from evenfold.report.study_words import (
    environment_conclusion_words,
    environment_note_words,
    study_conclusion_words,
    study_note_words,
)
from evenfold.score.battery_record import ScoreBattery
from evenfold.score.battery_tables import BATTERY_HEADING, battery_caption, battery_table
from evenfold.score.battery_targets import battery_conclusion
from evenfold.score.captions import compare_caption, study_heading
from evenfold.score.same_rows import group_studies, unpaired_notes
from evenfold.score.study_scores import StudyScores
from evenfold.score.tables import (
    BETWEEN_ENVIRONMENTS,
    environment_table,
    study_tables,
)
from evenfold.upgrade.conclusions import upgrade_conclusion
from evenfold.upgrade.record import UpgradeRecord
from evenfold.upgrade.tables import (
    missing_score_notes,
    upgrade_caption,
    upgrade_table,
    versions_text,
)


def complete_sections(report_data: ReportData, base: Path) -> Iterator[Section]:
    """Yield every section: answers, scores, races, bench runs, growth of costs, environments.

    Parameters
    ----------
    report_data
        The results.
    base
        The folder of results, which may hold a template of answers.

    Raises
    ------
    ResultsError
        When the template looks up a result that is not there.
    """
    if text := answers(base, report_data):
        yield Section("", [Words(text)])
    if report_data.studies:
        yield Section("Scores")
        for group in group_studies(report_data.studies):
            yield from _studies(group, report_data)
        notes = [
            Words(note) for note in map(sentence_for_markdown, unpaired_notes(report_data.studies))
        ]
        yield Section("", [*notes, Words(compare_caption(METRIC, None, report_data.studies))])
    yield from map(_battery, report_data.batteries)
    if report_data.upgrades:
        yield Section("Upgrades")
        yield from map(upgrade_section, report_data.upgrades)
    if report_data.races or report_data.race_errors or report_data.simulations:
        yield Section("Races")
        for race, title in zip(report_data.races, race_titles(report_data.races), strict=True):
            yield _race(race, title, report_data)
        yield from map(_race_errors, report_data.race_errors)
        yield from map(_simulation, report_data.simulations)
    for machine, results in groupby(report_data.results, key=lambda result: result.machine):
        yield from _machine(machine, list(results), report_data)
    if report_data.scalings:
        yield Section("Scale")
        for scaling in report_data.scalings:
            yield _scaling(scaling, report_data)
    yield Section("Environments", [Table(environments_table(report_data), numbers=False)])


def _studies(group: Sequence[StudyScores], report_data: ReportData) -> Iterator[Section]:
    for study in group:
        tables = [Table(frame) for frame in study_tables(study, METRIC, None)]
        parts: list[Part] = [*study_conclusion_words(study), *tables, *study_note_words(study)]
        parts += (
            [Words(sentence_for_markdown(study.duplicates_note))] if study.duplicates_note else []
        )
        parts += study_figures(study, report_data)
        yield Section(study_heading(study), parts, level=3)
    if len(group) > 1:
        title = f"{group[0].dataset}, {group[0].protocol}: {BETWEEN_ENVIRONMENTS}"
        table = Table(environment_table(group, METRIC, None))
        first, notes = environment_conclusion_words(group), environment_note_words(group)
        yield Section(title, [*first, table, *notes, versions_of(group, report_data)], level=3)


def _race(race: Race, title: str, report_data: ReportData) -> Section:
    table, words = Table(race_table(race)), Words(race_caption([race], "markdown"))
    conclusion = Words(race_conclusion(race, "markdown"))
    parts: list[Part] = [conclusion, table, *race_figures(race, report_data), words]
    return Section(f"{title}, {race.machine}", parts, level=3)


def upgrade_section(upgrade: UpgradeRecord) -> Section:
    """Return the table of a saved upgrade, as `evenfold upgrade` printed it."""
    models, settings = upgrade.results, upgrade.settings
    notes = [upgrade_caption(settings), *missing_score_notes(models, settings)]
    versions = versions_text(upgrade.named_environments).split("\n")
    lines = [sentence_for_markdown(line) for line in versions]
    before, after = upgrade.labels
    parts: list[Part] = [
        Words(sentence_for_markdown(upgrade_conclusion(models, settings))),
        Table(upgrade_table(models, settings)),
        Words("\n\n".join([*map(sentence_for_markdown, notes), *lines])),
    ]
    title = f"{settings.dataset}, {before} to {after}: {upgrade.name}, {upgrade.machine}"
    return Section(title, parts, level=3)


def _race_errors(errors: RaceErrors) -> Section:
    parts: list[Part] = [
        Table(trial_table(errors.summaries)),
        Words(errors_caption(errors, "markdown")),
    ]
    return Section(f"{errors_heading(errors)}, {errors.machine}", parts, level=3)


def _battery(battery: ScoreBattery) -> Section:
    parts: list[Part] = [
        Words(battery_conclusion(battery)),
        Table(battery_table(battery)),
        Words(battery_caption(battery)),
    ]
    return Section(BATTERY_HEADING, parts, level=3)


def _simulation(simulation: Simulation) -> Section:
    tables = [Table(design_table(simulation)), Table(scenario_table(simulation))]
    return Section(SIMULATION_HEADING, [*tables, Words(simulation_caption(simulation))], level=3)


def _machine(machine: str, results: Sequence[Result], report_data: ReportData) -> Iterator[Section]:
    yield Section(machine, [fit_times(machine, results, report_data.styles)])
    table = comparison(results)
    for model in dict.fromkeys(table["model"]):
        rows = table[table["model"] == model].drop(columns="model")
        yield Section(model, [Table(rows)], level=3)
    yield Section("", [Words(CAPTION)])
    yield from _paths(results)


def _paths(results: Sequence[Result]) -> Iterator[Section]:
    """Inference paths of each environment and model whose run measured their conversion."""
    captions: list[Part] = []
    for result in results:
        for model, table in path_tables(result.benchmarks).items():
            title = f"{model}: inference paths, {result.label}"
            yield Section(title, [Table(table)], level=3)
            captions = [Words(PATHS)]
    if captions:
        yield Section("", captions)


def _scaling(scaling: Scaling, report_data: ReportData) -> Section:
    table, words = Table(exponent_table(scaling)), Words(scaling_caption(scaling))
    title = f"{scaling.machine}, {scaling.name}"
    figures = scaling_figures(scaling, report_data.styles)
    parts: list[Part] = [table, words, *figures]
    return Section(title, parts, level=3)
