"""Races whose outcome is known beforehand, and how often they were right: how good races are here.

A contender is raced against itself: as it is, so that neither is faster, or with a known share of
its time added inside the clock, so that one is slower by that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import isnan, nan
from statistics import median

from evenfold.race.record import Race
from evenfold.stats.race_ratios import CONFIDENCE, MARGIN
from evenfold.stats.verdicts import EQUIVALENT, FASTER, SLOWER, UNDECIDED

DELAYS = (0.0, 0.01, 0.02, 0.05)
# Of all races with a delay: from this share on it counts as one that is found.
OFTEN = 0.9
# What races promise to err at most, in A/A races.
ERROR = 1 - CONFIDENCE
SHARE_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """``count`` of ``of``, with the exact 95 % interval of Clopper and Pearson (1934)."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share; NaN of none."""
        return self.count / self.of if self.of else nan

    @property
    def interval(self) -> tuple[float, float]:
        """Its ends, from 0 to 1; of none it is all."""
        from scipy.stats import binomtest

        if not self.of:
            return 0.0, 1.0
        found = binomtest(self.count, self.of).proportion_ci(SHARE_CONFIDENCE, "exact")
        return float(found.low), float(found.high)


@dataclass(frozen=True)
class Trial:
    """A race of a contender against itself; ``delay`` is the share that was added to the second.

    ``seconds`` are of wall time, until the last sample.
    """

    delay: float
    margin: float
    ratio: float
    low: float
    high: float
    verdict: str
    launches: int
    blocks: int
    seconds: float
    name: str

    @classmethod
    def of(cls, race: Race) -> Trial:
        """What came of a race that has run."""
        (ratio,) = race.ratios
        last = race.launches[-1]
        began = [datetime.fromisoformat(launch.began) for launch in (race.launches[0], last)]
        return cls(
            delay=race.contenders[1].delay,
            margin=race.margin,
            ratio=ratio.estimate,
            low=ratio.low,
            high=ratio.high,
            verdict=ratio.verdict,
            launches=ratio.launches,
            blocks=ratio.blocks,
            seconds=(began[1] - began[0]).total_seconds() + last.at[-1],
            name=race.name,
        )


@dataclass(frozen=True)
class Finding:
    """All races of one delay and margin.

    ``found`` are ``slower`` ones where there was a delay; ``wrong`` are those that say what is not
    so: ``faster``, ``slower`` without a delay, or ``equivalent`` with one beyond the margin.
    ``seconds`` is the median time until a verdict, and ``half_width`` the median distance from a
    ratio to its upper end: NaN where there was none.
    """

    delay: float
    margin: float
    found: Share
    wrong: Share
    equivalent: Share
    undecided: Share
    seconds: float
    half_width: float


def margin_of(delay: float) -> float:
    """A margin that a delay is well beyond: half of it, and the usual one without a delay."""
    return delay / 2 if delay else MARGIN


def findings(trials: Iterable[Trial]) -> list[Finding]:
    """What came of the races of each delay and margin, from the smallest delay on."""
    groups: dict[tuple[float, float], list[Trial]] = {}
    for trial in trials:
        groups.setdefault((trial.delay, trial.margin), []).append(trial)
    return [_finding(*key, groups[key]) for key in sorted(groups)]


def smallest_found(found: Iterable[Finding]) -> Finding | None:
    """The smallest delay that nine of ten races found, as all greater ones; None where none is."""
    smallest = None
    for finding in sorted(found, key=lambda f: (-f.delay, f.margin)):
        if not finding.delay or finding.found.value < OFTEN:
            break
        smallest = finding
    return smallest


def errs_too_often(found: Iterable[Finding]) -> bool:
    """Whether A/A races err more often than they promise, beyond what chance explains."""
    aa = [finding.wrong for finding in found if not finding.delay]
    together = Share(sum(share.count for share in aa), sum(share.of for share in aa))
    return together.interval[0] > ERROR


def _finding(delay: float, margin: float, trials: list[Trial]) -> Finding:
    def share(*verdicts: str) -> Share:
        return Share(sum(trial.verdict in verdicts for trial in trials), len(trials))

    errors = [FASTER, *([SLOWER] if not delay else []), *([EQUIVALENT] if delay > margin else [])]
    halves = [trial.high / trial.ratio - 1 for trial in trials if not isnan(trial.high)]
    decided = [trial.seconds for trial in trials if trial.verdict != UNDECIDED]
    return Finding(
        delay=delay,
        margin=margin,
        found=share(SLOWER) if delay else Share(0, 0),
        wrong=share(*errors),
        equivalent=share(EQUIVALENT),
        undecided=share(UNDECIDED),
        seconds=median(decided) if decided else nan,
        half_width=median(halves) if halves else nan,
    )
