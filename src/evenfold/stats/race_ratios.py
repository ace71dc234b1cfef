"""How many times as long: ratios of a race's contenders to its first, intervals and verdicts.

A launch is the independent unit. Of each block the logarithm of the time over the reference's is
taken, of each launch the median of these, and the interval is Student's t over the launches.
``experiments/simulate_races.py`` measures how often all this errs, beside other ways to do it.

**Looks.** A race may stop early, so its data are looked at more than once and the error is divided
over the looks, which are fixed beforehand: after five launches, where that saves at least three,
and after the last that the budget affords; half the plan's error each. With a third look in
between each has less, intervals called 99 % then cover more than 99.7 where tails are heavy, and
the last look finds less.

**Not all is planned.** The plan has 0.85 of the error. Student's t spends up to a sixth more than
it is given where launches are of two kinds, so this keeps false positives below 1 % there too. The
rest is for a race that is continued: it is looked at again whenever its launches have doubled, with
half of what is left. The shares of all looks together are 1, however long one goes on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import ResultsError, UsageError
from evenfold.stats.verdicts import EQUIVALENT, FASTER, SLOWER, UNDECIDED

CONFIDENCE = 0.99
MARGIN = 0.02
FEWEST_LAUNCHES = 5
FEWEST_FOR_EARLY_LOOK = 8
# The plan's part of the error.
PLANNED = 0.85
# In MADs, and what makes a MAD a normal distribution's standard deviation.
OUTLIER, SCALE = 5.0, 1.4826
# Further digits of a logarithm tell of rounding and not of time.
DIGITS = 12

Launch = NDArray[np.float64]  # seconds a unit, (blocks, contenders), the reference first


@dataclass(frozen=True)
class Ratio:
    """A contender's time over the reference's, with its interval; below 1 is faster.

    ``low`` and ``high`` are NaN with one launch. ``detectable`` is the half-width on the log scale
    as a distance between ratios (0.013: a ratio of 1.013): with an effect of that size the interval
    of every other race excludes 1. ``outliers`` of the ``blocks``, more than 5 scaled MADs from
    their launch's median, are counted, and kept.
    """

    estimate: float
    low: float
    high: float
    verdict: str
    launches: int
    blocks: int
    outliers: int
    detectable: float


def looks(most_launches: int) -> tuple[int, ...]:
    """The launches after which the data of a race that affords so many are looked at.

    The last is ``most_launches``; there are none below five launches.
    """
    if most_launches < FEWEST_LAUNCHES:
        return ()
    early = most_launches >= FEWEST_FOR_EARLY_LOOK
    return (FEWEST_LAUNCHES, most_launches) if early else (most_launches,)


def next_look(launches: int, most_launches: int) -> int:
    """The next look at a race planned for ``most_launches``, continued after so many were judged.

    What was judged between two looks has spent the later one's share of the error, so the next is
    the one after that. Beyond the plan, launches double from look to look.
    """
    ladder = (after for after, _ in _ladder(most_launches))
    reached = next(after for after in ladder if after >= launches)
    return reached if launches < FEWEST_LAUNCHES else next(ladder)


def judge(
    launches: Sequence[Launch],
    margin: float = MARGIN,
    most_launches: int | None = None,
    confidence: float = CONFIDENCE,
) -> tuple[Ratio, ...]:
    """Each contender after the first against it: ``()`` for one contender.

    ``most_launches`` is what the race was planned for, before it began and before it was continued;
    without it the data are taken to be looked at once. Between two looks an interval has the share
    of the next: valid for a race that ended there because its time was up, not for one that stops
    as soon as this finds something. The intervals are Bonferroni-adjusted over the contenders.

    ``faster`` or ``slower``: the interval excludes 1 and the estimate is beyond the margin (on the
    log scale, so that 2 % is from 1/1.02 to 1.02). ``equivalent``: the interval lies inside the
    margin. Else, and below five launches, ``undecided``. Raises ResultsError for times that are no
    times, UsageError for a margin that is none.
    """
    if not 0 <= margin < math.inf:
        raise UsageError(f"margin {margin}: give a number of at least 0, as 0.02 for 2 %")
    blocks = _log_ratios(launches)
    medians = np.stack([np.median(launch, axis=0) for launch in blocks], axis=-1)
    adjusted = confidence_at(len(launches), len(medians), most_launches, confidence)
    means, halves = interval(medians, adjusted)
    words = verdicts(means, halves, margin)
    outliers = np.sum([_outliers(launch) for launch in blocks], axis=0)
    with np.errstate(over="ignore"):  # where launches are far apart an interval may have no end
        estimates, lows, highs = np.exp([means, means - halves, means + halves])
        detectable = np.expm1(halves)
    return tuple(
        Ratio(
            estimate=float(estimates[number]),
            low=float(lows[number]),
            high=float(highs[number]),
            verdict=str(word) if len(launches) >= FEWEST_LAUNCHES else UNDECIDED,
            launches=len(launches),
            blocks=sum(len(launch) for launch in blocks),
            outliers=int(outliers[number]),
            detectable=float(detectable[number]),
        )
        for number, word in enumerate(words)
    )


def finished(ratios: Sequence[Ratio]) -> bool:
    """Whether every verdict is decided: asked at a look, the race may then stop."""
    return all(ratio.verdict != UNDECIDED for ratio in ratios)


def confidence_at(
    launches: int, ratios: int, most_launches: int | None = None, confidence: float = CONFIDENCE
) -> float:
    """What one of so many intervals at this look is to cover, for all of all looks to cover that.

    ``most_launches`` as in ``judge``.
    """
    share = 1.0
    if most_launches is not None:
        share = next(share for after, share in _ladder(most_launches) if after >= launches)
    return 1 - (1 - confidence) * share / max(ratios, 1)


def interval(
    medians: NDArray[np.float64], confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means over the last axis, the launches, and half-widths of their Student's t intervals.

    ``medians`` are log-ratios of shape ``(..., launches)``. Half-widths are NaN with one launch.
    """
    from scipy.special import stdtrit

    count = medians.shape[-1]
    means = np.mean(medians, axis=-1)
    if count < 2:
        return means, np.full_like(means, np.nan)
    errors = np.std(medians, axis=-1, ddof=1) / math.sqrt(count)
    return means, errors * stdtrit(count - 1, (1 + confidence) / 2)


def verdicts(
    estimates: NDArray[np.float64], halves: NDArray[np.float64], margin: float
) -> NDArray[np.str_]:
    """The words for log-ratios with such half-widths and a margin such as 0.02; any shape."""
    beyond = math.log1p(margin)
    different = (np.abs(estimates) > halves) & (np.abs(estimates) > beyond)
    words = [np.where(estimates < 0, FASTER, SLOWER), np.full(np.shape(estimates), EQUIVALENT)]
    return np.select([different, np.abs(estimates) + halves <= beyond], words, UNDECIDED)


def _ladder(most_launches: int) -> Iterator[tuple[int, float]]:
    # Every look, the plan's and those beyond it, with its share of the error.
    planned = looks(max(most_launches, FEWEST_LAUNCHES))
    yield from ((after, PLANNED / len(planned)) for after in planned)
    last, share = planned[-1], 1 - PLANNED
    while True:
        last, share = 2 * last, share / 2
        yield last, share


def _log_ratios(launches: Sequence[Launch]) -> list[NDArray[np.float64]]:
    # One array a launch, (blocks, contenders - 1).
    if len(launches) == 0:
        raise ResultsError("a race without a launch has nothing to judge: run it again")
    contenders = np.shape(launches[0])[-1] if np.ndim(launches[0]) == 2 else 0
    return [
        _log_ratios_of(np.asarray(launch, np.float64), contenders, f"launch {number}")
        for number, launch in enumerate(launches, 1)
    ]


def _log_ratios_of(launch: Launch, contenders: int, where: str) -> NDArray[np.float64]:
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
    least = np.maximum(OUTLIER * SCALE * np.median(far, axis=0), 2 * 10.0**-DIGITS)
    counted: NDArray[np.int64] = np.sum(far > least, axis=0)
    return counted
