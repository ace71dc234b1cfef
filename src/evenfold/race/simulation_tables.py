"""What a race's rule finds on simulated machines, beside other designs: tables, and words."""

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
    planned,
    promised,
    question,
)
from evenfold.render.cells import NONE
from evenfold.stats.race_ratios import MARGIN

if TYPE_CHECKING:
    import pandas as pd

HEADING = "How often races err on simulated machines"
# Column: how much slower the second contender is, the margin, and what is told.
ASKED = {
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


def design_table(told: Simulation) -> pd.DataFrame:
    """One row a design, of two contenders on the machine that has most troubles; all cells text."""
    import pandas as pd

    scenario = told.scenarios[MAIN]
    rows = [
        (design, *(_rate(scenario[question(effect, margin)][design].get(measure))
                   for effect, margin, measure in ASKED.values()))
        for design in (*map(planned, LAUNCHES), WELCH, SAVED)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["design", *ASKED])


def machine_table(told: Simulation) -> pd.DataFrame:
    """One row a scenario: the worst of races and of single looks, and the other designs."""
    import pandas as pd

    rows = []
    for name, scenario in told.scenarios.items():
        found = {
            of: [rate for measure, _, rate in promised(scenario) if measure == of]
            for of in (COVERAGE, FALSE)
        }
        alike = scenario[question(0.0, MARGIN)]
        rows.append(
            (name, _rate(min(found[COVERAGE])), _rate(max(found[COVERAGE])),
             _rate(max(found[FALSE])), _rate(alike[WELCH][FALSE]), _rate(alike[SAVED][FALSE]))
        )  # fmt: skip
    columns = ["scenario", "covers, least", "covers, most", "false, most",
               f"false, {WELCH}", f"false, {SAVED}"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def caption(told: Simulation) -> str:
    """What was simulated, and what the columns are."""
    text = (
        f"By `python experiments/simulate_races.py`: {told.races:,} races of each kind, "
        f"{told.blocks} blocks a launch, on machines that do not exist and whose ratios are known, "
        f"and beside them two other designs with as many samples as {LAUNCHES[1]} launches have: "
        "contenders timed one after the other and compared by Welch's t-test, and a run compared "
        f"with one saved before by pytest-benchmark's `--benchmark-compare-fail=median:"
        f"{GATE:.0%}`. Shares of runs with 95 % intervals (Wilson). Covers: the 99 % intervals of "
        "all contenders hold their ratios. False: one that is alike is called faster or slower, or "
        "fails. Found: one that is slower is called so, or fails. The first table is of two "
        "contenders on a machine with drift, a neighbour, heavy tails, bursts, and launches that "
        "differ, all at once. The second has the worst of races over all margins, effects and "
        "plans, in coverage of a single look with the whole error too, and the other designs at "
        f"ratio 1 and a margin of {100 * MARGIN:g} %."
    )
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _rate(rate: Rate | None) -> str:
    if rate is None:
        return NONE
    value, low, high = (100 * share for share in rate)
    return f"{value:.2f} % [{low:.2f}, {high:.2f}]"
