"""Sentences around the table of a race: its conclusion, notes, and the next command."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from evenfold.race.record import Race
from evenfold.render.media import sentence
from evenfold.render.words import listed
from evenfold.stats.launch_variance import VariancePrior
from evenfold.stats.race_looks import FEWEST_LAUNCHES
from evenfold.stats.race_outlook import useful_launches
from evenfold.stats.race_ratios import FINAL_VERDICTS, Ratio, all_decided
from evenfold.stats.verdicts import EQUIVALENT, TIME_VERDICTS, UNDECIDED, TimeVerdict

# More launches than so many times those of the race are no useful advice.
MOST_TIMES = 20


def race_conclusion(race: Race, style: str = "table") -> str:
    """Return one plain sentence on what a race shows.

    Parameters
    ----------
    race
        The race.
    style
        The format of the text, for names with special characters.
    """
    reference = race.contenders[0].label
    groups: dict[TimeVerdict, list[str]] = {}
    for contender, ratio in zip(race.contenders[1:], race.ratios, strict=True):
        groups.setdefault(ratio.verdict, []).append(contender.label)
    if set(groups) == {UNDECIDED}:
        names = groups[UNDECIDED]
        text = f"Whether {listed(names)} {_is(names)} faster or slower than {reference}"
        return sentence(f"{text} is undecided.", style)
    words = [word for word in TIME_VERDICTS if word in groups]
    text = "; ".join(_clause(word, groups[word], reference, race) for word in words)
    return sentence(f"{text}.", style)


def race_notes(races: Sequence[Race]) -> str:
    """Return sentences on slow samples, on launches, and on where the variance is from.

    Each begins with a blank, so that they follow a caption.
    """
    notes = []
    names = _names_with(races, lambda ratio: ratio.differs)
    if names:
        notes.append(
            f"Slow samples matter for {names}: the ratios of medians and of means differ, and the "
            "verdict holds for both."
        )
    names = _names_with(races, lambda ratio: ratio.slow_launches)
    if names:
        notes.append(
            f"One launch of {names} or of the reference is not like the others: races that do not "
            "meet such a launch may have another ratio."
        )
    if any(ratio.is_pooled for race in races for ratio in race.ratios):
        notes.append("Launches of contenders that vary alike have one variance.")
    notes += _history_notes(races)
    return "".join(f" {note}" for note in notes)


def early_end(race: Race) -> str:
    """Return that a race ended before its budget, as no verdict could change; "" if it did not.

    ``decided after 5 of 9 launches, 61 of 120 s``
    """
    count, seconds = len(race.launches), race.wall_seconds
    is_early = count < race.planned and seconds < race.settings.budget
    if not is_early or not race.is_judged or not all_decided(race.ratios):
        return ""
    return (
        f"decided after {count} of {race.planned} launches, {seconds:.0f} of "
        f"{race.settings.budget:.0f} s"
    )


def next_command(race: Race, file: Path) -> str:
    """Return the command that is useful after a race.

    Parameters
    ----------
    race
        The race.
    file
        The file that it is saved in.
    """
    if all_decided(race.ratios):
        return f"evenfold report --results {shlex.quote(str(file.parents[2]))}"
    further = _further_launches(race)
    if further > MOST_TIMES * len(race.launches):
        names = " ".join(shlex.quote(contender.spec) for contender in race.contenders)
        return f"evenfold race --plan {names}"
    seconds = math.ceil(race.first_seconds + further * race.seconds_per_launch)
    return f"evenfold race --continue {shlex.quote(str(file))} --budget {seconds}s"


def _clause(word: TimeVerdict, names: Sequence[str], reference: str, race: Race) -> str:
    """Return what one verdict says of some contenders: ``a is slower than b by more than 2 %``."""
    margin = race.settings.margin
    text = f"{100 * margin:.3g} %"
    if word == UNDECIDED:
        return f"{listed(names)} {_is(names)} undecided"
    if word == EQUIVALENT:
        takes = "takes" if len(names) == 1 else "take"
        within = f", within {text}" if margin else ""
        return f"{listed(names)} {takes} as long as {reference}{within}"
    by = f" by more than {text}" if margin else ""
    return f"{listed(names)} {_is(names)} {word} than {reference}{by}"


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _names_with(races: Sequence[Race], has_sign: Callable[[Ratio], bool]) -> str:
    """Return the names of contenders whose ratio has a sign, as a list in words."""
    labels = [
        contender.label
        for race in races
        for contender, ratio in zip(race.contenders[1:], race.ratios, strict=True)
        if has_sign(ratio)
    ]
    names = list(dict.fromkeys(labels))
    return listed(names) if names else ""


def _history_notes(races: Sequence[Race]) -> list[str]:
    priors: list[VariancePrior] = [race.prior for race in races if race.prior is not None]
    if not priors:
        reasons = dict.fromkeys(race.no_prior for race in races if race.no_prior)
        return [f"The history of this machine is not used: {reason}." for reason in reasons]
    spread = math.expm1(math.sqrt(max(prior.variance for prior in priors)))
    known = (
        f"In {max(prior.races for prior in priors)} races of a contender against itself on this "
        f"machine, a launch's ratio varies by {100 * spread:.2g} % (standard deviation)"
    )
    used = _names_with(races, lambda ratio: ratio.is_moderated)
    if not used:
        return [f"{known}; these launches vary more, so that is not used."]
    dropped = _names_with(
        [race for race in races if race.prior is not None],
        lambda ratio: not ratio.is_moderated,
    )
    rest = f", not for {dropped}, whose launches vary more" if dropped else ""
    return [f"{known}; this moderates the variance for {used}{rest}."]


def _further_launches(race: Race) -> int:
    """Return how many more launches are expected to decide every verdict, one at least.

    A race that was interrupted before it had a verdict needs the launches of one.
    """
    count = len(race.launches)
    limit = math.log1p(race.settings.margin)
    needed = useful_launches(count, len(race.ratios), race.planned)
    if count < FEWEST_LAUNCHES:
        return needed - count
    for ratio in race.ratios:
        if ratio.verdict in FINAL_VERDICTS:
            continue
        half = (math.log(ratio.judged_high) - math.log(ratio.judged_low)) / 2
        distance = abs(abs(math.log(ratio.estimate)) - limit)
        if not 0 < half < math.inf or distance * math.sqrt(MOST_TIMES) < half:
            return 2 * MOST_TIMES * count
        needed = max(needed, math.ceil(count * (half / distance) ** 2))
    return needed - count
