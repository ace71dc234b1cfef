"""What a race's rule finds on simulated machines, beside other designs: one JSON file.

``experiments/simulate_races.py`` computes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evenfold.runtime.experiment_files import Experiment
from evenfold.runtime.record_checks import is_number, is_shown

SCHEMA = 1  # 1: the first
# What is shown of every design: nearly all that troubles real machines, at once.
MAIN = "everything, 2 contenders"
LAUNCHES = (5, 8, 12)
MARGINS = (0.0, 0.005, 0.01, 0.02)
EFFECTS = (0.01, 0.02, 0.05)
# How much slower the second contender is, and the margin.
QUESTIONS = [(0.0, margin) for margin in MARGINS] + [(effect, effect / 2) for effect in EFFECTS]
SHARES = COVERAGE, FALSE, EQUIVALENT, FOUND = "coverage", "false_positives", "equivalent", "found"
GATE = 0.03
WELCH, SAVED = "one after the other, Welch", f"saved baseline, median:{GATE:.0%}"

Rate = list[float]  # a share of the runs, and the ends of its 95 % interval
Scenario = Mapping[str, Any]  # designs by question, and other shares


def question(effect: float, margin: float) -> str:
    """What was asked: with the second contender slower by ``effect``, at a margin."""
    return f"ratio {1 + effect:g}, margin {margin:.1%}"


def at(launches: int) -> str:
    """The design of one look at a race, with the whole error."""
    return f"race, 99 % at {launches} launches"


def planned(launches: int) -> str:
    """The design of a race, looked at as races are."""
    return f"race planned for {launches} launches"


def promised(scenario: Scenario) -> Iterator[tuple[str, str, Rate]]:
    """Coverage and false positives of every design of a race: measure, where it was, and rate.

    Coverage is that of single looks with the whole error too. Nobody stops by those, so that their
    false positives are none of races'.
    """
    for asked in (question(effect, margin) for effect, margin in QUESTIONS):
        designs = scenario[asked]
        for measure in (COVERAGE, FALSE):
            names = [*map(planned, LAUNCHES), *(map(at, LAUNCHES) if measure == COVERAGE else ())]
            for name in names:
                if measure in designs[name]:
                    yield measure, f"{asked}, {name}", designs[name][measure]


@dataclass(frozen=True)
class Simulation:
    """``races`` of each scenario, of ``blocks`` a launch; ``scenarios`` as the script prints them.

    The name of a scenario tells the machine and the number of contenders.
    """

    races: int
    blocks: int
    scenarios: Mapping[str, Scenario]


def _made(told: Mapping[str, Any]) -> Simulation:
    found = Simulation(told["races"], told["blocks"], told["scenarios"])
    for name in ("races", "blocks"):
        if not isinstance(told[name], int) or not is_number(told[name], 1, 1e9):
            raise ValueError(f"{name} of {told[name]!r}")
    if MAIN not in found.scenarios:
        raise ValueError(f"it has no scenario {MAIN!r}")
    for name, scenario in found.scenarios.items():
        if not is_shown(name):
            raise ValueError(f"scenario {name!r}")
        for effect, margin in QUESTIONS:
            _check(f"{name}, {question(effect, margin)}", scenario, effect, margin)
    return found


def _check(where: str, scenario: Scenario, effect: float, margin: float) -> None:
    """Raises ValueError or KeyError where what is told of races, and beside them, is not there."""
    designs = scenario[question(effect, margin)]
    asked = [FOUND] if effect else [FALSE, EQUIVALENT]
    needed = {name: [COVERAGE, *asked] for name in (*map(at, LAUNCHES), *map(planned, LAUNCHES))}
    for name, measures in {**needed, WELCH: [COVERAGE, *asked], SAVED: asked[:1]}.items():
        # What is not needed may be shown where it is there.
        for measure in (of for of in SHARES if of in measures or of in designs[name]):
            rate = designs[name][measure]
            whole = isinstance(rate, list) and len(rate) == 3
            if not whole or not all(is_number(value, 0, 1) for value in rate):
                raise ValueError(f"{where}, {name}: {measure} of {rate!r}")


SIMULATIONS = Experiment("simulate_races", "scenarios", SCHEMA, _made)
