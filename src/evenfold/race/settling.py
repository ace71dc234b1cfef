"""What would settle the undecided ratios of a race: how many more launches, and how long."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evenfold.race.record import Race
from evenfold.render.words import counted
from evenfold.stats.launch_ratios import launch_ratios
from evenfold.stats.launch_variance import launch_spread
from evenfold.stats.race_outlook import MOST_TIMES, LaunchPlan, launches_to_settle
from evenfold.stats.settling import CHANCE
from evenfold.stats.verdicts import UNDECIDED

MOST_PAIRS = 3


@dataclass(frozen=True)
class LaunchAdvice:
    """The further launches that settle a ratio with a chance of 80 %, and their time.

    None where ``MOST_TIMES`` as many launches are not enough.
    """

    launches: int | None
    seconds: float | None


def settle_ratios(race: Race) -> dict[str, LaunchAdvice]:
    """Return what would settle each undecided ratio, by the name of the contender."""
    count, advice = len(race.launches), {}
    for number, (contender, ratio) in enumerate(zip(race.contenders[1:], race.ratios, strict=True)):
        if ratio.verdict != UNDECIDED or count < 2:
            continue
        half = (math.log(ratio.judged_high) - math.log(ratio.judged_low)) / 2
        if not 0 < half < math.inf:
            continue
        plan = _launch_plan(race, number)
        needed = launches_to_settle(math.log(ratio.estimate), half, race.settings.margin, plan)
        if needed is None:
            advice[contender.label] = LaunchAdvice(None, None)
        else:
            seconds = race.first_seconds + (needed - count) * race.seconds_per_launch
            advice[contender.label] = LaunchAdvice(needed - count, seconds)
    return advice


def _launch_plan(race: Race, number: int) -> LaunchPlan:
    """Return the launches of a race, with the degrees of freedom of a ratio's interval."""
    count, freedom = len(race.launches), len(race.launches) - 1.0
    # Where both ratios differ, the interval reaches to the ends of that of means.
    if not race.ratios[number].differs:
        medians = launch_ratios(race.timed_blocks).medians
        freedom = float(launch_spread(medians, race.prior).freedoms[number])
    return LaunchPlan(count, len(race.ratios), race.planned, freedom, race.settings.confidence)


def settling_lines(race: Race) -> list[str]:
    """Return one sentence for each undecided ratio, at most ``MOST_PAIRS`` of them."""
    reference, lines = race.contenders[0].label, []
    for label, advice in settle_ratios(race).items():
        pair = f"{label} against {reference}"
        if advice.launches is None or advice.seconds is None:
            lines.append(
                f"{pair}: {MOST_TIMES} times as many launches would not decide it with "
                f"{100 * CHANCE:.0f} % chance."
            )
        else:
            more = counted(advice.launches, "more launch", "more launches")
            lines.append(
                f"{pair}: {more}, about {_time(advice.seconds)}, would decide it with "
                f"{100 * CHANCE:.0f} % chance."
            )
    return lines[:MOST_PAIRS]


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} minutes"
