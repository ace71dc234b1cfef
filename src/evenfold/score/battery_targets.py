"""Which scores, differences and verdicts of the battery of score intervals miss their targets."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evenfold.score.battery_record import BatteryTarget, ScoreBattery
from evenfold.stats.verdicts import BETTER, EQUIVALENT, WORSE

WIDTH = 100
# Learners whose predictions jump when a few training rows change.
UNSTABLE = ("1-nn", "tree", "stump")
COVERAGE, COVERAGE_ELSEWHERE, ENOUGH_ROWS = 0.93, 0.91, 178
FALSE_VERDICTS = 0.05
WHAT_COVERAGE = "coverage"
FALSE = {"false better or worse": (BETTER, WORSE), "false equivalent": (EQUIVALENT,)}


@dataclass(frozen=True)
class MissedTarget:
    """A figure of one score or difference that is beyond its target by more than chance."""

    cell: str
    target: str
    what: str
    value: float
    data_sets: int


def is_unstable(target: str) -> bool:
    """Whether a learner of the score or difference jumps when a few training rows change."""
    return any(learner in target for learner in UNSTABLE)


def missed_targets(battery: ScoreBattery) -> list[MissedTarget]:
    """Return what is beyond its target by more than two Monte-Carlo standard errors."""
    return [
        MissedTarget(name, target, what, value, state.count)
        for name, cell in sorted(battery.cells.items())
        for target, state in cell.targets.items()
        for what, value in _beyond(name, target, state)
    ]


def battery_conclusion(battery: ScoreBattery) -> str:
    """Return how many cells reach their targets, and what the others miss."""
    missed = missed_targets(battery)
    short = list(dict.fromkeys(one.cell for one in missed))
    count = len(battery.cells)
    text = (
        f"Coverage and verdicts reach their targets in {count - len(short)} of {count} cells. "
        f"The targets: coverage of at least {COVERAGE:.0%} for stable learners and "
        f"{ENOUGH_ROWS} rows or more, {COVERAGE_ELSEWHERE:.0%} elsewhere; at most "
        f"{FALSE_VERDICTS:.0%} of studies with a false verdict; each less two Monte-Carlo standard "
        "errors."
    )
    for cell in short:
        text += " " + _missed_in([one for one in missed if one.cell == cell])
    return textwrap.fill(
        text.replace("%", " %"), WIDTH, break_long_words=False, break_on_hyphens=False
    )


def _missed_in(missed: Sequence[MissedTarget]) -> str:
    """Return how many figures of one cell miss their target, and the worst of each kind."""
    figures = []
    for what in dict.fromkeys(one.what for one in missed):
        of_kind = [one for one in missed if one.what == what]
        worst = (min if what == WHAT_COVERAGE else max)(of_kind, key=lambda one: one.value)
        others = f" and {len(of_kind) - 1} more" if len(of_kind) > 1 else ""
        figures.append(f"{what} {worst.value:.3f} ({_short(worst.target)}){others}")
    where = f"{missed[0].cell} ({missed[0].data_sets:,} data sets)"
    return f"Missed in {where}: {'; '.join(figures)}."


def _beyond(cell: str, target: str, state: BatteryTarget) -> Iterator[tuple[str, float]]:
    rows = re.search(r"([0-9]{1,9}) rows", cell)
    is_small = rows is not None and int(rows[1]) < ENOUGH_ROWS
    least = COVERAGE_ELSEWHERE if is_small or is_unstable(target) else COVERAGE
    if state.coverages[0] < least - _two_errors(least, state.count):
        yield WHAT_COVERAGE, state.coverages[0]
    for what, verdicts in FALSE.items():
        share = state.false_share(*verdicts)
        if share > FALSE_VERDICTS + _two_errors(FALSE_VERDICTS, state.count):
            yield what, share


def _two_errors(share: float, count: int) -> float:
    return 2 * math.sqrt(share * (1 - share) / count)


def _short(target: str) -> str:
    return target.removesuffix("/accuracy")
