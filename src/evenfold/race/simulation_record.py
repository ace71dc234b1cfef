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

# 1: the first; 2: ratios of means, histories, continued races, effects at the margin
SCHEMA = 2
# The scenario of the table of designs: nearly all that disturbs real machines, at once.
MAIN = "everything, 2 contenders"
# A race may never meet a launch that is slow now and then: its interval cannot know of them.
UNKNOWABLE = "rare slow launches"
LAUNCHES = (5, 8, 12)
MARGINS = (0.0, 0.005, 0.01, 0.02)
EFFECTS = (0.01, 0.02, 0.05)
# How much slower the second contender is, and the margin: not at all, by the margin, by twice it.
QUESTIONS = [
    *((0.0, margin) for margin in MARGINS),
    *((margin, margin) for margin in MARGINS[1:]),
    (0.01, 0.0),
    *((effect, effect / 2) for effect in EFFECTS),
]
SHARES = COVERAGE, MEAN_COVERAGE, FALSE, EQUIVALENT, FOUND = (
    "coverage", "coverage_of_means", "false_positives", "equivalent", "found",
)  # fmt: skip
GATE = 0.03
WELCH, SAVED = "one after the other, Welch", f"saved baseline, median:{GATE:.0%}"
# The rule before ratios of means and counterbalanced orders, with verdicts on the estimate.
BEFORE = "random order, verdict on the estimate, 8 launches"
CONTINUED = "race planned for 5 launches, continued to 10"

Rate = list[float]  # a share of the runs, and the ends of its 95 % interval
Scenario = Mapping[str, Any]  # designs by question, and other shares
Count = Annotated[int, Meta(ge=1, le=10**9)]


def question_name(effect: float, margin: float) -> str:
    """Return a question: the second contender is slower by ``effect``, at a margin."""
    return f"ratio {1 + effect:g}, margin {margin:.1%}"


def planned_race(launches: int, history: str = "") -> str:
    """Return the design of a race, without a history or with one of the given kind."""
    return f"race planned for {launches} launches" + (f", {history}" if history else "")


# A contender has its own history. Should its launches vary twice as much as in that one, intervals
# still cover; false positives at a margin of 0 are then not promised.
STALE = "with the history of a calmer contender"
HISTORIES = ("", "with a history", STALE)
RACES = (
    *(planned_race(launches, history) for history in HISTORIES for launches in LAUNCHES),
    CONTINUED,
)


def promised_rates(scenario: Scenario) -> Iterator[tuple[str, str, Rate]]:
    """Yield coverage and false positives of every design of a race.

    False positives with a stale history are left out.

    Yields
    ------
    measure, name, rate
        `COVERAGE`, `MEAN_COVERAGE` or `FALSE`, the question and the design, and the rate.
    """
    for question in (question_name(effect, margin) for effect, margin in QUESTIONS):
        designs = scenario[question]
        for measure in (COVERAGE, MEAN_COVERAGE, FALSE):
            for design in RACES:
                is_promised = measure != FALSE or not design.endswith(STALE)
                if is_promised and measure in designs[design]:
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
    if content["schema"] < SCHEMA:
        raise ValueError("schema: it is of an earlier rule")
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
    required = {design: [COVERAGE, MEAN_COVERAGE, FALSE, *answers] for design in RACES}
    required[BEFORE] = [FALSE, *answers]
    required[WELCH] = [FALSE, *answers]
    required[SAVED] = answers[:1]
    for design, measures in required.items():
        # Other rates are shown if they are there.
        for measure in (m for m in SHARES if m in measures or m in designs[design]):
            rate = designs[design][measure]
            complete = isinstance(rate, list) and len(rate) == 3
            if not complete or not all(is_number(value, 0, 1) for value in rate):
                raise ValueError(f"{name}, {question}, {design}: {measure} of {rate!r}")


SIMULATIONS = Experiment("simulate_races", "scenarios", SCHEMA, _from_content)
