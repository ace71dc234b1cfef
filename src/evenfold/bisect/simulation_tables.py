"""The table of how often answers of a bisect err on simulated machines, beside other designs."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from evenfold.bisect.simulation_record import (
    BY_ITSELF,
    DESIGNS,
    FALSE,
    FOUND,
    MISSED,
    RACES,
    SEARCH,
    THOROUGH,
    THRESHOLD,
    BisectSimulation,
)
from evenfold.render.cells import NONE, number
from evenfold.render.words import counted

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 100
BISECT_SIMULATION_HEADING = "How often answers of a bisect err on simulated machines"


def bisect_simulation_conclusion(simulation: BisectSimulation) -> str:
    """Return the largest share of false answers beside the stated error, in one sentence."""
    share, where = max(
        (rates[design][FALSE][0], f"{machine}, {case}")
        for machine, cases in simulation.scenarios.items()
        for case, rates in cases.items()
        for design in (SEARCH, THOROUGH)
    )
    return (
        f"Answers of a bisect are false in {_percent(share)} of simulated histories at most "
        f"({where}); stated is {_percent(simulation.error)} or less."
    )


def bisect_simulation_table(simulation: BisectSimulation) -> pd.DataFrame:
    """Return one row for each machine, kind of history and design; all cells are text."""
    import pandas as pd

    rows = []
    for machine, cases in simulation.scenarios.items():
        for case, designs in cases.items():
            for design in DESIGNS:
                rates = designs[design]
                cells = [_rate_cell(rates.get(measure)) for measure in (FALSE, FOUND, MISSED)]
                races = number(rates[RACES]) if RACES in rates else NONE
                rows.append((machine, case, design, *cells, races))
    columns = ["machine", "changes", "design", "false", "found", "missed", "races"]
    return pd.DataFrame(rows, columns=columns)


def bisect_simulation_caption(simulation: BisectSimulation) -> str:
    """Return what was simulated, and the meaning of the columns."""
    text = (
        f"By `python experiments/simulate_bisect.py`: {simulation.histories:,} histories of "
        f"{counted(simulation.steps, 'step')} of each kind on each machine, {simulation.blocks} "
        f"blocks a launch, margin {_percent(simulation.margin)}; an open race goes from 8 launches "
        "to 16 and 32. Shares with 95 % intervals (Wilson). False: the answer names a change that "
        "is within the margin or in the other direction, or calls versions equivalent that are "
        "not. Found: of the changes beyond the margin, those named at their single step. Missed: "
        "those in no stretch that is named. Races: on average. Beside them are a search that does "
        f"not share the error ({BY_ITSELF}), and one by a threshold on one run of each version at "
        f"a time of its own ({THRESHOLD.rpartition(' ')[2]}), which calls nothing equivalent."
    )
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _rate_cell(rate: list[float] | None) -> str:
    if rate is None:
        return NONE
    value, low, high = (100 * share for share in rate)
    return f"{value:.1f} % [{low:.1f}, {high:.1f}]"
