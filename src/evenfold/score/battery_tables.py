"""The table of how often score intervals and verdicts err on populations of known truth."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping
from statistics import median
from typing import TYPE_CHECKING

from evenfold.render.cells import NONE
from evenfold.score.battery_record import BatteryTarget, ScoreBattery
from evenfold.score.battery_targets import is_unstable
from evenfold.stats.verdicts import BETTER, EQUIVALENT, WORSE

if TYPE_CHECKING:
    import pandas as pd

BATTERY_HEADING = "How often intervals of scores err"
WIDTH = 100
FAMILY = "family"
# Learners that are compared with themselves under other seeds.
AGAIN = " again/"
COLUMNS = (
    "cell", "data sets", "stable: lowest coverage", "unstable: lowest coverage",
    "Nadeau and Bengio: lowest", "half-width over needed", "seeds: over Nadeau and Bengio",
    "false better or worse", "false equivalent", "all of a table",
)  # fmt: skip
Targets = Mapping[str, BatteryTarget]


def battery_table(battery: ScoreBattery) -> pd.DataFrame:
    """Return one row for each cell: its worst coverages, widths and error rates; all are text."""
    import pandas as pd

    rows = [_cell_row(name, cell.targets) for name, cell in sorted(battery.cells.items())]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def battery_caption(battery: ScoreBattery) -> str:
    """Return what was simulated, and the meaning of the columns."""
    fewest = min(t.count for cell in battery.cells.values() for t in cell.targets.values())
    text = (
        f"By `python experiments/score_errors.py`: at least {fewest:,} data sets of each "
        "population, size and design, with learners whose true scores are known from many training "
        "sets. Coverage: the share of 95 % intervals that hold the true score or difference, of "
        "the score or difference that has the lowest; Nadeau and Bengio's, of stable learners, "
        "beside it. Half-width over needed: of differences, the median over pairs of the "
        "interval's half-width over that which the true spread of the estimate needs. Seeds: a "
        "learner against itself under other seeds. False: the share of studies that call a "
        "contender better or worse, or equivalent, where the margin is exactly the true "
        "difference; the highest. All "
        "of a table: the share of studies in which all six intervals of a table hold. No constant "
        "was chosen on the populations with heavy tails, skewed features or three classes."
    )
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _cell_row(name: str, targets: Targets) -> tuple[str, ...]:
    single = {target: state for target, state in targets.items() if FAMILY not in target}
    stable = {t: s for t, s in single.items() if not is_unstable(t)}
    unstable = {t: s for t, s in single.items() if t not in stable}
    pairs = {target: state for target, state in single.items() if " - " in target}
    seeds = [state.over_nadeau_bengio for target, state in pairs.items() if AGAIN in target]
    widths = [s.over_needed for s in pairs.values() if math.isfinite(s.over_needed)]
    families = [state.coverages[0] for target, state in targets.items() if FAMILY in target]
    return (
        name,
        str(min(state.count for state in targets.values())),
        _lowest(stable, lambda state: state.coverages[0]),
        _lowest(unstable, lambda state: state.coverages[0]),
        _lowest(stable, lambda state: state.coverages[1]),
        f"{median(widths):.2f}" if widths else NONE,
        f"{max(seeds):.2f}" if seeds else NONE,
        _highest(pairs, lambda state: state.false_share(BETTER, WORSE)),
        _highest(pairs, lambda state: state.false_share(EQUIVALENT)),
        f"{min(families):.3f}" if families else NONE,
    )


def _lowest(targets: Targets, value: Callable[[BatteryTarget], float]) -> str:
    return _extreme(targets, value, min)


def _highest(targets: Targets, value: Callable[[BatteryTarget], float]) -> str:
    return _extreme(targets, value, max)


def _extreme(
    targets: Targets, value: Callable[[BatteryTarget], float], choose: Callable[..., str]
) -> str:
    if not targets:
        return NONE
    target = choose(targets, key=lambda name: value(targets[name]))
    return f"{value(targets[target]):.3f} ({target.removesuffix('/accuracy')})"
