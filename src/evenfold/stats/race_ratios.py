"""Ratios of a race's contenders to its first: estimates, 99 % intervals and verdicts.

A launch is the independent unit. For each block, the ratio is the logarithm of a contender's time
over the reference's; for each launch, the median of these; the interval is Student's t over the
launches. ``experiments/simulate_races.py`` measures how often this errs, beside other designs.

**Looks.** A race may stop early, so its data are looked at more than once. The error is divided
over the looks, which are fixed beforehand: after five launches, if that saves at least three, and
after the last launch that the budget affords; each has half of the plan's error. With a third look
in between, each would have less: intervals called 99 % would then cover more than 99.7 % where
tails are heavy, and the last look would detect less.

**Continuation.** The plan has 0.85 of the error. Student's t spends up to a sixth more than it is
given where launches are of two kinds, so this keeps false positives below 1 % there too. The rest
is for a race that is continued: it is looked at again whenever its launches have doubled, with half
of what is left. The shares of all looks together are 1, however often a race is continued.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import ResultsError, UsageError
from evenfold.stats.verdicts import UNDECIDED, TimeVerdict, time_verdicts

CONFIDENCE = 0.99
MARGIN = 0.02
FEWEST_LAUNCHES = 5
FEWEST_FOR_EARLY_LOOK = 8
# Share of the error for the looks of the plan.
PLANNED_SHARE = 0.85
# An outlier is further than this from the median, in median absolute deviations (MAD), scaled so
# that the MAD of a normal distribution is its standard deviation.
OUTLIER_MADS, MAD_SCALE = 5.0, 1.4826
# Further digits of a logarithm come from rounding and not from time.
DIGITS = 12

LaunchTimes = NDArray[np.float64]  # seconds of a unit, (blocks, contenders), the reference first


@dataclass(frozen=True)
class Ratio:
    """A contender's time over the reference's; below 1 the contender is faster.

    Parameters
    ----------
    estimate, low, high
        The ratio and the ends of its interval, which are NaN with one launch.
    verdict
        The verdict on the interval.
    launches, blocks
        Numbers of launches and of blocks.
    outliers
        Number of blocks more than 5 scaled MADs from their launch's median; they are kept.
    detectable
        Half-width of the interval on the log scale, as a distance between ratios (0.013 for a ratio
        of 1.013): with an effect of that size half of such races have an interval without 1.
    """

    estimate: float
    low: float
    high: float
    verdict: TimeVerdict
    launches: int
    blocks: int
    outliers: int
    detectable: float


def planned_looks(most_launches: int) -> tuple[int, ...]:
    """Return the launches after which the data of a race with so many launches are looked at.

    The last is ``most_launches``; there is none below five launches.
    """
    if most_launches < FEWEST_LAUNCHES:
        return ()
    early = most_launches >= FEWEST_FOR_EARLY_LOOK
    return (FEWEST_LAUNCHES, most_launches) if early else (most_launches,)


def next_look(launches: int, most_launches: int) -> int:
    """Return the launches of the next look, after a look at ``launches``.

    A look between two planned ones has spent the later one's share of the error, so the next look
    is the one after that. Beyond the plan, launches double from look to look.

    Parameters
    ----------
    launches
        Launches at the last look; 0 before the first.
    most_launches
        Launches that the race was planned for.
    """
    ladder = (after for after, _ in _ladder(most_launches))
    reached = next(after for after in ladder if after >= launches)
    return reached if launches < FEWEST_LAUNCHES else next(ladder)


def judge(
    launches: Sequence[LaunchTimes],
    margin: float = MARGIN,
    most_launches: int | None = None,
    confidence: float = CONFIDENCE,
) -> tuple[Ratio, ...]:
    """Compare each contender after the first with the first.

    The verdict is that of `evenfold.stats.verdicts.time_verdict` on the interval, and ``undecided``
    below five launches. Intervals are Bonferroni-adjusted over the contenders.

    Parameters
    ----------
    launches
        Times of each launch, in seconds, of shape ``(blocks, contenders)``.
    margin
        Practical threshold, such as 0.02.
    most_launches
        Launches that the race was planned for, before any continuation; None if the data are looked
        at once. Between two looks an interval has the error of the next one: that is valid for a
        race that ended there because its time was up, not for one that stops as soon as it detects
        a difference.
    confidence
        Confidence of all intervals of all looks together.

    Returns
    -------
    tuple
        One ratio for each contender after the first.

    Raises
    ------
    ResultsError
        A time is not a positive finite number, or launches differ in their contenders.
    UsageError
        The margin is negative or not finite.
    """
    if not 0 <= margin < math.inf:
        raise UsageError(f"margin {margin}: give a number of at least 0, as 0.02 for 2 %")
    blocks = _log_ratios(launches)
    medians = np.stack([np.median(launch, axis=0) for launch in blocks], axis=-1)
    adjusted = confidence_at(len(launches), len(medians), most_launches, confidence)
    means, halves = student_interval(medians, adjusted)
    verdicts = time_verdicts(means - halves, means + halves, margin)
    outliers = np.sum([_outliers(launch) for launch in blocks], axis=0)
    with np.errstate(over="ignore"):  # where launches are far apart an interval may have no end
        estimates, lows, highs = np.exp([means, means - halves, means + halves])
        detectable = np.expm1(halves)
    return tuple(
        Ratio(
            estimate=float(estimates[number]),
            low=float(lows[number]),
            high=float(highs[number]),
            verdict=verdict if len(launches) >= FEWEST_LAUNCHES else UNDECIDED,
            launches=len(launches),
            blocks=sum(len(launch) for launch in blocks),
            outliers=int(outliers[number]),
            detectable=float(detectable[number]),
        )
        for number, verdict in enumerate(cast("list[TimeVerdict]", verdicts.tolist()))
    )


def all_decided(ratios: Sequence[Ratio]) -> bool:
    """Return whether no verdict is undecided; a race may then stop at a look."""
    return all(ratio.verdict != UNDECIDED for ratio in ratios)


def confidence_at(
    launches: int, ratios: int, most_launches: int | None = None, confidence: float = CONFIDENCE
) -> float:
    """Return the confidence of one interval at a look.

    All intervals of all looks together then have ``confidence``.

    Parameters
    ----------
    launches
        Launches at the look.
    ratios
        Number of intervals.
    most_launches, confidence
        As in `judge`.
    """
    share = 1.0
    if most_launches is not None:
        share = next(share for after, share in _ladder(most_launches) if after >= launches)
    return 1 - (1 - confidence) * share / max(ratios, 1)


def student_interval(
    medians: NDArray[np.float64], confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return means over launches, and the half-widths of their Student's t intervals.

    Parameters
    ----------
    medians
        Log-ratios of shape ``(..., launches)``.
    confidence
        Confidence of one interval.

    Returns
    -------
    means, half_widths
        Arrays of shape ``(...)``; half-widths are NaN with one launch.
    """
    from scipy.special import stdtrit

    count = medians.shape[-1]
    means = np.mean(medians, axis=-1)
    if count < 2:
        return means, np.full_like(means, np.nan)
    errors = np.std(medians, axis=-1, ddof=1) / math.sqrt(count)
    return means, errors * stdtrit(count - 1, (1 + confidence) / 2)


def _ladder(most_launches: int) -> Iterator[tuple[int, float]]:
    """Yield the launches of every look, planned or beyond the plan, and its share of the error."""
    planned = planned_looks(max(most_launches, FEWEST_LAUNCHES))
    yield from ((after, PLANNED_SHARE / len(planned)) for after in planned)
    last, share = planned[-1], 1 - PLANNED_SHARE
    while True:
        last, share = 2 * last, share / 2
        yield last, share


def _log_ratios(launches: Sequence[LaunchTimes]) -> list[NDArray[np.float64]]:
    """Return the log-ratios of each launch, of shape ``(blocks, contenders - 1)``."""
    if len(launches) == 0:
        raise ResultsError("a race without a launch has nothing to judge: run it again")
    contenders = np.shape(launches[0])[-1] if np.ndim(launches[0]) == 2 else 0
    return [
        _log_ratios_of(np.asarray(launch, np.float64), contenders, f"launch {number}")
        for number, launch in enumerate(launches, 1)
    ]


def _log_ratios_of(launch: LaunchTimes, contenders: int, where: str) -> NDArray[np.float64]:
    if launch.ndim != 2 or launch.shape[1] != contenders or not launch.size:
        raise ResultsError(
            f"{where}: expected times of shape (blocks, contenders) with at least one block and "
            f"as many contenders as in launch 1, found {launch.shape}: run the race again"
        )
    if wrong := np.argwhere(~(np.isfinite(launch) & (launch > 0))).tolist():
        block, contender = wrong[0]
        raise ResultsError(
            f"{where}, block {block + 1}, contender {contender + 1}: {launch[block, contender]} "
            "seconds is no time: run the race again"
        )
    logs = np.log(launch)
    return np.round(logs[:, 1:] - logs[:, :1], DIGITS)


def _outliers(logs: NDArray[np.float64]) -> NDArray[np.int64]:
    far = np.abs(logs - np.median(logs, axis=0))
    # Where all are alike but for rounding, some may be rounded up and others down.
    least = np.maximum(OUTLIER_MADS * MAD_SCALE * np.median(far, axis=0), 2 * 10.0**-DIGITS)
    counted: NDArray[np.int64] = np.sum(far > least, axis=0)
    return counted
