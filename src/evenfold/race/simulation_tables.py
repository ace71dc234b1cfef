"""Tables of how often the rule of races errs on simulated machines, beside other designs."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from evenfold.race.selfcheck_tables import WIDTH
from evenfold.race.simulation_record import (
    COVERAGE,
    EQUIVALENT,
    FALSE,
    FOUND,
    GATE,
    LAUNCHES,
    MAIN,
    QUESTIONS,
    SAVED,
    WELCH,
    Rate,
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
    "false, margin 0 %": (0.0, 0.0, FALSE),
    f"false, margin {100 * MARGIN:g} %": (0.0, MARGIN, FALSE),
    f"equivalent, margin {100 * MARGIN:g} %": (0.0, MARGIN, EQUIVALENT),
    **{
        f"{100 * effect:g} % found, margin {100 * margin:g} %": (effect, margin, FOUND)
        for effect, margin in QUESTIONS
        if effect
    },
}


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
        for design in (*map(planned_race, LAUNCHES), WELCH, SAVED)
    ]
    return pd.DataFrame(rows, columns=["design", *COLUMNS])


def scenario_table(simulation: Simulation) -> pd.DataFrame:
    """Return one row for each scenario: the worst rates of races, and those of other designs."""
    import pandas as pd

    rows = []
    for name, scenario in simulation.scenarios.items():
        coverages = [rate for measure, _, rate in promised_rates(scenario) if measure == COVERAGE]
        false_rates = [rate for measure, _, rate in promised_rates(scenario) if measure == FALSE]
        alike = scenario[question_name(0.0, MARGIN)]
        rates = (min(coverages), max(coverages), max(false_rates),
                 alike[WELCH][FALSE], alike[SAVED][FALSE])  # fmt: skip
        rows.append((name, *map(_rate_cell, rates)))
    columns = ["scenario", "covers, least", "covers, most", "false, most",
               f"false, {WELCH}", f"false, {SAVED}"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def simulation_caption(simulation: Simulation) -> str:
    """Return what was simulated, and the meaning of the columns."""
    text = (
        f"By `python experiments/simulate_races.py`: {simulation.races:,} races of each kind, "
        f"{simulation.blocks} blocks a launch, on simulated machines with known ratios, beside two "
        f"other designs with as many samples as {LAUNCHES[1]} launches have: contenders timed one "
        "after the other and compared by Welch's t-test, and a run compared with a saved one by "
        f"pytest-benchmark's `--benchmark-compare-fail=median:{GATE:.0%}`. Shares of runs with "
        "95 % intervals (Wilson). Covers: the 99 % intervals of all contenders hold their ratios. "
        "False: a contender that is as fast is called faster or slower, or fails. Found: a slower "
        "contender is called slower, or fails. The first table is of two contenders on a machine "
        "with drift, a neighbour, heavy tails, bursts, and launches that differ, all at once. The "
        "second table has the worst of races over all margins, effects and plans, with the "
        "coverage of a single look with the whole error too, and the other designs at ratio 1 and "
        f"a margin of {100 * MARGIN:g} %."
    )
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _rate_cell(rate: Rate | None) -> str:
    if rate is None:
        return NONE
    value, low, high = (100 * share for share in rate)
    return f"{value:.2f} % [{low:.2f}, {high:.2f}]"
