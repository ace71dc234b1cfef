"""The experiment on races: what is left to do, what is counted, and when races fell short."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import pytest

from conftest import ROOT
from test_trials import trials

AA, FIVE, TWO = (0.0, 0.02), (0.05, 0.02), (0.02, 0.01)


@pytest.fixture
def experiment(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import race_errors

    return race_errors


def done(*of, alone=()):
    races = [{**asdict(trial), "margin": margin} for some, margin in of for trial in some]
    runs = [{"median_seconds": s, "regressed": r, "compared": c} for s, r, c in alone]
    return {"races": races, "sequential": runs}


def test_what_is_done_is_not_done_again(experiment):
    before = done((trials(0.0, equivalent=39), 0.02), (trials(0.05, slower=20), 0.02),
                  alone=[(1.0, False, False)] * 3)  # fmt: skip
    left = Counter(
        None if kind is None else (kind.delay, kind.margin)
        for kind in experiment.todo(before, experiment.RACES, 5)
    )
    assert {AA: 1, TWO: 20, (0.01, 0.005): 10, None: 2} == left


@pytest.mark.parametrize(
    ("aa", "five", "two", "short"),
    [
        ({"equivalent": 24, "undecided": 16}, {"slower": 19, "undecided": 1}, 14, False),
        ({"equivalent": 23, "undecided": 17}, {"slower": 20}, 20, True),
        ({"equivalent": 39, "faster": 1}, {"slower": 20}, 20, True),
        ({"equivalent": 40}, {"slower": 18, "undecided": 2}, 20, True),
        ({"equivalent": 40}, {"slower": 20}, 13, True),
    ],
)
def test_races_fall_short_by_the_numbers_of_the_docstring(experiment, aa, five, two, short):
    of_two = trials(0.02, slower=two, undecided=20 - two)
    found = done((trials(0.0, **aa), 0.02), (trials(0.05, **five), 0.02), (of_two, 0.01))
    assert short == experiment.fell_short(found)


def test_what_is_of_something_else_is_not_gone_on_with(experiment):
    experiment.require_same("f.json", {"races": []}, {"clock": "cpu"})
    experiment.require_same("f.json", {"clock": "cpu"}, {"clock": "cpu"})
    with pytest.raises(SystemExit, match="of clock wall, not cpu: give another file"):
        experiment.require_same("f.json", {"clock": "wall"}, {"clock": "cpu"})


def test_single_runs_are_compared_pair_by_pair_and_with_the_one_before(experiment):
    alone = [(1.0, False, False), (1.02, False, True), (1.2, True, True)]
    told = experiment.summary(done((trials(0.0, equivalent=2), 0.02), alone=alone))
    assert (3, 2, 1) == tuple(
        told["sequential"][name] for name in ("runs", "comparisons", "regressed")
    )
    assert {"0.03": 2 / 3, "0.1": 2 / 3} == told["sequential"]["pairs_beyond"]
    (aa,) = told["races"]
    assert (2, 2, 0) == (aa["races"], aa["equivalent"][0], aa["wrong"][0])
