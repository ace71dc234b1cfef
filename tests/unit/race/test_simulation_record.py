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
    names += [f"{names[1]}, with a history", f"{names[1]}, with the history of a calmer contender"]
    names += ["race planned for 5 launches, continued to 10"]
    others = ["random order, verdict on the estimate, 8 launches", "one after the other, Welch",
              "saved baseline, median:3%"]  # fmt: skip
    assert names + others == list(table.index)
    questions = content["scenarios"][MAIN]
    for column, question, measure in (
        ("covers", "ratio 1, margin 2.0%", "coverage"),
        ("covers means", "ratio 1, margin 2.0%", "coverage_of_means"),
        ("false, margin 0 %", "ratio 1, margin 0.0%", "false_positives"),
        ("false at margin 2 %", "ratio 1.02, margin 2.0%", "false_positives"),
        ("equivalent, margin 2 %", "ratio 1, margin 2.0%", "equivalent"),
        ("1 % found, margin 0 %", "ratio 1.01, margin 0.0%", "found"),
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
    promised = table[~table.index.str.startswith("rare slow launches")]
    for column, name, best in (
        ("covers, least", "least coverage", min),
        ("covers means, least", "least coverage of means", min),
        ("false, most", "most false positives", max),
    ):
        assert extremes[name] == pytest.approx(best(map(share, promised[column])), abs=6e-5)
    calm = table.loc["calm, 2 contenders"]
    assert share(calm["false, saved baseline, median:3%"]) == 0
    assert (
        f"{content['races']:,} races of each kind, {content['blocks']} blocks"
        in simulation_caption(simulation)
    )


def test_promises_are_of_races_with_every_history_and_of_continued_ones():
    scenario = SIMULATIONS.read(FILE).scenarios[MAIN]
    promised = [(measure, where) for measure, where, _ in promised_rates(scenario)]
    assert {"coverage", "coverage_of_means", "false_positives"} == {one for one, _ in promised}
    assert all("race planned" in where for _, where in promised)
    for design in ("with a history", "calmer contender", "continued to 10"):
        assert any(where.endswith(design) for _, where in promised)


def rate(value):
    return lambda content: content["scenarios"][MAIN]["ratio 1, margin 2.0%"][
        "race planned for 5 launches"
    ].update(coverage=value)


BROKEN = {
    "is not of experiments/simulate_races.py": lambda content: content.pop("scenarios"),
    "has schema 9, this evenfold knows up to 2": lambda content: content.update(schema=9),
    "schema: it is of an earlier rule": lambda content: content.update(schema=1),
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
