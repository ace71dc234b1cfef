"""Sections on changes: bisects, their simulation, and the history of results."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders import ROOT
from builders.bisects import SCORES, TIMES, finished, started
from builders.races import race
from evenfold.bisect.simulation_record import BISECT_SIMULATIONS, DESIGNS
from evenfold.bisect.simulation_tables import bisect_simulation_table
from evenfold.render.charts import Figure
from evenfold.report.change_sections import change_sections
from evenfold.report.page import page
from evenfold.report.parts import Table
from evenfold.report.report_data import ReportData, contents

SIMULATION = ROOT / "results" / "experiments" / "simulate_bisect.json"
LEVELS = [0.0] * 5 + [0.1] * 4


def data_of(**more):
    return ReportData(results=(), studies=(), races=more.pop("races", ()), **more)


def by_title(report_data):
    return {section.title: section for section in change_sections(report_data)}


@pytest.mark.parametrize("settings", [TIMES, SCORES])
def test_a_bisect_has_its_answer_figure_and_table(settings):
    bisect = finished(LEVELS, settings)
    sections = by_title(data_of(bisects=[bisect]))
    (title,) = set(sections) - {"Since when"}
    section = sections[title]
    assert "between tf2.7 and tf2.8" in section.lead
    kinds = [type(part) for part in section.parts]
    assert Figure in kinds
    assert Table in kinds
    assert "tf2.3 to tf2.11" in page(list(sections.values()))


def test_a_bisect_that_has_just_begun_is_shown():
    sections = by_title(data_of(bisects=[started(LEVELS)]))
    assert any("Nothing is compared yet" in section.lead for section in sections.values())


def test_the_simulation_has_a_row_for_every_design():
    simulation = BISECT_SIMULATIONS.read(SIMULATION)
    table = bisect_simulation_table(simulation)
    cases = sum(len(cases) for cases in simulation.scenarios.values())
    assert len(DESIGNS) * cases == len(table)
    sections = by_title(data_of(bisect_simulations=[simulation]))
    leads = " ".join(section.lead for section in sections.values())
    assert "stated is 5 % or less" in leads


def test_the_history_shows_series_of_three_results_or_more():
    def version(name, ratio):
        made = race(ratio)
        first, second = made.contenders
        own = {**second.environment, "name": name}
        second = replace(second, name=name, spec=f"mine@{name}", environment=own)
        return replace(made, name=name, contenders=(first, second))

    races = [version("tf2.8", 1.0), version("tf2.12", 1.0), version("tf2.21", 1.2)]
    assert not by_title(data_of(races=races[:2]))
    sections = by_title(data_of(races=races))
    section = sections["All results by version"]
    assert "slower from tf2.21 on" in section.lead
    assert 1 == sum(isinstance(part, Figure) for part in section.parts)


def test_contents_name_what_there_is():
    bisect = finished(LEVELS)
    simulation = BISECT_SIMULATIONS.read(SIMULATION)
    table = contents(data_of(bisects=[bisect], bisect_simulations=[simulation]))
    assert ["bisect, aa", "simulated bisects"] == list(table["result"])
