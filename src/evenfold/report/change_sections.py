"""Sections on changes: bisects, how often they err, and the history of all results."""

from __future__ import annotations

from collections.abc import Iterator

from evenfold.bisect.conclusions import bisect_conclusion
from evenfold.bisect.figures import bisect_path
from evenfold.bisect.record import Bisect
from evenfold.bisect.simulation_record import BisectSimulation
from evenfold.bisect.simulation_tables import (
    BISECT_SIMULATION_HEADING,
    bisect_simulation_caption,
    bisect_simulation_conclusion,
    bisect_simulation_table,
)
from evenfold.bisect.tables import bisect_caption, bisect_table
from evenfold.history.collect import SavedSeries, all_series
from evenfold.history.figures import series_figure
from evenfold.history.options import HistoryOptions
from evenfold.history.tables import history_caption, history_conclusion, history_table
from evenfold.render.media import sentence_for_markdown
from evenfold.report.parts import READING, Part, Section, Table, Words, folded
from evenfold.report.report_data import ReportData

# Two results are in tables of races and studies already.
FEWEST_DRAWN = 3


def change_sections(report_data: ReportData) -> Iterator[Section]:
    """Yield the sections on bisects and on the history of results, those that there are."""
    if report_data.bisects or report_data.bisect_simulations:
        yield Section("Since when")
        yield from map(_bisect, report_data.bisects)
        yield from map(_simulation, report_data.bisect_simulations)
    yield from _history(report_data)


def _bisect(bisect: Bisect) -> Section:
    settings = bisect.settings
    first, last = bisect.versions[0].name, bisect.versions[-1].name
    title = f"{settings.model}, {settings.label}: {first} to {last}, {bisect.machine}"
    parts: list[Part] = []
    if bisect.steps:
        parts += [bisect_path(bisect), Table(bisect_table(bisect), numbers=False)]
    parts += folded(READING, [Words(sentence_for_markdown(bisect_caption(bisect)))])
    return Section(title, parts, 3, bisect_conclusion(bisect, "markdown"))


def _simulation(simulation: BisectSimulation) -> Section:
    parts: list[Part] = [
        Table(bisect_simulation_table(simulation)),
        *folded(READING, [Words(bisect_simulation_caption(simulation))]),
    ]
    lead = bisect_simulation_conclusion(simulation)
    return Section(BISECT_SIMULATION_HEADING, parts, 3, lead)


def _history(report_data: ReportData) -> Iterator[Section]:
    """The history by version, and that of other tools by date."""
    options = HistoryOptions(by="version")
    # Bisects have sections of their own.
    saved = SavedSeries(
        races=report_data.races,
        studies=report_data.studies,
        others=report_data.other_results,
        suites=report_data.suites,
    )
    series = [one for one in all_series(saved, options) if len(one.points) >= FEWEST_DRAWN]
    if not series:
        return
    parts: list[Part] = [
        Table(history_table(series), numbers=False),
        *(series_figure(one) for one in series if one.changes),
        *folded(READING, [Words(sentence_for_markdown(history_caption(series, options)))]),
    ]
    yield Section("History")
    yield Section("All results by version", parts, 3, history_conclusion(series, "markdown"))
