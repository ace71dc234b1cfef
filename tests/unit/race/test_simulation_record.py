"""Simulated races: their file, and their tables in a report."""

from __future__ import annotations

import json
import shutil

import pytest

from builders import ROOT
from builders.pages import complete_text
from evenfold.cli.report import write_report
from evenfold.race.simulation_record import MAIN, SIMULATIONS, promised_rates
from evenfold.race.simulation_tables import design_table, scenario_table, simulation_caption
from evenfold.report.options import ReportOptions

FILE = ROOT / "results" / "experiments" / "simulate_races.json"


@pytest.fixture
def content():
    return json.loads(FILE.read_text())


def share(cell):
    """The first number of a cell."""
    return float(cell.split(" %")[0]) / 100


def test_every_design_has_the_rates_of_the_file(content):
    table = design_table(SIMULATIONS.read(FILE)).set_index("design")
    names = [f"race planned for {launches} launches" for launches in (5, 8, 12)]
    assert [*names, "one after the other, Welch", "saved baseline, median:3%"] == list(table.index)
    questions = content["scenarios"][MAIN]
    for column, question, measure in (
        ("covers", "ratio 1, margin 2.0%", "coverage"),
        ("false, margin 0 %", "ratio 1, margin 0.0%", "false_positives"),
        ("false, margin 2 %", "ratio 1, margin 2.0%", "false_positives"),
        ("equivalent, margin 2 %", "ratio 1, margin 2.0%", "equivalent"),
        ("1 % found, margin 0.5 %", "ratio 1.01, margin 0.5%", "found"),
        ("2 % found, margin 1 %", "ratio 1.02, margin 1.0%", "found"),
        ("5 % found, margin 2.5 %", "ratio 1.05, margin 2.5%", "found"),
    ):
        for design, cell in table[column].items():
            rate = questions[question][design].get(measure)
            assert cell == "–" if rate is None else share(cell) == pytest.approx(rate[0], abs=6e-5)
    assert not (table.loc[names] == "–").any(axis=None)


def test_the_worst_rates_of_every_machine_are_shown(content):
    simulation = SIMULATIONS.read(FILE)
    table = scenario_table(simulation).set_index("scenario")
    assert list(content["scenarios"]) == list(table.index)
    extremes = {name: worst["share"][0] for name, worst in content["extremes"].items()}
    for column, name, best in (
        ("covers, least", "least coverage", min),
        ("covers, most", "most coverage", max),
        ("false, most", "most false positives", max),
    ):
        assert extremes[name] == pytest.approx(best(map(share, table[column])), abs=6e-5)
    calm = table.loc["calm, 2 contenders"]
    assert share(calm["false, saved baseline, median:3%"]) == 0
    assert (
        f"{content['races']:,} races of each kind, {content['blocks']} blocks"
        in simulation_caption(simulation)
    )


def test_single_looks_count_in_coverage_alone():
    scenario = SIMULATIONS.read(FILE).scenarios[MAIN]
    looks = {measure for measure, where, _ in promised_rates(scenario) if "race, 99 % at" in where}
    plans = {measure for measure, where, _ in promised_rates(scenario) if "race planned" in where}
    assert ({"coverage"}, {"coverage", "false_positives"}) == (looks, plans)


def rate(value):
    return lambda content: content["scenarios"][MAIN]["ratio 1, margin 2.0%"][
        "race planned for 5 launches"
    ].update(coverage=value)


BROKEN = {
    "is not of experiments/simulate_races.py": lambda content: content.pop("scenarios"),
    "has schema 9, this evenfold knows up to 1": lambda content: content.update(schema=9),
    "races: expected `int`, got `str`": lambda content: content.update(races="many"),
    "blocks: expected `int` >= 1": lambda content: content.update(blocks=0),
    f"scenarios: there is no '{MAIN}'": lambda content: content["scenarios"].pop(MAIN),
    "scenarios: 'a\\x00' cannot be printed": lambda content: content["scenarios"].update(
        {"a\0": {}}
    ),
    "'ratio 1.05, margin 2.5%' is missing": lambda content: content["scenarios"][MAIN].pop(
        "ratio 1.05, margin 2.5%"
    ),
    "race planned for 5 launches: coverage of [0.5]": rate([0.5]),
    "coverage of [0.5, 0.4, nan]": rate([0.5, 0.4, float("nan")]),
    "coverage of '<b>'": rate("<b>"),
    "races: expected `int`, got `float`": lambda content: content.update(races=1.5),
    "saved baseline, median:3%: equivalent of 5": lambda content: content["scenarios"][MAIN][
        "ratio 1, margin 2.0%"
    ]["saved baseline, median:3%"].update(equivalent=5),
}


@pytest.mark.parametrize("message", BROKEN)
def test_a_bad_file_is_one_message(results, content, told_of, message):
    BROKEN[message](content)
    shown, problem = told_of(results / "experiments" / "simulate_races.json", content)
    assert not shown.simulations
    assert message in problem


def test_a_report_has_both_tables(results):
    shutil.copytree(FILE.parent, results / "experiments")
    assert 0 == write_report(
        lambda text: None, lambda more: list(more), ReportOptions(results, format="csv")
    )
    text = complete_text(results)
    section = text[text.index("### How often races err on simulated machines\n") :]
    assert "| one after the other, Welch " in section
    assert "| two modes, 4 contenders " in section
    assert "Shares of runs with 95 % intervals" in " ".join(section.split())
