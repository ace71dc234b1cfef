"""How often the rule of races errs on simulated machines, beside other designs: one JSON file.

``experiments/simulate_races.py`` computes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from evenfold.runtime.experiment_files import Experiment
from evenfold.runtime.record_checks import is_number, is_printable
from evenfold.runtime.records import converted

SCHEMA = 1  # 1: the first
# The scenario of the table of designs: nearly all that disturbs real machines, at once.
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
Count = Annotated[int, Meta(ge=1, le=10**9)]


def question_name(effect: float, margin: float) -> str:
    """Return a question: the second contender is slower by ``effect``, at a margin."""
    return f"ratio {1 + effect:g}, margin {margin:.1%}"


def single_look(launches: int) -> str:
    """Return the design of one look at a race, with the whole error."""
    return f"race, 99 % at {launches} launches"


def planned_race(launches: int) -> str:
    """Return the design of a race with the looks that races have."""
    return f"race planned for {launches} launches"


def promised_rates(scenario: Scenario) -> Iterator[tuple[str, str, Rate]]:
    """Yield coverage and false positives of every design of a race.

    Coverage is of single looks with the whole error, too. Nobody stops by those, so their false
    positives are not those of races.

    Yields
    ------
    measure, name, rate
        `COVERAGE` or `FALSE`, the question and the design, and the rate.
    """
    for question in (question_name(effect, margin) for effect, margin in QUESTIONS):
        designs = scenario[question]
        for measure in (COVERAGE, FALSE):
            looks = map(single_look, LAUNCHES) if measure == COVERAGE else ()
            for design in (*map(planned_race, LAUNCHES), *looks):
                if measure in designs[design]:
                    yield measure, f"{question}, {design}", designs[design][measure]


@dataclass(frozen=True)
class Simulation:
    """Simulated races.

    Parameters
    ----------
    races
        Number of races of each scenario and question.
    blocks
        Blocks of a launch.
    scenarios
        Rates of each scenario, as the script prints them. A scenario's name has the machine and the
        number of contenders.
    """

    races: Count
    blocks: Count
    scenarios: dict[str, dict[str, Any]]


def _from_content(content: Mapping[str, Any]) -> Simulation:
    """Convert and check a file's content. Raises ValueError or KeyError, naming the field."""
    names = ("races", "blocks", "scenarios")
    simulation = converted({name: content[name] for name in names}, Simulation)
    if MAIN not in simulation.scenarios:
        raise ValueError(f"scenarios: there is no {MAIN!r}")
    for name, scenario in simulation.scenarios.items():
        if not is_printable(name):
            raise ValueError(f"scenarios: {name!r} cannot be printed")
        for effect, margin in QUESTIONS:
            _require_rates(name, scenario, effect, margin)
    return simulation


def _require_rates(name: str, scenario: Scenario, effect: float, margin: float) -> None:
    """Raise ValueError or KeyError if a rate that tables show is missing or is no share."""
    question = question_name(effect, margin)
    designs = converted(scenario[question], dict[str, dict[str, Any]])
    answers = [FOUND] if effect else [FALSE, EQUIVALENT]
    races = (*map(single_look, LAUNCHES), *map(planned_race, LAUNCHES), WELCH)
    required = {design: [COVERAGE, *answers] for design in races}
    required[SAVED] = answers[:1]
    for design, measures in required.items():
        # Other rates are shown if they are there.
        for measure in (m for m in SHARES if m in measures or m in designs[design]):
            rate = designs[design][measure]
            complete = isinstance(rate, list) and len(rate) == 3
            if not complete or not all(is_number(value, 0, 1) for value in rate):
                raise ValueError(f"{name}, {question}, {design}: {measure} of {rate!r}")


SIMULATIONS = Experiment("simulate_races", "scenarios", SCHEMA, _from_content)
