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
from evenfold.check.diagnostic_rates import (
    RATES_HEADING,
    DiagnosticRates,
    rates_caption,
    rates_conclusion,
    rates_table,
)
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
from evenfold.report.answer_sections import answer_sections
from evenfold.report.answers import answers
from evenfold.report.change_sections import change_sections
from evenfold.report.dataset_sections import dataset_sections
from evenfold.report.environments import environments_table
from evenfold.report.first_screen import first_screen
from evenfold.report.gallery import race_figures
from evenfold.report.parts import READING, Part, Section, Table, Words, folded
from evenfold.report.report_data import ReportData
from evenfold.report.study_sections import study_sections
from evenfold.report.suite_sections import suite_sections
from evenfold.report.upgrade_sections import upgrade_sections
from evenfold.score.battery_record import ScoreBattery
from evenfold.score.battery_tables import BATTERY_HEADING, battery_caption, battery_table
from evenfold.score.battery_targets import battery_conclusion
from evenfold.score.same_rows import table_findings
from evenfold.score.settling_record import (
    SETTLING_HEADING,
    SettlingRecord,
    real_pairs_table,
    settling_caption,
    settling_conclusion,
    settling_table,
)


def complete_sections(report_data: ReportData, base: Path) -> Iterator[Section]:
    """Yield every section: the first screen, answers, scores, races, changes, bench runs, others.

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
    yield first_screen(report_data, base)
    yield from answer_sections(answers(base, report_data) or "")
    yield from dataset_sections(report_data)
    if report_data.studies or report_data.batteries:
        found = table_findings(report_data.studies, report_data.silenced)
        notes = [Words(sentence_for_markdown(note)) for note in found]
        yield Section("Scores", notes)
    yield from study_sections(report_data)
    yield from map(_battery, report_data.batteries)
    yield from map(_settling, report_data.settlings)
    yield from map(_diagnostics, report_data.diagnostics)
    yield from upgrade_sections(report_data)
    if report_data.races or report_data.race_errors or report_data.simulations:
        yield Section("Races")
        for race, title in zip(report_data.races, race_titles(report_data.races), strict=True):
            yield _race(race, title, report_data)
        yield from map(_race_errors, report_data.race_errors)
        yield from map(_simulation, report_data.simulations)
    yield from suite_sections(report_data)
    yield from change_sections(report_data)
    for machine, results in groupby(report_data.results, key=lambda result: result.machine):
        yield from _machine(machine, list(results), report_data)
    if report_data.scalings:
        yield Section("Scale")
        for scaling in report_data.scalings:
            yield _scaling(scaling, report_data)
    table = Table(environments_table(report_data), numbers=False)
    yield Section("Environments")
    yield Section("Hardware, packages and flags", [table], level=3)


def _race(race: Race, title: str, report_data: ReportData) -> Section:
    ratios, samples = race_figures(race, report_data)
    parts: list[Part] = [
        ratios,
        Table(race_table(race)),
        *folded("Every sample", [samples]),
        *folded(READING, [Words(race_caption([race], "markdown"))]),
    ]
    return Section(f"{title}, {race.machine}", parts, 3, race_conclusion(race, "markdown"))


def _race_errors(errors: RaceErrors) -> Section:
    parts: list[Part] = [
        Table(trial_table(errors.summaries)),
        Words(errors_caption(errors, "markdown")),
    ]
    return Section(f"{errors_heading(errors)}, {errors.machine}", parts, level=3)


def _battery(battery: ScoreBattery) -> Section:
    lead, _, rest = battery_conclusion(battery).partition(". ")
    captions = [Words(rest)] * bool(rest) + [Words(battery_caption(battery))]
    parts: list[Part] = [Table(battery_table(battery)), *folded(READING, captions)]
    return Section(BATTERY_HEADING, parts, 3, f"{lead.removesuffix('.')}.")


def _settling(record: SettlingRecord) -> Section:
    parts: list[Part] = [
        Table(settling_table(record)),
        Table(real_pairs_table(record)),
        *folded(READING, [Words(settling_caption())]),
    ]
    return Section(SETTLING_HEADING, parts, 3, settling_conclusion(record))


def _diagnostics(rates: DiagnosticRates) -> Section:
    table = Table(rates_table(rates), numbers=False)
    parts: list[Part] = [table, *folded(READING, [Words(rates_caption())])]
    return Section(RATES_HEADING, parts, 3, rates_conclusion(rates))


def _simulation(simulation: Simulation) -> Section:
    tables = [Table(design_table(simulation)), Table(scenario_table(simulation))]
    return Section(SIMULATION_HEADING, [*tables, Words(simulation_caption(simulation))], level=3)


def _machine(machine: str, results: Sequence[Result], report_data: ReportData) -> Iterator[Section]:
    yield Section(f"Bench runs, {machine}")
    table = comparison(results)
    parts: list[Part] = [fit_times(machine, results, report_data.styles)]
    for model in dict.fromkeys(table["model"]):
        rows = table[table["model"] == model].drop(columns="model")
        parts += folded(str(model), [Table(rows)])
    parts += folded(READING, [Words(CAPTION)])
    yield Section(f"Times and sizes by environment, {machine}", parts, level=3)
    if paths := list(_paths(results)):
        parts = [*paths, *folded(READING, [Words(PATHS)])]
        yield Section(f"Inference paths, {machine}", parts, level=3)


def _paths(results: Sequence[Result]) -> Iterator[Part]:
    """Inference paths of each environment and model whose run measured their conversion."""
    for result in results:
        for model, table in path_tables(result.benchmarks).items():
            yield from folded(f"{model}: inference paths, {result.label}", [Table(table)])


def _scaling(scaling: Scaling, report_data: ReportData) -> Section:
    table, words = Table(exponent_table(scaling)), Words(scaling_caption(scaling))
    title = f"{scaling.machine}, {scaling.name}"
    figures = scaling_figures(scaling, report_data.styles)
    parts: list[Part] = [*figures, *folded("Exponents", [table]), *folded(READING, [words])]
    return Section(title, parts, level=3)
