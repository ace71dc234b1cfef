"""Races whose outcome is known beforehand, and how often their verdicts are right.

A contender is raced against itself: as it is, so that neither is faster, or with a known share of
its time added inside the clock, so that one is slower by that share.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import isnan, nan
from statistics import median

from evenfold.race.record import Race
from evenfold.stats.race_looks import CONFIDENCE
from evenfold.stats.race_ratios import MARGIN
from evenfold.stats.verdicts import (
    EQUIVALENT,
    FASTER,
    NOT_FASTER,
    NOT_SLOWER,
    SLOWER,
    UNDECIDED,
    TimeVerdict,
)

# A delay counts as detected if this share of its races detects it.
DETECTED_SHARE = 0.9
# Promised share of A/A races that are called faster or slower, at most.
ERROR = 1 - CONFIDENCE
SHARE_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """``count`` of ``total``, with an exact 95 % interval.

    References
    ----------
    Clopper and Pearson (1934), The use of confidence or fiducial limits.
    """

    count: int
    total: int

    @property
    def value(self) -> float:
        """The share, from 0 to 1; NaN if the total is 0."""
        return self.count / self.total if self.total else nan

    @property
    def interval(self) -> tuple[float, float]:
        """Ends of the interval, from 0 to 1; 0 and 1 if the total is 0."""
        from scipy.special import betaincinv

        if not self.total:
            return 0.0, 1.0
        count, others, error = self.count, self.total - self.count, 1 - SHARE_CONFIDENCE
        low = betaincinv(count, others + 1, error / 2) if count else 0.0
        high = betaincinv(count + 1, others, 1 - error / 2) if others else 1.0
        return float(low), float(high)


@dataclass(frozen=True)
class Trial:
    """A race of a contender against itself.

    Parameters
    ----------
    delay
        Share that was added to the second contender's time.
    margin
        The race's margin.
    ratio, low, high
        The ratio of medians and the ends of the interval that the verdict is of.
    verdict
        The verdict.
    launches, blocks
        Numbers of launches and of blocks.
    seconds
        Seconds of wall time until the last sample.
    name
        The race's name.
    """

    delay: float
    margin: float
    ratio: float
    low: float
    high: float
    verdict: TimeVerdict
    launches: int
    blocks: int
    seconds: float
    name: str

    @classmethod
    def from_race(cls, race: Race) -> Trial:
        """Return the trial of a race that has been run."""
        (ratio,) = race.ratios
        last = race.launches[-1]
        began = [datetime.fromisoformat(launch.began) for launch in (race.launches[0], last)]
        return cls(
            delay=race.contenders[1].delay,
            margin=race.settings.margin,
            ratio=ratio.estimate,
            low=ratio.judged_low,
            high=ratio.judged_high,
            verdict=ratio.verdict,
            launches=ratio.launches,
            blocks=ratio.blocks,
            seconds=(began[1] - began[0]).total_seconds() + last.at[-1],
            name=race.name,
        )


@dataclass(frozen=True)
class TrialSummary:
    """All trials of one delay and margin.

    Parameters
    ----------
    delay, margin
        The delay and the margin.
    detected
        Trials that were called slower, if there was a delay.
    wrong
        Trials with a false verdict: ``faster``; ``slower`` with a delay within the margin;
        ``equivalent`` or ``not slower`` with one beyond it.
    beyond_zero
        Trials whose interval is without 1: at a margin of 0 they are faster or slower.
    equivalent, one_sided, undecided
        Trials with these verdicts; one-sided are ``not faster`` and ``not slower``.
    seconds
        Median seconds until a verdict; NaN without one.
    half_width
        Median distance from a ratio to its upper end, relative to the ratio; NaN without one.
    """

    delay: float
    margin: float
    detected: Share
    wrong: Share
    beyond_zero: Share
    equivalent: Share
    one_sided: Share
    undecided: Share
    seconds: float
    half_width: float


def trial_margin(delay: float) -> float:
    """Return a margin well below a delay: half of it, and the usual margin without a delay."""
    return delay / 2 if delay else MARGIN


def summarize_trials(trials: Iterable[Trial]) -> list[TrialSummary]:
    """Summarize the trials of each delay and margin, in ascending order."""
    groups: dict[tuple[float, float], list[Trial]] = {}
    for trial in trials:
        groups.setdefault((trial.delay, trial.margin), []).append(trial)
    return [_summary(*key, groups[key]) for key in sorted(groups)]


def smallest_detected(summaries: Iterable[TrialSummary]) -> TrialSummary | None:
    """Return the smallest delay that nine of ten races detect, as they do all greater ones."""
    smallest = None
    for summary in sorted(summaries, key=lambda summary: (-summary.delay, summary.margin)):
        if not summary.delay or summary.detected.value < DETECTED_SHARE:
            break
        smallest = summary
    return smallest


def false_positives(summaries: Iterable[TrialSummary]) -> Share:
    """Return the share of races without a delay that were called faster or slower."""
    wrong = [summary.wrong for summary in summaries if not summary.delay]
    return Share(sum(share.count for share in wrong), sum(share.total for share in wrong))


def errs_too_often(summaries: Iterable[TrialSummary]) -> bool:
    """Return whether races without a delay err more often than promised, beyond chance."""
    return false_positives(summaries).interval[0] > ERROR


def _summary(delay: float, margin: float, trials: list[Trial]) -> TrialSummary:
    def share(*verdicts: TimeVerdict) -> Share:
        return Share(sum(trial.verdict in verdicts for trial in trials), len(trials))

    false_verdicts: list[TimeVerdict] = [FASTER]
    false_verdicts += [EQUIVALENT, NOT_SLOWER] if delay > margin else [SLOWER]
    without_one = sum(trial.low > 1 or trial.high < 1 for trial in trials)
    halves = [trial.high / trial.ratio - 1 for trial in trials if not isnan(trial.high)]
    decided = [trial.seconds for trial in trials if trial.verdict != UNDECIDED]
    return TrialSummary(
        delay=delay,
        margin=margin,
        detected=share(SLOWER) if delay else Share(0, 0),
        wrong=share(*false_verdicts),
        beyond_zero=Share(without_one, len(trials)),
        equivalent=share(EQUIVALENT),
        one_sided=share(NOT_FASTER, NOT_SLOWER),
        undecided=share(UNDECIDED),
        seconds=median(decided) if decided else nan,
        half_width=median(halves) if halves else nan,
    )
