"""Sections on suites of benchmarks that were raced, and on how often such races err."""

from __future__ import annotations

from collections.abc import Iterator

from evenfold.render.media import sentence_for_markdown
from evenfold.report.parts import READING, Part, Section, Table, Words, folded
from evenfold.report.report_data import ReportData
from evenfold.suite.error_record import SuiteErrors
from evenfold.suite.error_tables import (
    suite_errors_caption,
    suite_errors_conclusion,
    suite_errors_heading,
    suite_errors_table,
)
from evenfold.suite.record import SuiteRace
from evenfold.suite.tables import suite_caption, suite_conclusion, suite_table


def suite_sections(report_data: ReportData) -> Iterator[Section]:
    """Yield the sections on races of suites, those that there are."""
    if report_data.suites or report_data.suite_errors:
        yield Section("Suites of benchmarks")
        yield from map(_suite, report_data.suites)
        yield from map(_suite_errors, report_data.suite_errors)


def _suite(race: SuiteRace) -> Section:
    parts: list[Part] = [
        Table(suite_table(race), numbers=False),
        *folded(READING, [Words(suite_caption(race, "markdown"))]),
    ]
    title = f"{race.settings.suite}: {race.name}, {race.machine}"
    return Section(title, parts, 3, suite_conclusion(race, "markdown"))


def _suite_errors(errors: SuiteErrors) -> Section:
    caption = sentence_for_markdown(suite_errors_caption(errors))
    parts: list[Part] = [Table(suite_errors_table(errors)), *folded(READING, [Words(caption)])]
    lead = sentence_for_markdown(suite_errors_conclusion(errors))
    return Section(f"{suite_errors_heading(errors)}, {errors.machine}", parts, 3, lead)
