"""The simulation of bisects: a short one keeps the stated error, and shows where it is not kept."""

from __future__ import annotations

import json
from argparse import Namespace

import numpy as np
import pytest

from builders import ROOT
from evenfold.bisect.simulation_record import (
    BISECT_SIMULATIONS,
    CASES,
    ERROR,
    FALSE,
    FOUND,
    MISSED,
    SEARCH,
    THOROUGH,
    THRESHOLD,
)
from evenfold.errors import ResultsError
from evenfold.stats.change_search import ChangeSearch

FILE = ROOT / "results" / "experiments" / "simulate_bisect.json"
AT_THE_MARGIN = "one of just the margin"


@pytest.fixture(scope="module")
def bench():
    """The module of the simulation, imported as the script does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "experiments"))
        import simulate_bisect

        yield simulate_bisect


def rates(bench, case, histories=12):
    machine = bench.SCENARIOS["launch effects"]
    options = Namespace(seed=0, histories=histories, blocks=4)
    return bench.simulate(CASES[case], machine, options, bench.seed_of("launch effects", case))


def test_the_search_finds_what_a_threshold_does_not_need_to(bench):
    report = rates(bench, "two, 10 and -5 %")
    for design in (SEARCH, THOROUGH):
        assert 0 == report[design][FALSE][0]
        assert report[design][FOUND][0] > 0.8
    assert set(report[THRESHOLD]) == {FALSE, FOUND, MISSED, "narrowed"}


def test_changes_that_cancel_are_found_by_thorough_searches(bench):
    report = rates(bench, "two that cancel, 10 %", 6)
    assert 0 == report[SEARCH][FOUND][0]
    assert 1 == report[THOROUGH][FOUND][0]


def test_a_search_that_does_not_share_the_error_errs_more_often(bench, monkeypatch):
    """With half of the error for each comparison, answers are false too often."""
    calls = []

    def measured(self, first, last, still_to_come):
        calls.append(still_to_come)
        return original(self, first, last, 0.1)  # the error that is left, times ten

    assert rates(bench, AT_THE_MARGIN, 40)[SEARCH][FALSE][0] <= 2 * ERROR
    original = ChangeSearch._measured
    monkeypatch.setattr(ChangeSearch, "_measured", measured)
    assert rates(bench, AT_THE_MARGIN, 40)[SEARCH][FALSE][0] > 2 * ERROR
    assert calls


def test_seeds_do_not_depend_on_what_else_is_simulated(bench):
    seeds = {bench.seed_of(machine, case) for machine in bench.MACHINES for case in CASES}
    assert len(seeds) == len(bench.MACHINES) * len(CASES)


def test_a_false_answer_is_noticed(bench):
    from evenfold.stats.change_search import PathStep

    outcomes = bench.Outcomes()
    levels = np.array([0.0, 0.1])
    for low, high, is_false in ((0.09, 0.11, False), (-0.11, -0.09, True), (-0.01, 0.01, True)):
        assert is_false == outcomes.is_false(PathStep(0, 1, low, high), 0.02, levels)
    assert not bench.Outcomes(False).is_false(PathStep(0, 1, -0.01, 0.01), 0.02, levels)


def test_the_committed_simulation_keeps_the_stated_error():
    simulation = BISECT_SIMULATIONS.read(FILE)
    assert set(CASES) == {case for cases in simulation.scenarios.values() for case in cases}
    assert simulation.histories >= 1000
    for cases in simulation.scenarios.values():
        for designs in cases.values():
            for design in (SEARCH, THOROUGH):
                assert designs[design][FALSE][1] <= ERROR


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.update(schema=2), "schema 2"),
        (lambda content: content.pop("scenarios"), "is not of experiments/simulate_bisect.py"),
        (lambda content: content.update(error=7), "error"),
        (lambda content: content.update(scenarios={}), "there is none"),
        (lambda content: next(iter(content["scenarios"].values()))["no change"].pop(SEARCH),
         "'bisect' is missing"),
        (lambda content: next(iter(content["scenarios"].values()))["no change"][SEARCH].update(
            false=[2, 0, 1]), "false of"),
    ],
)  # fmt: skip
def test_a_damaged_simulation_ends_in_one_sentence(change, message, tmp_path):
    content = json.loads(FILE.read_text())
    change(content)
    file = tmp_path / "simulate_bisect.json"
    file.write_text(json.dumps(content))
    with pytest.raises(ResultsError, match=message):
        BISECT_SIMULATIONS.read(file)
