"""Tables of how often the rule of races errs on simulated machines, beside other designs."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from evenfold.race.selfcheck_tables import WIDTH
from evenfold.race.simulation_record import (
    BEFORE,
    CONTINUED,
    COVERAGE,
    EQUIVALENT,
    FALSE,
    FOUND,
    GATE,
    HISTORIES,
    LAUNCHES,
    MAIN,
    MEAN_COVERAGE,
    QUESTIONS,
    SAVED,
    UNKNOWABLE,
    WELCH,
    Rate,
    Scenario,
    Simulation,
    planned_race,
    promised_rates,
    question_name,
)
from evenfold.render.cells import NONE
from evenfold.stats.race_ratios import MARGIN

if TYPE_CHECKING:
    import pandas as pd

SIMULATION_HEADING = "How often races err on simulated machines"
# By column: how much slower the second contender is, the margin, and the rate.
COLUMNS = {
    "covers": (0.0, MARGIN, COVERAGE),
    "covers means": (0.0, MARGIN, MEAN_COVERAGE),
    "false, margin 0 %": (0.0, 0.0, FALSE),
    f"false at margin {100 * MARGIN:g} %": (MARGIN, MARGIN, FALSE),
    "equivalent, margin 1 %": (0.0, 0.01, EQUIVALENT),
    f"equivalent, margin {100 * MARGIN:g} %": (0.0, MARGIN, EQUIVALENT),
    **{
        f"{100 * effect:g} % found, margin {100 * margin:g} %": (effect, margin, FOUND)
        for effect, margin in QUESTIONS
        if effect > margin
    },
}
USUAL = LAUNCHES[1]
DESIGNS = (
    *map(planned_race, LAUNCHES),
    *(planned_race(USUAL, history) for history in HISTORIES[1:]),
    CONTINUED,
    BEFORE,
    WELCH,
    SAVED,
)


def design_table(simulation: Simulation) -> pd.DataFrame:
    """Return one row for each design, on the machine with most disturbances; all cells are text."""
    import pandas as pd

    scenario = simulation.scenarios[MAIN]
    rows = [
        (
            design,
            *(
                _rate_cell(scenario[question_name(effect, margin)][design].get(measure))
                for effect, margin, measure in COLUMNS.values()
            ),
        )
        for design in DESIGNS
    ]
    return pd.DataFrame(rows, columns=["design", *COLUMNS])


def scenario_table(simulation: Simulation) -> pd.DataFrame:
    """Return one row for each scenario: the worst rates of races, and those of other designs."""
    import pandas as pd

    rows = [_scenario_row(name, one) for name, one in simulation.scenarios.items()]
    columns = ["scenario", "covers, least", "covers means, least", "false, most",
               "equivalent", f"equivalent, {BEFORE}", f"false, {BEFORE}", f"false, {WELCH}",
               f"false, {SAVED}"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _scenario_row(name: str, scenario: Scenario) -> tuple[str, ...]:
    rates: dict[str, list[Rate]] = {}
    for measure, _, rate in promised_rates(scenario):
        rates.setdefault(measure, []).append(rate)
    alike, at_zero = (scenario[question_name(0.0, margin)] for margin in (MARGIN, 0.0))
    cells = (min(rates[COVERAGE]), min(rates[MEAN_COVERAGE]), max(rates[FALSE]),
             alike[planned_race(USUAL)][EQUIVALENT], alike[BEFORE][EQUIVALENT],
             at_zero[BEFORE][FALSE], alike[WELCH][FALSE], alike[SAVED][FALSE])  # fmt: skip
    return (name, *map(_rate_cell, cells))


def simulation_caption(simulation: Simulation) -> str:
    """Return what was simulated, and the meaning of the columns."""
    text = (
        f"By `python experiments/simulate_races.py`: {simulation.races:,} races of each kind, "
        f"{simulation.blocks} blocks a launch, on simulated machines with known ratios. Beside "
        f"them three other designs with as many samples as {USUAL} launches have: the former "
        "rule of races, with verdicts on the estimate; contenders timed one after the other and "
        "compared by Welch's t-test; and a run compared with a saved one by pytest-benchmark's "
        f"`--benchmark-compare-fail=median:{GATE:.0%}`. Shares of runs with 95 % intervals "
        "(Wilson). Covers: the 99 % intervals of all contenders hold their ratios of medians, or "
        "of means. False: faster or slower, where the ratio is not beyond the margin; at a "
        "margin: of a contender that is slower by just that. Found: a slower contender is called "
        "slower, or fails. A history is of 20 races on the same machine, or of races whose "
        "launches have half the variance. The first table is of two contenders on a machine with "
        "drift, a neighbour, heavy tails, bursts, memory, effects of the order, and launches "
        "that differ, all at once. The second table has the worst of races over all margins, "
        "effects, plans and histories, and other designs at ratio 1: equivalent, and false but "
        f"for the former rule, at a margin of {100 * MARGIN:g} %, false of the former rule at 0. "
        "With slow samples the second contender takes twice as long in 10 % of its samples: it "
        f"is not equivalent. A slow launch in twenty ({UNKNOWABLE}) is in no interval of a race "
        f"that does not meet one; of races of {USUAL} launches that do, {_warned(simulation)} "
        "warn of it."
    )
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _warned(simulation: Simulation) -> str:
    name = f"warning of a launch unlike the others, {USUAL} launches"
    scenarios = (one for title, one in simulation.scenarios.items() if title.startswith(UNKNOWABLE))
    rates = [one[name][0] for one in scenarios if name in one]
    return f"{100 * rates[0]:.0f} %" if rates else NONE


def _rate_cell(rate: Rate | None) -> str:
    if rate is None:
        return NONE
    value, low, high = (100 * share for share in rate)
    return f"{value:.2f} % [{low:.2f}, {high:.2f}]"
